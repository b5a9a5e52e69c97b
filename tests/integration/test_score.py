"""`solulu score delulu` as a user runs it, from files to figures."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys

import pytest

COLUMNS = ["benchmark_id", "language", "hallucination_type", "prompt", "suffix", "golden_completion",
           "hallucinated_completion", "repo_url"]  # fmt: skip
ROWS = [
    ["a", "python", "method", "x = ", "\n", "items.sort()", "items.sorted()", "https://example.org/one"],
    ["b", "go", "import", "import ", "\n", '"fmt"', '"fmtx"', "https://example.org/two"],
    ["c", "go", "method", "y := ", "\n", "f.Read()", "f.Load()", ""],
]


@pytest.fixture
def files(tmp_path):
    (tmp_path / "data.csv").write_text(table([COLUMNS, *ROWS]))
    predictions = [["a", "items.sort()"], ["b", '"fmtx"'], ["c", "f.Reads()"], ["other", "x"]]
    (tmp_path / "predictions.csv").write_text(table([["benchmark_id", "model_completion"], *predictions]))
    return tmp_path


def test_the_figures_come_unrounded_as_json_and_nothing_else_on_stdout(files):
    done = score(files, "--json", "-")

    report = json.loads(done.stdout)
    assert done.returncode == 0
    assert report["overall"] == {
        "n": 3, "n_pass_at_1_evaluated": 0, "pass_at_1": None, "exact_match": 1 / 3,
        "edit_similarity": (1.0 + (1.0 - 1 / 6) + (1.0 - 1 / 9)) / 3, "hallucination_rate": 1 / 3,
    }  # fmt: skip
    assert report["by_language"]["go"]["edit_similarity"] == round(((1.0 - 1 / 6) + (1.0 - 1 / 9)) / 2, 4)
    assert report["solulu"]["num_unknown_ids"] == 1
    assert report["solulu"]["num_repos"] == 3


def test_a_file_gets_the_same_figures_whole(files):
    done = score(files, "--json", str(files / "report.json"), "--limit", "1")

    assert done.returncode == 0
    assert json.loads((files / "report.json").read_text())["overall"]["n"] == 1


def test_people_get_a_table(files):
    done = score(files)

    assert "hallucination_rate" in done.stdout
    assert "0.3333" in done.stdout


@pytest.mark.parametrize(
    ("predictions", "words"),
    [("benchmark_id,text\na,b\n", "model_completion"), ("", "empty"), ("benchmark_id,model_completion\na\n", "line 2")],
)
def test_a_malformed_file_is_named_without_a_traceback_and_nothing_is_written(files, predictions, words):
    (files / "predictions.csv").write_text(predictions)

    done = score(files, "--json", str(files / "report.json"))

    assert done.returncode != 0
    assert words in done.stderr
    assert "predictions.csv" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (files / "report.json").exists()


def score(folder, *options):
    command = [sys.executable, "-c", "from solulu.cli.main import main; main()", "score", "delulu"]
    command += ["--data", str(folder / "data.csv"), "--predictions", str(folder / "predictions.csv"), *options]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, cwd=folder)


def table(rows):
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue()
