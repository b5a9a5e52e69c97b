"""The objects that an endpoint is made of, from the PodTemplate that an installation has for predictors.

The template decides what a pod is: image, secrets, resources, GPU pool. Added here is what any predictor needs: its
command, its port, probes, and time to finish what it has begun. The template owns what was made from it, so whoever
uninstalls it leaves no endpoint behind.
"""

from __future__ import annotations

from dataclasses import dataclass

from solulu.core.digests import sha256
from solulu.core.kubernetes import Object, owned_by
from solulu.core.kubernetes_pods import TEMPLATE_LABEL, pod_from
from solulu.serving.deploy import LONGEST_ANSWER_SECONDS

ENDPOINT = "solulu.dev/endpoint"
"""Label: the endpoint's name."""
KSERVE_LABEL = "serving.kserve.io/inferenceservice"
"""Label that KServe puts on what it makes for an InferenceService."""

_MODEL, _ATTEMPT = "solulu.dev/model", "solulu.dev/attempt"
_CONTAINER, _KSERVE_CONTAINER = "predictor", "kserve-container"
_PORT = 8080
_LONGEST_NAME = 48
"""KServe makes a label of `isvc.NAME-predictor`, and a label's value has at most 63 characters."""
_DRAIN_SECONDS = 10
"""While every node learns that a pod is ending, and longer than clients keep an idle connection (httpx: 5 s)."""
_GRACE_SECONDS = _DRAIN_SECONDS + LONGEST_ANSWER_SECONDS + 20
"""The drain, as long as Complete waits for an answer, and a template's own pause."""
_LOADING_SECONDS = 3600
"""For weights to arrive: 30 GB at 10 MB/s."""
_STRATEGY = {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1}}


@dataclass(frozen=True)
class Wish:
    """What an endpoint is to serve; its objects and their pods are labelled and annotated with it."""

    endpoint: str
    model: str
    attempt: int = 1
    """One more where a model that failed is deployed again: that makes new pods."""

    @classmethod
    def of(cls, item: Object) -> Wish:
        """The wish that an object or a pod was made for."""
        metadata = item["metadata"]
        annotations = metadata.get("annotations", {})
        return cls(metadata["labels"][ENDPOINT], annotations.get(_MODEL, ""), int(annotations.get(_ATTEMPT, 1)))

    @property
    def annotations(self) -> dict[str, str]:
        """Where it is noted, but for the endpoint's name, which is a label."""
        return {_MODEL: self.model, _ATTEMPT: str(self.attempt)}


def object_name(endpoint: str) -> str:
    """The name of an endpoint's objects; a long one is cut and made unique by a digest."""
    name = f"solulu-endpoint-{endpoint}"
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 9]}-{sha256(endpoint.encode())[:8]}"


def deployment(wish: Wish, template: Object) -> Object:
    """The pods, where KServe is not installed."""
    spec = {"selector": {"matchLabels": {ENDPOINT: wish.endpoint}}, "strategy": _STRATEGY}
    return {
        "metadata": _metadata(wish, template),
        "spec": {**spec, "template": _pod(wish, template)},
    }


def service(wish: Wish, template: Object) -> Object:
    """The address of those pods, port 80."""
    ports = [{"name": "http", "port": 80, "targetPort": _PORT, "protocol": "TCP"}]
    return {
        "metadata": _metadata(wish, template),
        "spec": {"selector": {ENDPOINT: wish.endpoint}, "ports": ports},
    }


def inference_service(wish: Wish, template: Object) -> Object:
    """KServe's object for both, in Standard mode: plain pods of a custom predictor, no Knative."""
    metadata, pod = _metadata(wish, template), _pod(wish, template)
    metadata["annotations"]["serving.kserve.io/deploymentMode"] = "Standard"
    spec = pod["spec"]
    spec["containers"] = sorted(spec["containers"], key=lambda container: container["name"] != _CONTAINER)
    spec["containers"][0]["name"] = _KSERVE_CONTAINER
    predictor = {**pod["metadata"], **spec, "minReplicas": 1, "maxReplicas": 1, "deploymentStrategy": _STRATEGY}
    return {"metadata": metadata, "spec": {"predictor": predictor}}


def _metadata(wish: Wish, template: Object) -> Object:
    return {
        "name": object_name(wish.endpoint),
        "labels": _labels(wish, template),
        "annotations": wish.annotations,
        "ownerReferences": [owned_by(template)],
    }


def _labels(wish: Wish, template: Object) -> dict[str, str]:
    given = template["template"].get("metadata", {}).get("labels", {})
    return {**given, ENDPOINT: wish.endpoint, TEMPLATE_LABEL: template["metadata"]["name"]}


def _pod(wish: Wish, template: Object) -> Object:
    pod, container = pod_from(template, _CONTAINER)
    container.update(_predictor(wish))
    # A pause process is then the pod's first: a signal ends a predictor that is still loading, which as the first
    # process of its own namespace would be deaf to it.
    spec = {**pod["spec"], "shareProcessNamespace": True, "terminationGracePeriodSeconds": _GRACE_SECONDS}
    annotations = pod.get("metadata", {}).get("annotations", {})
    return {
        "metadata": {"labels": _labels(wish, template), "annotations": {**annotations, **wish.annotations}},
        "spec": spec,
    }


def _predictor(wish: Wish) -> Object:
    named = {"model": wish.model, "name": wish.endpoint, "host": "0.0.0.0", "port": _PORT}
    arguments = {**named, "drain-seconds": _DRAIN_SECONDS}
    answers = {"httpGet": {"path": "/v2/health/ready", "port": _PORT}, "timeoutSeconds": 5}
    return {
        "command": ["python", "-m", "solulu.serving.predictor"],
        "args": [text for name, value in arguments.items() for text in (f"--{name}", str(value))],
        "ports": [{"name": "http", "containerPort": _PORT, "protocol": "TCP"}],
        "startupProbe": {**answers, "periodSeconds": 2, "failureThreshold": _LOADING_SECONDS // 2},
        "readinessProbe": {**answers, "periodSeconds": 5, "failureThreshold": 6},
        "livenessProbe": {**answers, "periodSeconds": 10, "failureThreshold": 12},
        "terminationMessagePolicy": "FallbackToLogsOnError",
    }
