"""SPDX licence expressions: reading, naming and accepting them, and telling a licence by its text.

Texts are recognised by phrases that occur in one licence and not in its relatives; a text that matches none is no
licence we know, and is treated as none (NOASSERTION).
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import lru_cache

NOASSERTION = "NOASSERTION"

PERMISSIVE = (
    "0BSD", "Apache-2.0", "BSD-1-Clause", "BSD-2-Clause", "BSD-3-Clause", "BSL-1.0", "BlueOak-1.0.0", "CC0-1.0",
    "CNRI-Python", "HPND", "ISC", "MIT", "MIT-0", "MIT-CMU", "NCSA", "PSF-2.0", "PostgreSQL", "Python-2.0", "Unlicense",
    "WTFPL", "X11", "Zlib",
)  # fmt: skip
"""Accepted where a spec names no licences: they allow use, change and redistribution without a copyleft."""

_TOKEN = re.compile(r"\s*([()]|[A-Za-z0-9][A-Za-z0-9.+:-]*)")

_MIT = "Permission is hereby granted, free of charge, to any person obtaining a copy"
_MIT_NOTICE = "The above copyright notice and this permission notice"
_BSD = "Redistribution and use in source and binary forms, with or without modification"
_ISC = "Permission to use, copy, modify, and/or distribute this software for any purpose"
_CMU = "Permission to use, copy, modify and distribute this software and its"
_TEXTS: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...] = (
    ("AGPL-3.0-only", ("GNU Affero General Public License version 3, 19 November 2007",), ()),
    ("AGPL-3.0-or-later", ("under the terms of the GNU Affero General Public License",), ()),
    ("LGPL-3.0-only", ("GNU Lesser General Public License version 3, 29 June 2007",), ()),
    ("LGPL-2.1-only", ("GNU Lesser General Public License version 2.1, February 1999",), ()),
    ("LGPL-2.0-only", ("GNU Library General Public License version 2, June 1991",), ()),
    ("LGPL-2.0-or-later", ("under the terms of the GNU Lesser General Public License as",), ()),
    ("GPL-3.0-only", ("GNU General Public License version 3, 29 June 2007",), ()),
    ("GPL-2.0-only", ("GNU General Public License version 2, June 1991",), ()),
    (
        "GPL-2.0-or-later",
        ("under the terms of the GNU General Public License as", "published by"),
        ("June 1991", "June 2007"),
    ),
    ("MPL-2.0", ("Mozilla Public License Version 2.0",), ()),
    ("MPL-2.0", ("Mozilla Public License, v. 2.0",), ("Mozilla Public License Version 2.0",)),
    ("EPL-2.0", ("Eclipse Public License - v 2.0",), ()),
    ("EUPL-1.2", ("European Union Public Licence v. 1.2",), ()),
    ("SSPL-1.0", ("Server Side Public License",), ()),
    ("BUSL-1.1", ("Business Source License 1.1",), ()),
    ("CC-BY-NC-4.0", ("Creative Commons Attribution-NonCommercial 4.0",), ()),
    ("Apache-2.0", ("Apache License", "Version 2.0"), ()),
    ("MIT", (_MIT, _MIT_NOTICE), ()),
    ("MIT-0", (_MIT,), ("the above copyright notice",)),
    ("BSD-4-Clause", (_BSD, "All advertising materials"), ()),
    ("BSD-3-Clause", (_BSD, "endorse or promote"), ("All advertising materials",)),
    (
        "BSD-2-Clause",
        (_BSD, "Redistributions in binary form must"),
        ("endorse or promote", "All advertising materials"),
    ),
    ("ISC", (_ISC, "provided that the above copyright"), ()),
    ("ISC", (_ISC.replace("and/or", "and"), "with or without fee", "provided that the above copyright"), ()),
    ("0BSD", (_ISC,), ("provided that the above copyright",)),
    ("MIT-CMU", (_CMU,), ()),
    ("MIT-CMU", (_CMU.replace("modify", "modify,"), "without fee", "provided that"), ("with or without fee",)),
    ("Unlicense", ("This is free and unencumbered software released into the public domain",), ()),
    ("CC0-1.0", ("CC0 1.0 Universal",), ()),
    ("Zlib", ("The origin of this software must not be misrepresented", "Altered source versions must be plainly"), ()),
    ("PSF-2.0", ("Python Software Foundation License Version 2",), ()),
    ("BSL-1.0", ("Boost Software License - Version 1.0",), ()),
    ("WTFPL", ("Do What The Fuck You Want To Public License",), ()),
    ("PostgreSQL", ("without fee, and without a written agreement is hereby granted",), ()),
    ("NCSA", ("University of Illinois/NCSA Open Source License",), ()),
    ("BlueOak-1.0.0", ("Blue Oak Model License Version 1.0.0",), ()),
)
"""(identifier, phrases that all occur, phrases of which none occurs), compared by their words alone."""

_NAMES = {
    "apache": "Apache-2.0", "apache 2": "Apache-2.0", "apache 2.0": "Apache-2.0", "apache license": "Apache-2.0",
    "apache license 2.0": "Apache-2.0", "apache license, version 2.0": "Apache-2.0",
    "apache software license": "Apache-2.0",
    "apache 2.0 license": "Apache-2.0", "apache software license 2.0": "Apache-2.0", "mit license": "MIT",
    "the mit license": "MIT", "the mit license (mit)": "MIT", "expat": "MIT", "expat license": "MIT",
    "isc license": "ISC",
    "isc license (iscl)": "ISC", "bsd 2-clause license": "BSD-2-Clause", "bsd 2-clause": "BSD-2-Clause",
    "2-clause bsd license": "BSD-2-Clause", "simplified bsd": "BSD-2-Clause", "bsd 3-clause license": "BSD-3-Clause",
    "bsd 3-clause": "BSD-3-Clause", "3-clause bsd license": "BSD-3-Clause", "new bsd": "BSD-3-Clause",
    "new bsd license": "BSD-3-Clause", "modified bsd license": "BSD-3-Clause", "psf": "PSF-2.0", "psfl": "PSF-2.0",
    "python software foundation license": "PSF-2.0", "mozilla public license 2.0 (mpl 2.0)": "MPL-2.0",
    "mozilla public license 2.0": "MPL-2.0", "mpl 2.0": "MPL-2.0", "the unlicense (unlicense)": "Unlicense",
    "the unlicense": "Unlicense", "zlib/libpng license": "Zlib",
    "historical permission notice and disclaimer (hpnd)": "HPND", "boost software license 1.0 (bsl-1.0)": "BSL-1.0",
    "gnu general public license v3 (gplv3)": "GPL-3.0-only", "gplv3": "GPL-3.0-only", "gpl-3.0": "GPL-3.0-only",
    "gnu general public license v3 or later (gplv3+)": "GPL-3.0-or-later", "gplv2": "GPL-2.0-only",
    "gnu general public license v2 (gplv2)": "GPL-2.0-only", "gnu general public license v2 or later (gplv2+)":
    "GPL-2.0-or-later", "gnu lesser general public license v3 (lgplv3)": "LGPL-3.0-only",
    "gnu lesser general public license v3 or later (lgplv3+)": "LGPL-3.0-or-later",
    "gnu lesser general public license v2 or later (lgplv2+)": "LGPL-2.0-or-later",
    "gnu affero general public license v3": "AGPL-3.0-only",
    "gnu affero general public license v3 or later (agplv3+)": "AGPL-3.0-or-later",
    "universal permissive license (upl)": "UPL-1.0", "eclipse public license 2.0 (epl-2.0)": "EPL-2.0",
}  # fmt: skip
"""Free-text names and Trove classifiers' last parts, in lower case. `BSD License` alone is two licences, so none."""

