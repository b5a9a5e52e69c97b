"""How names come to be in a Python file: scopes, classes, and what a stretch of the file uses.

A binding is one way a name may have come to be, as JSON, for it is stored in the index:

    ["f", function]          a function, as `signatures.describe_function` writes it
    ["c", qualified name]    a class of this module
    ["m", module]            an imported module
    ["i", [module, level], name]   a name imported from a module
    ["v", description]       a variable; the description is null where nothing is known of it
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from solulu.verifier.python.describe import Description, either, root, with_root

Binding = list[Any]
_DEEPEST = 4
"""Local variables that are followed to find what one of them is."""
ScopeKind = Literal["module", "class", "function", "comprehension"]
UseKind = Literal["name", "member", "keyword", "module", "imported", "opaque"]


@dataclass
class Scope:
    """A module, a class body, a function (also a lambda) or a comprehension, with the names bound in it."""

    kind: ScopeKind
    parent: Scope | None
    owner: str = ""
    """In a class body its qualified name; in a function inside a class that of the nearest class around it."""
    qualifier: str = ""
    """What goes before the name of a class defined here."""
    self_name: str = ""
    """In a method, its first parameter."""
    self_is_class: bool = False
    names: dict[str, list[Binding]] = field(default_factory=dict)
    function_name: str = ""
    """Of the function that this is the scope of."""
    returns: list[Description] = field(default_factory=list)
    """What a function's `return` statements give, in terms of this scope."""
    loops: dict[str, list[str]] = field(default_factory=dict)
    """Names that run over literal strings, with those strings."""
    elsewhere: dict[str, Scope] = field(default_factory=dict)
    """Names that `global` and `nonlocal` bind in another scope."""
    narrowed: frozenset[str] = frozenset()
    """Dotted names whose class is asked about in here, so that an annotation does not tell the whole of them."""

    def bind(self, name: str, binding: Binding) -> None:
        """One more way in which `name` is bound."""
        scope = self.elsewhere.get(name, self)
        if scope is not self and binding[0] == "v":
            binding = ["v", None]
        bindings = scope.names.setdefault(name, [])
        if binding not in bindings:
            bindings.append(binding)

    def literals(self, node: object) -> list[str]:
        """The strings that a name runs over, where it is the variable of a loop over literals."""
        names = [around.loops.get(node.id) for around in self.chain()] if isinstance(node, ast.Name) else []
        return next((found for found in names if found), [])

    def chain(self) -> Iterator[Scope]:
        """The scopes in which a name used here is looked up: a class body is seen from nowhere below it."""
        yield self
        scope = self.parent
        while scope is not None:
            if scope.kind != "class":
                yield scope
            scope = scope.parent

    def functions(self) -> Iterator[Scope]:
        """The functions and comprehensions around a place, up to a class body or the module."""
        scope: Scope | None = self
        while scope is not None and scope.kind in ("function", "comprehension"):
            yield scope
            scope = scope.parent


@dataclass
class ClassBody:
    """What a class statement says. Members include attributes that methods assign to `self`."""

    bases: list[Description] = field(default_factory=list)
    members: dict[str, list[Binding]] = field(default_factory=dict)
    fields: list[str] = field(default_factory=list)
    """Annotated names in order; those of a dataclass or named tuple are its parameters."""
    is_dynamic: bool = False
    """Members may exist that nothing names."""
    is_dataclass: bool = False

    def add(self, name: str, binding: Binding) -> None:
        """One more way in which a member is bound."""
        bindings = self.members.setdefault(name, [])
        if binding not in bindings:
            bindings.append(binding)


@dataclass(frozen=True)
class Use:
    """A name in the stretch that was asked about. `start` and `end` are bytes."""

    kind: UseKind
    """`opaque`: something is used here that cannot be followed."""
    name: str
    start: int
    end: int
    scope: Scope
    is_guarded: bool
    """The code around it expects that it may fail."""
    node: Any = None
    """The receiver of a member, the callee of a keyword, (module, level) of an import."""
    is_called: bool = False


@dataclass
class File:
    """A file's scopes, and its uses of names in the stretch that was asked about."""

    module: Scope = field(default_factory=lambda: Scope("module", None))
    classes: dict[str, ClassBody] = field(default_factory=dict)
    """By qualified name."""
    stars: list[tuple[str, int]] = field(default_factory=list)
    """(module, level) of the star imports, in order."""
    exports: list[str] | None = None
    """The strings of `__all__`, where it is written as literals."""
    imports: set[tuple[str, int]] = field(default_factory=set)
    """(module, level) of all imports; an imported name counts as a module too."""
    assigned: set[str] = field(default_factory=set)
    """Attributes that are assigned to anything but `self`."""
    is_dynamic: bool = False
    """Names may exist at module level that nothing binds."""
    opened: set[str] = field(default_factory=set)
    """Names of the module that members are set on by computed names."""
    scopes: dict[str, Scope] = field(default_factory=dict)
    """Of the class bodies, by qualified name."""
    uses: list[Use] = field(default_factory=list)


def in_module_terms(value: Description, scope: Scope, depth: int = _DEEPEST) -> Description:
    """A description made in a function, for readers who only see the module: a parameter becomes what it is annotated
    with, a local variable all that it may be, the object that a method is called on `["s"]`, and what depends on
    anything else becomes unknown."""
    if isinstance(value, list) and value[0] == "|":
        return either([in_module_terms(part, scope, depth) for part in value[1:]])
    name = root(value)
    if name is None:
        return value
    for around in scope.functions():
        if name not in around.names:
            continue
        if name in around.narrowed or depth == 0:
            return None
        bindings = around.names[name]
        if around.self_name == name:
            return with_root(value, ["s"]) if len(bindings) == 1 else None
        if any(binding[0] != "v" for binding in bindings):
            return None
        local = either([in_module_terms(binding[1], around, depth - 1) for binding in bindings])
        return None if local is None else with_root(value, local)
    return value
