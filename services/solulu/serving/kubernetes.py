"""Endpoints as pods of a cluster: an InferenceService where KServe is installed, else a Deployment and a Service.

What is wanted and what there is are read from the API server, so every replica of the service says the same and a
restart forgets nothing. Only for completions the last answer does for some seconds, and while the API server is away:
its address is what they need, which stays the same from model to model.

A predictor listens only after its model has completed something, so a ready pod is the note that it has; a note on the
object would not do, because KServe copies it to the pods, which would roll over once more.
"""

from __future__ import annotations

import logging
import math
import threading
import time
from dataclasses import dataclass, field

from solulu.core.errors import Conflict, NotFound, SoluluError
from solulu.core.kubernetes import DEPLOYMENTS, INFERENCE_SERVICES, PODS, SERVICES, Cluster, Kind, Object
from solulu.core.kubernetes_pods import TEMPLATE_LABEL, pending_seconds
from solulu.core.settings import Settings
from solulu.serving import manifests
from solulu.serving.deploy import EndpointStatus
from solulu.serving.manifests import ENDPOINT, KSERVE_LABEL, Wish, object_name
from solulu.serving.pods import is_living, is_ready, missing, trouble

_LATELY_PATIENCE_SECONDS = 1.0

log = logging.getLogger(__name__)


@dataclass
class _Known:
    """What the cluster said of its endpoints, and when."""

    statuses: list[EndpointStatus] = field(default_factory=list)
    time: float = -math.inf

    @property
    def age_seconds(self) -> float:
        return time.monotonic() - self.time


