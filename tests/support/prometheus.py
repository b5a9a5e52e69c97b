"""A real Prometheus on loopback with the chart's rules, and what the chart's dashboards ask it."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from support.cluster import free_port
from support.tree import ROOT

NEEDED = ("prometheus", "promtool")
CHART_FILES = ROOT / "helm" / "solulu" / "files"
RULES = CHART_FILES / "rules" / "solulu.yaml"
SECONDS_BETWEEN_SCRAPES = 1
GRAFANA = {"$__rate_interval": "5m", "$__range": "1h"}
"""What Grafana puts into a query, as it would with an hour in sight."""


@dataclass(frozen=True)
class Query:
    """What a panel asks."""

    dashboard: str
    panel: str
    expr: str


def find() -> Path | None:
    """The folder of the programs: $SOLULU_TEST_BIN, then that of `prometheus` on PATH."""
    on_path = shutil.which("prometheus")
    folders = [os.environ.get("SOLULU_TEST_BIN"), on_path and Path(on_path).parent]
    return next((Path(folder) for folder in folders if folder and _has_all(Path(folder))), None)


def _has_all(folder: Path) -> bool:
    return all(os.access(folder / name, os.X_OK) for name in NEEDED)


def dashboards() -> dict[str, dict[str, Any]]:
    """The chart's dashboards by the names of their files."""
    return {path.name: json.loads(path.read_text()) for path in sorted((CHART_FILES / "dashboards").glob("*.json"))}


def rules() -> list[dict[str, Any]]:
    """The chart's recording and alert rules."""
    return [rule for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]]


def queries() -> list[Query]:
    """What the panels of all dashboards ask, with Grafana's own variables filled in."""
    found = []
    for name, dashboard in dashboards().items():
        for panel in dashboard["panels"]:
            for target in panel.get("targets", ()):
                expr = target["expr"]
                for variable, value in GRAFANA.items():
                    expr = expr.replace(variable, value)
                found.append(Query(name, panel["title"], expr))
    return found


class Server:
    """A running server. What it scrapes may change at any time."""

    def __init__(self, url: str, targets: Path) -> None:
        self.url, self._targets = url, targets
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def scrape(self, targets: Mapping[str, str]) -> None:
        """Scrapes these `host:port` by the names of their jobs, in a second or two."""
        entries = [{"targets": [place], "labels": {"job": job}} for job, place in targets.items()]
        scratch = self._targets.with_suffix(".tmp")
        scratch.write_text(json.dumps(entries))
        scratch.rename(self._targets)

    def get(self, path: str, **parameters: str) -> Any:
        """The `data` of an answer of the HTTP API."""
        query = f"{self.url}/api/v1/{path}?{urllib.parse.urlencode(parameters)}"
        try:
            with self._opener.open(query, timeout=30) as answer:
                return json.load(answer)["data"]
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{parameters}: {error.read().decode(errors='replace')}") from error

    def values(self, expr: str, since: float) -> list[float]:
        """Every number that a graph of `expr` since a time shows; NaN is none."""
        data = self.get("query_range", query=expr, start=str(since), end=str(time.time()), step="2")
        numbers = [float(value) for series in data["result"] for _, value in series["values"]]
        return [number for number in numbers if number == number]

    def is_ready(self) -> bool:
        """Whether it answers."""
        try:
            self._opener.open(f"{self.url}/-/ready", timeout=2).close()
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return False
        return True


@contextlib.contextmanager
def running(programs: Path, folder: Path) -> Iterator[Server]:
    """A server on a free loopback port with its data under `folder`, stopped at the end."""
    server = Server(f"http://127.0.0.1:{free_port()}", folder / "targets.json")
    config = {
        "global": {
            "scrape_interval": f"{SECONDS_BETWEEN_SCRAPES}s",
            "evaluation_interval": f"{SECONDS_BETWEEN_SCRAPES}s",
        },
        "rule_files": [str(RULES)],
        "scrape_configs": [
            {
                "job_name": "solulu",
                "scrape_timeout": f"{SECONDS_BETWEEN_SCRAPES}s",
                "file_sd_configs": [{"files": [str(folder / "targets.json")], "refresh_interval": "1s"}],
            }
        ],
    }
    (folder / "prometheus.yml").write_text(yaml.safe_dump(config))
    command = [
        str(programs / "prometheus"),
        f"--config.file={folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address={server.url.removeprefix('http://')}",
        "--log.level=warn",
    ]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + 60
        while not server.is_ready():
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"Prometheus does not start: {(folder / 'log').read_text(errors='replace')}")
            time.sleep(0.05)
        yield server
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
