"""Delulu's official metrics, row by row and as a report."""

from __future__ import annotations

import csv
import io
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from solulu.core.errors import InvalidArgument
from solulu.evaluator import delulu

BENCHMARKS = Path(os.environ.get("SOLULU_BENCHMARKS") or Path(__file__).parents[4] / "shared" / "benchmarks")
text = st.text(st.characters(exclude_categories=("Cs",)), max_size=30)

HEADER = ["benchmark_id", "language", "hallucination_type", "prompt", "suffix", "golden_completion",
          "hallucinated_completion", "repo_url"]  # fmt: skip
ROWS = [
    ["a", "python", "method", "x = ", "\n", "items.sort()", "items.sorted()", "https://example.org/one"],
    ["b", "python", "method", "x = ", "\n", "items.sort()", "items.order()", "https://example.org/one"],
    ["c", "go", "import", "import ", "\n", '"fmt"', '"fmtx"', "https://example.org/two"],
    ["d", "java", "parameter", "f(", ")", "a, b", "a, c", ""],
]


@pytest.mark.parametrize(
    ("completion", "golden", "hallucinated", "exact", "similarity", "aligned"),
    [
        ("items.sort()", "items.sort()", "items.sorted()", True, 1.0, 0.0),
        ("items.sorted()", "items.sort()", "items.sorted()", False, 1 - 2 / 14, 1.0),
        ("  items.sort()\n", "items.sort()", "items.sorted()", True, 1 - 3 / 15, 0.0),
        ("", "abc", "abd", False, 0.0, 0.5),
        ("abe", "abc", "abd", False, 1 - 1 / 3, 0.5),
        ("", "", "x", True, 1.0, 0.0),
        ("x", "", "x", False, 0.0, 1.0),
        ("x", "", "", False, 0.0, None),
        ("\U0001f600a", "\U0001f600b", "c", False, 0.5, 0.0),
    ],
)
def test_a_row_has_the_figures_worked_out_by_hand(completion, golden, hallucinated, exact, similarity, aligned):
    assert delulu.exact_match(completion, golden) is exact
    assert delulu.edit_similarity(completion, golden) == similarity
    assert delulu.hallucination_aligned(completion, golden, hallucinated) == aligned


@given(text, text)
def test_similarity_is_symmetric_bounded_and_one_only_for_equal_texts(left, right):
    similarity = delulu.edit_similarity(left, right)

    assert similarity == delulu.edit_similarity(right, left)
    assert 0 <= similarity <= 1
    assert (similarity == 1) == (left == right)


@settings(max_examples=50)
@given(text, text)
def test_similarity_is_that_of_the_textbook_distance(left, right):
    longest = max(len(left), len(right))

    assert delulu.edit_similarity(left, right) == (1 - textbook_levenshtein(left, right) / longest if longest else 1)


@given(text, text, text)
def test_exchanging_golden_and_negative_turns_the_alignment_around(completion, golden, hallucinated):
    aligned = delulu.hallucination_aligned(completion, golden, hallucinated)
    turned = delulu.hallucination_aligned(completion, hallucinated, golden)

    assert (aligned is None and turned is None) or aligned + turned == 1


def test_the_report_groups_rounds_and_leaves_unknown_ids_out(tmp_path):
    result = score(
        tmp_path, [["a", "items.sort()"], ["zzz", "?"], ["b", "items.order()"], ["c", '"fmt"'], ["d", "a,  b"]]
    )

    assert result["overall"] == {
        "n": 4,
        "n_pass_at_1_evaluated": 0,
        "pass_at_1": None,
        "exact_match": 0.5,
        "edit_similarity": (1 + (1 - 4 / 13) + 1 + (1 - 1 / 5)) / 4,
        "hallucination_rate": 0.25,
    }
    assert list(result["by_language"]) == ["go", "java", "python"]
    assert result["by_language"]["python"] == {
        "n": 2, "pass_at_1": None, "edit_similarity": round(1 - 2 / 13, 4), "hallucination_rate": 0.5,
    }  # fmt: skip
    assert result["by_type"]["parameter"] == {"n": 1, "pass_at_1": None, "hallucination_rate": 0.0}
    assert result["solulu"]["num_unknown_ids"] == 1
    assert result["solulu"]["num_contexts"] == 3
    assert result["solulu"]["num_repos"] == 3
    assert result["solulu"]["intervals"]["exact_match"]["low"] <= 0.5


def test_a_repeated_prediction_keeps_its_first_place_and_its_last_value(tmp_path):
    predictions = [["a", "wrong"], ["b", "items.order()"], ["a", "items.sort()"]]

    assert score(tmp_path, predictions, limit=1)["overall"]["exact_match"] == 1.0
    assert score(tmp_path, predictions)["overall"]["n"] == 2


