"""The stage as a whole, with a tiny model that writes junk: whatever it writes, the figures must be right."""

from __future__ import annotations

import csv
import io
import json

import pytest
from solulu.core.artifacts import InputEntry, open_artifact
from solulu.core.digests import row_id
from solulu.core.errors import InvalidArgument
from solulu.core.records import CONTEXT, MODEL, PAIR
from solulu.core.settings import Settings
from solulu.evaluator import delulu
from solulu.evaluator.benchmarks import Row
from solulu.evaluator.stage import Evaluating, verdict_on
from solulu.llm import models
from solulu.llm.answer import Answer
from solulu.v1.evaluator_pb2 import EvaluateSpec
from solulu.verifier.index import build, merge
from support.workbench import Workbench

NUM_CONTEXTS = 6


def pair(number, negative, repo, split="test"):
    context = row_id("context", number)
    fields = {
        "context_id": context, "candidate_id": row_id(context, negative), "language": "python",
        "file_path": f"pkg/file{number}.py", "hallucination_type": "method", "prompt": f"items = [{number}]\nitems.",
        "suffix": "\nprint(items)\n", "golden_completion": "sort()", "hallucinated_completion": negative,
        "error_message": "", "license": "MIT", "repo_url": repo, "commit": "1", "line": 2, "span_kind": "call",
        "symbol": negative, "verdict": "unknown", "basis": None, "generator": "siblings", "family": "mutation",
        "fool_rate": None, "fool_rate_low": None, "fool_rate_high": None, "split": split,
    }  # fmt: skip
    return {"id": row_id(*fields.values()), **fields}


PAIRS = [
    pair(number, negative, f"repo{number % 3}")
    for number in range(NUM_CONTEXTS)
    for negative in ("sorted()", "order()")
]
TRAINING = [pair(99, "sorted()", "elsewhere", split="train")]


class Evaluation:
    """Artifacts to evaluate with, in one home."""

    def __init__(self, home):
        self.bench = Workbench(home)
        self.pairs = self.bench.put(PAIR, PAIRS + TRAINING)
        symbols = build("repo0", [("pkg/file0.py", b"def real():\n    pass\n")]).to_bytes()
        self.contexts = self.bench.put(CONTEXT, [], {"symbols/repo0.json": symbols})

    def model(self, *inputs):
        """A model artifact, made of `inputs`: the tiny model's own files."""
        folder = models.weights_folder("random:tiny", self.bench.settings)
        files = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
        return self.bench.put(MODEL, [], files, inputs)

    def request(self, models=(), heldout=True, **spec):
        """Stage, spec and inputs."""
        inputs = {"models": list(models)} | ({"pairs": self.pairs, "contexts": self.contexts} if heldout else {})
        fields = {"benchmarks": ["heldout"], "max_new_tokens": 8, "batch_size": 4, "num_bootstrap_samples": 100}
        return Evaluating(), fields | spec, inputs

    def evaluate(self, *args, **options):
        return self.bench.make(*self.request(*args, **options))

    def failure(self, *args, **options):
        """What the job says that fails."""
        return self.bench.run(*self.request(*args, **options)).error

    def refusal(self, *args, **options):
        """The fields for which the request is refused."""
        with pytest.raises(InvalidArgument) as caught:
            self.bench.submit(*self.request(*args, **options))
        return [violation.field for violation in caught.value.violations]


@pytest.fixture
def evaluation(tmp_path):
    return Evaluation(tmp_path / "home")


def figures(artifact):
    return json.loads(artifact.read("metrics.json"))


def test_every_test_row_is_predicted_once_by_every_model(evaluation):
    tuned = evaluation.model()

    artifact = evaluation.evaluate([tuned], base_model="random:tiny")

    rows = list(artifact.rows())
    assert {(row["model"], row["row_id"]) for row in rows} == {
        (model, one["id"]) for model in ("base", tuned) for one in PAIRS
    }
    assert len(rows) == len({row["id"] for row in rows}) == 2 * len(PAIRS)
    by_context = {}
    for row in rows:
        by_context.setdefault((row["model"], row["context_id"]), set()).add(row["completion"])
    assert all(len(completions) == 1 for completions in by_context.values())
    for row in rows:
        assert row["edit_similarity"] == delulu.edit_similarity(row["completion"], "sort()")


def test_the_same_weights_under_two_names_do_not_differ(evaluation):
    report = figures(evaluation.evaluate([evaluation.model()], base_model="random:tiny"))

    (benchmark,) = report["benchmarks"]
    (comparison,) = benchmark["comparisons"]
    for metric in ("exact_match", "edit_similarity", "hallucination_rate"):
        found = comparison["metrics"][metric]
        assert (found["n"], found["difference"], found["is_significant"]) == (len(PAIRS), 0.0, False)
        assert "not significant" in found["sentence"]
    assert comparison["mcnemar"] == {"num_only_base": 0, "num_only_tuned": 0, "p_value": 1.0}
    base = benchmark["models"][0]
    assert (base["name"], base["n"], base["num_contexts"], base["num_repos"]) == ("base", 12, NUM_CONTEXTS, 3)
    assert base["delulu"]["overall"]["n"] == 12
    assert base["by_type"]["method"]["exact_match"]["n"] == 12
    assert (
        0 <= base["edit_similarity"]["low"] <= base["edit_similarity"]["mean"] <= base["edit_similarity"]["high"] <= 1
    )


def test_the_same_inputs_make_the_same_bytes_in_another_home(tmp_path):
    made = {Evaluation(tmp_path / name).evaluate(base_model="random:tiny").content_digest for name in ("a", "b")}

    assert len(made) == 1


