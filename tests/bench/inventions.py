"""Completions that are certainly wrong: a developer's own, with one name turned into one that exists nowhere.

The new name is made of the words that the repository makes its names of, in the old one's style, so that nothing but
its absence gives it away; three words or more, so that no library is likely to have it.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from solulu.languages import Language
from solulu.languages.spans import Span, find_spans
from solulu.verifier.case import Case
from solulu.verifier.index import SymbolIndex
from tree_sitter import Node, QueryCursor

KINDS = {"callee": "method", "variable": "undefinedvariable", "keyword": "parameter", "import": "import"}
"""What is invented, and the type of hallucination that it is; a callee that is no member may be both."""
_SHORTEST = 3
_PLACES = ("argument", "call", "import", "statement")
_PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_LAST_NAME = re.compile(rb"([A-Za-z_$][\w$]*)\s*(?:(?:::)?<[^()]*>)?\s*$")
_MEMBER_OF = re.compile(rb"(\.|->|\?\.)\s*$")
_NO_VARIABLE_BEFORE = re.compile(rb"(\.|->|::|\?\.|\b(new|class|struct|enum|function|interface|type)\s)\s*$")
_NO_VARIABLE_AFTER = re.compile(rb"\s*(\(|:(?!:)|::|<|!(?!=)|\{|=>|[-+*/%&|^<>?]*=(?!=))")
_MODULES: dict[str, str] = {
    "python": r"(?:from|import)\s+(?P<module>\.*[A-Za-z_]\w*(?:\.\w+)*)",
    "go": r"\"(?P<module>[^\"]+)\"",
    "java": r"import\s+(?P<module>\w+(?:\.\w+)+)\s*;",
    "javascript": r"['\"](?P<module>\.[^'\"]*\w)['\"]",
    "typescript": r"['\"](?P<module>\.[^'\"]*\w)['\"]",
    "rust": r"\b(?P<module>(?:crate|super)(?:::\w+)+)",
    "csharp": r"using\s+(?:static\s+)?(?P<module>\w+(?:\.\w+)+)\s*;",
    "cpp": r"#\s*include\s+[<\"](?P<module>[\w./-]+)[>\"]",
}
_SNAKE = ("python", "rust", "cpp")
_GO_MODULE = re.compile(rb"^module\s+(\S+)", re.M)
_NAMESPACE = re.compile(rb"^\s*namespace\s+([\w.]+)", re.M)


@dataclass(frozen=True)
class Invention:
    """A case whose completion holds a name that exists nowhere."""

    kind: str
    """One of `KINDS`."""
    case: Case
    name: str
    golden: str
    """What the developer wrote in the completion's place."""
    types: tuple[str, ...]
    """Of hallucination, that it may be called."""


