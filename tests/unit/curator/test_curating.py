"""The stage as a whole: rows in, a dataset out, and a reason for everything that is not in it."""

from __future__ import annotations

import csv
import gzip
import io
import itertools
import json
import os
from pathlib import Path

import pytest
from solulu.core.digests import row_id
from solulu.core.errors import InvalidArgument, PermissionDenied
from solulu.core.records import CANDIDATE, CONTEXT, JUDGMENT
from solulu.curator.stage import Curating
from support.workbench import Workbench

BENCHMARKS = Path(os.environ.get("SOLULU_BENCHMARKS") or Path(__file__).parents[4] / "shared" / "benchmarks")
needs_benchmarks = pytest.mark.skipif(
    not BENCHMARKS.exists(), reason="no benchmark data; set SOLULU_BENCHMARKS to its folder"
)
ANIMALS = ["otter", "lynx", "heron", "mole", "newt", "crane", "shrew", "toad", "wren", "stoat", "finch", "viper"]


def context(number, repo="one", **changes):
    """A hole that resembles no other's."""
    nouns = [f"{animal}_{row_id(number, animal)[:6]}" for animal in ANIMALS]
    prefix = "".join(f"{left} = make_{right}({left})\n" for left, right in itertools.pairwise(nouns))
    fields = {
        "repo": repo, "commit": "1", "path": f"{repo}/{number}.py", "language": "python", "license": "MIT",
        "prefix": prefix + "total = ", "golden": f"{nouns[0]}.count_{nouns[1]}()",
        "suffix": f"\nprint(total, {nouns[2]})\n", "span_kind": "call", "line": 12, "symbols": [],
        "eligible_types": ["method"], **changes,
    }  # fmt: skip
    return {"id": row_id(*fields.values()), **fields}


def candidate(of, completion, type="method", verdict="hallucinated"):
    return {
        "id": row_id(of["id"], type, completion), "context_id": of["id"], "type": type, "requested_type": type,
        "generator": "siblings", "family": "mutation", "completion": completion, "symbol": completion[:8],
        "verdict": verdict, "basis": "resolved" if verdict == "hallucinated" else None,
        "evidence": {"message": f"no {completion}", "line": 1, "column": 1, "candidates": []}
        if verdict == "hallucinated" else None,
        "attempt": 0, "prompt_tokens": 0, "completion_tokens": 0,
    }  # fmt: skip


def judgment(of, fool_rate):
    return {
        "id": row_id(of["id"], "judge"), "candidate_id": of["id"], "judge": "local", "family": "smollm", "fooled": None,
        "probability": None, "control_passed": None, "num_questions": 1, "num_fooled": 1, "num_controls": 1,
        "num_controls_passed": 1, "num_parse_failures": 0, "fool_rate": fool_rate, "fool_rate_low": fool_rate,
        "fool_rate_high": fool_rate,
    }  # fmt: skip


class Dataset:
    """Contexts and candidates that a test adds to, and the curation of them."""

    def __init__(self, home):
        self.bench = Workbench(home)
        self.contexts, self.candidates, self.judgments = [], [], []

    def add(self, of, *completions, **options):
        if of not in self.contexts:
            self.contexts.append(of)
        rows = [candidate(of, completion, **options) for completion in completions]
        self.candidates += rows
        return rows

    def inputs(self):
        inputs = {
            "contexts": self.bench.put(CONTEXT, self.contexts),
            "candidates": self.bench.put(CANDIDATE, self.candidates),
        }
        return inputs | ({"judgments": self.bench.put(JUDGMENT, self.judgments)} if self.judgments else {})

    def curate(self, **spec):
        return self.bench.make(Curating(), spec, self.inputs())

    def failure(self, **spec):
        """What the job says that fails."""
        return self.bench.run(Curating(), spec, self.inputs()).error


@pytest.fixture
def dataset(tmp_path):
    return Dataset(tmp_path / "home")


