"""The Kubernetes API as far as Solulu needs it: objects are plain dicts, and what goes wrong is an error of ours.

Dicts, because pod templates and the objects of other projects must pass through unchanged, whatever fields they have.
Nothing is cached: the API server is where the state is.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import urllib3

from solulu.core.errors import Conflict, InvalidArgument, JobError, NotFound, SoluluError, Transient

try:
    from kubernetes import client, config
except ImportError as missing:
    raise InvalidArgument(f"Kubernetes needs its client ({missing}); pip install 'solulu[cluster]'") from missing

Object = dict[str, Any]

FIELD_MANAGER = "solulu"
_TIMEOUT = (5.0, 30.0)
_NAMESPACE_OF_POD = Path("/var/run/secrets/kubernetes.io/serviceaccount/namespace")
_JSON, _APPLY, _MERGE = "application/json", "application/apply-patch+yaml", "application/merge-patch+json"


@dataclass(frozen=True)
class Kind:
    """A kind of namespaced object and where the API serves it."""

    api: str
    """`v1`, or `group/version`."""
    plural: str
    name: str

    @property
    def root(self) -> str:
        """The path of its API."""
        return f"/{'apis' if '/' in self.api else 'api'}/{self.api}"


CONFIG_MAPS = Kind("v1", "configmaps", "ConfigMap")
EVENTS = Kind("v1", "events", "Event")
PODS = Kind("v1", "pods", "Pod")
POD_TEMPLATES = Kind("v1", "podtemplates", "PodTemplate")
SERVICES = Kind("v1", "services", "Service")
DEPLOYMENTS = Kind("apps/v1", "deployments", "Deployment")
JOBS = Kind("batch/v1", "jobs", "Job")
INFERENCE_SERVICES = Kind("serving.kserve.io/v1beta1", "inferenceservices", "InferenceService")


class Cluster:
    """One namespace of a cluster: the pod's own, or that of the kubeconfig's current context.

    Every call raises Transient while the API server is away or busy, and JobError where it refuses what is asked."""

    def __init__(self, namespace: str = "") -> None:
        """Raises InvalidArgument where there is neither a ServiceAccount's token nor a kubeconfig."""
        configuration = client.Configuration()
        own = _configure(configuration)
        configuration.keep_alive = True  # a log may be silent for hours
        self.namespace = namespace or own
        self._client = client.ApiClient(configuration)
        self._host = configuration.host

    def get(self, kind: Kind, name: str) -> Object:
        """One object. Raises NotFound."""
        return self._json("GET", self._path(kind, name), f"get {kind.name} {name}")

    def find(self, kind: Kind, labels: Mapping[str, str] | None = None, fields: str = "") -> list[Object]:
        """The objects that have all these labels and match a field selector, by name; each names its kind, which in the
        server's list it does not."""
        selector = ",".join(f"{name}={value}" for name, value in (labels or {}).items())
        query = [(name, value) for name, value in (("labelSelector", selector), ("fieldSelector", fields)) if value]
        found = self._json("GET", self._path(kind), f"list {kind.plural}", query=query)["items"]
        return sorted((_whole(kind, item) for item in found), key=lambda item: str(item["metadata"]["name"]))

    def create(self, kind: Kind, body: Object) -> Object:
        """A new object. Raises Conflict where there is one of this name."""
        about = f"create {kind.name} {body['metadata']['name']}"
        return self._json("POST", self._path(kind), about, _whole(kind, body))

    def apply(self, kind: Kind, body: Object) -> Object:
        """The object, made or changed to have all that `body` says (server-side apply, winning every conflict)."""
        name = body["metadata"]["name"]
        query = [("fieldManager", FIELD_MANAGER), ("force", "true")]
        about = f"apply {kind.name} {name}"
        return self._json("PATCH", self._path(kind, name), about, _whole(kind, body), query, _APPLY)

    def merge(self, kind: Kind, name: str, change: Object) -> Object:
        """The object after a JSON merge patch. Raises NotFound."""
        return self._json("PATCH", self._path(kind, name), f"change {kind.name} {name}", change, media_type=_MERGE)

    def delete(self, kind: Kind, name: str) -> None:
        """Deletes an object, and in the background what it owns. None of this name is fine."""
        options = {"kind": "DeleteOptions", "apiVersion": "v1", "propagationPolicy": "Background"}
        try:
            self._json("DELETE", self._path(kind, name), f"delete {kind.name} {name}", options)
        except NotFound:
            return

    def serves(self, kind: Kind) -> bool:
        """Whether the cluster knows objects of this kind, such as those of a definition that may not be installed."""
        try:
            found = self._json("GET", kind.root, f"look for {kind.plural}")
        except NotFound:
            return False
        return any(resource["name"] == kind.plural for resource in found["resources"])

    def pod_template(self, name: str) -> Object:
        """A PodTemplate. Raises JobError where it is not there."""
        try:
            return self.get(POD_TEMPLATES, name)
        except NotFound as error:
            raise JobError(
                f"there is no PodTemplate {name} in namespace {self.namespace}; SOLULU_POD_TEMPLATE names it"
            ) from error

    def follow_log(self, pod: str, container: str) -> Iterator[bytes]:
        """The lines that a container has written, and writes until it ends, each after its time and a space."""
        path = f"{self._path(PODS, pod)}/log"
        query = [("container", container), ("follow", "true"), ("timestamps", "true")]
        try:
            yield from self._call("GET", path, f"read the log of Pod {pod}", query=query, timeout=(_TIMEOUT[0], None))
        except urllib3.exceptions.HTTPError as error:
            raise self._away(error) from error

    def _path(self, kind: Kind, name: str = "") -> str:
        path = f"{kind.root}/namespaces/{quote(self.namespace, safe='')}/{kind.plural}"
        return f"{path}/{quote(name, safe='')}" if name else path

    def _json(
        self, method: str, path: str, about: str, body: Object | None = None,
        query: list[tuple[str, str]] | None = None, media_type: str = _JSON,
    ) -> Any:  # fmt: skip
        response = self._call(method, path, about, body, query, media_type)
        try:
            return json.loads(response.data)
        except urllib3.exceptions.HTTPError as error:
            raise self._away(error) from error

    def _call(
        self, method: str, path: str, about: str, body: Object | None = None,
        query: list[tuple[str, str]] | None = None, media_type: str = _JSON, timeout: Any = _TIMEOUT,
    ) -> urllib3.BaseHTTPResponse:  # fmt: skip
        headers = {"Accept": "application/json, */*", "Content-Type": media_type}
        try:
            request = self._client.param_serialize(
                method, path, query_params=query or [], header_params=headers, body=body, auth_settings=["BearerToken"]
            )
            response = self._client.call_api(*request, _request_timeout=timeout).response
            if not 200 <= response.status < 300:
                raise self._refusal(response, about)
        except (urllib3.exceptions.HTTPError, client.ApiException, OSError) as error:
            raise self._away(error) from error
        return response

    def _away(self, error: Exception) -> Transient:
        reason = (str(getattr(error, "reason", None) or error) or type(error).__name__).splitlines()[0]
        return Transient(f"the Kubernetes API at {self._host} does not answer: {reason}")

    def _refusal(self, response: urllib3.BaseHTTPResponse, about: str) -> SoluluError:
        """The error that an answer means. `about` is what was asked: `create Job x`."""
        message, status = _message(response), response.status
        if status == 404:
            return NotFound(f"Kubernetes has nothing to {about} in namespace {self.namespace}: {message}")
        if status == 409:
            return Conflict(f"Kubernetes could not {about}: {message}")
        if status == 429 or status >= 500:
            return Transient(f"Kubernetes could not {about} just now: {message}", _retry_after(response))
        if status == 401:
            return JobError(f"Kubernetes does not know who asks to {about}: the token is wrong or has ended")
        if status == 403 and " cannot " in message:  # else a quota or a policy refuses, which says so
            return JobError(
                f"Kubernetes lets this account not {about}; its Role in namespace {self.namespace} lacks a right: "
                f"{message}"
            )
        return JobError(f"Kubernetes refused to {about}: {message}")


