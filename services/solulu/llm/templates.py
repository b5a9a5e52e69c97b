"""How a hole becomes tokens: one function for training, scoring and generation, so that all three see the same prompt.

A layout is a row of special tokens and texts; which one fits is told by the tokenizer's vocabulary, never by a model's
name. Text of the file is always plain text: a special token spelled out in scraped code does not become one.
"""

from __future__ import annotations

from dataclasses import dataclass
from os.path import commonprefix
from typing import TYPE_CHECKING

from solulu.llm.healing import Blanks, heal
from solulu.llm.layouts import BOS, LAYOUTS, LEFT_TO_RIGHT, PATH, PREFIX, SPIECE, SUFFIX, Order

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

PREFIX_SHARE = 2 / 3
"""Of a prompt that is too long; what one side does not need goes to the other."""
SHORTEST = 16
"""Fewest tokens that a prompt can be cut to."""
_CHARS_PER_TOKEN = 16
"""No more characters than this a token are tokenized: a file of megabytes costs no more than its nearest lines."""


@dataclass(frozen=True)
class Hole:
    """A place in a file: what stands before it and after it."""

    prefix: str
    suffix: str
    path: str = ""
    """Path of the file; some layouts show it to the model."""


@dataclass(frozen=True)
class Encoded:
    """Token ids of a prompt, and of the completion and the end of text where one was given."""

    ids: list[int]
    num_prompt: int
    """Labels start here: `ids[:num_prompt]` is the prompt."""
    healed: str
    """White space that was moved from the prefix's end to the completion's start."""


class Template:
    """The layout of one tokenizer's model."""

    def __init__(self, tokenizer: PreTrainedTokenizerBase) -> None:
        self._tokenizer = tokenizer
        begins_with_space = tokenizer.convert_ids_to_tokens(self._plain("a"))[0].startswith(SPIECE)
        self._anchor = self._plain("\n") if begins_with_space else []
        vocabulary = tokenizer.get_vocab()
        self.layout = next((layout for layout in LAYOUTS if layout.fits(vocabulary)), LEFT_TO_RIGHT)
        self._special = {token: vocabulary[name] for token, name in self.layout.tokens(vocabulary).items()}
        self._bos = [i for i in tokenizer("")["input_ids"] if i == tokenizer.bos_token_id]
        self.blanks = Blanks(vocabulary)
        stops = {self._special[token] for token in self.layout.stops if token in self._special}
        self.end_id: int = self._special.get(self.layout.end, tokenizer.eos_token_id)
        """Ends a completion in training; generation stops at it."""
        self.stop_ids: tuple[int, ...] = tuple(sorted({*stops, self.end_id, tokenizer.eos_token_id}))

    @property
    def orders(self) -> tuple[Order, ...]:
        """Orders that the family knows; the first is used where none is asked for."""
        return ("psm", "spm") if self.layout.spm else ("psm",)

    def encode(
        self, hole: Hole, completion: str | None = None, *, max_length: int, order: Order | None = None
    ) -> Encoded:
        """The prompt of `hole`, followed by `completion` and the end of text where one is given.

        At most `max_length` tokens in all: the completion is kept whole where a quarter of the room is left for the
        prompt, else its tail and its end of text are cut; of the prompt, the lines nearest to the hole stay.
        """
        if max_length < SHORTEST:
            raise ValueError(f"max_length is {max_length}: {SHORTEST} is the least")
        path = self._plain(hole.path + "\n") if hole.path else []
        pieces = self.layout.pieces(order or self.orders[0], with_path=0 < len(path) <= max_length // 8)
        prefix, healed = heal(hole.prefix) if pieces[-1] == PREFIX else (hole.prefix, "")
        target: list[int] = []
        if completion is not None:
            target = [*self.completion_ids(completion, healed), self.end_id][: max_length - max_length // 4]
        given = {PATH: path, BOS: self._bos}
        given |= {piece: [self._special[piece]] for piece in pieces if piece in self._special}
        room = max_length - len(target) - sum(len(given.get(piece, [])) for piece in pieces)
        given |= self._fit(prefix, hole.suffix if SUFFIX in pieces else "", room)
        prompt = [token for piece in pieces for token in given[piece]] or [self.end_id]  # a model starts from something
        return Encoded(prompt + target, len(prompt), healed)

    def completion_ids(self, completion: str, healed: str) -> list[int]:
        """Ids of a completion behind a prompt that was healed of `healed`, as `encode` gives them, without the end."""
        return self._inside(healed + completion)

    def decode(self, ids: list[int], healed: str) -> str:
        """The completion that the model wrote, without the white space that the file has already."""
        text = self._text(self._anchor + ids).removeprefix(self._text(self._anchor))
        return text[len(commonprefix([healed, text])) :]  # noqa: RUF071  # of texts, not of paths

    def _fit(self, prefix: str, suffix: str, room: int) -> dict[str, list[int]]:
        """The tokens of both sides, cut to `room` tokens together."""
        prefix, suffix = _last_chars(prefix, room * _CHARS_PER_TOKEN), suffix[: room * _CHARS_PER_TOKEN]
        before, after = self._plain(prefix), self._inside(suffix)
        if len(before) + len(after) > room:
            room_before = max(int(room * PREFIX_SHARE), room - len(after))
            before = self._last_lines(prefix, room_before)
            after = self._first_lines(suffix, room - len(before))
        return {PREFIX: before, SUFFIX: after}

    def _last_lines(self, text: str, room: int) -> list[int]:
        ids, offsets = self._with_offsets(text)
        if len(ids) <= room or not room:
            return ids[:room]
        start = offsets[-room][0]
        line = text.find("\n", start) + 1
        return self._plain(text[line if 0 < line < len(text) else start :])[-room:]

    def _first_lines(self, text: str, room: int) -> list[int]:
        ids, offsets = self._with_offsets(text)
        if len(ids) <= room or not room:
            return self._inside(text)[:room]
        end = offsets[room - 1][1]
        line = text.rfind("\n", 0, end)
        return self._inside(text[: line + 1 if line > 0 else end])[:room]

    def _plain(self, text: str) -> list[int]:
        return self._tokenizer(text, add_special_tokens=False, split_special_tokens=True)["input_ids"] if text else []

    def _inside(self, text: str) -> list[int]:
        """Ids of text that has other text before it: SentencePiece would take it for a beginning, and add a space."""
        return self._plain("\n" + text)[len(self._anchor) :] if self._anchor and text else self._plain(text)

    def _text(self, ids: list[int]) -> str:
        return str(self._tokenizer.decode(ids, skip_special_tokens=True, clean_up_tokenization_spaces=False))

    def _with_offsets(self, text: str) -> tuple[list[int], list[tuple[int, int]]]:
        if not text:
            return [], []
        encoded = self._tokenizer(
            text, add_special_tokens=False, split_special_tokens=True, return_offsets_mapping=True
        )
        return encoded["input_ids"], encoded["offset_mapping"]


def _last_chars(text: str, limit: int) -> str:
    return text[-limit:] if limit else ""