def test_a_pair_carries_everything_a_trainer_or_reviewer_needs(dataset):
    one = context(1)
    (wrong,) = dataset.add(one, "wrong.call()")
    dataset.judgments.append(judgment(wrong, 0.25))

    (pair,) = dataset.curate().rows()

    assert pair["prompt"] + pair["golden_completion"] + pair["suffix"] == one["prefix"] + one["golden"] + one["suffix"]
    assert (pair["hallucinated_completion"], pair["error_message"]) == ("wrong.call()", "no wrong.call()")
    assert (pair["context_id"], pair["candidate_id"]) == (one["id"], wrong["id"])
    assert (pair["repo_url"], pair["commit"], pair["file_path"], pair["line"]) == ("one", "1", "one/1.py", 12)
    assert (pair["fool_rate"], pair["split"]) == (0.25, "train")


def test_rows_that_the_spec_does_not_want_are_dropped_with_their_reason(dataset):
    kept, foolish = dataset.add(context(1), "kept.call()", "foolish.call()")
    dataset.add(context(2), "other", type="import")
    dataset.add(context(3), "maybe.call()", verdict="unknown")
    dataset.judgments += [judgment(kept, 0.5), judgment(foolish, 0.1)]

    artifact = dataset.curate(types=["method"], keep_unknown=False, min_fool_rate=0.5)

    assert [pair["candidate_id"] for pair in artifact.rows()] == [kept["id"]]
    assert artifact.manifest.drops == {"type_not_asked": 1, "verdict_unknown": 1, "fool_rate_low": 1}


def test_a_candidate_that_nobody_judged_is_kept_whatever_the_least_fool_rate(dataset):
    dataset.add(context(1), "wrong.call()")
    dataset.judgments.append(judgment(candidate(context(9), "x"), 0.9))

    (pair,) = dataset.curate(min_fool_rate=1).rows()

    assert pair["fool_rate"] is None


def test_copies_are_dropped_and_the_first_stays(dataset):
    original = context(1, "one")
    dataset.add(original, "wrong.call()", "wrong.call( )", "wrong.call()\n")
    vendored = {**original, "repo": "two", "suffix": original["suffix"] + "\n"}
    dataset.add({**vendored, "id": "vendored"}, "another.call()")
    edited = {**original, "id": "edited", "repo": "three", "prefix": "# edited\n" + original["prefix"]}
    dataset.add(edited, "third.call()")
    dataset.add({**original, "id": "neighbour", "golden": "entirely(different)"}, "fourth.call()")

    artifact = dataset.curate()

    assert [pair["context_id"] for pair in artifact.rows()] == [original["id"], original["id"], "neighbour"]
    assert artifact.manifest.drops == {"exact_duplicate": 2, "near_duplicate": 1}
    assert f"copy of {original['id']}" in artifact.drop_examples()["near_duplicate"][0]


def test_with_threshold_one_only_exact_copies_are_dropped(dataset):
    original = context(1)
    dataset.add(original, "wrong.call()")
    dataset.add({**original, "id": "edited", "prefix": "# edited\n" + original["prefix"]}, "wrong.call()")
    dataset.add({**original, "id": "copied", "path": "copy.py"}, "wrong.call()")

    artifact = dataset.curate(near_duplicate_threshold=1)

    assert [pair["context_id"] for pair in artifact.rows()] == [original["id"], "edited"]


def test_code_and_repositories_of_a_benchmark_do_not_get_in(dataset, tmp_path):
    leaked, clean = context(1, "one"), context(2, "two")
    source = context(3, "https://github.com/Some/Source.git")
    for of in (leaked, clean, source):
        dataset.add(of, "wrong.call()")
    benchmark = tmp_path / "benchmark.jsonl.gz"
    rows = [
        {"prompt": leaked["prefix"], "canonical_solution": leaked["golden"], "suffix": ""},
        {"prompt": "def f", "golden_completion": " ".join(ANIMALS), "repo_url": "https://github.com/some/source"},
    ]
    benchmark.write_bytes(gzip.compress("\n".join(map(json.dumps, rows)).encode()))

    artifact = dataset.curate(decontaminate=[str(benchmark)])

    assert [pair["repo_url"] for pair in artifact.rows()] == ["two"]
    assert artifact.manifest.drops == {"contaminated": 2}


