"""The quickstart from code to a served model, with an untrained model in the real one's place."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from pathlib import Path

import pytest
from solulu.core.database import open_database
from solulu.core.jobs import JobTable
from support.commands import COMMAND
from support.quickstart import SMALLER

pytestmark = pytest.mark.timeout(900)
STAGES = ["scrape", "generate", "judge", "curate", "train", "evaluate"]


def run(pipeline: Path, home: Path, *more: str) -> tuple[dict, str]:
    """Runs the pipeline embedded; what --json holds, and what was printed."""
    command = [COMMAND, "run", str(pipeline), "--json", str(home / "run.json"), *more]
    for path, value in SMALLER.items():
        command += ["--set", f"{path}={json.dumps(value)}"]
    home.mkdir(exist_ok=True)
    environment = {**os.environ, "SOLULU_HOME": str(home), "SOLULU_THREADS": "1"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, cwd=home)
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads((home / "run.json").read_text()), done.stdout


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("quickstart") / "home"


@pytest.fixture(scope="module")
def first(home, repository_root):
    return run(repository_root / "pipelines" / "quickstart.yaml", home)


def test_every_step_of_the_quickstart_is_done(first):
    result, printed = first

    steps = {step["name"]: step for step in result["steps"]}
    assert {name: step["state"] for name, step in steps.items()} == dict.fromkeys([*STAGES, "serve"], "done")
    assert all(steps[name]["artifact"]["num_rows"] for name in STAGES)
    assert all(name in printed for name in STAGES)
    assert len({source.partition("==")[0] for source in steps["scrape"]["artifact"]["spec"]["sources"]}) == 4


def test_the_model_that_was_tuned_answered_the_openai_client(first):
    served = first[0]["steps"][-1]["served"]

    assert served["model"] == first[0]["steps"][4]["artifact"]["reference"]
    assert served["completion_tokens"] >= 1
    assert served["finish_reason"] in ("stop", "length")


def test_the_report_tells_of_the_real_run(first):
    page = Path(first[0]["report"]).read_text()

    for words in ("From code to dataset", "Hard negatives, in their places", "Training loss", "Base against tuned",
                  "One completion, served", "How to make this again"):  # fmt: skip
        assert words in page
    assert '<mark class="invented">' in page
    assert f"{first[0]['steps'][3]['artifact']['num_rows']} pairs" in page


def test_running_it_again_does_nothing_twice(first, home, repository_root):
    again, _ = run(repository_root / "pipelines" / "quickstart.yaml", home, "--report", str(home / "again.html"))

    assert {step["name"]: step["reused"] for step in again["steps"]} == {**dict.fromkeys(STAGES, True), "serve": False}
    assert [step["artifact"] for step in again["steps"]] == [step["artifact"] for step in first[0]["steps"]]
    assert again["steps"][-1]["served"]["completion"] == first[0]["steps"][-1]["served"]["completion"]


def test_an_interrupted_run_leaves_no_job_behind_and_is_continued(tmp_path):
    (tmp_path / "p.yaml").write_text(
        "steps:\n  scrape:\n    spec: {sources: ['dist:click', 'dist:rich'], max_contexts: 20}\n"
    )
    environment = {**os.environ, "SOLULU_HOME": str(tmp_path / "home"), "SOLULU_WORKERS": "1"}
    command = [COMMAND, "run", str(tmp_path / "p.yaml")]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    while "working" not in (line := process.stderr.readline()):
        assert line, "it ended before it worked"
    process.send_signal(signal.SIGINT)

    _, err = process.communicate(timeout=120)

    assert process.returncode == 1
    assert "the same command continues it" in err
    table = JobTable(open_database(f"sqlite:///{tmp_path / 'home' / 'jobs.db'}"))
    assert [job.state for job in table.page()] == ["CANCELLED"]
    assert subprocess.run(command, env=environment, check=False, capture_output=True).returncode == 0
