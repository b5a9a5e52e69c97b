"""The command of an endpoint's pod, run here: it fetches its model from the store, and ends without losing a request.

The last test ends the process that the others ask.
"""

from __future__ import annotations

import math
import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from solulu.core.settings import Settings
from solulu.core.store import open_store
from solulu.llm.models import weights_folder
from solulu.serving import manifests
from solulu.serving.manifests import Wish
from support.endpoints import TEMPLATE
from support.predictor import predictor_process, refusal
from support.serving import MODEL, put_model, wait_until

TOKEN = "only-for-tests"
HEADERS = {"Authorization": f"Bearer {TOKEN}"}
DRAIN_SECONDS = 3
LONG = {"prompt": ["a = "] * 4, "n": 4, "temperature": 1, "seed": 1, "max_tokens": 1500}


@pytest.fixture(scope="module")
def container():
    pod = manifests.deployment(Wish("code", MODEL), TEMPLATE)["spec"]["template"]["spec"]
    return pod["containers"][0]


@pytest.fixture(scope="module")
def predictor(tmp_path_factory, container):
    """Its URL and process; other port, shorter drain."""
    home = tmp_path_factory.mktemp("home")
    settings = Settings(home=home)
    files = {path.name: path.read_bytes() for path in weights_folder("random:tiny", settings).iterdir()}
    put_model(open_store(settings), MODEL, files)
    assert container["command"] == ["python", "-m", "solulu.serving.predictor"]
    arguments = [*container["args"], "--port", "0", "--drain-seconds", str(DRAIN_SECONDS)]
    with predictor_process(home, arguments, TOKEN) as (url, process):
        yield url.replace("0.0.0.0", "127.0.0.1"), process


def ask(url, **options):
    body = {"model": "code", "prompt": "a = ", "max_tokens": 2, **options}
    return httpx.post(f"{url}/v1/completions", json=body, headers=HEADERS, timeout=120)


def test_it_serves_the_artifact_by_the_endpoints_name(predictor):
    url, _ = predictor

    assert ask(url).json()["model"] == "code"
    assert ask(url, model="other").status_code == 404


@pytest.mark.parametrize("probe", ["startupProbe", "readinessProbe", "livenessProbe"])
def test_its_probes_are_answered_without_a_token(predictor, container, probe):
    url, _ = predictor

    assert httpx.get(url + container[probe]["httpGet"]["path"]).status_code == 200


def test_an_artifact_that_is_not_there_is_named_in_its_last_words(tmp_path, monkeypatch):
    monkeypatch.setenv("SOLULU_HOME", str(tmp_path))

    assert "there is no artifact train/ccc" in refusal("--model", "train/" + "c" * 64, "--name", "code")


def test_a_predictor_that_is_told_to_end_answers_for_a_while_and_finishes_what_it_has_begun(predictor):
    url, process = predictor
    asked = time.monotonic()
    assert ask(url, **LONG).status_code == 200
    # One after the other they last longer than the drain.
    lasting = 1 + math.ceil(DRAIN_SECONDS / (time.monotonic() - asked))
    with httpx.Client(base_url=url, headers=HEADERS) as kept, ThreadPoolExecutor(lasting) as threads:
        assert "connection" not in kept.get("/v1/models").headers
        os.kill(process.pid, signal.SIGTERM)
        told = time.monotonic()
        time.sleep(DRAIN_SECONDS / 2)  # uvicorn renews its own headers every second

        assert kept.get("/v1/models").headers["connection"] == "close"
        assert ask(url).status_code == 200
        begun = [threads.submit(ask, url, **LONG) for _ in range(lasting)]

        assert {answer.result().status_code for answer in begun} == {200}
        assert time.monotonic() - told > DRAIN_SECONDS
    wait_until(lambda: process.poll() is not None, "the end of the predictor", 20)
    assert process.poll() == 0
    with pytest.raises(httpx.ConnectError):
        ask(url)