@needs_benchmarks
def test_the_public_benchmarks_own_code_does_not_get_in(dataset):
    folders = ("delulu/mini.csv", "human-eval-infilling/HumanEval-RandomSpanInfillingLight.jsonl.gz",
               "safim/api_completion.jsonl.gz")  # fmt: skip
    files = [str(BENCHMARKS / name) for name in folders]
    dataset.add(context(1), "wrong.call()")
    with (BENCHMARKS / folders[0]).open(encoding="utf-8", newline="") as text:
        for row in csv.DictReader(text):
            texts = {"prefix": row["prompt"], "golden": row["golden_completion"], "suffix": row["suffix"]}
            dataset.add(context(2, **texts, language=row["language"]), row["hallucinated_completion"])
    task = json.loads(gzip.decompress(Path(files[1]).read_bytes()).splitlines()[5])
    dataset.add(context(3, prefix=task["prompt"], golden=task["canonical_solution"], suffix=task["suffix"]), "pass")
    task = json.loads(gzip.decompress(Path(files[2]).read_bytes()).splitlines()[5])
    before, after = task["eval_prompt"].split("{{completion}}")
    dataset.add(context(4, prefix=before, golden=task["ground_truth"], suffix=after), "pass")

    artifact = dataset.curate(decontaminate=files)

    assert artifact.manifest.drops == {"contaminated": 12}
    assert [pair["file_path"] for pair in artifact.rows()] == ["one/1.py"]


def test_quotas_drop_what_is_too_many_and_keep_types_in_balance(dataset):
    for number in range(12):
        dataset.add(context(number, "big"), "wrong.call()", "wrong.too()")
    for number in range(20, 23):
        dataset.add(context(number, "small"), "wrong", type="import")

    artifact = dataset.curate(max_rows_per_repo=10, max_rows=6)

    rows = list(artifact.rows())
    assert artifact.manifest.drops == {"quota_repo": 14, "quota_rows": 7}
    assert sorted(row["hallucination_type"] for row in rows) == ["import"] * 3 + ["method"] * 3


def test_whole_repositories_are_held_out(dataset):
    for repo in range(6):
        for number in range(10):
            dataset.add(context(10 * repo + number, f"repo{repo}"), "wrong.call()")

    rows = list(dataset.curate(test_fraction=0.15, validation_fraction=0.2).rows())

    splits = {row["repo_url"]: row["split"] for row in rows}
    assert all(splits[row["repo_url"]] == row["split"] for row in rows)
    assert sorted(splits.values()) == ["test", "train", "train", "train", "train", "validation"]


def test_the_exports_hold_the_dataset_in_order(dataset):
    for number in range(3):
        dataset.add(context(number, suffix='\r\n"quoted", and\rmore\n'), "wrong.call()", verdict="unknown")

    artifact = dataset.curate()

    lines = artifact.read("dataset.jsonl").decode().splitlines()
    assert [json.loads(line) for line in lines] == list(artifact.rows())
    table = list(csv.DictReader(io.StringIO(artifact.read("delulu.csv").decode(), newline="")))
    assert [row["suffix"] for row in table] == ['\r\n"quoted", and\rmore\n'] * 3
    assert list(table[0]) == [
        "benchmark_id", "image_tag", "language", "file_path", "hallucination_type", "prompt", "suffix",
        "golden_completion", "hallucinated_completion", "error_message", "metadata", "license", "repo_url",
    ]  # fmt: skip
    (first, *_) = artifact.rows()
    assert table[0]["benchmark_id"] == f"python-method-{first['id'][:12]}"
    assert json.loads(table[0]["metadata"])["commit"] == "1"


def test_the_same_inputs_make_the_same_bytes_in_another_home(tmp_path):
    digests = set()
    for name in ("here", "there"):
        dataset = Dataset(tmp_path / name)
        for number in range(30):
            dataset.add(context(number, f"repo{number % 4}"), "wrong.call()", "another.call()")
        digests.add(dataset.curate(max_rows=40, seed=5).content_digest)

    assert len(digests) == 1


