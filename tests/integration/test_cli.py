"""The command line against a real server: what is printed where, and what the exit code says."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
import time
from pathlib import Path

import pytest
from solulu.client import Client
from solulu.core.errors import JobError
from support.cluster import free_port
from support.commands import COMMAND, solulu

SMALL = ["--source", "folder:none", "--max-contexts", "2", "--max-contexts-per-file", "3"]


@pytest.fixture
def service(small_service, monkeypatch):
    monkeypatch.setenv("SOLULU_HOME", str(small_service.settings.home))
    monkeypatch.setenv("SOLULU_ADDRESS", small_service.address)
    return small_service


def test_a_stage_is_run_and_its_artifact_is_told(service, capsys):
    assert solulu("scrape", *SMALL) == 0

    out, err = capsys.readouterr()
    assert re.search(r"scrape/[0-9a-f]{8}  contexts\nrows      6\n", out)
    assert "scrape: succeeded, 6 rows" in err


def test_machine_output_stands_alone_on_stdout(service, capsys):
    assert solulu("scrape", *SMALL, "--json", "-") == 0

    artifact = json.loads(capsys.readouterr().out)
    assert artifact["num_rows"] == 6
    assert artifact["spec"]["max_contexts"] == 2


def test_machine_output_goes_to_a_file_and_then_stdout_is_empty(service, tmp_path, capsys):
    assert solulu("scrape", *SMALL, "--json", tmp_path / "artifact.json") == 0

    assert capsys.readouterr().out == ""
    assert json.loads((tmp_path / "artifact.json").read_text())["kind"] == "contexts"


def test_a_second_run_says_that_it_is_reused(service, capsys):
    solulu("scrape", *SMALL)
    capsys.readouterr()

    assert solulu("scrape", *SMALL) == 0
    assert "reused" in capsys.readouterr().err


def test_a_job_that_fails_exits_with_1_and_its_message(service, capsys):
    assert solulu("scrape", *SMALL, "--source", "folder:job_error=1") == 1

    assert "the endpoint answers 401: check its key" in capsys.readouterr().err


def test_a_detached_job_is_watched_listed_and_deleted_later(service, capsys):
    assert solulu("scrape", *SMALL, "--seed", "1", "--label", "team=search", "--detach", "--json", "-") == 0
    job = json.loads(capsys.readouterr().out)["id"]

    assert solulu("jobs", "watch", job[:8]) == 0
    assert "rows      6" in capsys.readouterr().out
    assert solulu("jobs", "list", "--label", "team=search", "--state", "succeeded", "--stage", "scrape") == 0
    assert job[:8] in capsys.readouterr().out
    assert solulu("jobs", "get", job) == 0
    assert re.search(r"state +succeeded", capsys.readouterr().out)
    assert solulu("jobs", "logs", job, "--json", "-") == 0
    assert isinstance(json.loads(capsys.readouterr().out), list)
    assert solulu("jobs", "cancel", job) == 0
    assert "succeeded" in capsys.readouterr().out, "an ended job stays as it is"
    assert solulu("jobs", "delete", job) == 0
    assert solulu("jobs", "get", job) == 1
    assert "there is no job" in capsys.readouterr().err


def test_a_state_that_is_none_is_refused_with_the_nearest(service, capsys):
    assert solulu("jobs", "list", "--state", "runing") == 2
    assert "did you mean 'running'?" in capsys.readouterr().err


def test_artifacts_are_listed_read_verified_and_removed(service, capsys):
    solulu("scrape", *SMALL, "--json", "-")
    reference = json.loads(capsys.readouterr().out)["reference"]

    assert solulu("artifacts", "list", "--kind", "contexts") == 0
    assert reference[:15] in capsys.readouterr().out
    assert solulu("artifacts", "get", reference[7:15]) == 0
    assert "max_contexts = 2" in capsys.readouterr().out
    assert solulu("artifacts", "rows", reference, "--offset", "1", "--limit", "2", "--column", "value") == 0
    assert [json.loads(line) for line in capsys.readouterr().out.splitlines()] == [{"value": 1}, {"value": 4}]
    assert solulu("artifacts", "verify", reference) == 0
    assert "as the manifest lists them" in capsys.readouterr().out
    assert solulu("artifacts", "rm", reference) == 0
    assert solulu("artifacts", "get", reference) == 1
    assert "there is no artifact" in capsys.readouterr().err


def test_an_artifact_whose_bytes_changed_fails_its_verification(service, capsys):
    solulu("scrape", *SMALL, "--seed", "3", "--json", "-")
    reference = json.loads(capsys.readouterr().out)["reference"]
    part = next((service.settings.home / "store" / reference).glob("part-*.parquet"))
    part.chmod(0o644)
    part.write_bytes(part.read_bytes()[:-1] + b"\0")

    assert solulu("artifacts", "verify", reference, "--json", "-") == 1

    (problem,) = json.loads(capsys.readouterr().out)["problems"]
    assert part.name in problem


def test_garbage_is_what_no_manifest_lists(service, capsys):
    solulu("scrape", *SMALL, "--json", "-")
    reference = json.loads(capsys.readouterr().out)["reference"]
    stray = service.settings.home / "store" / reference / "part-000000-0123456789ab.parquet"
    stray.write_bytes(b"stray")

    assert solulu("artifacts", "gc", "--dry-run") == 0
    assert "5 B, would be removed" in capsys.readouterr().out
    assert stray.exists()
    assert solulu("artifacts", "gc") == 0
    assert not stray.exists()
    assert solulu("artifacts", "verify", reference) == 0


def test_a_server_that_is_not_there_is_told_with_the_way_to_start_one(capsys, monkeypatch):
    monkeypatch.setenv("SOLULU_ADDRESS", f"127.0.0.1:{free_port()}")

    assert solulu("jobs", "list") == 1

    told = capsys.readouterr().err
    assert "no Solulu server answers at 127.0.0.1:" in told
    assert "solulu up" in told


def test_an_interrupt_leaves_the_job_running_and_tells_how_to_follow_it(service):
    process = subprocess.Popen(
        [COMMAND, "scrape", *SMALL, "--source", "folder:slow=1.5", "--label", "team=interrupted"],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    with Client(service.address) as client:
        while not (jobs := list(client.list_jobs(labels={"team": "interrupted"}))):
            time.sleep(0.05)
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)
        (job,) = jobs

        assert process.returncode == 1
        assert f"solulu jobs watch {job.id[:8]}" in err
        assert f"solulu jobs cancel {job.id[:8]}" in err
        assert client.job(job.id).wait().num_rows == 6


def test_whoever_sits_at_the_terminal_is_asked_and_may_cancel(service):
    ours, theirs = pty.openpty()
    command = [COMMAND, "scrape", *SMALL, "--source", "folder:slow=2", "--seed", "4", "--label", "team=asked"]
    process = subprocess.Popen(command, stdin=theirs, stdout=subprocess.DEVNULL, stderr=theirs)
    os.close(theirs)
    with Client(service.address) as client:
        while not (jobs := list(client.list_jobs(labels={"team": "asked"}))):
            time.sleep(0.05)
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        shown = b""
        while b"following?" not in shown:
            shown += os.read(ours, 4096)
        os.write(ours, b"c\n")

        assert process.wait(30) == 1
        with pytest.raises(JobError, match="was cancelled"):
            client.job(jobs[0].id).wait()
    os.close(ours)


PIPELINE = """
name: two
description: Two scrapes.
steps:
  first:
    stage: scrape
    spec: {sources: ["folder:none"], max_contexts: 2, max_contexts_per_file: 3, seed: 2}
  second:
    stage: scrape
    spec: {sources: ["folder:drop=1"], max_contexts: 1, max_contexts_per_file: 3}
