"""A Kubernetes API server on loopback that keeps objects and has no controllers.

A test plays the controllers: it sets statuses, pods and events with `put`, and reads what was asked for; or it lets
support.job_controller run the pods of Jobs.
"""

from __future__ import annotations

import contextlib
import copy
import json
import threading
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import yaml

Object = dict[str, Any]

BUILT_IN = {
    "v1": ("configmaps", "events", "pods", "podtemplates", "services"),
    "apps/v1": ("deployments",),
    "batch/v1": ("jobs",),
}
KSERVE = {"serving.kserve.io/v1beta1": ("inferenceservices",)}


@dataclass(frozen=True)
class Refusal:
    """What the server answers instead."""

    status: int
    message: str
    reason: str = ""


@dataclass
class KubernetesApi:
    """The server's state. Objects lie under (plural, namespace, name); names of groups do not matter to it."""

    namespace: str = "testing"
    served: dict[str, tuple[str, ...]] = field(default_factory=lambda: dict(BUILT_IN))
    refusals: dict[tuple[str, str], Refusal] = field(default_factory=dict)
    """By (HTTP method, plural or `plural/log` and its like); none is for ever: a test adds and removes them."""
    logs: dict[str, str] = field(default_factory=dict)
    """What the container of a pod has written, by the pod's name."""
    requests: list[tuple[str, str]] = field(default_factory=list)
    """Every (method, path with query) in the order they came."""
    is_away: bool = False
    """Every connection is closed without an answer."""
    address: str = ""
    _objects: dict[tuple[str, str, str], Object] = field(default_factory=dict)
    _version: int = 0
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def put(self, plural: str, body: Object, namespace: str = "") -> Object:
        """Keeps an object as if a controller had made or changed it."""
        with self._lock:
            return self._keep(plural, namespace or self.namespace, copy.deepcopy(body))

    def get(self, plural: str, name: str, namespace: str = "") -> Object:
        """One object; KeyError where it is not there."""
        with self._lock:
            return copy.deepcopy(self._objects[plural, namespace or self.namespace, name])

    def all(self, plural: str, labels: Mapping[str, str] | None = None) -> list[Object]:
        """The objects of a kind, by name, in every namespace."""
        with self._lock:
            found = [value for (kind, _, _), value in sorted(self._objects.items()) if kind == plural]
            return [copy.deepcopy(item) for item in found if (labels or {}).items() <= _labels(item).items()]

    def set_status(self, plural: str, name: str, **status: Any) -> None:
        """Changes fields of an object's status."""
        with self._lock:
            body = self.get(plural, name)
            self.put(plural, {**body, "status": {**body.get("status", {}), **status}})

    def remove(self, plural: str, name: str, namespace: str = "") -> None:
        """Deletes an object and what it owns; none of this name is fine."""
        with self._lock:
            gone = self._objects.pop((plural, namespace or self.namespace, name), None)
            for kind, place, other in list(self._objects) if gone else ():
                owners = self._objects.get((kind, place, other), {}).get("metadata", {}).get("ownerReferences", ())
                if gone and any(owner["uid"] == gone["metadata"]["uid"] for owner in owners):
                    self.remove(kind, other, place)

    def warn(self, about: Object, reason: str, message: str) -> None:
        """Keeps a warning event about an object."""
        metadata = about["metadata"]
        self.put(
            "events",
            {
                "metadata": {"name": f"{metadata['name']}.{uuid.uuid4().hex[:12]}"},
                "involvedObject": {"name": metadata["name"], "uid": metadata["uid"]},
                "type": "Warning", "reason": reason, "message": message, "lastTimestamp": _now(),
            },
        )  # fmt: skip

    def write_kubeconfig(self, file: Path) -> Path:
        """A kubeconfig that leads here, into the server's namespace."""
        cluster = {"name": "fake", "cluster": {"server": self.address}}
        context = {"name": "fake", "context": {"cluster": "fake", "user": "fake", "namespace": self.namespace}}
        user = {"name": "fake", "user": {"token": "of-the-test"}}
        kubeconfig = {"apiVersion": "v1", "kind": "Config", "current-context": "fake"}
        file.write_text(yaml.safe_dump({**kubeconfig, "clusters": [cluster], "contexts": [context], "users": [user]}))
        return file

    def answer(self, method: str, target: str, body: Any, media_type: str) -> tuple[int, Any]:
        """The status and the JSON value that answer a request."""
        url = urlsplit(target)
        query = dict(parse_qsl(url.query))
        parts = [part for part in url.path.split("/") if part]
        api = parts[1] if parts[0] == "api" else "/".join(parts[1:3])
        rest = parts[2:] if parts[0] == "api" else parts[3:]
        with self._lock:
            self.requests.append((method, target))
            if api not in self.served:
                return _failure(404, "NotFound", "the server could not find the requested resource")
            if not rest:
                return 200, {"kind": "APIResourceList", "resources": [{"name": name} for name in self.served[api]]}
            _, namespace, plural, *names = rest
            if refusal := self.refusals.get((method, "/".join([plural, *names[1:]]))):
                return _failure(refusal.status, refusal.reason, refusal.message)
            if plural not in self.served[api]:
                return _failure(404, "NotFound", "the server could not find the requested resource")
            if not names and method == "POST":
                return self._create(plural, namespace, body)
            if not names:
                return self._list(plural, namespace, query)
            key = (plural, namespace, names[0])
            if method == "PATCH" and "apply" in media_type:
                return 200, self._keep(plural, namespace, _merged(self._objects.get(key, {}), body))
            if key not in self._objects:
                return _failure(404, "NotFound", f'{plural} "{names[0]}" not found')
            return self._change(method, key, names[1:], body)

    def _change(self, method: str, key: tuple[str, str, str], sub: list[str], body: Any) -> tuple[int, Any]:
        plural, namespace, name = key
        found = self._objects[key]
        if sub == ["log"]:
            lines = self.logs.get(name, "").splitlines(keepends=True)
            return 200, "".join(f"{number:030d} {line}" for number, line in enumerate(lines, 1))
        if method == "DELETE":
            self.remove(plural, name, namespace)
            return 200, {"kind": "Status", "status": "Success"}
        if method == "PATCH":
            return 200, self._keep(plural, namespace, _merged(found, body))
        return 200, copy.deepcopy(found)

    def _create(self, plural: str, namespace: str, body: Object) -> tuple[int, Any]:
        if (plural, namespace, body["metadata"]["name"]) in self._objects:
            return _failure(409, "AlreadyExists", f'{plural} "{body["metadata"]["name"]}" already exists')
        return 201, self._keep(plural, namespace, body)

    def _list(self, plural: str, namespace: str, query: Mapping[str, str]) -> tuple[int, Any]:
        labels = dict(part.split("=", 1) for part in query.get("labelSelector", "").split(",") if part)
        fields = dict(part.split("=", 1) for part in query.get("fieldSelector", "").split(",") if part)
        found = [
            {name: value for name, value in item.items() if name not in ("apiVersion", "kind")}  # as the real one
            for item in self.all(plural, labels)
            if item["metadata"]["namespace"] == namespace
            and all(_field(item, name.split(".")) == value for name, value in fields.items())
        ]
        return 200, {"kind": "List", "metadata": {"resourceVersion": str(self._version)}, "items": found}

    def _keep(self, plural: str, namespace: str, body: Object) -> Object:
        key = (plural, namespace, body["metadata"]["name"])
        before = self._objects.get(key, {"metadata": {"uid": str(uuid.uuid4()), "creationTimestamp": _now()}})
        self._version += 1
        born = {name: before["metadata"][name] for name in ("uid", "creationTimestamp")}
        metadata = {**body["metadata"], **born, "namespace": namespace, "resourceVersion": str(self._version)}
        self._objects[key] = {**body, "metadata": metadata}
        return copy.deepcopy(self._objects[key])