_KNOWN = {
    name.lower(): name
    for name in (
        *PERMISSIVE, *(name for name, _, _ in _TEXTS), *_NAMES.values(), "AFL-3.0", "Artistic-2.0", "CC-BY-4.0",
        "CC-BY-SA-4.0", "CDDL-1.0", "EPL-1.0", "LGPL-2.1-or-later", "MPL-1.1", "OFL-1.1", "Unicode-3.0",
    )
}  # fmt: skip


class NotAnExpression(ValueError):
    """The text is not an SPDX licence expression."""


@dataclass(frozen=True)
class License:
    """One identifier, with the exception that a WITH adds."""

    id: str
    exception: str = ""

    def __str__(self) -> str:
        return f"{self.id} WITH {self.exception}" if self.exception else self.id

    def is_accepted(self, licenses: Collection[str]) -> bool:
        """Whether the identifier is one of `licenses` (in lower case); an exception only adds permissions."""
        return self.id.lower() in licenses


@dataclass(frozen=True)
class Combined:
    """Licences joined by AND (all bind) or OR (one may be chosen)."""

    operator: str
    parts: tuple[License | Combined, ...]

    def __str__(self) -> str:
        shown = (f"({part})" if isinstance(part, Combined) else str(part) for part in self.parts)
        return f" {self.operator} ".join(shown)

    def is_accepted(self, licenses: Collection[str]) -> bool:
        """Whether the combination may be used under `licenses` (in lower case)."""
        verdicts = (part.is_accepted(licenses) for part in self.parts)
        return any(verdicts) if self.operator == "OR" else all(verdicts)


