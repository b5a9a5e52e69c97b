"""Golden against negative: what changed, and which of it does not exist."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from solulu.report.diff import Piece, compare


def test_a_renamed_method_is_marked_as_invented_and_the_rest_as_the_same():
    golden, negative = compare("client.send(request)", "client.send_all(request)", "send_all")

    assert golden == [Piece("client."), Piece("send", "changed"), Piece("(request)")]
    assert negative == [Piece("client."), Piece("send_all", "invented"), Piece("(request)")]


def test_other_changes_are_marked_but_not_as_invented():
    _, negative = compare("a.send(x)", "a.post(y)", "post")

    assert [piece for piece in negative if piece.kind != "same"] == [Piece("post", "invented"), Piece("y", "changed")]


def test_a_real_name_in_a_wrong_place_is_marked_where_it_stands():
    _, negative = compare("f(a)", "f(a)", "f")

    assert negative[0] == Piece("f", "invented")


texts = st.text(alphabet="ab. (\n<&>'\"", max_size=30)


@given(texts, texts, st.sampled_from(["", "a", "ab", "a.b"]))
def test_the_pieces_are_the_texts(golden, negative, symbol):
    left, right = compare(golden, negative, symbol)

    assert "".join(piece.text for piece in left) == golden
    assert "".join(piece.text for piece in right) == negative