@contextlib.contextmanager
def running(folder: Path) -> Iterator[KubernetesApi]:
    """Serves on a free port of loopback, to which the environment's kubeconfig leads, a file in `folder`."""
    api = KubernetesApi()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            data = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if api.is_away:
                self.close_connection = True
                return
            media_type = self.headers.get("Content-Type", "")
            status, value = api.answer(self.command, self.path, json.loads(data) if data else None, media_type)
            text = value if isinstance(value, str) else json.dumps(value)
            self.send_response(status)
            self.send_header("Content-Length", str(len(text.encode())))
            self.end_headers()
            self.wfile.write(text.encode())

        do_GET = do_POST = do_PATCH = do_DELETE = _answer

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing is logged; `requests` has it."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    api.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("KUBECONFIG", str(api.write_kubeconfig(folder / "kubeconfig")))
            yield api
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _merged(old: Any, change: Any) -> Any:
    """A JSON merge patch (RFC 7386)."""
    if not isinstance(old, dict) or not isinstance(change, dict):
        return change
    merged = {name: _merged(old.get(name, {}), value) for name, value in change.items() if value is not None}
    return {**{name: value for name, value in old.items() if name not in change}, **merged}


def _labels(item: Object) -> dict[str, str]:
    labels: dict[str, str] = item["metadata"].get("labels", {})
    return labels


def _field(item: Any, path: list[str]) -> Any:
    for name in path:
        item = item.get(name, {})
    return item


def _failure(status: int, reason: str, message: str) -> tuple[int, Object]:
    return status, {"kind": "Status", "status": "Failure", "reason": reason, "message": message, "code": status}


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
