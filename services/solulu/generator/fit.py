"""Cutting what a completion model wrote to the shape of the hole.

A small model does not know where to stop: it goes on with the next argument, the next line, the next function. What
lies beyond the golden's own shape (a name, a call, so many lines) is no part of the answer.
"""

from __future__ import annotations

import re

_OPEN, _CLOSE, _QUOTES = "([{", ")]}", "\"'"
_NAME = re.compile(r"\w*")


def fit(completion: str, golden: str) -> str:
    """The beginning of `completion` that has the golden's shape, with the golden's outer white space: a bare name for a
    bare name, else as many lines, not beyond the bracket that closes the hole, nor a comma or a call further."""
    before = golden[: len(golden) - len(golden.lstrip())]
    after = golden[len(golden.rstrip()) :]
    body, shape = completion.strip(), golden.strip()
    if shape.isidentifier():
        return before + _NAME.match(body)[0] + after  # type: ignore[index]  # matches the empty string, too
    lines = body.splitlines()[: len(shape.splitlines())]
    return before + _closed("\n".join(lines), shape).rstrip() + after


def _closed(text: str, shape: str) -> str:
    """`text` up to where its brackets say that the hole ends."""
    closings, commas = _top_level(shape)
    ends_closed = shape[-1:] in tuple(_CLOSE)
    depth, quote, num_closings, num_commas = 0, "", 0, 0
    for place, char in enumerate(text):
        if quote:
            quote = "" if char == quote and text[place - 1] != "\\" else quote
        elif char in _QUOTES:
            quote = char
        elif char in _OPEN:
            depth += 1
        elif char in _CLOSE:
            depth -= 1
            if depth < 0:
                return text[:place]
            num_closings += depth == 0
            is_chained = text[place + 1 : place + 2] in tuple(".[(")
            if ends_closed and depth == 0 and num_closings >= closings and not is_chained:
                return text[: place + 1]
        elif char == "," and depth == 0:
            num_commas += 1
            if num_commas > commas:
                return text[:place]
    return text


def _top_level(text: str) -> tuple[int, int]:
    """Brackets closed to depth 0, and commas at depth 0."""
    depth = closings = commas = 0
    for char in text:
        depth += (char in _OPEN) - (char in _CLOSE)
        closings += char in _CLOSE and depth == 0
        commas += char == "," and depth == 0
    return closings, commas
