"""Golden against negative, token by token, as pieces of text that a page can mark."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass

TOKEN = re.compile(r"\w+|\s+|[^\w\s]")


@dataclass(frozen=True)
class Piece:
    """A stretch of text and what it is: `same`, `changed`, or `invented` (the symbol that does not exist)."""

    text: str
    kind: str = "same"


def compare(golden: str, negative: str, symbol: str = "") -> tuple[list[Piece], list[Piece]]:
    """Both texts in pieces. The invented symbol is marked in the negative where it differs from the golden; where it
    occurs only in what is the same (a real name in a wrong place), every occurrence is marked."""
    left, right = TOKEN.findall(golden), TOKEN.findall(negative)
    golden_pieces: list[Piece] = []
    negative_pieces: list[Piece] = []
    for tag, left_from, left_to, right_from, right_to in difflib.SequenceMatcher(
        None, left, right, False
    ).get_opcodes():
        kind = "same" if tag == "equal" else "changed"
        golden_pieces.append(Piece("".join(left[left_from:left_to]), kind))
        negative_pieces += [Piece(token, kind) for token in right[right_from:right_to]]
    names = set(TOKEN.findall(symbol)) - {"."}
    changed = any(piece.kind == "changed" and piece.text in names for piece in negative_pieces)
    marked = [
        Piece(piece.text, "invented") if piece.text in names and (piece.kind == "changed" or not changed) else piece
        for piece in negative_pieces
    ]
    return _joined(golden_pieces), _joined(marked)


def _joined(pieces: list[Piece]) -> list[Piece]:
    """The pieces with neighbours of one kind made one, and empty ones left out."""
    joined: list[Piece] = []
    for piece in pieces:
        if joined and joined[-1].kind == piece.kind:
            joined[-1] = Piece(joined[-1].text + piece.text, piece.kind)
        elif piece.text:
            joined.append(piece)
    return joined
