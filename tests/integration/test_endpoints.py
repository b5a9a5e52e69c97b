"""Endpoints as child processes of the server: started, replaced, failed, stopped, orphaned."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from solulu.core.errors import Conflict, InvalidArgument, NotFound
from solulu.v1 import serving_pb2
from support.serving import BROKEN, MODEL, ServingBench, predictors, wait_until

READY, FAILED = serving_pb2.ENDPOINT_STATE_READY, serving_pb2.ENDPOINT_STATE_FAILED


@pytest.fixture(scope="module")
def bench(tmp_path_factory):
    bench = ServingBench(tmp_path_factory.mktemp("home"))
    yield bench
    bench.service.close()


@pytest.fixture(scope="module")
def first(bench):
    """The endpoint `code` with its first model, ready."""
    starting = bench.deploy("code", "random:tiny")
    assert starting.state == serving_pb2.ENDPOINT_STATE_STARTING
    with pytest.raises(Conflict, match="its model is being loaded"):
        bench.complete()
    ready = bench.settled("code")
    assert ready.state == READY, ready.message
    return ready


def test_a_ready_endpoint_speaks_openais_protocol_at_its_url(first):
    answer = httpx.post(f"{first.url}/v1/completions", json={"model": "code", "prompt": "a = ", "max_tokens": 3})

    assert answer.json()["usage"]["completion_tokens"] <= 3
    assert first.url.startswith("http://127.0.0.1:")


def test_complete_answers_from_the_only_endpoint_and_repeats_itself(bench, first):
    drawn = [bench.complete(temperature=1, seed=4, suffix="\n") for _ in range(2)]

    assert drawn[0] == drawn[1]
    assert drawn[0].finish_reason in ("stop", "length")
    assert 0 < drawn[0].completion_tokens <= 4
    assert drawn[0].prompt_tokens > 2


def test_deploying_the_same_again_changes_nothing(bench, first):
    assert bench.deploy("code", "random:tiny") == first
    assert len(predictors(bench.settings.home)) == 1


def test_what_cannot_be_completed_says_why(bench, first):
    with pytest.raises(NotFound, match="there is no endpoint other"):
        bench.complete(endpoint="other")
    with pytest.raises(InvalidArgument, match="half the model's context"):
        bench.complete(max_tokens=8000)


def test_a_model_that_fails_leaves_the_one_before_in_service_and_tells_its_last_words(bench, first):
    bench.deploy("code", BROKEN)
    failed = bench.settled("code")

    assert failed.state == FAILED
    assert "is no model: config.json cannot be read" in failed.message
    assert failed.model == BROKEN
    assert failed.url == first.url
    assert bench.complete().completion_tokens


def test_another_model_takes_over_and_the_one_before_is_stopped(bench, first):
    bench.deploy("code", MODEL[:20])
    ready = bench.settled("code")

    assert ready.state == READY, ready.message
    assert ready.model == MODEL
    assert ready.url != first.url
    wait_until(lambda: len(predictors(bench.settings.home)) == 1, "the end of the first predictor")
    assert bench.complete(endpoint="code").completion_tokens


def test_an_endpoint_whose_process_dies_is_failed_and_undeploying_removes_it(bench, first):
    wait_until(lambda: bench.endpoint("code").state == READY or bench.endpoint("code").state == FAILED, "endpoint")
    for process in predictors(bench.settings.home):
        os.kill(process, 9)
    wait_until(lambda: bench.endpoint("code").state == FAILED, "the failure")
    assert "was killed by SIGKILL" in bench.endpoint("code").message

    bench.service.Undeploy(serving_pb2.UndeployRequest(name="code"))
    bench.service.Undeploy(serving_pb2.UndeployRequest(name="code"))

    assert bench.endpoint("code") is None


def test_undeploying_while_the_model_is_loaded_stops_its_process(tmp_path):
    bench = ServingBench(tmp_path / "home")
    bench.deploy("code", "random:tiny")
    wait_until(lambda: predictors(tmp_path / "home"), "the predictor")
    bench.service.Undeploy(serving_pb2.UndeployRequest(name="code"))
    wait_until(lambda: not predictors(tmp_path / "home"), "the end of the predictor", 20)

    assert bench.endpoint("code") is None


def test_predictors_end_with_a_server_that_is_killed(tmp_path):
    server = subprocess.Popen(
        [sys.executable, "-c", SERVER, str(tmp_path)],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
    )
    wait_until(lambda: predictors(tmp_path), "the predictor")
    server.kill()
    server.wait()
    wait_until(lambda: not predictors(tmp_path), "the end of the predictor", 20)

    assert predictors(tmp_path) == []


SERVER = """
import sys, time
from pathlib import Path
from support.serving import ServingBench
ServingBench(Path(sys.argv[1])).deploy("code", "random:tiny")
time.sleep(600)
"""


@pytest.mark.parametrize(
    ("name", "model", "complaint"),
    [
        ("Not A Name", "random:tiny", "name"),
        ("code", "random:huge", "random:huge is unknown"),
        ("code", "folder:/nowhere", "there is no such folder"),
        ("code", "something", "names no artifact"),
    ],
)
def test_what_cannot_be_deployed_is_refused_at_once(bench, name, model, complaint):
    with pytest.raises(InvalidArgument, match=complaint):
        bench.deploy(name, model)


def test_an_artifact_that_is_not_there_is_not_found(bench):
    with pytest.raises(NotFound, match="there is no artifact"):
        bench.deploy("code", "train/" + "c" * 64)