class Inventor:
    """What a repository calls things, and what it could have called them."""

    def __init__(self, language: Language, files: Iterable[tuple[str, bytes]], index: SymbolIndex) -> None:
        """`files` are what the index was made of."""
        self._language = language
        self._callable = {name.encode() for kind in ("function", "method", "class") for name in index.names(kind)}
        self._places: set[str] = set()
        self._go_modules: set[str] = set()
        for path, data in files:
            parts = [*PurePosixPath(path).parts[:-1], PurePosixPath(path).name.partition(".")[0]]
            for end in (len(parts), len(parts) - 1):
                self._places.update("/".join(parts[start:end]) for start in range(end))
            if path.endswith("go.mod"):
                self._go_modules.update(f"{name.decode()}/" for name in _GO_MODULE.findall(data))
            if path.endswith(".cs"):
                self._places.update(name.decode().replace(".", "/") for name in _NAMESPACE.findall(data))
        words = {word for repository in index.repositories.values() for word in repository.vocabulary}
        self._taken = {word.lower() for word in words}
        parts_of_words = {part.lower() for word in words for part in _PARTS.findall(word)}
        self._parts = sorted(
            part for part in parts_of_words if part.isalpha() and part.isascii() and 3 <= len(part) <= 9
        )

    def invented(self, name: str, chance: random.Random) -> str:
        """A name in the style of another that nothing in the repository has."""
        rim = len(name) - len(name.lstrip("_"))
        core = name[rim:]
        while True:
            parts = [part.lower() for part in _PARTS.findall(core)][:4] or ["x"]
            parts[chance.randrange(len(parts))] = chance.choice(self._parts)
            while len(parts) < 3:
                parts.append(chance.choice(self._parts))
            made = name[:rim] + self._styled(core, parts)
            if made.lower() not in self._taken:
                return made

    def _styled(self, core: str, parts: list[str]) -> str:
        if core.isupper() and len(core) > 1:
            return "_".join(parts).upper()
        if core[:1].isupper():
            return "".join(part.capitalize() for part in parts)
        if "_" in core or (core.islower() and self._language.name in _SNAKE):
            return "_".join(parts)
        return parts[0] + "".join(part.capitalize() for part in parts[1:])

    def inventions(self, path: str, data: bytes, limit: int, seed: int = 0) -> Iterator[Invention]:
        """About `limit` of each kind that the file has a place for."""
        chance = random.Random(f"{seed}:{path}")
        root = self._language.parse(data).root_node
        spans = find_spans(
            self._language, data, ("argument", "call", "import", "statement"), limit=4 * limit, seed=seed
        )
        for kind, wanted, find in self._finders(root, data):
            places = [span for span in spans if span.kind in wanted]
            for span in chance.sample(places, min(limit, len(places))):
                found = sorted(find(span))
                if found:
                    start, end = chance.choice(found)
                    name = self.invented(data[start:end].decode(), chance)
                    completion = data[span.start : start] + name.encode() + data[end : span.end]
                    parts = (data[: span.start], completion, data[span.end :])
                    golden = data[span.start : span.end].decode()
                    is_bare = kind == "callee" and not _MEMBER_OF.search(data[max(0, start - 9) : start])
                    types = (KINDS[kind], "undefinedvariable") if is_bare else (KINDS[kind],)
                    yield Invention(kind, Case(path, *(part.decode() for part in parts)), name, golden, types)

    def _finders(self, root: Node, data: bytes) -> Iterator[tuple[str, tuple[str, ...], Finder]]:
        names = _References(self._language, root, data)
        yield "callee", ("call",), lambda span: self._callees(root, data, span)
        yield "variable", ("argument", "call", "statement"), names.variables
        if any("@keyword" in line for line in self._language.references.split("\n")):
            yield "keyword", ("call",), lambda span: names.keywords(span) if self._callees(root, data, span) else []
        yield "import", ("import",), lambda span: self._modules(data, span)

    def _callees(self, root: Node, data: bytes, span: Span) -> list[Stretch]:
        """The last name of the call that a span is, where the repository defines it."""
        arguments = _arguments(root, span)
        found = _LAST_NAME.search(data, span.start, arguments.start_byte) if arguments else None
        if not found or found[1] not in self._callable or len(found[1]) < _SHORTEST or found[1].startswith(b"__"):
            return []
        return [found.span(1)]

    def _modules(self, data: bytes, span: Span) -> list[Stretch]:
        """The last part of the name of a module that is the repository's own."""
        text = data[span.start : span.end].decode()
        found = re.search(_MODULES[self._language.name], text)
        if not found or not text.isascii():
            return []
        module, start = found["module"], span.start + found.start("module")
        bare = re.sub(r"\.(h|hh|hpp|js|ts|mjs|cjs|jsx|tsx)$", "", module)
        if not self._is_own(bare):
            return []
        last = list(re.finditer(r"[A-Za-z_]\w*$", bare))
        if not last or len(last[0][0]) < _SHORTEST:
            return []
        return [(start + last[0].start(), start + last[0].end())]

    def _is_own(self, module: str) -> bool:
        if self._language.name == "go":
            return module.startswith(tuple(self._go_modules))
        if module.startswith((".", "crate::", "super::")):
            return True
        place = re.sub(r"::|\.", "/", module)
        return "/" in place and place in self._places


Stretch = tuple[int, int]
Finder = Callable[[Span], list[Stretch]]


class _References:
    """What the names of a file refer to."""

    def __init__(self, language: Language, root: Node, data: bytes) -> None:
        self._data = data
        self._kinds: dict[Stretch, str] = {}
        captures = QueryCursor(language.reference_query).captures(root)
        for kind in ("name", "imported", "keyword", "method", "defined"):
            self._kinds.update({(node.start_byte, node.end_byte): kind for node in captures.get(kind, ())})
        defined = QueryCursor(language.definition_query).captures(root)
        self._variables = {
            data[node.start_byte : node.end_byte]
            for kind in ("variable", "parameter")
            for node in defined.get(kind, ())
        }

    def variables(self, span: Span) -> list[Stretch]:
        """Names that are read in a span and that the file declares as variables."""
        return [
            (start, end)
            for start, end in self._within(span, "name")
            if self._data[start:end] in self._variables
            and not _NO_VARIABLE_BEFORE.search(self._data[max(0, start - 12) : start])
            and not _NO_VARIABLE_AFTER.match(self._data, end)
        ]

    def keywords(self, span: Span) -> list[Stretch]:
        """Names of keyword arguments of the call that a span is."""
        return self._within(span, "keyword")

    def _within(self, span: Span, wanted: str) -> list[Stretch]:
        return [
            (start, end)
            for (start, end), kind in self._kinds.items()
            if kind == wanted and span.start <= start and end <= span.end and end - start >= _SHORTEST
        ]


def _arguments(root: Node, span: Span) -> Node | None:
    node = root.descendant_for_byte_range(span.start, span.end)
    return node.child_by_field_name("arguments") if node else None
