"""What a Python file binds where, and which names it uses in a stretch of it.

One walk with a stack of its own (code may be nested deeper than the interpreter's) collects both. Outside the stretch
that is asked about, only statements are looked at, and expressions only where the file has anything in it that an
expression could bind or make dynamic: that halves the time.
"""

from __future__ import annotations

import ast
from typing import Any

from solulu.verifier.python.bindings import Binding, ClassBody, File, Scope, Use, UseKind, in_module_terms
from solulu.verifier.python.describe import Description, describe, describe_annotation, last_name, strings
from solulu.verifier.python.dynamic import (
    MAY_BE_DYNAMIC,
    REFLECTION,
    goes_dynamic,
    is_only_read,
    is_read_of_dict,
    note_call,
    note_class,
    open_classes,
)
from solulu.verifier.python.guards import is_forgiving_test, is_forgiving_try, is_forgiving_with, narrowed
from solulu.verifier.python.results import bind_fixtures, describe_result, may_tell_its_result, note_receiver
from solulu.verifier.python.signatures import describe_function
from solulu.verifier.python.source import Source, children


def analyze(source: Source, start: int = 0, end: int = 0) -> File:
    """Scopes of a file, and its uses of the names that overlap the bytes `start` to `end`; where those are equal, of
    the name that they cut, if any."""
    return _Walk(source, start, end).run()