def owned_by(owner: Object) -> Object:
    """An entry of `metadata.ownerReferences`: what has it goes when its owner, of the same namespace, does."""
    metadata = owner["metadata"]
    return {"apiVersion": owner["apiVersion"], "kind": owner["kind"], "name": metadata["name"], "uid": metadata["uid"]}


def _configure(configuration: client.Configuration) -> str:
    """Fills in where the API server is and who asks; returns the namespace that goes with it."""
    if "KUBECONFIG" not in os.environ:
        try:
            config.load_incluster_config(configuration)
            return _NAMESPACE_OF_POD.read_text().strip()
        except config.ConfigException:
            pass  # not in a pod, or in one without a token
    file = os.environ.get("KUBECONFIG") or None
    try:
        config.load_kube_config(file, client_configuration=configuration)
        _, context = config.list_kube_config_contexts(file)
    except (config.ConfigException, OSError) as error:
        raise InvalidArgument(
            f"there is no way to Kubernetes from here: no ServiceAccount's token in this pod, and no kubeconfig "
            f"({error}); set KUBECONFIG"
        ) from error
    return context["context"].get("namespace") or "default"


def _whole(kind: Kind, body: Object) -> Object:
    return {"apiVersion": kind.api, "kind": kind.name, **body}


def _message(response: urllib3.BaseHTTPResponse) -> str:
    try:
        return str(json.loads(response.data)["message"])
    except (ValueError, KeyError, TypeError):
        return f"HTTP {response.status} {response.reason or ''}".strip()


def _retry_after(response: urllib3.BaseHTTPResponse) -> float | None:
    text = response.headers.get("Retry-After", "")
    return float(text) if text.isdigit() else None