def test_the_limit_cuts_before_unknown_ids_are_left_out(tmp_path):
    assert score(tmp_path, [["zzz", "?"], ["a", "items.sort()"]], limit=1)["overall"]["n"] == 0


def test_line_ends_inside_fields_become_line_feeds(tmp_path):
    data, predictions = tmp_path / "data.csv", tmp_path / "predictions.csv"
    data.write_bytes(b"benchmark_id,language,hallucination_type,golden_completion,hallucinated_completion\r\n"
                     b'a,go,import,"x\r\ny","z"\r\n')  # fmt: skip
    predictions.write_bytes(b'benchmark_id,model_completion,model\na,"x\ry",m\n')

    assert delulu.score(data, predictions)["overall"]["edit_similarity"] == 1.0


def test_a_field_of_a_megabyte_is_read(tmp_path):
    assert score(tmp_path, [["a", "s" * 1_000_000]])["overall"]["edit_similarity"] > 0


def test_a_nul_in_a_completion_is_a_character_like_others(tmp_path):
    assert score(tmp_path, [["a", "items.sort(\0)"]])["overall"]["edit_similarity"] == 1 - 1 / 13


@pytest.mark.parametrize(
    ("predictions", "words"),
    [
        (b"benchmark_id,completion\na,b\n", "model_completion"),
        (b"", "the file is empty"),
        (b"\xef\xbb\xbfbenchmark_id,model_completion\na,b\n", "byte order mark"),
        (b"benchmark_id,model_completion\na\n", "line 2"),
        (b'benchmark_id,model_completion\n"a,b\nc,d\n', "unclosed quote"),
        (b"benchmark_id,model_completion\na,\xff\n", "not UTF-8"),
    ],
)
def test_a_malformed_file_is_refused_with_its_name_and_what_is_wrong(tmp_path, predictions, words):
    data, file = tmp_path / "data.csv", tmp_path / "predictions.csv"
    data.write_bytes(table(HEADER, ROWS))
    file.write_bytes(predictions)

    with pytest.raises(InvalidArgument, match=words) as caught:
        delulu.score(data, file)

    assert "predictions.csv" in str(caught.value)


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(InvalidArgument, match=r"none\.csv cannot be read"):
        delulu.score(tmp_path / "none.csv", tmp_path / "none.csv")


@pytest.mark.skipif(not BENCHMARKS.exists(), reason="no benchmark data; set SOLULU_BENCHMARKS to its folder")
def test_the_published_smoke_predictions_are_golden_copies():
    folder = BENCHMARKS / "delulu"

    result = delulu.score(folder / "mini.csv", folder / "smoke_predictions.csv")

    assert result["overall"] == {
        "n": 5, "n_pass_at_1_evaluated": 0, "pass_at_1": None, "exact_match": 1.0, "edit_similarity": 1.0,
        "hallucination_rate": 0.0,
    }  # fmt: skip
    assert result["solulu"]["num_unknown_ids"] == 9


@pytest.mark.skipif(not BENCHMARKS.exists(), reason="no benchmark data; set SOLULU_BENCHMARKS to its folder")
def test_the_published_negatives_score_as_hallucinations(tmp_path):
    rows = delulu.read_data((BENCHMARKS / "delulu" / "mini.csv").read_bytes(), "mini.csv")
    predictions = tmp_path / "negatives.csv"
    predictions.write_bytes(
        table(delulu.PREDICTION_COLUMNS, [[name, row["hallucinated_completion"]] for name, row in rows.items()])
    )

    overall = delulu.score(BENCHMARKS / "delulu" / "mini.csv", predictions)["overall"]

    similarities = []
    for row in rows.values():
        golden, negative = row["golden_completion"], row["hallucinated_completion"]
        similarities.append(1 - textbook_levenshtein(golden, negative) / max(len(golden), len(negative)))
    assert overall["n"] == 10
    assert overall["hallucination_rate"] == 1.0
    assert overall["exact_match"] == 0.0
    assert overall["edit_similarity"] == sum(similarities) / 10


def score(folder, predictions, limit=None):
    (folder / "data.csv").write_bytes(table(HEADER, ROWS))
    (folder / "predictions.csv").write_bytes(table(delulu.PREDICTION_COLUMNS, predictions))
    return delulu.score(folder / "data.csv", folder / "predictions.csv", limit)


def table(header, rows):
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\n").writerows([header, *rows])
    return out.getvalue().encode()


def textbook_levenshtein(left, right):
    previous = list(range(len(right) + 1))
    for i, a in enumerate(left, 1):
        current = [i]
        for j, b in enumerate(right, 1):
            current.append(min(previous[j] + 1, current[-1] + 1, previous[j - 1] + (a != b)))
        previous = current
    return previous[-1]
