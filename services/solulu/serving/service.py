"""ServingService: endpoints applied and listed, holes completed, completions checked. It answers at once, no jobs."""

from __future__ import annotations

import threading
import time

import grpc
import httpx
import sqlalchemy as sa

from solulu.core import rules
from solulu.core.artifacts import open_artifact
from solulu.core.errors import Conflict, FieldViolation, InvalidArgument, NotFound, Transient
from solulu.core.metrics import METRICS
from solulu.core.settings import Settings
from solulu.core.store import Store
from solulu.llm import models
from solulu.serving.check import Checker
from solulu.serving.deploy import LONGEST_ANSWER_SECONDS, Deployer, EndpointStatus
from solulu.v1 import serving_pb2, serving_pb2_grpc

_CONNECT_SECONDS = 5.0
_RECONNECTS = 3
"""With a pause of 1.5 s in all: a node may learn of a pod a moment after its state says that it is ready."""
_MOST_CHECKERS = 4
"""Repositories whose symbols are kept in memory, the last ones asked about."""


class ServingService(serving_pb2_grpc.ServingServiceServicer):
    """The servicer. Endpoints that are processes live as long as it does, those of a cluster until undeployed."""

    def __init__(self, settings: Settings, store: Store, engine: sa.Engine) -> None:
        self._settings, self._store = settings, store
        self._deployer = _deployer(settings, store)
        self._checkers: dict[str, Checker] = {}
        self._checking = threading.Lock()

    def close(self) -> None:
        """Stops the endpoints that are processes."""
        self._deployer.close()

    def Deploy(
        self, request: serving_pb2.DeployRequest, context: grpc.ServicerContext | None = None
    ) -> serving_pb2.DeployResponse:
        """Applies the desired state; the model is loaded after the answer."""
        rules.validate(request)
        status = self._deployer.deploy(request.name, self._pinned(request.model))
        return serving_pb2.DeployResponse(endpoint=_message(status))

    def Undeploy(
        self, request: serving_pb2.UndeployRequest, context: grpc.ServicerContext | None = None
    ) -> serving_pb2.UndeployResponse:
        """Removes an endpoint."""
        rules.validate(request)
        self._deployer.undeploy(request.name)
        return serving_pb2.UndeployResponse()

    def ListEndpoints(
        self, request: serving_pb2.ListEndpointsRequest, context: grpc.ServicerContext | None = None
    ) -> serving_pb2.ListEndpointsResponse:
        """All endpoints, by name."""
        return serving_pb2.ListEndpointsResponse(endpoints=map(_message, self._deployer.statuses()))

    def Complete(
        self, request: serving_pb2.CompleteRequest, context: grpc.ServicerContext | None = None
    ) -> serving_pb2.CompleteResponse:
        """Asks the endpoint, by the protocol that everybody else uses."""
        rules.write_defaults(request)
        rules.validate(request)
        endpoint = self._endpoint(request.endpoint)
        remaining = context.time_remaining() if context else None
        start, outcome = time.monotonic(), "error"
        try:
            answer = self._ask(endpoint, request, min(remaining or LONGEST_ANSWER_SECONDS, LONGEST_ANSWER_SECONDS))
            outcome = "ok"
        finally:
            METRICS.completion(outcome, time.monotonic() - start)
        choice, usage = answer["choices"][0], answer["usage"]
        return serving_pb2.CompleteResponse(
            completion=choice["text"],
            finish_reason=choice["finish_reason"],
            prompt_tokens=usage["prompt_tokens"],
            completion_tokens=usage["completion_tokens"],
        )

    def Check(
        self, request: serving_pb2.CheckRequest, context: grpc.ServicerContext | None = None
    ) -> serving_pb2.CheckResponse:
        """The static verdict on each case, against the repository and the standard library alone."""
        rules.validate(request)
        with self._checking:
            checker = self._checkers.pop(request.repo, None)
            if checker is None:
                checker = Checker(request.repo, self._settings)
            else:
                checker.refresh()
            self._checkers[request.repo] = checker
            while len(self._checkers) > _MOST_CHECKERS:
                del self._checkers[next(iter(self._checkers))]
            found = [checker.verdict(_case(case)) for case in request.cases]
        return serving_pb2.CheckResponse(verdicts=map(_verdict, found))

    def _pinned(self, model: str) -> str:
        """The model as a complete reference or a pinned URI."""
        try:
            if model.partition(":")[0] in ("packaged", "hf", "folder", "random"):
                return models.resolve(model, self._settings)
            reader = open_artifact(self._store, model)
        except InvalidArgument as error:
            raise InvalidArgument(str(error), [FieldViolation("model", str(error))]) from error
        if reader.kind != "model":
            rules.refuse([FieldViolation("model", f"{reader.reference} holds {reader.kind}, not a model")])
        return reader.reference

    def _endpoint(self, name: str) -> EndpointStatus:
        found = _chosen(name, self._deployer.lately())
        if found is None or not found.url:
            statuses = self._deployer.statuses()
            if not name and len(statuses) > 1:
                names = ", ".join(status.name for status in statuses)
                rules.refuse([FieldViolation("endpoint", f"is needed where there are several: {names}")])
            found = _chosen(name, statuses)
        if found is None:
            raise NotFound(f"there is no endpoint{f' {name}' if name else ''}; `solulu deploy` makes one")
        if not found.url:
            why = found.message or "its model is being loaded; try again soon"
            raise Conflict(f"endpoint {found.name} does not answer: {why}")
        return found

    def _ask(self, endpoint: EndpointStatus, request: serving_pb2.CompleteRequest, timeout_seconds: float) -> dict:
        token = self._settings.token.get_secret_value()
        body = {
            "model": endpoint.name,
            "prompt": request.prefix,
            "suffix": request.suffix,
            "max_tokens": request.max_tokens,
            "temperature": request.temperature,
            "stop": list(request.stop),
            "seed": request.seed,
        }
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        timeout = httpx.Timeout(timeout_seconds, connect=_CONNECT_SECONDS)
        try:
            with httpx.Client(transport=httpx.HTTPTransport(retries=_RECONNECTS), timeout=timeout) as speaker:
                answer = speaker.post(f"{endpoint.url}/v1/completions", json=body, headers=headers)
        except httpx.HTTPError as error:
            raise Transient(f"endpoint {endpoint.name} does not answer: {error or type(error).__name__}") from error
        if answer.status_code >= 500:
            raise Transient(f"endpoint {endpoint.name} failed: {answer.text[:300]}")
        if answer.status_code >= 400:
            raise InvalidArgument(f"endpoint {endpoint.name}: {answer.json()['error']['message']}")
        found: dict = answer.json()
        return found


