"""The words that ask a model for a hard negative, and how its answer is read.

A frontier model asked for "a wrong completion" writes an obvious one, or a right one. So each type has an instruction
of its own that says what has to be invented, where, and what would give it away. The golden is shown: the negative
has to be its twin but for one symbol. An answer that cannot be read is a rejection with a reason, never a guess.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from solulu.core.digests import canonical_json, sha256
from solulu.core.errors import RowError
from solulu.llm.quoting import DATA_NOTICE, quoted, window

MAX_CONTEXT_CHARS = 16_000
_FENCE = re.compile(r"\A\s*```[\w+-]*[ \t]*\n(.*?)\n?[ \t]*```\s*\Z", re.DOTALL)

_TYPES = {
    "import": """\
Type: import. Invent the module, the package, or the name that is imported from it. Everything else about the import \
(style, alias, quoting, order) stays as it is.
- The invented module or name must not exist: not in the standard library, not in the library named, not here.
- Good: a name that a neighbouring version, a sister library or a more regular design would have. A real library with \
an invented submodule or export is better than an invented library.
- If the alias or the imported name is used after the hole, keep that name bound, so that only the import itself \
is wrong.""",
    "method": """\
Type: method. Call a method that does not exist on the object, module or package it is called on. The receiver, the \
arguments and everything around stay as they are.
- Good: the verb that a sister API, another language or an older version uses for the same action; the name that the \
class would have if it followed its own naming pattern.
- The invented method must not be defined on the receiver's class, on any class it inherits from, nor in the module.
- Do not change an argument's name or a variable instead.""",
    "parameter": """\
Type: parameter. Call the real function with one parameter that it does not have: a keyword argument under an invented \
name, or, where the language has no keyword arguments, one argument more than the signature takes. The callee itself \
stays real.
- Good: replace a keyword that is there by a synonym that the function does not accept, or pass an option that such a \
function could well have, with a fitting value.
- The function must have no catch-all (such as **kwargs) that would accept the name.
- The value passed must itself be valid: use literals or names that exist.""",
    "undefinedvariable": """\
Type: undefinedvariable. Read a variable, constant or field that is defined nowhere in reach of the hole: not locally, \
not as a parameter, not in the class, not in the module, not as a builtin.
- Good: the name that a reader expects to exist after reading the code above, or the name that a value has elsewhere \
in such code, used where the golden uses a real one.
- Only read it: do not define it in the completion, and do not make up a method to call.
- It must not be defined by the code after the hole in a way that makes it available in the hole.""",
}

_SYSTEM = f"""\
You write test data for tools that detect hallucinated code. You are given a file with one hole, and the golden \
completion: the code that the developer wrote there. Write a hard negative: a completion that an experienced reviewer \
would wave through, but that fails because it refers to exactly one symbol that does not exist.

Rules:
1. Exactly one invented symbol, of the type asked for. Everything else in the completion exists and is used correctly.
2. The twin of the golden: same purpose, same structure, about the same length, same indentation, quoting and line \
breaks. Change as little as possible beyond the invented symbol.
3. It is inserted verbatim between prefix and suffix and must be syntactically valid there. Do not repeat any of the \
prefix or the suffix.
4. Plausible: the name a competent developer could believe in. It follows the naming conventions of the code around it.
5. No affix tricks: the invented name is not the golden's name with something added or cut off (no `_v2`, `_new`, \
`_safe`, `my_`, `get_` in front, plural for singular, numbers, misspellings). Use another word.
6. No comments, no placeholders, no words like fake, invalid, unknown, hallucinated or undefined.
7. It must not be valid by accident: not an alias, not an inherited member, not defined elsewhere in the code shown.

{DATA_NOTICE}

Answer with one JSON object and nothing else:
{{"completion": "<the code for the hole>", "symbol": "<the invented name alone>", "rationale": "<one sentence: why it \
does not exist, and why it is believable>"}}"""

_QUESTION = """\
{type}

Language: {language}
File: {path}
The hole holds: {span}

{prefix}

{golden}

{suffix}

Write the hard negative that replaces the golden. Answer with the JSON object alone."""

DIGEST = sha256(canonical_json([_SYSTEM, _QUESTION, _TYPES, DATA_NOTICE, MAX_CONTEXT_CHARS]))[:16]
"""Changes with every word that a model is asked with; part of the artifact's key."""


def messages(context: Mapping[str, Any], type: str) -> list[dict[str, str]]:
    """The chat that asks for a negative of `type` for a context row."""
    prefix, suffix = window(context["prefix"], context["suffix"], MAX_CONTEXT_CHARS)
    question = _QUESTION.format(
        type=_TYPES[type],
        language=context["language"],
        path=context["path"].replace("\n", " "),
        span=context["span_kind"],
        prefix=quoted("prefix", prefix),
        golden=quoted("golden", context["golden"]),
        suffix=quoted("suffix", suffix),
    )
    return [{"role": "system", "content": _SYSTEM}, {"role": "user", "content": question}]


def read(answer: str, prefix: str, golden: str) -> tuple[str, str]:
    """Completion and invented symbol (empty where the model names none) in a model's answer. The completion gets the
    golden's outer white space: a difference there says nothing about the code and would give the negative away. Raises
    RowError: `empty_answer`, `unparsable_answer`."""
    if not answer.strip():
        raise RowError("empty_answer", "the model answered nothing")
    for fields in _objects(answer):
        completion, symbol = fields.get("completion"), fields.get("symbol")
        if isinstance(completion, str):
            code = _without_fence(completion)
            return _placed(code, prefix, golden), symbol.strip() if isinstance(symbol, str) else ""
    raise RowError("unparsable_answer", f"no JSON object with a completion in: {answer.strip()[:120]!r}")


def _objects(answer: str) -> Iterator[dict[str, Any]]:
    """JSON objects in the answer, wherever they begin. Raw newlines in strings are let pass: models write them."""
    decoder = json.JSONDecoder(strict=False)
    start = answer.find("{")
    while start >= 0:
        try:
            value, end = decoder.raw_decode(answer, start)
        except (ValueError, RecursionError):
            end = start + 1
        else:
            if isinstance(value, dict):
                yield value
        start = answer.find("{", end)


def _without_fence(completion: str) -> str:
    found = _FENCE.match(completion)
    return found[1] if found else completion


def _placed(completion: str, prefix: str, golden: str) -> str:
    """Takes off the beginning of the line if the model wrote it again, and puts on the golden's outer white space."""
    line = prefix.rpartition("\n")[2].lstrip()
    body = completion.strip()
    if line.strip() and body.startswith(line) and not golden.lstrip().startswith(line):
        body = body[len(line) :].strip()
    before = golden[: len(golden) - len(golden.lstrip())]
    after = golden[len(golden.rstrip()) :]
    return before + body + after