def test_other_seeds_draw_other_completions(evaluation):
    artifacts = [evaluation.evaluate(base_model="random:tiny", temperature=1, seed=seed) for seed in (1, 2)]

    one, two = ([row["completion"] for row in artifact.rows()] for artifact in artifacts)
    assert one != two


def test_a_csv_in_delulus_layout_is_evaluated_from_its_files_alone(evaluation, tmp_path):
    file = tmp_path / "mini.csv"
    columns = ["benchmark_id", "language", "hallucination_type", "file_path", "prompt", "suffix", "golden_completion",
               "hallucinated_completion", "repo_url"]  # fmt: skip
    out = io.StringIO(newline="")
    table = csv.DictWriter(out, columns, extrasaction="ignore", lineterminator="\n")
    table.writeheader()
    table.writerows({**one, "benchmark_id": f"b{n}", "repo_url": ""} for n, one in enumerate(PAIRS))
    table.writerow({**PAIRS[0], "benchmark_id": "rust", "language": "rust", "prompt": "fn main() {", "repo_url": ""})
    file.write_text(out.getvalue())

    artifact = evaluation.evaluate(heldout=False, base_model="random:tiny", benchmarks=[f"delulu:{file}"])

    rows = {row["row_id"]: row for row in artifact.rows()}
    assert len(rows) == 13
    assert {row["benchmark"] for row in rows.values()} == {"delulu:mini.csv"}
    assert rows["rust"]["verdict"] is None
    assert all(row["verdict"] in (None, "valid", "hallucinated", "unknown") for row in rows.values())
    (benchmark,) = figures(artifact)["benchmarks"]
    assert benchmark["models"][0]["num_repos"] == NUM_CONTEXTS + 1
    predictions = tmp_path / "predictions.csv"
    with predictions.open("w", newline="") as text:
        writer = csv.writer(text, quoting=csv.QUOTE_ALL)
        writer.writerows([delulu.PREDICTION_COLUMNS, *((row["row_id"], row["completion"]) for row in rows.values())])
    assert delulu.score(file, predictions)["overall"] == pytest.approx(benchmark["models"][0]["delulu"]["overall"])


def test_a_limit_takes_whole_holes(evaluation):
    rows = list(evaluation.evaluate(base_model="random:tiny", max_rows=4).rows())

    assert len(rows) == 4
    assert len({row["context_id"] for row in rows}) == 2


@pytest.mark.parametrize(
    ("options", "fields"),
    [
        ({}, ["inputs.models"]),
        ({"base_model": "random:huge"}, ["spec.base_model"]),
        ({"base_model": "random:tiny", "heldout": False}, ["inputs.pairs", "inputs.contexts"]),
        ({"base_model": "random:tiny", "benchmarks": ["delulu:/nowhere.csv"]}, ["spec.benchmarks[0]"]),
        ({"base_model": "random:tiny", "benchmarks": ["heldout", "heldout"]}, ["spec.benchmarks[1]"]),
        ({"base_model": "random:tiny", "benchmarks": ["humaneval"]}, ["spec.benchmarks[0]"]),
    ],
)
def test_a_request_that_cannot_succeed_is_refused_with_its_field(evaluation, options, fields):
    assert evaluation.refusal(**options) == fields


def test_pairs_without_a_test_split_fail_the_job_with_advice(evaluation):
    evaluation.pairs = evaluation.bench.put(PAIR, TRAINING)

    assert "test_fraction" in evaluation.failure(base_model="random:tiny")


def test_a_malformed_csv_fails_the_job_with_its_name(evaluation, tmp_path):
    file = tmp_path / "broken.csv"
    file.write_text("benchmark_id,language\na,python\n")
    error = evaluation.failure(heldout=False, base_model="random:tiny", benchmarks=[f"delulu:{file}"])

    assert "broken.csv lacks the column(s)" in error


def test_the_base_model_is_pinned_when_the_job_is_submitted(tmp_path):
    settings = Settings(home=tmp_path)
    folder = models.weights_folder("random:tiny", settings)
    spec = EvaluateSpec(base_model=f"folder:{folder}", benchmarks=["heldout"])

    Evaluating().resolve(spec, {"pairs": None, "contexts": None}, settings)

    assert spec.base_model.startswith(f"folder:{folder}#")


@pytest.mark.parametrize(
    ("text", "finish_reason", "expected"),
    [
        ("dumps(value)", "stop", "valid"),
        ("dum", "stop", "hallucinated"),
        ("dum", "length", None),
        ("dumps(value)\nother = json.dum", "length", "valid"),
        ("dum(value)\nother = json.loa", "length", "hallucinated"),
    ],
)
def test_half_a_name_at_the_token_limit_is_no_invention(text, finish_reason, expected):
    prefix = "import json\n\nvalue = 1\ntext = json."
    row = Row("1", "1", "repo", "python", "method", "a.py", prefix, "\n", golden="dumps(value)", hallucinated="")

    found = verdict_on(row, Answer(text, finish_reason, 1, 1), merge([]))

    assert (found and found.verdict) == expected


def test_a_model_that_was_trained_on_other_pairs_has_no_held_out_rows_here(evaluation):
    own = InputEntry("pairs", evaluation.pairs, open_artifact(evaluation.bench.store, evaluation.pairs).content_digest)
    other = InputEntry("pairs", "curate/other", "0" * 64)

    assert evaluation.refusal([evaluation.model(other)]) == ["inputs.models[0]"]
    assert evaluation.evaluate([evaluation.model(own)]).num_rows == len(PAIRS)