def _deployer(settings: Settings, store: Store) -> Deployer:
    """Endpoints are pods where the settings name a template for them, else processes."""
    if settings.pod_template:
        from solulu.serving.kubernetes import KubernetesDeployer

        return KubernetesDeployer(settings)
    from solulu.serving.processes import ProcessDeployer

    return ProcessDeployer(settings, store)


def _chosen(name: str, statuses: list[EndpointStatus]) -> EndpointStatus | None:
    """The endpoint of this name, or the only one; None where there is none, or several to choose from."""
    found = [status for status in statuses if not name or status.name == name]
    return found[0] if len(found) == 1 else None


def _message(status: EndpointStatus) -> serving_pb2.Endpoint:
    return serving_pb2.Endpoint(
        name=status.name,
        model=status.model,
        url=status.url,
        state=f"ENDPOINT_STATE_{status.state}",
        message=status.message,
    )


def _case(case: serving_pb2.CheckCase) -> dict[str, str]:
    return {field.name: getattr(case, field.name) for field in rules.fields(case)}


def _verdict(found: dict) -> serving_pb2.Verdict:
    evidence = found["evidence"]
    texts = {name: found.get(name) or "" for name in ("id", "verdict", "basis", "type", "symbol", "error")}
    return serving_pb2.Verdict(**texts, evidence=serving_pb2.Evidence(**evidence) if evidence else None)
