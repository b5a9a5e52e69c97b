"""The chart, installed into a namespace of a real cluster with the quickstart values and what a test adds to them."""

from __future__ import annotations

import base64
import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from support import kubectl
from support.chart import CHART, Rendering
from support.kubectl import Namespace

QUICKSTART = CHART / "values-quickstart.yaml"


class Release:
    """A release of the chart, by the name that its objects begin with."""

    def __init__(self, namespace: Namespace, folder: Path, name: str = "solulu") -> None:
        """`folder` is for files of the values."""
        self.namespace, self.name, self._folder = namespace, name, folder

    def install(self, values: dict[str, Any]) -> None:
        """Installs or upgrades, and returns when everything is ready."""
        arguments = ["upgrade", "--install", self.name, str(CHART), *self._values(values), "--timeout=10m", "--wait"]
        try:
            self._helm(*arguments)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.namespace.story()}") from None

    def uninstall(self) -> None:
        """Removes it, and returns when its pods are gone."""
        self._helm("uninstall", self.name, "--ignore-not-found", "--wait", "--timeout=5m")

    def test(self) -> str:
        """What `helm test` prints; it fails where one of the chart's tests does."""
        return self._helm("test", self.name, "--logs", "--timeout=5m")

    def images(self, values: dict[str, Any]) -> list[str]:
        """Every image that is named in what the chart renders, those of pods that come later included."""
        text = self._helm("template", self.name, str(CHART), *self._values(values))
        rendering = Rendering([one for one in yaml.safe_load_all(text) if one])
        return sorted({pod.container["image"] for pod in rendering.pods.values()})

    def selector(self, component: str) -> str:
        """Finds a component's objects."""
        return f"app.kubernetes.io/instance={self.name},app.kubernetes.io/component={component}"

    def token(self) -> str:
        """The token that was made at the installation."""
        secret = self.namespace.get("secret", f"{self.name}-auth")
        return base64.b64decode(secret["data"]["token"]).decode()

    @contextlib.contextmanager
    def address(self) -> Iterator[str]:
        """The gateway's `host:port`: at the node, or forwarded where the node cannot be reached from here."""
        service = f"{self.name}-gateway"
        port = self.namespace.get("service", service)["spec"]["ports"][0]
        host = kubectl.node_address()
        if kubectl.is_open(host, port.get("nodePort", 0)):
            yield f"{host}:{port['nodePort']}"
        else:
            with self.namespace.forwarded(f"svc/{service}", port["port"]) as address:
                yield address

    def _helm(self, *arguments: str) -> str:
        return kubectl.run("helm", "-n", self.namespace.name, *arguments, timeout_seconds=900)

    def _values(self, values: dict[str, Any]) -> list[str]:
        path = self._folder / f"{self.name}-values.yaml"
        path.write_text(yaml.safe_dump(values))
        return ["--values", str(QUICKSTART), "--values", str(path)]