"""


def test_a_pipeline_prints_one_table_and_writes_one_page(service, tmp_path, capsys):
    (tmp_path / "two.yaml").write_text(PIPELINE)

    assert solulu("run", tmp_path / "two.yaml", "--json", tmp_path / "run.json") == 0

    out = capsys.readouterr().out
    assert re.search(r"first +scrape +done +scrape/[0-9a-f]{8} +6 +0", out)
    assert re.search(r"second +scrape +done +scrape/[0-9a-f]{8} +2 +1", out)
    run = json.loads((tmp_path / "run.json").read_text())
    page = service.settings.home / "reports" / "two.html"
    assert run["report"] == str(page)
    assert run["report"] in out.replace("\n", "")
    assert "1</b> unwanted" in page.read_text()


def test_a_pipeline_that_is_run_again_does_nothing_twice(service, tmp_path, capsys):
    (tmp_path / "two.yaml").write_text(PIPELINE)
    solulu("run", tmp_path / "two.yaml", "--json", tmp_path / "first.json")

    assert solulu("run", tmp_path / "two.yaml", "--json", tmp_path / "second.json") == 0

    first, second = (json.loads((tmp_path / name).read_text())["steps"] for name in ("first.json", "second.json"))
    assert [step["reused"] for step in second] == [True, True]
    assert [step["artifact"] for step in second] == [step["artifact"] for step in first]


def test_a_step_that_fails_stops_only_those_that_need_it(service, tmp_path, capsys):
    failing = PIPELINE.replace("folder:none", "folder:job_error=0").replace("folder:drop=1", "folder:none") + (
        "  third:\n    stage: generate\n    inputs: {contexts: first}\n    spec: {panel: [nobody]}\n"
    )
    (tmp_path / "two.yaml").write_text(failing)

    assert solulu("run", tmp_path / "two.yaml", "--report", tmp_path / "page.html", "--json", "-") == 1

    steps = {step["name"]: step for step in json.loads(capsys.readouterr().out)["steps"]}
    assert {name: step["state"] for name, step in steps.items()} == {
        "first": "failed",
        "second": "done",
        "third": "skipped",
    }
    assert "the endpoint answers 401" in steps["first"]["error"]
    assert "Not finished" in (tmp_path / "page.html").read_text()


def test_a_pipeline_that_is_wrong_runs_nothing(service, tmp_path, capsys):
    (tmp_path / "two.yaml").write_text(PIPELINE)
    with Client(service.address) as client:
        before = [job.id for job in client.list_jobs()]

        assert solulu("run", tmp_path / "two.yaml", "--set", "second.spec.max_contexts=0") == 2

        assert "--set second.spec.max_contexts=0: steps.second.spec.max_contexts: is 0" in capsys.readouterr().err
        assert [job.id for job in client.list_jobs()] == before


def test_the_doctor_names_every_part_and_is_content_here(tmp_path, capsys):
    assert solulu("doctor", "--json", "-", "--address", f"127.0.0.1:{free_port()}") == 0

    findings = {one["what"]: one for one in json.loads(capsys.readouterr().out)}
    assert findings["store"]["state"] == findings["database"]["state"] == findings["packages"]["state"] == "ok"
    assert "solulu up" in findings["server"]["advice"]
    assert not list((Path(os.environ["SOLULU_HOME"]) / "store").rglob("doctor*/*")), "the probe is removed"


def test_the_doctor_says_what_is_broken_and_exits_with_1(capsys, monkeypatch):
    monkeypatch.setenv("SOLULU_STORE", "ftp://nowhere")

    assert solulu("doctor", "--json", "-") == 1

    findings = {one["what"]: one for one in json.loads(capsys.readouterr().out)}
    assert findings["store"]["state"] == "broken"
    assert "file:///path or s3://" in findings["store"]["found"]


def test_settings_that_are_wrong_are_named_with_their_variable(capsys, monkeypatch):
    monkeypatch.setenv("SOLULU_WORKERS", "none")

    assert solulu("jobs", "list") == 2
    assert "workers" in capsys.readouterr().err


def test_delulus_metrics_are_scored_without_a_server(tmp_path, capsys):
    (tmp_path / "data.csv").write_text(
        "benchmark_id,language,hallucination_type,prompt,suffix,golden_completion,hallucinated_completion\n"
        "go-method-1,go,method,p,s,send(x),sendAll(x)\n"
    )
    (tmp_path / "predictions.csv").write_text("benchmark_id,model_completion\ngo-method-1,send(x)\n")
    arguments = ["--data", tmp_path / "data.csv", "--predictions", tmp_path / "predictions.csv"]

    assert solulu("score", "delulu", *arguments, "--json", "-") == 0
    assert json.loads(capsys.readouterr().out)["overall"]["exact_match"] == 1.0
    assert solulu("score", "delulu", *arguments) == 0
    assert re.search(r"exact_match +1\.0000", capsys.readouterr().out)


def test_serving_beyond_this_machine_needs_a_token(capsys):
    assert solulu("up", "--address", "0.0.0.0:0", "--service", "scraper") == 2
    assert "SOLULU_TOKEN" in capsys.readouterr().err


def test_a_service_that_is_none_is_told_with_the_ones_there_are(capsys):
    assert solulu("up", "--service", "scrapper") == 2
    assert "choose from scraper, generator" in capsys.readouterr().err


def test_services_say_where_they_are_and_stop_when_told_to(tmp_path):
    process = subprocess.Popen(
        [COMMAND, "up", "--address", "127.0.0.1:0", "--service", "curator"],
        env={**os.environ, "SOLULU_HOME": str(tmp_path)}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        address = process.stdout.readline().split()[-1]
        with Client(address) as client:
            client.check_health()
            assert list(client.list_jobs()) == []
    finally:
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=60)

    assert process.returncode == 0
    assert "Traceback" not in err


CASES = [
    {"id": "a", "path": "b.py", "prefix": "from a import A\n\nA().", "completion": "go()", "suffix": "\n"},
    {"id": "b", "path": "b.py", "prefix": "from a import A\n\nA().", "completion": "went()", "suffix": "\n"},
    {"id": "c", "path": "b.py", "prefix": 3, "more": True},
]


@pytest.fixture
def repository(tmp_path):
    folder = tmp_path / "code@home"
    folder.mkdir()
    (folder / "a.py").write_text("class A:\n    def go(self):\n        pass\n")
    return folder


def test_completions_are_checked_without_a_server(repository, tmp_path, capsys):
    cases, verdicts = tmp_path / "cases.jsonl", tmp_path / "verdicts.jsonl"
    cases.write_text("\n".join([*map(json.dumps, CASES), "{not json", ""]))

    assert solulu("check", "--repo", repository, "--input", cases, "--output", verdicts) == 0

    found = [json.loads(line) for line in verdicts.read_text().splitlines()]
    assert [(one["id"], one["verdict"]) for one in found] == [
        ("a", "valid"),
        ("b", "hallucinated"),
        ("c", "unknown"),
        (None, "unknown"),
    ]
    assert found[1]["symbol"] == "went"
    assert found[1]["evidence"]["line"] == 3
    assert found[2]["error"]
    assert found[3]["error"]
    assert capsys.readouterr().out == ""


def test_cases_come_from_stdin_and_verdicts_go_to_stdout(repository):
    command = [COMMAND, "check", "--repo", str(repository)]

    done = subprocess.run(command, input=json.dumps(CASES[1]), capture_output=True, text=True, check=True)

    assert json.loads(done.stdout)["basis"] == "resolved"


def test_a_repository_that_is_not_there_is_told(tmp_path, capsys):
    (tmp_path / "cases.jsonl").write_text(json.dumps(CASES[0]))

    assert solulu("check", "--repo", tmp_path / "nowhere", "--input", tmp_path / "cases.jsonl") != 0
    assert "nowhere" in capsys.readouterr().err
