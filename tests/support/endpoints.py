"""Endpoints on the fake Kubernetes API: a PodTemplate for predictors, and the pods that controllers would make."""

from __future__ import annotations

from typing import Any

from solulu.serving.manifests import ENDPOINT, Wish, object_name
from support.kubernetes_api import KubernetesApi, Object

TEMPLATE: Object = {
    "apiVersion": "v1",
    "kind": "PodTemplate",
    "metadata": {
        "name": "shop-predictor",
        "uid": "7d1f",
        "annotations": {"solulu.dev/pending-seconds": "0"},
    },
    "template": {
        "metadata": {
            "labels": {"app.kubernetes.io/instance": "shop", "app.kubernetes.io/component": "predictor"},
            "annotations": {"prometheus.io/scrape": "true"},
        },
        "spec": {
            "automountServiceAccountToken": False,
            "serviceAccountName": "shop-predictor",
            "nodeSelector": {"solulu.dev/pool": "gpu"},
            "tolerations": [{"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"}],
            "securityContext": {"runAsNonRoot": True, "runAsUser": 10001, "seccompProfile": {"type": "RuntimeDefault"}},
            "containers": [
                {
                    "name": "predictor",
                    "image": "docker.io/solulu/solulu-heavy:1",
                    "envFrom": [{"secretRef": {"name": "shop-store"}}],
                    "resources": {"requests": {"cpu": "1"}, "limits": {"memory": "4Gi", "nvidia.com/gpu": 1}},
                    "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
                    "volumeMounts": [{"name": "home", "mountPath": "/var/lib/solulu"}],
                }
            ],
            "volumes": [{"name": "home", "emptyDir": {}}],
        },
    },
}


class Controllers:
    """Makes pods of an endpoint's present template."""

    def __init__(self, api: KubernetesApi) -> None:
        self._api = api
        self._count = 0

    def pod(self, endpoint: str, is_ready: bool = False, **status: Any) -> str:
        """The name of a new pod."""
        self._count += 1
        name = f"{object_name(endpoint)}-{self._count}"
        self._api.put("pods", {"metadata": {"name": name, **self._metadata(endpoint)}})
        self.change(name, is_ready, **status)
        return name

    def change(self, pod: str, is_ready: bool, **status: Any) -> None:
        """What the kubelet says of a pod from now on."""
        condition = {"type": "Ready", "status": str(is_ready)}
        status = {"phase": "Running", **status, "conditions": [*status.get("conditions", ()), condition]}
        self._api.put("pods", {**self._api.get("pods", pod), "status": status})

    def end(self, pod: str) -> None:
        """Tells a pod to end; it still is ready, and finishes what it has begun."""
        found = self._api.get("pods", pod)
        found["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
        self._api.put("pods", found)

    def _metadata(self, endpoint: str) -> Object:
        for deployment in self._api.all("deployments", {ENDPOINT: endpoint}):
            found: Object = deployment["spec"]["template"]["metadata"]
            return found
        (service,) = self._api.all("inferenceservices", {ENDPOINT: endpoint})
        predictor = service["spec"]["predictor"]
        assert Wish.of({"metadata": predictor}) == Wish.of(service)
        return {name: predictor[name] for name in ("labels", "annotations")}