class _Walk:
    def __init__(self, source: Source, start: int, end: int) -> None:
        self._source, self._start, self._end = source, start, end
        self._file = File()
        self._looks_into = bool(MAY_BE_DYNAMIC.search(source.data))
        self._stack: list[tuple[ast.AST, Scope, bool]] = []
        self._self_assignments: list[tuple[str, str, Description, Scope]] = []
        self._functions: list[tuple[dict[str, Any], Scope]] = []
        self._harmless: set[int] = set()

    def run(self) -> File:
        module = self._file.module
        module.narrowed = narrowed(self._source.data, 0, len(self._source.data))
        self._push(self._source.tree.body, module, False)
        while self._stack:
            node, scope, guarded = self._stack.pop()
            handler = _HANDLERS.get(type(node))
            if handler:
                handler(self, node, scope, guarded)
            else:
                self._children(node, scope, guarded)
        for described, inner in self._functions:
            describe_result(described, inner)
        for owner, name, value, scope in self._self_assignments:
            self._file.classes[owner].add(name, ["v", in_module_terms(value, scope)])
        open_classes(self._file)
        self._file.uses.sort(key=lambda use: (use.start, use.end, use.kind))
        return self._file

    # -- walking ------------------------------------------------------------------------------------------------------

    def _push(self, nodes: list[Any], scope: Scope, guarded: bool) -> None:
        for node in reversed(nodes):
            if node is not None:
                self._stack.append((node, scope, guarded))

    def _children(self, node: ast.AST, scope: Scope, guarded: bool) -> None:
        if isinstance(node, ast.expr) and not self._wants(node):
            return
        self._push(children(node), scope, guarded)

    def _wants(self, node: ast.expr | ast.stmt) -> bool:
        return self._looks_into or (self._end > 0 and self._overlaps(self._source.start(node), self._source.end(node)))

    def _overlaps(self, start: int, end: int) -> bool:
        return start < self._end and end > self._start

    def _use(
        self,
        kind: UseKind,
        name: str,
        start: int,
        scope: Scope,
        guarded: bool,
        node: Any = None,
        called: bool = False,
    ) -> None:
        end = start + len(name.encode())
        if not self._overlaps(start, end):
            return
        if self._source.data[start:end].decode("utf-8", "replace") != name:
            kind = "opaque"
        self._file.uses.append(Use(kind, name, start, end, scope, guarded, node, called))

    # -- statements ---------------------------------------------------------------------------------------------------

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef, scope: Scope, guarded: bool) -> None:
        described = describe_function(node, is_method=scope.kind == "class")
        self._bind(scope, node.name, ["f", described])
        inner = Scope("function", scope, owner=scope.owner, qualifier=f"{scope.qualifier}{node.name}.<locals>.")
        inner.function_name = node.name
        if may_tell_its_result(node, described, self._source):
            self._functions.append((described, inner))
        inner.narrowed = (
            scope.narrowed
            if scope.kind == "function"
            else narrowed(self._source.data, self._source.start(node), self._source.end(node))
        )
        self._push([*node.decorator_list, node.returns], scope, guarded)
        self._bind_type_parameters(node, inner)
        self._parameters(node.args, scope, inner, guarded)
        if scope.kind == "class" and described["k"] != "s":
            note_receiver(node, inner, is_class=described["k"] == "c")
        if described["k"] == "t" or node.name.startswith("test"):
            bind_fixtures(node, inner, self._source, is_fixture=described["k"] == "t")
        self._push(node.body, inner, guarded)

    def _return(self, node: ast.Return, scope: Scope, guarded: bool) -> None:
        function = next(scope.functions(), None)
        if node.value is not None and function is not None:
            function.returns.append(describe(node.value))
        self._push([node.value], scope, guarded)

    def _lambda(self, node: ast.Lambda, scope: Scope, guarded: bool) -> None:
        if self._wants(node):
            inner = Scope("function", scope, owner=scope.owner, narrowed=scope.narrowed, qualifier=scope.qualifier)
            self._parameters(node.args, scope, inner, guarded)
            self._push([node.body], inner, guarded)

    def _parameters(self, node: ast.arguments, outer: Scope, inner: Scope, guarded: bool) -> None:
        everything = [*node.posonlyargs, *node.args, *node.kwonlyargs]
        for argument in everything:
            inner.bind(argument.arg, ["v", describe_annotation(argument.annotation)])
        for star, kind in ((node.vararg, "tuple"), (node.kwarg, "dict")):
            if star:
                inner.bind(star.arg, ["v", ["#", kind]])
                everything.append(star)
        annotations = [argument.annotation for argument in everything]
        self._push([*annotations, *node.defaults, *node.kw_defaults], outer, guarded)

    def _class(self, node: ast.ClassDef, scope: Scope, guarded: bool) -> None:
        qualified = scope.qualifier + node.name
        self._bind(scope, node.name, ["c", qualified])
        body = self._file.classes.setdefault(qualified, ClassBody())
        note_class(node, body)
        inner = Scope("class", scope, owner=qualified, qualifier=f"{qualified}.")
        self._file.scopes[qualified] = inner
        self._push([*node.decorator_list, *node.bases, *(keyword.value for keyword in node.keywords)], scope, guarded)
        self._bind_type_parameters(node, inner)
        self._push(node.body, inner, guarded)

    def _bind_type_parameters(self, node: ast.AST, scope: Scope) -> None:
        for parameter in getattr(node, "type_params", ()):
            scope.bind(parameter.name, ["v", None])

    def _import(self, node: ast.Import, scope: Scope, guarded: bool) -> None:
        for alias in node.names:
            self._file.imports.add((alias.name, 0))
            if alias.asname:
                self._bind(scope, alias.asname, ["m", alias.name])
            else:
                top = alias.name.partition(".")[0]
                self._bind(scope, top, ["m", top])
            start = self._source.start(alias)
            if self._overlaps(start, start + len(alias.name.encode())):
                self._use("module", alias.name, start, scope, guarded, (alias.name, 0))

    def _import_from(self, node: ast.ImportFrom, scope: Scope, guarded: bool) -> None:
        module = node.module or ""
        self._file.imports.add((module, node.level))
        start = self._source.start(node)
        after = self._source.data.find(module.encode(), start + len("from"))
        if module and after >= 0:
            self._use("module", module, after, scope, guarded, (module, node.level))
        for alias in node.names:
            if alias.name == "*":
                self._file.stars.append((module, node.level))
                if scope.kind != "module":
                    self._file.is_dynamic = True
                continue
            self._file.imports.add((f"{module}.{alias.name}" if module else alias.name, node.level))
            self._bind(scope, alias.asname or alias.name, ["i", [module, node.level], alias.name])
            self._use("imported", alias.name, self._source.start(alias), scope, guarded, (module, node.level))

    def _assign(self, node: ast.Assign, scope: Scope, guarded: bool) -> None:
        if scope.kind == "module" and self._looks_into and is_only_read(node, self._source.data):
            self._harmless.add(id(node.value))
        for target in node.targets:
            self._target(target, describe(node.value), scope, node.value)
        self._push([*node.targets, node.value], scope, guarded)

    def _ann_assign(self, node: ast.AnnAssign, scope: Scope, guarded: bool) -> None:
        described = describe_annotation(node.annotation)
        self._target(node.target, described, scope, node.value)
        if scope.kind == "class" and isinstance(node.target, ast.Name) and last_name(node.annotation) != "ClassVar":
            self._file.classes[scope.owner].fields.append(node.target.id)
        self._push([node.target, node.annotation, node.value], scope, guarded)

    def _aug_assign(self, node: ast.AugAssign, scope: Scope, guarded: bool) -> None:
        self._target(node.target, None, scope, node.value)
        self._push([node.target, node.value], scope, guarded)

    def _for(self, node: ast.For | ast.AsyncFor, scope: Scope, guarded: bool) -> None:
        if isinstance(node.target, ast.Name) and strings(node.iter):
            scope.loops[node.target.id] = strings(node.iter)
        self._target(node.target, None, scope, None)
        self._children(node, scope, guarded)

    def _with(self, node: ast.With | ast.AsyncWith, scope: Scope, guarded: bool) -> None:
        kind = "aw" if isinstance(node, ast.AsyncWith) else "w"
        for item in node.items:
            if item.optional_vars:
                entered = describe(item.context_expr)
                self._target(item.optional_vars, entered and [kind, entered], scope, None)
        self._children(node, scope, guarded or is_forgiving_with(node))

    def _try(self, node: ast.Try, scope: Scope, guarded: bool) -> None:
        forgiving = guarded or is_forgiving_try(node)
        self._push(node.body, scope, forgiving)
        for handler in node.handlers:
            if handler.name:
                classes = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
                for one in classes:
                    self._bind(scope, handler.name, ["v", describe_annotation(one)])
            self._push([handler.type], scope, guarded)
            self._push(handler.body, scope, forgiving)
        self._push([*node.orelse, *node.finalbody], scope, guarded)

    def _if(self, node: ast.If | ast.IfExp | ast.While, scope: Scope, guarded: bool) -> None:
        if isinstance(node, ast.IfExp) and not self._wants(node):
            return
        test = self._source.data[self._source.start(node.test) : self._source.end(node.test)].decode("utf-8", "replace")
        guarded = guarded or is_forgiving_test(test)
        self._children(node, scope, guarded)

    def _global(self, node: ast.Global | ast.Nonlocal, scope: Scope, guarded: bool) -> None:
        for name in node.names:
            if isinstance(node, ast.Global):
                scope.elsewhere[name] = self._file.module
            else:
                home = next((outer for outer in list(scope.chain())[1:] if name in outer.names), None)
                scope.elsewhere[name] = home or self._file.module
            scope.bind(name, ["v", None])

    def _match(self, node: ast.match_case, scope: Scope, guarded: bool) -> None:
        for part in ast.walk(node.pattern):
            name = getattr(part, "rest", None) if isinstance(part, ast.MatchMapping) else getattr(part, "name", None)
            if isinstance(name, str):
                self._bind(scope, name, ["v", None])
        self._children(node, scope, guarded)

    def _type_alias(self, node: Any, scope: Scope, guarded: bool) -> None:
        self._bind(scope, node.name.id, ["v", None])
        self._bind_type_parameters(node, scope)
        self._children(node, scope, guarded)

    # -- expressions --------------------------------------------------------------------------------------------------

    def _name(self, node: ast.Name, scope: Scope, guarded: bool) -> None:
        if self._end and isinstance(node.ctx, ast.Load):
            self._use("name", node.id, self._source.start(node), scope, guarded)

    def _attribute(self, node: ast.Attribute, scope: Scope, guarded: bool, called: bool = False) -> None:
        if node.attr == "__dict__":
            goes_dynamic(node.value, scope, self._file)
        if self._end and isinstance(node.ctx, ast.Load):
            start = self._source.end(node) - len(node.attr.encode())
            self._use("member", node.attr, start, scope, guarded, node.value, called)
        if self._wants(node):
            inner = node.value.value if isinstance(node.value, ast.Attribute) and is_read_of_dict(node) else node.value
            self._stack.append((inner, scope, guarded))

    def _call(self, node: ast.Call, scope: Scope, guarded: bool) -> None:
        if not self._wants(node):
            return
        if id(node) not in self._harmless:
            note_call(node, scope, self._file)
        if isinstance(node.func, ast.Name) and node.func.id in REFLECTION:
            self._use_opaque(node, scope)
        for keyword in node.keywords:
            if keyword.arg:
                self._use("keyword", keyword.arg, self._source.start(keyword), scope, guarded, node.func)
        arguments = [*node.args, *(keyword.value for keyword in node.keywords)]
        if isinstance(node.func, ast.Attribute):
            self._push(arguments, scope, guarded)
            self._attribute(node.func, scope, guarded, called=True)
        else:
            self._push([node.func, *arguments], scope, guarded)

    def _comprehension(self, node: Any, scope: Scope, guarded: bool) -> None:
        if not self._wants(node):
            return
        inner = Scope("comprehension", scope, owner=scope.owner, narrowed=scope.narrowed, qualifier=scope.qualifier)
        for number, generator in enumerate(node.generators):
            self._target(generator.target, None, inner, None)
            self._push([generator.iter], scope if number == 0 else inner, guarded)
            self._push([generator.target, *generator.ifs], inner, guarded)
        if isinstance(node, ast.DictComp):
            self._push([node.key, node.value], inner, guarded)
        else:
            self._push([node.elt], inner, guarded)

    def _named(self, node: ast.NamedExpr, scope: Scope, guarded: bool) -> None:
        home = scope
        while home.kind == "comprehension" and home.parent:
            home = home.parent
        self._bind(home, node.target.id, ["v", describe(node.value)])
        self._push([node.value], scope, guarded)

    def _joined(self, node: ast.JoinedStr, scope: Scope, guarded: bool) -> None:
        if not self._wants(node):
            return
        for part in ast.walk(node):
            if isinstance(part, ast.Name) and not self._source.is_at(part):
                self._use_opaque(node, scope)
                return
        self._push(children(node), scope, guarded)

    def _use_opaque(self, node: ast.expr, scope: Scope) -> None:
        start, end = self._source.start(node), self._source.end(node)
        if self._overlaps(start, end):
            self._file.uses.append(Use("opaque", "", start, end, scope, True))

    # -- binding ------------------------------------------------------------------------------------------------------

    def _bind(self, scope: Scope, name: str, binding: Binding) -> None:
        scope.bind(name, binding)
        if scope.kind == "class":
            self._file.classes[scope.owner].add(name, binding)

    def _target(self, target: ast.expr, value: Description, scope: Scope, node: ast.expr | None) -> None:
        """Binds what an assignment's target names."""
        if isinstance(target, ast.Name):
            self._bind(scope, target.id, ["v", value])
            if scope.kind == "module" and target.id == "__all__" and strings(node):
                self._file.exports = [*(self._file.exports or ()), *strings(node)]
            if scope.kind == "class" and target.id == "__slots__":
                for slot in strings(node):
                    self._file.classes[scope.owner].add(slot, ["v", None])
        elif isinstance(target, ast.Attribute):
            self._assigned_member(target, value, scope)
        elif isinstance(target, ast.Tuple | ast.List):
            for part in target.elts:
                self._target(part, None, scope, None)
        elif isinstance(target, ast.Starred):
            self._target(target.value, None, scope, None)
        elif isinstance(target, ast.Subscript) and last_name(target.value) == "modules":
            self._file.is_dynamic = True

    def _assigned_member(self, target: ast.Attribute, value: Description, scope: Scope) -> None:
        if isinstance(target.value, ast.Name):
            for around in scope.functions():
                if around.self_name == target.value.id and around.owner:
                    self._self_assignments.append((around.owner, target.attr, value, scope))
                    return
        self._file.assigned.add(target.attr)


