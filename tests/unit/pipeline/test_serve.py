"""How the serve step asks: as any user of the endpoint on this machine, through the service in a cluster."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from solulu.core.errors import JobError, Transient
from solulu.llm.scripted import Say, ScriptedServer
from solulu.pipeline.serve import serve_once
from solulu.pipeline.steps import Step
from solulu.v1 import job_pb2, serving_pb2

MODEL = "train/" + "a" * 64


@dataclass
class ScriptedService:
    """A client of a service whose endpoints are at one URL; its completions are the same each time."""

    address: str
    url: str
    token: str = "only-for-tests"
    asked: list[serving_pb2.CompleteRequest] = field(default_factory=list)
    served: dict[str, str] = field(default_factory=dict)
    is_away: bool = False

    def endpoints(self) -> list[serving_pb2.Endpoint]:
        """The endpoints there are."""
        return [serving_pb2.Endpoint(name=name, model=model, url=self.url) for name, model in self.served.items()]

    def deploy(self, name: str, model: str) -> None:
        """Makes an endpoint."""
        self.served[name] = model

    def wait_until_ready(self, name: str) -> serving_pb2.Endpoint:
        """It is, always."""
        return next(endpoint for endpoint in self.endpoints() if endpoint.name == name)

    def undeploy(self, name: str) -> None:
        """Removes an endpoint."""
        del self.served[name]

    def complete(self, request: serving_pb2.CompleteRequest) -> serving_pb2.CompleteResponse:
        """The one completion."""
        if self.is_away:
            raise Transient("endpoint live does not answer")
        self.asked.append(request)
        return serving_pb2.CompleteResponse(
            completion="dumps", finish_reason="length", prompt_tokens=5, completion_tokens=2
        )


def step() -> Step:
    spec = serving_pb2.CompleteRequest(prefix="import json\njson.", max_tokens=4)
    return Step("live", "serve", spec, inputs={"model": ("trained",)}, run=job_pb2.RunOptions(), needs=("trained",))


def test_on_this_machine_the_endpoint_is_asked_by_the_openai_client():
    asked = []

    def script(call):
        asked.append(call)
        return Say("loads", finish_reason="stop")

    with ScriptedServer(script) as server:
        url = server.url.removesuffix("/v1")
        service = ScriptedService("127.0.0.1:7333", url)
        served = serve_once(service, step(), MODEL, lambda text: None)

    assert (served.completion, served.finish_reason) == ("loads", "stop")
    assert (served.url, served.model, served.line) == (url, MODEL, "json.")
    assert [(call.path, call.body["model"], call.prompt) for call in asked] == [
        ("/v1/completions", "live", "import json\njson.")
    ]
    assert service.asked == []
    assert service.served == {}


@pytest.mark.parametrize(
    ("address", "url"),
    [
        ("10.0.0.7:30333", "http://solulu-endpoint-live.shop.svc"),
        ("127.0.0.1:7333", "http://solulu-endpoint-live.shop.svc"),  # a forwarded port
        ("build-machine:7333", "http://127.0.0.1:40123"),  # that machine's own loopback
    ],
)
def test_an_endpoint_elsewhere_is_asked_through_the_service(address, url):
    service = ScriptedService(address, url)

    served = serve_once(service, step(), MODEL, lambda text: None)

    assert (served.completion, served.finish_reason, served.completion_tokens) == ("dumps", "length", 2)
    assert [(request.endpoint, request.max_tokens) for request in service.asked] == [("live", 4)]
    assert service.served == {}


def test_an_endpoint_that_does_not_answer_is_removed_all_the_same():
    service = ScriptedService("gateway:7333", "http://solulu-endpoint-live.shop.svc", is_away=True)

    with pytest.raises(Transient, match="endpoint live does not answer"):
        serve_once(service, step(), MODEL, lambda text: None)
    assert service.served == {}


def test_a_name_that_is_taken_is_not_replaced():
    service = ScriptedService("gateway:7333", "http://x.shop.svc", served={"live": "train/" + "b" * 64})

    with pytest.raises(JobError, match=r"there is an endpoint live already; name another one in this step's spec"):
        serve_once(service, step(), MODEL, lambda text: None)
    assert service.served == {"live": "train/" + "b" * 64}
