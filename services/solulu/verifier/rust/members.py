"""Members of types: fields, methods, and what stands below a type in a path.

A name is absent only where all that a type is made of was read, no macro could have made it, and no trait that is known
has a function of that name: whether a trait is implemented for a type is not asked before a name is refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from solulu.verifier.findings import Status
from solulu.verifier.rust.macros import KNOWN_TRAITS, REACHABLE, STD_DERIVES
from solulu.verifier.rust.names import Def
from solulu.verifier.rust.repository import Implementation, Mod, head_of
from solulu.verifier.rust.standard import STANDARD, standard_library
from solulu.verifier.rust.types import parse_generics, parse_type
from solulu.verifier.rust.values import FUTURE, OPAQUE, TUPLE, Env, Type, Types, is_standard

_STD_DERIVES = STD_DERIVES | {"Debug"}


@dataclass(frozen=True)
class Function:
    """A function, and where its signature is to be read."""

    written: Any
    env: Env
    own: str = ""
    """The type that it is implemented for, as it is written."""
    trait: str = ""
    """The trait that implements it, which must be in scope; none where it is always."""


@dataclass(frozen=True)
class Lookup:
    """What became of a member."""

    status: Status
    functions: tuple[Function, ...] = ()
    type: Type | None = None
    """Of a field or constant."""


_UNKNOWN = Lookup("unknown")


class Members:
    """The members of the types of one world."""

    def __init__(self, types: Types) -> None:
        self.types, self.world = types, types.world

    # -- what could make a name ---------------------------------------------------------------------------------------

    def may_be_made(self, name: str, is_standard: bool = False) -> bool:
        """Whether a macro, an alias or code that was not read may make a name, in the standard library or outside."""
        if name in self.world.overlay.get("x", ()) or name in self.types.overlay.loose:
            return True
        for repo in self.world.repositories if is_standard else self.world.repositories[:-1]:
            known = self.world.repository(repo)
            count = known.hidden[name]
            if repo == self.world.home.repo:
                count -= name in known.hidden_in(self.world.home.path)
            files = known.tables.loose.get(name, set())
            if count > 0 or files - ({self.world.home.path} if repo == self.world.home.repo else set()):
                return True
        return False

    def traits_with(self, name: str) -> Iterator[tuple[Mod, str]]:
        """The traits that have a member of a name."""
        for repo in self.world.repositories:
            is_own = repo == self.world.home.repo
            for file, mod, trait in self.world.repository(repo).tables.traits_with.get(name, ()):
                if not is_own or file != self.world.home.path:
                    yield mod, trait
        for _, mod, trait in self.types.overlay.traits_with.get(name, ()):
            yield mod, trait
        for mod, (module, _) in self.world.blocks.items():
            for trait, items in module.get("i", {}).items():
                if any(item[0] == "t" and name in item[3].get("f", {}) for item in items):
                    yield mod, trait

    def is_reachable(self, type: Type | None) -> bool:
        """Whether a crate that is not indexed may give methods to a type, by a trait that some types implement."""
        for step in self.types.chain(type):
            if step is None or (step.head != OPAQUE and (step.head.kind not in ("s", "e") or is_standard(step.head))):
                return True
            if any(bound.trait is None or bound.trait.name in REACHABLE for bound in self.types.all_bounds(step)):
                return True
            for one in self.types.implementations(step.head) if step.head != OPAQUE else ():
                if "t" in one.written and (
                    head_of(one.written["t"]) in REACHABLE or self._is_foreign(one.written["t"], one.mod)
                ):
                    return True
        return False

    def _is_foreign(self, trait: str, mod: Mod) -> bool:
        ast = parse_type(trait)
        if head_of(trait) in KNOWN_TRAITS:
            return False
        return ast[0] != "path" or self.world.path([segment[0] for segment in ast[1]], mod).is_open

    # -- members ------------------------------------------------------------------------------------------------------

    def method(self, type: Type | None, name: str) -> Lookup:
        """A method of a value; those of several steps where a trait may not be in scope that gives one to the first."""
        doubt = False
        found: list[Function] = []
        for step in self.types.chain(type):
            if step is None:
                return Lookup("found") if found else self._by_trait(type, name)
            functions, is_doubtful = self._functions(step, name)
            functions = [one for one in functions if "S" in one.written]
            found += functions
            if any(not one.trait or self.world.prelude(one.trait).defs for one in functions):
                break
            doubt = doubt or is_doubtful
        return Lookup("found", tuple(found)) if found else self._missing(type, name, doubt)

    def associated(self, type: Type | None, name: str) -> Lookup:
        """What a name is below a type in a path: a variant, a function or a constant."""
        if type is None:
            return _UNKNOWN
        for item in self.types.items(type.head) if type.head.kind == "e" else ():
            if name in item[2]:
                return Lookup("found", type=type)
        functions, doubt = self._functions(type, name)
        if functions:
            return Lookup("found", tuple(functions))
        for one in self.types.implementations(type.head):
            if name in one.written.get("c", {}):
                env = self.types.entered(one, type)
                return Lookup("found", type=self.types.read(one.written["c"][name], env) if env else None)
            if name in one.written.get("a", {}):
                return Lookup("found")
        for bound in self.types.all_bounds(type):
            for item in self.types.items(bound.trait) if bound.trait else ():
                if any(name in item[3].get(kind, {}) for kind in ("a", "c")):
                    return Lookup("found")
        return self._missing(type, name, doubt)

    def of_trait(self, trait: Def, name: str) -> Lookup:
        """What a name is below a trait in a path."""
        type = Type(OPAQUE, (), self.types.bounds((("path", ((trait.name, (), ()),)),), Env(trait.mod, {})))
        functions, doubt = self._functions(type, name)
        if functions:
            return Lookup("found", tuple(Function(one.written, _without_self(one.env)) for one in functions))
        found = any(name in item[3].get(kind, {}) for item in self.types.items(trait) for kind in ("a", "c"))
        return Lookup("found") if found else self._missing(type, name, doubt)

    def field(self, type: Type | None, name: str) -> Lookup:
        """A field of a value."""
        doubt = False
        for step in self.types.chain(type):
            if step is None:
                return _UNKNOWN
            if step.head == TUPLE and name.isdigit() and int(name) < len(step.args):
                return Lookup("found", type=step.args[int(name)])
            for item in self.types.items(step.head) if step.head.kind == "s" else ():
                if name in item[2]:
                    names = dict(zip(parse_generics(item[1]), step.args, strict=False))
                    found = self.types.read(item[2][name], Env(step.head.mod, {**names, "Self": step}))
                    variants = len({other[2].get(name) for other in self.types.items(step.head)})
                    return Lookup("found", type=found if variants == 1 else None)
                doubt = doubt or any(derive == "?" or "Deref" in derive for derive in item[4])
            doubt = doubt or (step.head.mod.repo == STANDARD and not self.fields(step))
        return _UNKNOWN if doubt or self.may_be_made(name) or name.isdigit() else Lookup("absent")

    def fields(self, type: Type) -> dict[str, str]:
        """The fields of a struct, with their types."""
        return {name: text for item in self.types.items(type.head) if item[0] == "s" for name, text in item[2].items()}

    def names(self, type: Type | None) -> dict[str, str]:
        """The functions of a type with their parameters, for evidence."""
        found: dict[str, str] = {}
        for step in self.types.chain(type):
            for one in self.types.implementations(step.head) if step else ():
                for name, written in one.written.get("f", {}).items():
                    found.setdefault(name, signature_of(written[0]))
        return found

    # -- where functions stand ----------------------------------------------------------------------------------------

    def _functions(self, type: Type, name: str) -> tuple[list[Function], bool]:
        """The functions that a type has of a name, inherent ones first, and whether it may have more."""
        inherent: list[Function] = []
        of_traits: list[Function] = []
        doubt = False
        for one in self.types.implementations(type.head):
            written = one.written.get("f", {}).get(name, ())
            if written:
                env = self.types.entered(one, type)
                if env:
                    (of_traits if "t" in one.written else inherent).extend(
                        Function(each, env, one.written["s"], head_of(one.written.get("t", ""))) for each in written
                    )
            elif "t" in one.written and self._may_default(one.written["t"], name):
                of_traits.extend(self._defaults(one, type, name))
            if "o" in one.written and one.mod.repo and self.world.repository(one.mod.repo).is_opaque(one.written["o"]):
                doubt = True
        if inherent:
            return inherent, doubt
        for item in self.types.items(type.head) if type.head.kind in ("s", "e") else ():
            for derive in item[-1]:
                of_traits.extend(self._derived(derive, type, name))
                doubt = doubt or (derive not in _STD_DERIVES and derive not in KNOWN_TRAITS)
        for bound in self.types.all_bounds(type):
            if bound.trait is None:
                doubt = True
                continue
            for one in self.types.implementations(bound.trait):
                own_env = Env(one.mod, {**dict.fromkeys(parse_generics(one.written.get("g", ""))), "Self": type})
                inherent.extend(Function(each, own_env) for each in one.written.get("f", {}).get(name, ()))
            for item in self.types.items(bound.trait):
                doubt = doubt or bool(item[4])
                names = dict(zip(parse_generics(item[1]), bound.args, strict=False))
                env = Env(bound.trait.mod, {**dict.fromkeys(parse_generics(item[1])), **names, "Self": type})
                of_traits.extend(Function(each, env) for each in item[3].get("f", {}).get(name, ()))
        return inherent + of_traits, doubt

    def _may_default(self, trait: str, name: str) -> bool:
        return head_of(trait) in {found for _, found in self.traits_with(name)}

    def _defaults(self, one: Implementation, type: Type, name: str) -> Iterator[Function]:
        """The functions of the trait of an implementation, which need not write them."""
        ast = parse_type(one.written["t"])
        if ast[0] != "path":
            return
        env = self.types.entered(one, type)
        for trait in self.world.path([segment[0] for segment in ast[1]], one.mod).defs if env else ():
            if trait.kind == "t" and env:
                args = tuple(self.types.resolve(argument, env) for argument in ast[1][-1][1])
                for item in self.types.items(trait):
                    names = dict(zip(parse_generics(item[1]), args, strict=False))
                    inner = Env(trait.mod, {**dict.fromkeys(parse_generics(item[1])), **names, "Self": type})
                    for each in item[3].get("f", {}).get(name, ()):
                        yield Function(each, inner, trait=trait.name)

    def _derived(self, derive: str, type: Type, name: str) -> Iterator[Function]:
        """The functions of a trait of the standard library that a type derives."""
        if derive in _STD_DERIVES:
            for _, mod, trait in self.world.repository(STANDARD).tables.traits_with.get(name, ()):
                if trait == derive:
                    for item in self.types.items(Def("t", mod, trait)):
                        for each in item[3].get("f", {}).get(name, ()):
                            env = Env(mod, {**dict.fromkeys(parse_generics(item[1])), "Self": type})
                            yield Function(each, env, trait=trait)

    def _by_trait(self, type: Type | None, name: str) -> Lookup:
        """What is known of a method of a receiver that is not known in full: the trait that alone has one."""
        traits = list(dict.fromkeys(self.traits_with(name)))
        if len(traits) != 1 or type is None:
            return _UNKNOWN
        mod, trait = traits[0]
        items = self.types.items(Def("t", mod, trait))
        if len(items) != 1:
            return _UNKNOWN
        env = Env(mod, {**dict.fromkeys(parse_generics(items[0][1])), "Self": type})
        return Lookup("unknown", tuple(Function(each, env) for each in items[0][3].get("f", {}).get(name, ())))

    def _missing(self, type: Type | None, name: str, doubt: bool) -> Lookup:
        if any(True for _ in self.traits_with(name)):
            return self._by_trait(type, name)
        heads = [step.head for step in self.types.chain(type) if step and step.head != OPAQUE]
        if doubt or self.may_be_made(name, any(map(is_standard, heads))):
            return _UNKNOWN
        if any(head.kind == "prim" for head in heads) and name in standard_library().words(""):
            return _UNKNOWN
        return Lookup("absent")

    # -- results ------------------------------------------------------------------------------------------------------

    def result(
        self, function: Function, arguments: list[Type | None], known: Mapping[str, Type | None] | None = None
    ) -> Type | None:
        """What a call of a function gives, where some of its type parameters are known."""
        written = function.written
        parameters = parse_generics(written.get("g", ""))
        unknown = {*parameters, *(name for name, type in function.env.names.items() if type is None)} - {"Self"}
        names: dict[str, Type | None] = dict(known or {})
        for text, argument in zip(written["p"], arguments, strict=False):
            self.types.learned(parse_type(text), argument, unknown, function.env, names)
        env = Env(function.env.mod, {**function.env.names, **dict.fromkeys(parameters), **names})
        if function.own and any(names.get(name) for name in unknown - set(parameters)):
            env = Env(env.mod, {**env.names, "Self": self.types.read(function.own, env)})
        text = written.get("r")
        found = self.types.read(text, env) if text else Type(TUPLE)
        return Type(FUTURE, (found,)) if "a" in written else found


def signature_of(written: Any) -> str:
    """How a function is called, as Rust writes it."""
    result = written.get("r")
    parameters = ["self"] if "S" in written else []
    return f"({', '.join([*parameters, *written['p']])})" + (f" -> {result}" if result else "")


def _without_self(env: Env) -> Env:
    return Env(env.mod, {**env.names, "Self": None})
