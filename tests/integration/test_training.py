"""Training as a job: what it leaves, and that nothing that happens to its processes changes a bit of it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from solulu.core.artifacts import open_artifact
from solulu.core.errors import InvalidArgument
from solulu.llm.models import weights_folder
from solulu.v1.trainer_pb2 import OBJECTIVE_SFT, TUNING_FULL
from support.job_controller import JobController
from support.kubernetes_api import running as running_api
from support.training import TrainingBench, pair, training_record

LONG = {"num_epochs": 10, "save_steps": 5}


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    bench = TrainingBench(tmp_path_factory.mktemp("undisturbed"))
    return bench, bench.train(**LONG)


def test_a_trained_model_is_a_folder_that_transformers_loads_with_its_loss_curve_as_rows(undisturbed, tmp_path):
    from transformers import AutoModelForCausalLM, AutoTokenizer

    _, reader = undisturbed
    reader.download(tmp_path)
    rows, record = list(reader.rows()), training_record(reader)

    AutoModelForCausalLM.from_pretrained(tmp_path)
    assert len(AutoTokenizer.from_pretrained(tmp_path)) > 256
    assert [row["step"] for row in rows] == list(range(1, 51))
    assert rows[-1]["epoch"] == 10
    assert rows[-1]["loss"] < rows[0]["loss"] - 1
    assert rows[-1]["num_tokens"] == 10 * rows[4]["num_tokens"]
    assert record["template"] == {"family": "qwen", "orders": ["psm", "spm"]}
    assert record["num_examples"] == 18
    assert [point["loss"] for point in record["loss_curve"]] == [row["loss"] for row in rows]


def test_its_progress_tells_the_loss_and_the_speed_and_its_checkpoints_are_removed(undisturbed):
    bench, reader = undisturbed
    metrics = bench.table.page(stage="train")[0].progress["metrics"]

    assert metrics["step"] == metrics["num_steps"] == 50
    assert metrics["loss"] == list(reader.rows())[-1]["loss"]
    assert metrics["tokens_per_second"] > 0
    assert list(bench.store.list("checkpoints/")) == []


def test_killing_the_runner_and_then_the_training_process_changes_no_byte_of_the_model(undisturbed, tmp_path):
    bench = TrainingBench(tmp_path / "home")
    job = bench.submit(**LONG)

    runner = subprocess.Popen([sys.executable, "-c", RUNNER, str(tmp_path / "home")], env=_environment(tmp_path))
    _wait_until(lambda: _last_checkpoint(bench, job) >= 10, "a checkpoint of step 10")
    orphan = _training_process(tmp_path)
    runner.kill()
    runner.wait()
    _wait_until(lambda: not _is_running(orphan), "the end of the orphaned training process")
    before = _last_checkpoint(bench, job)

    worker = threading.Thread(target=bench.work)
    worker.start()
    _wait_until(lambda: _last_checkpoint(bench, job) > before, "a checkpoint after the resumption")
    resumed = _training_process(tmp_path)
    assert resumed
    os.kill(resumed, signal.SIGKILL)
    worker.join()
    failed = bench.table.get(job.id)

    assert failed.state == "FAILED"
    assert "killed by SIGKILL, perhaps because memory ran out" in failed.error
    assert 10 <= before < 50
    assert bench.train(**LONG).content_digest == undisturbed[1].content_digest


def test_a_training_whose_pod_is_killed_is_the_same_model_as_one_of_this_host(undisturbed, tmp_path):
    bench = TrainingBench(tmp_path / "home")
    bench.settings.pod_template = "solulu-training"
    settings = {"SOLULU_STORE": bench.settings.store_url, "SOLULU_HOME": str(tmp_path / "pods"), "SOLULU_THREADS": "1"}
    with running_api(tmp_path) as api, JobController(api, tmp_path, settings) as controller:
        spec = {"containers": [{"name": "trainer", "image": "docker.io/solulu/solulu-heavy:1"}]}
        api.put("podtemplates", {"apiVersion": "v1", "kind": "PodTemplate", "metadata": {"name": "solulu-training"},
                                 "template": {"spec": spec}})  # fmt: skip
        job = bench.submit(**LONG)
        worker = threading.Thread(target=bench.work)
        worker.start()
        _wait_until(lambda: _last_checkpoint(bench, job) >= 10, "a checkpoint of step 10")
        (pod,) = controller.processes
        controller.kill(pod)
        worker.join()

        done = bench.table.get(job.id)
        assert done.state == "SUCCEEDED", done.error
        assert len(controller.processes) == 2
    assert open_artifact(bench.store, done.artifact).content_digest == undisturbed[1].content_digest


def test_all_weights_of_a_model_artifact_can_be_trained_further(undisturbed):
    bench, first = undisturbed
    last_loss = list(first.rows())[-1]["loss"]

    reader = bench.train(
        model=first.reference, tuning=TUNING_FULL, objective=OBJECTIVE_SFT, max_steps=2, learning_rate=1e-4
    )

    assert training_record(reader)["base_model"] == first.reference
    assert next(reader.rows())["loss"] < 2 * last_loss
    assert reader.read("model.safetensors") != first.read("model.safetensors")
    assert len(reader.read("model.safetensors")) == len(first.read("model.safetensors"))
    assert reader.files() == first.files()


def test_cancelling_ends_the_training_process(tmp_path):
    bench = TrainingBench(tmp_path / "home")
    job = bench.submit(**LONG)
    worker = threading.Thread(target=bench.work)
    worker.start()
    _wait_until(lambda: _training_process(tmp_path), "the training process")
    process = _training_process(tmp_path)
    bench.table.cancel(job.id)
    worker.join()

    assert bench.table.get(job.id).state == "CANCELLED"
    assert not _is_running(process)


def test_a_loss_that_is_no_number_fails_the_job_and_says_what_to_change(tmp_path):
    import torch
    from safetensors.torch import load_file, save_file

    bench = TrainingBench(tmp_path / "home")
    broken = tmp_path / "broken"
    shutil.copytree(weights_folder("random:tiny", bench.settings), broken)
    weights = load_file(broken / "model.safetensors")
    save_file(
        {name: torch.full_like(value, torch.nan) for name, value in weights.items()}, broken / "model.safetensors"
    )

    bench.submit(base_model=f"folder:{broken}")
    job = bench.work()

    assert job.state == "FAILED"
    assert job.error.startswith("the loss is nan at step 1; lower learning_rate (now 0.003)")


def test_pairs_without_training_rows_fail_before_any_process_is_started(tmp_path):
    bench = TrainingBench(tmp_path / "home", [pair(3), pair(7)])
    bench.submit()

    job = bench.work()

    assert job.state == "FAILED"
    assert "no rows of split train" in job.error


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"base_model": ""}, "spec.base_model: is required, unless inputs.model is given"),
        ({"base_model": "random:huge"}, "random:huge is unknown"),
        ({"base_model": "folder:/nowhere"}, "there is no such folder"),
        ({"model": "PAIRS"}, "holds pairs; give an artifact of model"),
    ],
)
def test_a_base_that_is_none_is_refused_at_submit(tmp_path, fields, complaint):
    bench = TrainingBench(tmp_path / "home")
    if "model" in fields:
        fields = {"model": bench.pairs}

    with pytest.raises(InvalidArgument, match=complaint):
        bench.submit(**fields)


def test_a_folder_without_weights_is_refused_at_submit(tmp_path):
    bench = TrainingBench(tmp_path / "home")
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "config.json").write_text("{}")

    with pytest.raises(InvalidArgument, match=r"needs config.json and \*.safetensors"):
        bench.submit(base_model=f"folder:{tmp_path / 'empty'}")


RUNNER = """
import sys
from pathlib import Path
from support.training import TrainingBench
TrainingBench(Path(sys.argv[1])).work()
"""


def _environment(scratch: Path) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1]), "TMPDIR": str(scratch)}


def _last_checkpoint(bench, job) -> int:
    names = bench.store.list(f"checkpoints/{job.key}/steps/")
    return max((int(name.split("/")[3]) for name in names if name.endswith("/complete.json")), default=0)


def _training_process(home: Path) -> int:
    """The id of the running training process whose state is under `home`; 0 where there is none."""
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit() and _is_running(int(folder.name)):
            try:
                command = (folder / "cmdline").read_bytes()
                environment = (folder / "environ").read_bytes()
            except OSError:
                continue
            if b"solulu.trainer.worker" in command and f"SOLULU_HOME={home}".encode() in environment:
                return int(folder.name)
    return 0


def _is_running(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def _wait_until(condition, what: str, seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"waited {seconds} s for {what}"
        time.sleep(0.02)
