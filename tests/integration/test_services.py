"""Every service as a process of its own over one job table, with the artifacts in a real S3 store."""

from __future__ import annotations

import os
import signal
import subprocess
import time

import pytest
from solulu.core.errors import JobError, Unauthenticated
from solulu.llm.scripted import ScriptedServer
from support import kills
from support.cluster import ServiceProcess
from support.commands import COMMAND

SERVICES = ("scraper", "generator", "judge", "curator", "trainer", "evaluator")
SCRAPE = {"sources": ["dist:click", "dist:tenacity"], "languages": ["python"], "max_contexts": 40}
TINY = "random:tiny"


@pytest.fixture
def process(tmp_path):
    """Makes service processes and ends those that are left."""
    started: list[ServiceProcess] = []

    def make(*services: str, home=tmp_path / "home", **environment: str) -> ServiceProcess:
        started.append(ServiceProcess(home, list(services), environment))
        return started[-1].start()

    yield make
    for service in started:
        service.stop()


@pytest.mark.timeout(600)
def test_six_processes_over_one_job_table_and_an_s3_store_make_a_measured_model(process, tmp_path, minio_server):
    store = minio_server.environment("s3://six-processes/solulu")
    with ScriptedServer(kills.answer) as endpoint:
        kills.configure(tmp_path / "home", endpoint.url)
        clients = {name: process(name, SOLULU_THREADS="1", **store).client() for name in SERVICES}
        contexts = clients["scraper"].submit("scrape", SCRAPE).wait().reference
        panel = ["writer", "mutation:sibling"]
        inputs = {"contexts": contexts}
        inputs["candidates"] = clients["generator"].submit("generate", {"panel": panel}, inputs).wait().reference
        inputs["judgments"] = clients["judge"].submit("judge", {"panel": ["reader"]}, inputs).wait().reference
        pairs = clients["curator"].submit("curate", {"test_fraction": 0.4}, inputs).wait().reference
        spec = {"base_model": TINY, "max_steps": 2, "max_length": 96}
        model = clients["trainer"].submit("train", spec, {"pairs": pairs}).wait()
        spec = {"base_model": TINY, "benchmarks": ["heldout"], "max_rows": 4, "max_new_tokens": 8}
        spec["num_bootstrap_samples"] = 200
        evaluated = {"models": [model.reference], "pairs": pairs, "contexts": contexts}
        report = clients["evaluator"].submit("evaluate", spec, evaluated).wait()

        assert report.num_rows > 0
        assert {job.stage for job in clients["scraper"].list_jobs()} == {*kills.STAGES, "train", "evaluate"}
        assert clients["evaluator"].verify_artifact(model.reference) == []
        for client in clients.values():
            client.close()


@pytest.mark.timeout(300)
def test_two_replicas_share_the_jobs_and_make_each_once(process, database_url):
    replicas = [process("scraper", SOLULU_WORKERS="1", SOLULU_DATABASE=database_url) for _ in range(2)]
    clients = [replica.client() for replica in replicas]
    handles = [client.submit("scrape", {**SCRAPE, "seed": seed}) for seed in range(4) for client in clients]
    for handle in handles:
        handle.wait()

    assert len({handle.id for handle in handles}) == 4
    assert [job.num_attempts for job in clients[0].list_jobs()] == [1] * 4
    for client in clients:
        client.close()


@pytest.mark.timeout(300)
def test_a_terminated_service_gives_its_job_back_and_another_finishes_it(process, tmp_path, database_url):
    with ScriptedServer(kills.slow_answer) as endpoint:
        kills.configure(tmp_path / "home", endpoint.url)
        first = process("scraper", "generator", SOLULU_DATABASE=database_url)
        with first.client() as client:
            contexts = client.submit("scrape", SCRAPE).wait().reference
            run = {"concurrency": 1}
            job = client.submit("generate", {"panel": ["writer"]}, {"contexts": contexts}, run)
            _wait_until(lambda: endpoint.num_calls >= 2)
            code = first.stop()
        second = process("generator", SOLULU_DATABASE=database_url)
        with second.client() as client:
            finished = client.job(job.id)
            finished.wait()
            attempts = client.get_job(job.id).num_attempts

    assert code == 0
    assert attempts == 2


@pytest.mark.timeout(300)
def test_a_running_job_is_cancelled_and_a_new_submit_continues_it(process, tmp_path, database_url):
    with ScriptedServer(kills.slow_answer) as endpoint:
        kills.configure(tmp_path / "home", endpoint.url)
        with process("scraper", "generator", SOLULU_DATABASE=database_url).client() as client:
            inputs = {"contexts": client.submit("scrape", SCRAPE).wait().reference}
            handle = client.submit("generate", {"panel": ["writer"]}, inputs)
            _wait_until(lambda: endpoint.num_calls >= 2)
            handle.cancel()
            with pytest.raises(JobError, match="cancelled"):
                handle.wait()
            calls = endpoint.num_calls
            again = client.submit("generate", {"panel": ["writer"]}, inputs)
            again.wait()

    assert again.id != handle.id
    assert 2 <= calls < endpoint.num_calls
    assert endpoint.repeated_calls <= kills.DEFAULT_CONCURRENCY


@pytest.mark.timeout(300)
def test_a_token_is_asked_of_every_client(process):
    service = process("curator", SOLULU_TOKEN="open sesame")

    with service.client() as client, pytest.raises(Unauthenticated, match="SOLULU_TOKEN"):
        list(client.list_jobs())
    with service.client(token="open sesame") as client:
        assert list(client.list_jobs()) == []


def test_a_service_that_waits_for_its_database_ends_when_it_is_told_to(tmp_path):
    environment = {
        **os.environ,
        "SOLULU_HOME": str(tmp_path),
        "SOLULU_DATABASE": "postgresql://nobody@127.0.0.1:1/none",
    }
    command = [COMMAND, "up", "--address", "127.0.0.1:0"]
    service = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    try:
        assert "waiting: the job database does not answer" in service.stderr.readline()
        service.terminate()

        assert service.wait(20) == 130
    finally:
        service.kill()
        service.stderr.close()


def test_a_service_killed_while_idle_leaves_no_process_behind(process):
    service = process("scraper")
    with service.client() as client:
        client.submit("scrape", SCRAPE).wait()
    children = service.descendants()
    service.kill()
    _wait_until(lambda: not any(_is_running(pid) for pid in children))

    assert service.process.returncode == -signal.SIGKILL


def _is_running(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def _wait_until(condition, seconds=60.0):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)