def test_a_dataset_without_any_row_is_still_an_artifact(dataset):
    dataset.add(context(1), "maybe.call()", verdict="unknown")

    artifact = dataset.curate(keep_unknown=False)

    assert artifact.num_rows == 0
    assert artifact.read("dataset.jsonl") == b""


def test_candidates_of_other_contexts_fail_the_job_with_advice(dataset):
    dataset.candidates.append(candidate(context(1), "wrong.call()"))
    dataset.contexts.append(context(2))

    assert "give the contexts that the candidates were made from" in dataset.failure()


def test_an_artifact_of_another_kind_is_refused_with_its_field(dataset):
    dataset.add(context(1), "wrong.call()")
    inputs = dataset.inputs() | {"contexts": dataset.inputs()["candidates"]}

    with pytest.raises(InvalidArgument, match="holds candidates; give an artifact of contexts") as caught:
        dataset.bench.submit(Curating(), {}, inputs)

    assert [violation.field for violation in caught.value.violations] == ["inputs.contexts"]


def test_a_benchmark_that_is_not_there_is_refused_with_its_field(dataset):
    dataset.add(context(1), "wrong.call()")

    with pytest.raises(InvalidArgument) as caught:
        dataset.curate(decontaminate=["/nowhere/bench.csv"])

    assert [violation.field for violation in caught.value.violations] == ["spec.decontaminate[0]"]


def test_a_benchmark_that_changes_after_submit_fails_the_job(dataset, tmp_path):
    dataset.add(context(1), "wrong.call()")
    file = tmp_path / "bench.jsonl"
    file.write_text(json.dumps({"text": " ".join(ANIMALS) + " bear"}))
    dataset.bench.submit(Curating(), {"decontaminate": [str(file)]}, dataset.inputs())
    file.write_text(json.dumps({"text": "other " + " ".join(ANIMALS)}))

    assert "has changed since the job was submitted" in dataset.bench.work(Curating()).error


def test_a_pinned_spec_means_the_same_or_is_refused(dataset, tmp_path):
    dataset.add(context(1), "wrong.call()")
    file = tmp_path / "bench.jsonl"
    file.write_text(json.dumps({"text": " ".join(ANIMALS) + " bear"}))
    spec = dataset.curate(decontaminate=[str(file)]).manifest.spec

    again = dataset.bench.submit(Curating(), spec, dataset.inputs())
    assert again == dataset.bench.submit(Curating(), {"decontaminate": [str(file)]}, dataset.inputs())
    file.write_text("{}")
    with pytest.raises(InvalidArgument, match="has changed since it was pinned"):
        dataset.bench.submit(Curating(), spec, dataset.inputs())


@pytest.mark.parametrize("content", [b"\xff\xfe", b"[1]\n", b"{", b"\x1f\x8bjunk", b'{"text": "short"}\n', b""])
def test_an_unreadable_benchmark_fails_the_job_with_its_name(dataset, tmp_path, content):
    dataset.add(context(1), "wrong.call()")
    (tmp_path / "bench.jsonl").write_bytes(content)

    assert "bench.jsonl" in dataset.failure(decontaminate=[str(tmp_path / "bench.jsonl")])


def test_a_benchmark_outside_the_allowed_folders_is_refused(tmp_path):
    dataset = Dataset(tmp_path / "home")
    dataset.bench = Workbench(tmp_path / "walled", local_roots=[tmp_path / "allowed"])
    dataset.add(context(1), "wrong.call()")
    (tmp_path / "bench.csv").write_text("prompt\nx\n")

    with pytest.raises(PermissionDenied, match="SOLULU_LOCAL_ROOTS"):
        dataset.curate(decontaminate=[str(tmp_path / "bench.csv")])


def test_fractions_that_leave_nothing_to_train_on_are_refused(dataset):
    dataset.add(context(1), "wrong.call()")

    with pytest.raises(InvalidArgument, match="nothing to train on"):
        dataset.curate(test_fraction=0.5, validation_fraction=0.5)
