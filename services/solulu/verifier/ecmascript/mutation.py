"""How code changes what an object or a variable is, read off the text: members that are assigned, names that are
assigned again, objects that get members in ways that are not followed.

A comment or a string may look like code; so these err on the side of change. Patterns begin with plain text, for it is
what `re` finds fast.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_ASSIGNED = re.compile(r"\.([\w$]+)\s*(?:[-+*/%&|^?<>]{1,3})?=(?![=>])")
_DEFINED = re.compile(r"(?:defineProperty|[dD]efineGetter(?:__)?)\s*\([^'\"]{0,80}['\"]([\w$]+)['\"]")
_REQUIRED = re.compile(r"require\s*\(\s*['\"`]([^'\"`\n]+)['\"`]")
_IMPORTED = re.compile(r"import\s*\(\s*['\"`]([^'\"`\n]+)['\"`]")
_REASSIGNED = re.compile(r"\s*(?:[-+*/%&|^?<>]{1,3})?=(?![=>])")
_NAMED_INDEX = re.compile(r"\[\s*['\"]([\w$]+)['\"]\s*\]\s*=(?![=>])")
_OPENED = re.compile(
    r"(?:\.prototype)?\s*\[(?!\s*(?:['\"\d]|Symbol\b|[\w$.]*[sS]ymbol\w*\s*\]|[\w$.]*\binspect\.custom|k[A-Z]\w*\s*\]))"
    r"[^\]\n]*\]\s*=(?![=>])|\.(?:prototype|__proto__)\s*=(?![=>])"
)
_DEFINING = re.compile(r"define(?:Property|Getter(?:__)?)\s*\(\s*$")
_LITERAL_NAME = re.compile(r"\s*,\s*['\"]")
_HANDED = re.compile(
    r"(?:[aA]ssign|[eE]xtend|mixin\w*|[mM]erge|inherits|[dD]efaults|define\w*|setPrototypeOf|promisifyAll|delegate|augment"
    r"|decorate\w*|install|copy\w*|add\w*|create\w*|set\w*|use|wrap\w*|bind\w*|attach\w*|apply\w*|register\w*|init\w*"
    r"|each\w*|forEach|export\w*|__\w+)\s*\(\s*(?:[\w$.]+\s*,\s*)?$"
)
_HANDED_REACH = 120


def assigned_members(source: str) -> set[str]:
    """The members that a text assigns to anything but `this`."""
    found = set(_ASSIGNED.findall(source.replace("_this.", "_self.").replace("this.", "")))
    found.update(_NAMED_INDEX.findall(source))
    return found | set(_DEFINED.findall(source)) if "efine" in source else found


def specifiers(source: str) -> set[str]:
    """The modules that a text requires, or imports while it runs."""
    return {*_REQUIRED.findall(source), *_IMPORTED.findall(source)}


def is_reassigned(source: str, name: str) -> bool:
    """Whether a variable is assigned more often than once."""
    count = 0
    for start in _occurrences(source, name):
        count += bool(_REASSIGNED.match(source, start + len(name)))
        if count > 1:
            return True
    return False


def is_opened(source: str, name: str) -> bool:
    """Whether an object is handed to what may give it members, or gets some whose names are computed."""
    for start in _occurrences(source, name):
        if _OPENED.match(source, start + len(name)):
            return True
        before = source[max(0, start - _HANDED_REACH) : start]
        is_handed = before.rstrip()[-1:] in ("(", ",") and _HANDED.search(before)
        if is_handed and not (_DEFINING.search(before) and _LITERAL_NAME.match(source, start + len(name))):
            return True
    return False


def _occurrences(source: str, name: str) -> Iterator[int]:
    """Where a whole name stands that is no member."""
    start = source.find(name)
    while start >= 0:
        end = start + len(name)
        before, after = source[start - 1 : start], source[end : end + 1]
        if not _goes_on(before) and before != "." and not _goes_on(after):
            yield start
        start = source.find(name, end)


def _goes_on(character: str) -> bool:
    return character.isalnum() or character == "_" or character == "$"
