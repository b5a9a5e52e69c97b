"""What the preprocessor does in a file: what it includes, which macros it defines, and which names those put together.

Directives are lines, so lines are read, whatever the grammar makes of the code between them. All branches of a
condition count; an include that only some builds see says so.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

_DIRECTIVE = re.compile(rb"^[ \t]*#[ \t]*([a-z_]+)\b([^\n\\]*(?:\\(?:\r\n|.)[^\n\\]*)*)", re.M | re.S)
_INCLUDED = re.compile(rb"\s*(?:<([^>\n]+)>|\"([^\"\n]+)\")")
_DEFINED = re.compile(rb"\s*([A-Za-z_]\w*)(\([^)]*\))?(.*)", re.S)
_PASTED = re.compile(rb"\w+(?:\s*##\s*\w+)+")
_COMMENT = re.compile(rb"//[^\n]*|\"(?:[^\"\\\n]|\\.)*\"|/\*.*?\*/", re.S)
_WORD = re.compile(rb"[A-Za-z_]\w*")
_OPENS = {b"if", b"ifdef", b"ifndef"}
_PRESENT = re.compile(rb"\bHAVE_\w+_H\b")
_PLATFORM = re.compile(rb"\b_|WIN|MSC|APPLE|MAC|ANDROID|BSD|LINUX|UNIX|POSIX|PLATFORM|OS_|SSE|NEON|AVX|GNU|CLANG")
_ALWAYS = re.compile(rb"__cplusplus|^\s*1\s*$")


@dataclass
class _Chain:
    """A condition with its branches."""

    number: int
    start: int
    is_condition: bool
    is_presence: bool
    """Whether it asks what is installed: the code goes on to use that without asking again."""
    branches: int = 1
    is_platform: bool = False


@dataclass
class Directives:
    """What the directives of a file say."""

    includes: list[list[Any]] = field(default_factory=list)
    """[name, whether quoted, the conditions around it: each one's number, and that of its branch]"""
    macros: list[str] = field(default_factory=list)
    words: set[str] = field(default_factory=set)
    """Everything in the macros' bodies."""
    pastes: list[list[str | None]] = field(default_factory=list)
    """The names that `##` puts together: literal pieces, and None for what is put in."""
    full: dict[str, int] = field(default_factory=dict)
    """The conditions that have an `#else`, with the number of their branches."""
    regions: list[tuple[int, int, bool]] = field(default_factory=list)
    """The stretches of the file that some builds leave out, and whether they ask for a platform or a compiler."""

    def is_conditional(self, offset: int) -> bool:
        """Whether some builds leave out what stands at an offset."""
        return any(start <= offset < end for start, end, _ in self.regions)

    def is_of_platform(self, offset: int) -> bool:
        """Whether some platforms or compilers leave out what stands at an offset: others may know any name."""
        return any(start <= offset < end for start, end, is_platform in self.regions if is_platform)


def directives(data: bytes) -> Directives:
    """The directives of a file, or of its beginning."""
    found = Directives()
    chains: list[_Chain] = []
    guard = b""
    number = 0
    for match in _DIRECTIVE.finditer(_COMMENT.sub(_without_block, data) if b"/*" in data else data):
        word, rest = match[1], match[2]
        if word in _OPENS:
            number += 1
            chains.append(_Chain(number, match.start(), not _ALWAYS.search(rest), bool(_PRESENT.search(rest))))
            chains[-1].is_platform = bool(_PLATFORM.search(rest))
            guard = rest.strip() if word == b"ifndef" or b"!" in rest else b""
            continue
        if word == b"define":
            name = _define(rest, found)
            if chains and name and name in guard.split(b"//")[0]:
                chains[-1].is_condition = False
        elif word in (b"elif", b"else", b"elifdef", b"elifndef") and chains:
            chains[-1].branches += 1
            chains[-1].is_platform = chains[-1].is_platform or bool(_PLATFORM.search(rest))
            if word == b"else":
                found.full[str(chains[-1].number)] = chains[-1].branches
        elif word == b"endif" and chains:
            chain = chains.pop()
            if chain.is_condition:
                found.regions.append((chain.start, match.end(), chain.is_platform))
        elif word in (b"include", b"include_next", b"import"):
            _include(rest, chains, found)
        guard = b""
    found.macros = sorted(set(found.macros))
    found.regions += [(chain.start, len(data), chain.is_platform) for chain in chains if chain.is_condition]
    used = {str(number) for include in found.includes for number, _ in include[2]}
    found.full = {chain: branches for chain, branches in found.full.items() if chain in used}
    return found


def _without_block(match: re.Match[bytes]) -> bytes:
    text = match[0]
    if not text.startswith(b"/*"):
        return text
    return b"\n".join(b" " * len(line) for line in text.split(b"\n"))


def _define(rest: bytes, found: Directives) -> bytes:
    match = _DEFINED.match(rest)
    if not match:
        return b""
    name, parameters, body = match.groups()
    found.macros.append(name.decode())
    found.words.update(word.decode() for word in _WORD.findall(body))
    if b"##" in body:
        own = set(re.findall(rb"\w+", parameters or b"")) | {b"__VA_ARGS__"}
        for pasted in _PASTED.findall(body):
            pieces = [piece.strip() for piece in pasted.split(b"##")]
            pattern = [None if piece in own else piece.decode() for piece in pieces]
            if pattern not in found.pastes and pieces[-1] != b"__VA_ARGS__":
                found.pastes.append(pattern)
    return name


def _include(rest: bytes, chains: list[_Chain], found: Directives) -> None:
    match = _INCLUDED.match(rest)
    around = [[chain.number, chain.branches] for chain in chains if chain.is_condition and not chain.is_presence]
    name = (match[1] or match[2]).decode("utf-8", "replace").strip() if match else ""
    found.includes.append([name, int(bool(match and match[2])), around])
