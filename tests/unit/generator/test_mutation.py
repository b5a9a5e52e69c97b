"""Names in the place of names: what replaces what, and what never does."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from solulu.core.errors import RowError
from solulu.generator.check import is_affix
from solulu.generator.mutation import KINDS, Kind, Proposal, proposals, synonyms
from solulu.generator.names import Names, Pool, looks_alike, words
from solulu.generator.synonyms import SYNONYMS
from solulu.verifier import index
from solulu.verifier.index import build, merge

SHOP = """\
from shop.parts import first_part

class Cart:
    def load_items(self, path): ...
    def load_prices(self, place): ...
    def save_items(self, path, deep): ...

def use(cart, total_price, total_weight):
    return cart.load_items(total_price)
"""
MUSIC = "class Player:\n    def load_songs(self, path): ...\n    def skip_items(self): ...\n"
NAMES = Names(
    merge(
        [
            build(
                "shop",
                [("shop/cart.py", SHOP.encode()), ("shop/parts.py", b"def first_part(): ...\n")],
                names=index.KINDS,
            ),
            build("music", [("music/player.py", MUSIC.encode())], names=index.KINDS),
        ]
    )
)


def context(golden: str, text: str = SHOP, **other: Any) -> dict[str, Any]:
    prefix, _, suffix = text.partition(golden)
    row = {"id": "c", "repo": "shop", "language": "python", "prefix": prefix, "golden": golden, "suffix": suffix}
    return {**row, **other}


def made(kind: Kind, type: str, row: dict[str, Any], seed: int = 0) -> list[Proposal]:
    return proposals(kind, row, type, NAMES, seed)


def test_a_sibling_is_a_name_of_the_same_repository_the_most_alike_first() -> None:
    first = made("sibling", "method", context("cart.load_items(total_price)"))[0]
    assert first.symbol in ("load_prices", "save_items")
    assert first.completion == f"cart.{first.symbol}(total_price)"


def test_a_foreign_name_is_one_of_another_repository_that_this_one_does_not_have() -> None:
    found = made("foreign", "method", context("cart.load_items(total_price)"))
    assert {proposal.symbol for proposal in found} == {"load_songs", "skip_items"}


def test_a_synonym_changes_one_word_and_keeps_its_letter_case() -> None:
    assert "fetch_items" in synonyms("get_items")
    assert "removeNode" in synonyms("deleteNode")
    assert "READ_LIMIT" in synonyms("LOAD_LIMIT")
    assert "HttpReply" in synonyms("HttpResponse")
    assert synonyms("xyzzy") == []


def test_a_keyword_is_put_before_a_positional_argument_where_there_is_none_to_replace() -> None:
    found = made("sibling", "parameter", context("cart.load_items(total_price)"))
    assert {proposal.completion for proposal in found} >= {f"cart.load_items({p.symbol}=total_price)" for p in found}


def test_an_import_is_changed_in_its_module_or_in_what_it_gives() -> None:
    found = made("synonym", "import", context("from shop.parts import first_part"))
    assert {proposal.completion for proposal in found} >= {"from shop.parts import initial_part"}


def test_the_part_of_a_cut_name_that_lies_outside_the_hole_is_kept() -> None:
    found = made("sibling", "method", context("_items(total_price)"))
    assert found
    assert {proposal.symbol for proposal in found} == {"load_prices"}
    assert found[0].completion == "_prices(total_price)"


@pytest.mark.parametrize("kind", KINDS)
def test_a_golden_without_a_name_of_the_type_is_refused_with_a_reason(kind: Kind) -> None:
    with pytest.raises(RowError, match="no_mutation"):
        made(kind, "import", context("cart.load_items(total_price)"))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("type", ["import", "method", "parameter", "undefinedvariable"])
def test_the_same_seed_makes_the_same_proposals_and_none_is_the_golden_or_an_affix(kind: Kind, type: str) -> None:
    for golden in ("cart.load_items(total_price)", "from shop.parts import first_part"):
        try:
            found = made(kind, type, context(golden), seed=3)
        except RowError:
            continue
        assert found == made(kind, type, context(golden), seed=3)
        for proposal in found:
            assert proposal.completion != golden
            assert proposal.symbol in proposal.completion
            gone = set(re.findall(r"\w+", golden)) - set(re.findall(r"\w+", proposal.completion))
            assert not any(is_affix(proposal.symbol, name) for name in gone)


def test_code_in_any_script_keeps_its_bytes() -> None:
    row = context(
        "cart.load_items(gr\u00fc\u00dfe)", SHOP.replace("total_price)\n", "gr\u00fc\u00dfe)  # \u4f60\u597d\n")
    )
    assert made("synonym", "method", row)[0].completion.endswith("(gr\u00fc\u00dfe)")


def test_no_synonym_is_an_affix_of_its_word_or_much_longer() -> None:
    for word, others in SYNONYMS.items():
        for other in others:
            assert other != word
            assert abs(len(other) - len(word)) <= 8


@given(st.from_regex(r"_{0,2}[a-z][a-z0-9]{0,8}(_[a-z]{1,8}){0,3}", fullmatch=True))
def test_the_words_of_a_name_stand_where_they_say(name: str) -> None:
    for word in words(name):
        assert name[word.start : word.start + len(word.text)] == word.text


@given(st.lists(st.from_regex(r"_?[a-zA-Z]{1,6}(_[a-z]{1,6}){0,2}", fullmatch=True), max_size=30), st.randoms())
def test_a_pool_gives_names_that_look_alike_and_never_the_name_itself(pool: list[str], chance: Any) -> None:
    for name in Pool(pool).like("load_items", chance):
        assert name in pool
        assert name != "load_items"
        assert looks_alike(name, "load_items")
