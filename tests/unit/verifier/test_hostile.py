"""Nothing in a file makes the verifier crash or run away, in any language: real code, cut, doubled, nested, garbled."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from solulu.languages import LANGUAGES
from solulu.languages.spans import find_spans
from solulu.verifier.case import Case
from solulu.verifier.check import check, parses_in_place
from solulu.verifier.index import SymbolIndex, build
from support.shops import SHOPS

pytestmark = pytest.mark.timeout(120)
NESTING = [
    "(",
    "[",
    "{",
    "<",
    "a.",
    "a(",
    "a[",
    "!",
    "-",
    "*",
    "&",
    "if(a)",
    "x=>",
    "new ",
    "/*",
    '"',
    "'",
    "`",
    "${",
    "#",
]
PIECES = [
    *NESTING,
    ")",
    "]",
    "}",
    ">",
    ";",
    ",",
    ":",
    "::",
    "->",
    "=",
    "\n",
    "\r",
    "\0",
    "\\",
    "\ufeff",
    "\u00e9",
    "class A:A{",
    "@",
]


def sources(language):
    return sorted((path, text) for path, text in SHOPS[language].items() if not path.endswith((".mod", ".toml")))


@st.composite
def garbled(draw, text):
    """A text with a stretch of it gone, doubled, or replaced."""
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        end = draw(st.integers(start, min(len(text), start + 80)))
        new = draw(
            st.sampled_from(["", text[start:end] * 2, "".join(draw(st.lists(st.sampled_from(PIECES), max_size=6)))])
        )
        text = text[:start] + new + text[end:]
    return text


@pytest.mark.parametrize("language", sorted(SHOPS))
@given(data=st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_garbled_code_is_indexed_and_judged(language, data):
    files = dict(SHOPS[language])
    for path, text in sources(language):
        files[path] = data.draw(garbled(text))
    path = data.draw(st.sampled_from([path for path, _ in sources(language)]))
    text = files[path]
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 60)))
    completion = data.draw(st.sampled_from([text[start:end], data.draw(garbled(text[start:end]))]))

    index = build("shop", [(name, content.encode()) for name, content in files.items()])
    case = Case(path, text[:start], completion, text[end:])

    assert check(case, index).verdict in {"valid", "hallucinated", "unknown"}
    assert parses_in_place(case) in {True, False}
    assert SymbolIndex.from_bytes(index.to_bytes()).to_bytes() == index.to_bytes()


@pytest.mark.parametrize("language", sorted(SHOPS))
@pytest.mark.parametrize("piece", NESTING)
def test_code_that_is_nested_without_end_is_indexed_and_judged(language, piece):
    path, text = sources(language)[-1]
    middle = text.index("cart.") if "cart." in text else len(text) // 2
    deep = piece * 3_000
    files = [(name, (content if name != path else content[:middle] + deep + content[middle:]).encode())
             for name, content in SHOPS[language].items()]  # fmt: skip

    index = build("shop", files)
    verdicts = {
        check(Case(path, text[:middle], deep, text[middle:]), index).verdict,
        check(Case(path, text[:middle] + deep, "x", text[middle:]), index).verdict,
        check(Case(path, text[:middle] + deep + text[middle:-20], text[-20:], ""), index).verdict,
    }

    assert verdicts <= {"valid", "hallucinated", "unknown"}


@pytest.mark.parametrize("language", sorted(SHOPS))
def test_bytes_that_are_no_text_are_indexed_and_cut(language):
    path, text = sources(language)[0]
    data = b"\xff\xfe\x00" + text.encode("utf-16")

    assert build("shop", [(path, data)]).names("class") is not None
    assert isinstance(find_spans(LANGUAGES[language], data), list)
    assert build("shop", [(path, None)]).repositories["shop"].files == {path: []}