def canonical(expression: str) -> str:
    """The expression with known identifiers and the operators in their usual spelling. Raises NotAnExpression."""
    return str(_parse(expression))


@lru_cache(maxsize=4096)
def accepts(expression: str, licenses: frozenset[str]) -> bool:
    """Whether code under `expression` may be used under `licenses`, identifiers in lower case. NOASSERTION never."""
    try:
        return expression != NOASSERTION and _parse(expression).is_accepted(licenses)
    except NotAnExpression:
        return False


def named(text: str) -> str:
    """The licence that a free-text field or a classifier's last part names; NOASSERTION where it names none."""
    text = " ".join(text.split())
    if text.lower() in _NAMES:
        return _NAMES[text.lower()]
    try:
        expression = _parse(text)
    except NotAnExpression:
        return NOASSERTION
    return str(expression) if all(part.lower() in _KNOWN for part in _identifiers(expression)) else NOASSERTION


def of_text(text: str) -> str:
    """The licence whose text this is; joined by AND where it holds several, NOASSERTION where it holds none."""
    words = _words(text)
    found = {
        name
        for name, present, absent in _PHRASES
        if all(phrase in words for phrase in present) and not any(phrase in words for phrase in absent)
    }
    return all_of(found)


def all_of(expressions: Collection[str]) -> str:
    """The expression under which all of these bind."""
    known = sorted(set(expressions) - {NOASSERTION})
    if len(known) <= 1:
        return known[0] if known else NOASSERTION
    return " AND ".join(f"({name})" if " OR " in name or " AND " in name else name for name in known)


def _words(text: str) -> str:
    return " ".join(re.findall(r"[a-z0-9.]+", text.lower()))


_PHRASES = [(name, [*map(_words, present)], [*map(_words, absent)]) for name, present, absent in _TEXTS]


@lru_cache(maxsize=4096)
def _parse(text: str) -> License | Combined:
    tokens = deque[str]()
    place = 0
    while text[place:].strip():
        match = _TOKEN.match(text, place)
        if not match or len(tokens) > 500:
            raise NotAnExpression(text)
        tokens.append(match[1])
        place = match.end()
    expression = _parse_joined(tokens, ("OR", "AND"), depth=0)
    if tokens:
        raise NotAnExpression(text)
    return expression


def _parse_joined(tokens: deque[str], operators: tuple[str, ...], depth: int) -> License | Combined:
    """OR binds weaker than AND, AND weaker than WITH."""
    if not operators:
        return _parse_one(tokens, depth)
    parts = [_parse_joined(tokens, operators[1:], depth)]
    while tokens and tokens[0].upper() == operators[0]:
        tokens.popleft()
        parts.append(_parse_joined(tokens, operators[1:], depth))
    return parts[0] if len(parts) == 1 else Combined(operators[0], tuple(parts))


def _parse_one(tokens: deque[str], depth: int) -> License | Combined:
    token = tokens.popleft() if tokens else ""
    if token == "(" and depth < 20:
        inner = _parse_joined(tokens, ("OR", "AND"), depth + 1)
        if not tokens or tokens.popleft() != ")":
            raise NotAnExpression("a parenthesis is not closed")
        return inner
    if not token or token in "()" or token.upper() in {"OR", "AND", "WITH"}:
        raise NotAnExpression(f"{token!r} stands where a licence should")
    exception = ""
    if tokens and tokens[0].upper() == "WITH":
        tokens.popleft()
        exception = tokens.popleft() if tokens else ""
    return License(_KNOWN.get(token.lower(), token), exception)


def _identifiers(expression: License | Combined) -> Iterator[str]:
    if isinstance(expression, License):
        yield expression.id
    else:
        for part in expression.parts:
            yield from _identifiers(part)