_HANDLERS: dict[type[ast.AST], Any] = {
    ast.FunctionDef: _Walk._function,
    ast.AsyncFunctionDef: _Walk._function,
    ast.Lambda: _Walk._lambda,
    ast.ClassDef: _Walk._class,
    ast.Import: _Walk._import,
    ast.ImportFrom: _Walk._import_from,
    ast.Assign: _Walk._assign,
    ast.AnnAssign: _Walk._ann_assign,
    ast.AugAssign: _Walk._aug_assign,
    ast.For: _Walk._for,
    ast.AsyncFor: _Walk._for,
    ast.Return: _Walk._return,
    ast.With: _Walk._with,
    ast.AsyncWith: _Walk._with,
    ast.Try: _Walk._try,
    ast.TryStar: _Walk._try,
    ast.If: _Walk._if,
    ast.IfExp: _Walk._if,
    ast.While: _Walk._if,
    ast.Global: _Walk._global,
    ast.Nonlocal: _Walk._global,
    ast.match_case: _Walk._match,
    ast.Name: _Walk._name,
    ast.Attribute: _Walk._attribute,
    ast.Call: _Walk._call,
    ast.ListComp: _Walk._comprehension,
    ast.SetComp: _Walk._comprehension,
    ast.GeneratorExp: _Walk._comprehension,
    ast.DictComp: _Walk._comprehension,
    ast.NamedExpr: _Walk._named,
    ast.JoinedStr: _Walk._joined,
}
if hasattr(ast, "TypeAlias"):
    _HANDLERS[ast.TypeAlias] = _Walk._type_alias
