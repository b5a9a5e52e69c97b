"""The chart as helm renders it, taken apart into what the tests ask about."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest
import yaml
from support.tree import ROOT

CHART = ROOT / "helm" / "solulu"
COMPONENT = "app.kubernetes.io/component"
OPERATOR = tuple(
    argument
    for kind in ("ServiceMonitor", "PrometheusRule")
    for argument in ("--api-versions", f"monitoring.coreos.com/v1/{kind}")
)
"""What helm is told of a cluster that has the Prometheus Operator's definitions."""
OUTSIDE = {
    "auth": {"existingSecret": "the-token"},
    "store": {"enabled": False, "endpoint": "https://s3.example.com:8443", "existingSecret": "the-store"},
    "database": {
        "enabled": False,
        "host": "db.example.com",
        "parameters": "?sslmode=require",
        "existingSecret": "the-database",
    },
    "endpoints": {
        "models": {"large": {"base_url": "https://models.example.com/v1", "model": "m", "family": "f"}},
        "existingSecret": "the-keys",
    },
    "ingress": {"enabled": True, "class": "nginx", "host": "solulu.example.com", "tlsSecret": "the-certificate"},
    "imagePullSecrets": ["the-registry"],
}
"""Values of an installation that brings everything which the chart could make."""
RENDERINGS: dict[str, dict[str, Any]] = {
    "default": {},
    "quickstart": yaml.safe_load((CHART / "values-quickstart.yaml").read_text()),
    "outside": OUTSIDE,
    "ray": {"ray": {"enabled": True}},
}


@dataclass(frozen=True)
class Pod:
    """A pod that is rendered, or will be made from what is."""

    labels: dict[str, str]
    annotations: dict[str, str]
    spec: dict[str, Any]

    @property
    def container(self) -> dict[str, Any]:
        """Its one container."""
        (container,) = self.spec["containers"]
        return dict(container)

    @property
    def ports(self) -> set[int]:
        """The ports that it names."""
        return {port["containerPort"] for port in self.container.get("ports", ())}

    @property
    def environment(self) -> dict[str, Any]:
        """Its variables; None for the value of one that comes from elsewhere."""
        return {entry["name"]: entry.get("value") for entry in self.container.get("env", ())}

    @property
    def secrets(self) -> set[str]:
        """Names of the Secrets that its variables come from."""
        single = [entry["valueFrom"]["secretKeyRef"] for entry in self.container.get("env", ()) if "valueFrom" in entry]
        return {one["name"] for one in [*single, *(all["secretRef"] for all in self.container.get("envFrom", ()))]}


@dataclass(frozen=True)
class Rendering:
    """The objects that the chart makes of some values."""

    objects: list[dict[str, Any]]

    def of(self, kind: str) -> list[dict[str, Any]]:
        """The objects of a kind."""
        return [one for one in self.objects if one["kind"] == kind]

    def named(self, kind: str) -> dict[str, dict[str, Any]]:
        """The same by their names."""
        return {one["metadata"]["name"]: one for one in self.of(kind)}

    @property
    def pods(self) -> dict[str, Pod]:
        """All pods by the component that they are of."""
        found = {}
        for one in self.objects:
            made = one if one["kind"] == "Pod" else one.get("template") or one.get("spec", {}).get("template")
            if made:
                about = made["metadata"]
                found[about["labels"][COMPONENT]] = Pod(about["labels"], about.get("annotations", {}), made["spec"])
        return found


@cache
def _program() -> str:
    found = shutil.which("helm") or shutil.which("helm", path=os.environ.get("SOLULU_TEST_BIN", ""))
    if not found:
        pytest.skip("no helm: put it on PATH or into $SOLULU_TEST_BIN")
    return found


def helm(*arguments: str, values: dict[str, Any]) -> subprocess.CompletedProcess[str]:
    """What helm does, with some values on top of the chart's. Skips where there is no helm."""
    return subprocess.run(
        [_program(), *arguments, "--values", "-"], input=json.dumps(values), capture_output=True, text=True, check=False
    )


def render(values: dict[str, Any], *arguments: str) -> Rendering:
    """The release `here` with some values."""
    done = helm("template", "here", str(CHART), *arguments, values=values)
    assert done.returncode == 0, done.stderr
    return Rendering([one for one in yaml.safe_load_all(done.stdout) if one])


@cache
def rendered(name: str) -> Rendering:
    """One of RENDERINGS; made once."""
    return render(RENDERINGS[name])