class KubernetesDeployer:
    """Runs endpoints in the namespace of this pod, from the PodTemplate that the settings name."""

    def __init__(self, settings: Settings, lately_seconds: float = 5.0) -> None:
        """`lately_seconds` is for how long `lately` need not ask again."""
        self._template = settings.pod_template
        self._cluster = Cluster()
        self._known = _Known()
        self._lately_seconds = lately_seconds
        self._asking = threading.Lock()

    def deploy(self, name: str, model: str) -> EndpointStatus:
        """Applies the endpoint's objects; Kubernetes brings the model up and lets it take over. A model that failed is
        tried again, and an endpoint keeps the form that it was made in. Raises Conflict where another installation has
        one of this name."""
        template = self._cluster.pod_template(self._template)
        before = self._own(DEPLOYMENTS, name)
        is_for_kserve = before is None and self._cluster.serves(INFERENCE_SERVICES)
        if is_for_kserve:
            before = self._own(INFERENCE_SERVICES, name)
        wish = Wish(name, model, self._attempt(model, Wish.of(before)) if before else 1)
        if is_for_kserve:
            self._cluster.apply(INFERENCE_SERVICES, manifests.inference_service(wish, template))
        else:
            self._cluster.apply(SERVICES, manifests.service(wish, template))
            self._cluster.apply(DEPLOYMENTS, manifests.deployment(wish, template))
        self._known = _Known()
        return self._now(name)

    def undeploy(self, name: str) -> None:
        """Deletes the endpoint's objects; its pods finish what they have begun."""
        for kind in (DEPLOYMENTS, SERVICES, *self._kserve()):
            if self._own(kind, name) is not None:
                self._cluster.delete(kind, object_name(name))
        self._known = _Known()

    def statuses(self) -> list[EndpointStatus]:
        """All endpoints, as the cluster has them now."""
        before = self._known
        patience = pending_seconds(self._cluster.pod_template(self._template))
        pods, deployments = self._made(PODS), self._made(DEPLOYMENTS)
        wanted = [deployment for deployment in deployments if KSERVE_LABEL not in deployment["metadata"]["labels"]]
        wanted += [found for kind in self._kserve() for found in self._made(kind)]
        found = [
            self._status(item, _of(item, pods), _of(item, deployments), patience)
            for item in sorted(wanted, key=_endpoint)
        ]
        self._remember(found, before)
        return found

    def lately(self) -> list[EndpointStatus]:
        """All endpoints, as they were some seconds ago or when the cluster last said; none where it has not yet."""
        known = self._known
        if known.statuses and known.age_seconds >= self._lately_seconds and self._asking.acquire(blocking=False):
            asking = threading.Thread(target=self._ask_again, args=(known,), name="endpoints", daemon=True)
            asking.start()
            asking.join(_LATELY_PATIENCE_SECONDS)
        return self._known.statuses

    def _ask_again(self, known: _Known) -> None:
        try:
            self.statuses()
        except SoluluError as error:
            log.warning("completions go where they went: %s", error)
            self._remember(known.statuses, known)
        finally:
            self._asking.release()

    def _remember(self, statuses: list[EndpointStatus], before: _Known) -> None:
        """Keeps what was said, unless something was deployed or removed since it was asked for."""
        if self._known is before:
            self._known = _Known(statuses, time.monotonic())

    def close(self) -> None:
        """Endpoints outlive this process."""

    def _now(self, name: str) -> EndpointStatus:
        found = next((status for status in self.statuses() if status.name == name), None)
        if found is None:
            raise NotFound(f"endpoint {name} was removed meanwhile")
        return found

    def _attempt(self, model: str, before: Wish) -> int:
        has_failed = before.model == model and self._now(before.endpoint).state == "FAILED"
        return before.attempt + 1 if has_failed else before.attempt

    def _status(
        self, wanted: Object, pods: list[Object], deployments: list[Object], patience_seconds: float
    ) -> EndpointStatus:
        wish = Wish.of(wanted)
        living = [pod for pod in pods if is_living(pod)]
        current = [pod for pod in living if Wish.of(pod) == wish]
        ready = [pod for pod in living if is_ready(pod)]
        url = self._url(wanted) if ready else ""
        if url and all(pod in current for pod in ready):
            return EndpointStatus(wish.endpoint, wish.model, url, "READY")
        troubles = [trouble(self._cluster, pod, patience_seconds) for pod in current]
        troubles += [missing(deployment, patience_seconds) for deployment in deployments]
        message = next(filter(None, [*troubles, _refusal(wanted)]), "")
        return EndpointStatus(wish.endpoint, wish.model, url, "FAILED" if message else "STARTING", message)

    def _url(self, wanted: Object) -> str:
        if wanted["kind"] == INFERENCE_SERVICES.name:
            return str(wanted.get("status", {}).get("address", {}).get("url", ""))
        return f"http://{wanted['metadata']['name']}.{self._cluster.namespace}.svc"

    def _kserve(self) -> tuple[Kind, ...]:
        return (INFERENCE_SERVICES,) if self._cluster.serves(INFERENCE_SERVICES) else ()

    def _made(self, kind: Kind) -> list[Object]:
        """What was made from our PodTemplate."""
        return self._cluster.find(kind, {TEMPLATE_LABEL: self._template})

    def _own(self, kind: Kind, name: str) -> Object | None:
        """The endpoint's object, where there is one. Raises Conflict where it is another installation's."""
        try:
            found = self._cluster.get(kind, object_name(name))
        except NotFound:
            return None
        if found["metadata"].get("labels", {}).get(TEMPLATE_LABEL) != self._template:
            raise Conflict(
                f"{kind.name} {object_name(name)} in namespace {self._cluster.namespace} was not made from PodTemplate "
                f"{self._template}; name the endpoint otherwise"
            )
        return found


def _endpoint(item: Object) -> str:
    return str(item["metadata"]["labels"][ENDPOINT])


def _of(wanted: Object, items: list[Object]) -> list[Object]:
    return [item for item in items if _endpoint(item) == _endpoint(wanted)]


def _refusal(wanted: Object) -> str:
    """Why KServe makes nothing of an InferenceService, where it says so."""
    model_status = wanted.get("status", {}).get("modelStatus", {})
    if model_status.get("transitionStatus") != "InvalidSpec":
        return ""
    return f"KServe refuses it: {model_status.get('lastFailureInfo', {}).get('message', 'its spec is invalid')}"
