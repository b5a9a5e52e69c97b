"""Which names of a hole could be invented, and as what."""

from __future__ import annotations

import pytest
from solulu.generator.places import last_values, names_in_file, num_comments, places

PYTHON = b"""\
from shop.carts import Cart as Basket
def total(cart, rate=1):
    cart.rate = rate
    price = cart.sum(scale=rate, start=offset)  # note
    return price
"""


def found(language: str, data: bytes) -> list[tuple[str, str]]:
    return [(place.type, place.name) for place in places(language, data)]


def test_python_names_are_told_apart_by_what_inventing_them_would_be() -> None:
    assert found("python", PYTHON) == [
        ("import", "shop"), ("import", "carts"), ("import", "Cart"),
        ("undefinedvariable", "cart"), ("undefinedvariable", "rate"),
        ("undefinedvariable", "cart"), ("method", "sum"), ("parameter", "scale"), ("undefinedvariable", "rate"),
        ("parameter", "start"), ("undefinedvariable", "offset"), ("undefinedvariable", "price"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("language", "data", "expected"),
    [
        ("go", b'package a\nimport m "b.org/c/metric"\nfunc f() { x := m.New(y) }\n',
         [("import", "metric"), ("undefinedvariable", "m"), ("method", "New"), ("undefinedvariable", "y")]),
        ("java", b"import a.b.Cart;\nclass X { int f(int q) { return q + cart.size(w); } }\n",
         [("import", "b"), ("import", "Cart"), ("undefinedvariable", "q"), ("undefinedvariable", "cart"),
          ("method", "size"), ("undefinedvariable", "w")]),
    ],
)  # fmt: skip
def test_other_languages_need_nothing_but_their_own_file(
    language: str, data: bytes, expected: list[tuple[str, str]]
) -> None:
    assert [each for each in found(language, data) if each[1] not in ("a", "int")] == expected


def test_only_names_that_reach_into_the_hole_are_given() -> None:
    start = PYTHON.index(b"cale=rate")
    assert [place.name for place in places("python", PYTHON, start, start + len(b"cale=rate"))] == ["scale", "rate"]


def test_a_keyword_can_be_put_before_the_last_positional_argument_alone() -> None:
    data = b"f(a, g(b), *c)\nf(a, b, key=1)\nf(*a)\nf(i for i in a)\n"
    assert [data[offset : offset + 1] for offset in last_values("python", data, 0, len(data))] == [b"b", b"b"]
    go = b"package a\nfunc f() { g(x) }\n"
    assert last_values("go", go, 0, len(go)) == []


def test_comments_and_names_of_a_file_are_counted_whatever_its_bytes() -> None:
    assert num_comments("python", PYTHON, 0, len(PYTHON)) == 1
    assert {"Basket", "total", "scale", "offset"} <= names_in_file("python", PYTHON)
    assert isinstance(names_in_file("python", b"\xff\xfe(((" + b"(" * 20_000), frozenset)
