"""A model on the cluster: deployed, asked, replaced under load, and removed."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field

import pytest
from solulu.client import Client
from solulu.core.errors import SoluluError
from solulu.v1 import serving_pb2
from support import quickstart
from support.release import Release
from support.sabotage import Disturbed
from support.serving import wait_until

pytestmark = pytest.mark.timeout(900)
ENDPOINT = "live"
QUESTION = {"endpoint": ENDPOINT, "prefix": "import json\njson.", "max_tokens": 4}


@dataclass
class Crowd:
    """Asks one completion after the other, and none of them twice."""

    client: Client
    num_answers: int = 0
    failures: list[str] = field(default_factory=list)
    left: threading.Event = field(default_factory=threading.Event)

    def ask(self) -> None:
        """Asks until it has left."""
        while not self.left.is_set():
            try:
                self.client.complete(QUESTION)
                self.num_answers += 1
            except SoluluError as error:
                self.failures.append(str(error))
            time.sleep(0.05)


@pytest.fixture(scope="module")
def deployed(client: Client, pipeline: Disturbed) -> serving_pb2.Endpoint:
    """The quickstart's model, ready."""
    client.deploy(ENDPOINT, pipeline.artifact("train").reference)
    return client.wait_until_ready(ENDPOINT)


def test_the_deployed_model_completes(deployed: serving_pb2.Endpoint, client: Client, pipeline: Disturbed) -> None:
    answer = client.complete(QUESTION)

    assert deployed.model == pipeline.artifact("train").reference
    assert answer.completion_tokens >= 1
    assert answer.finish_reason in ("stop", "length")


def test_another_model_takes_over_without_a_failed_request(
    deployed: serving_pb2.Endpoint, client: Client, release: Release
) -> None:
    pods = release.namespace.names("pods", release.selector("predictor"))
    with Client(client.address, client.token, patience_seconds=0) as impatient:
        crowd = Crowd(impatient)
        asking = threading.Thread(target=crowd.ask, daemon=True)
        asking.start()
        wait_until(lambda: crowd.num_answers >= 5, "the first answers")
        client.deploy(ENDPOINT, quickstart.MODEL)
        ready = client.wait_until_ready(ENDPOINT)
        wait_until(
            lambda: not set(pods) & set(release.namespace.names("pods", release.selector("predictor"))),
            "the end of the pods before",
            every_seconds=1,
        )
        answers = crowd.num_answers
        wait_until(lambda: crowd.num_answers >= answers + 5, "answers of the new model")
        crowd.left.set()
        asking.join(60)

    assert crowd.failures == []
    assert ready.model == quickstart.MODEL


def test_an_endpoint_outlives_the_service_that_made_it(
    deployed: serving_pb2.Endpoint, client: Client, release: Release
) -> None:
    release.namespace.kill(release.selector("serving"))

    answer = client.complete(QUESTION)

    assert answer.completion_tokens >= 1


def test_nothing_is_left_of_an_endpoint_that_is_removed(
    deployed: serving_pb2.Endpoint, client: Client, release: Release
) -> None:
    client.undeploy(ENDPOINT)
    wait_until(
        lambda: not release.namespace.list("pods,services,deployments", release.selector("predictor")),
        "the end of the endpoint",
        every_seconds=1,
    )

    assert client.endpoints() == []
