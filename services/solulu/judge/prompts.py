"""The judge's question and how its answer is read: Delulu's protocol in our own words.

A judge sees one completion in its place, never two, and no example; the answer ends in a fixed phrase with the score.
The phrase's first occurrence counts, anything else is a parse failure: guessing what a judge meant would turn its
failures into "not fooled".
"""

from __future__ import annotations

import re

from solulu.core.digests import canonical_json, sha256
from solulu.llm.quoting import DATA_NOTICE, quoted, window

MAX_CONTEXT_CHARS = 24_000
_VERDICT = re.compile(r"FINAL SCORE:[ \t]*([01])(?!\w|\.\d)")

_SYSTEM = f"""\
You review code completions. You are given a file with one hole: the code before it (prefix), the code after it \
(suffix), and a completion that someone proposes for the hole. Decide whether the completion is right.

Score 1 only if all of this holds:
- Syntax: prefix + completion + suffix is syntactically valid at that place, with the completion inserted verbatim.
- Consistency: it fits the surrounding code: names, types, scopes, control flow, indentation and conventions.
- Relevance: it does what the code after the hole expects, and leads into it.
- No conflict: every import, function, method, attribute, parameter and variable that it uses exists, as far as the \
language, its standard library, the libraries in use and the code shown can tell, and is used as it is defined there.

Otherwise score 0. A completion that reads well but calls a method, passes a parameter, imports a module or uses a \
variable that does not exist scores 0. The completion need not be what you would write, nor the best one. If something \
cannot be seen from the code shown, judge by what is most likely true of the real library.

{DATA_NOTICE}

Reason briefly, then end your answer with exactly one line, and write its words nowhere else:
FINAL SCORE: 1
or
FINAL SCORE: 0"""

_QUESTION = """\
Language: {language}
File: {path}

{prefix}

{completion}

{suffix}

Is the completion right at its place? Reason briefly and end with the line FINAL SCORE: followed by 1 or 0."""

DIGEST = sha256(canonical_json([_SYSTEM, _QUESTION, DATA_NOTICE, MAX_CONTEXT_CHARS]))[:16]
"""Changes with every word that a judge is asked with; part of the artifact's key."""


def messages(language: str, path: str, prefix: str, completion: str, suffix: str) -> list[dict[str, str]]:
    """The chat that asks about one completion. Golden and negative are asked in the very same words."""
    before, after = window(prefix, suffix, MAX_CONTEXT_CHARS)
    question = _QUESTION.format(
        language=language,
        path=path.replace("\n", " "),
        prefix=quoted("prefix", before),
        completion=quoted("completion", completion),
        suffix=quoted("suffix", after),
    )
    return [{"role": "system", "content": _SYSTEM}, {"role": "user", "content": question}]


def score(answer: str) -> bool | None:
    """Whether the judge took the completion for right; None where the answer cannot be read."""
    found = _VERDICT.search(answer)
    return found[1] == "1" if found else None
