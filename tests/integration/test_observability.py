"""A real Prometheus watches live services through the quickstart: every panel has data, every rule works."""

from __future__ import annotations

import json
import os
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from solulu.app import SERVICES, serve
from solulu.core.settings import Settings
from solulu.llm.scripted import Call, Fail, Garbage, Reply, ScriptedServer, echo
from support import prometheus
from support.cluster import ServiceProcess, free_port
from support.commands import COMMAND
from support.prometheus import SECONDS_BETWEEN_SCRAPES, queries, rules
from support.quickstart import SMALLER
from support.serving import wait_until

pytestmark = pytest.mark.timeout(900)
NOTHING_GOES_WRONG = "nothing goes wrong"
NOTHING_IS_ASKED_TWICE = "no question comes a second time"
TOO_SHORT = "it may be over between two scrapes"
MAY_BE_ZERO = {
    "Alerts firing": NOTHING_GOES_WRONG,
    "Jobs failed": NOTHING_GOES_WRONG,
    "Server errors": NOTHING_GOES_WRONG,
    "Calls that the server failed": NOTHING_GOES_WRONG,
    "Jobs without a runner": NOTHING_GOES_WRONG,
    "Leases lost": NOTHING_GOES_WRONG,
    "Items dropped by a defect": NOTHING_GOES_WRONG,
    "Calls made again": NOTHING_GOES_WRONG,
    "Calls given up": NOTHING_GOES_WRONG,
    "Training jobs failed": NOTHING_GOES_WRONG,
    "Completions that failed": NOTHING_GOES_WRONG,
    "Answered from the ledger": NOTHING_IS_ASKED_TWICE,
    "Jobs queued": TOO_SHORT,
    "Jobs in line": TOO_SHORT,
    "Queue depth": TOO_SHORT,
    "Training jobs queued": TOO_SHORT,
    "Tokens a second": TOO_SHORT,
}
"""Panels that have data and yet show nothing but 0 after a quickstart, and why."""
ENDPOINT = """
[endpoints.paid]
base_url = "{url}"
model = "scripted"
family = "scripted"
price_input = 1000.0
price_output = 1000.0
"""


@dataclass(frozen=True)
class Watched:
    """A Prometheus that has seen the quickstart and a few completions."""

    server: prometheus.Server
    since: float


def refuse_twice(call: Call) -> Reply:
    """Throttles the first call, answers the second with nonsense, and then behaves."""
    return {1: Fail(429, retry_after=0.1), 2: Garbage()}.get(call.number) or echo(call)


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory, repository_root: Path) -> Iterator[Watched]:
    programs = prometheus.find()
    if not programs:
        pytest.skip("no Prometheus: install Debian's, or put prometheus and promtool on PATH or into $SOLULU_TEST_BIN")
    folder = tmp_path_factory.mktemp("observability")
    since, port = time.time(), free_port()
    environment = {"SOLULU_METRICS_PORT": str(port), "SOLULU_THREADS": "1", "SOLULU_WORKERS": "1"}
    services = ServiceProcess(folder / "home", list(SERVICES), environment)
    with prometheus.running(programs, folder) as server, ScriptedServer(refuse_twice) as endpoint:
        (folder / "home").mkdir()
        (folder / "home" / "settings.toml").write_text(ENDPOINT.format(url=endpoint.url))
        try:
            services.start()
            targets = {"services": f"127.0.0.1:{port}"}
            server.scrape(targets)
            _wait_for_scrapes(server, len(targets))
            model = _run(repository_root / "pipelines" / "quickstart.yaml", folder, services.address)
            with services.client() as client:
                client.deploy("live", model)
                url = client.wait_until_ready("live").url
                server.scrape({**targets, "predictors": url.removeprefix("http://")})
                _wait_for_scrapes(server, 2)
                for prefix in ("import json\njson.", "import os\nos.path."):
                    client.complete({"endpoint": "live", "prefix": prefix, "max_tokens": 4})
            time.sleep(4 * SECONDS_BETWEEN_SCRAPES)
            yield Watched(server, since)
        finally:
            services.stop()


def _run(pipeline: Path, folder: Path, address: str) -> str:
    """Runs the quickstart with an endpoint that is paid, but for its last step, whose own would be gone at once; the
    reference of the model."""
    steps = yaml.safe_load(pipeline.read_text())
    del steps["steps"]["serve"]
    (folder / "pipeline.yaml").write_text(yaml.safe_dump(steps, sort_keys=False))
    command = [COMMAND, "run", str(folder / "pipeline.yaml"), "--address", address, "--json", str(folder / "run.json")]
    panel = {"generate.spec.panel": [*SMALLER["generate.spec.panel"], "paid"]}
    for path, value in {**SMALLER, **panel}.items():
        command += ["--set", f"{path}={json.dumps(value)}"]
    environment = {**os.environ, "SOLULU_HOME": str(folder / "client")}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    result = json.loads((folder / "run.json").read_text())
    return next(step["artifact"]["reference"] for step in result["steps"] if step["name"] == "train")


def _wait_for_scrapes(server: prometheus.Server, num_targets: int) -> None:
    """Returns when all targets were scraped twice: of what happens from now on a rate can tell."""
    query = f"count(count_over_time(up[1m]) >= 2 and up == 1) == {num_targets}"
    wait_until(lambda: server.get("query", query=query)["result"], f"the scrapes of {num_targets} targets", 60)


def test_every_panel_of_every_dashboard_has_data(watched: Watched) -> None:
    without = [query for query in queries() if not watched.server.values(query.expr, watched.since)]

    assert without == []


def test_only_panels_that_may_show_zero_show_nothing_else(watched: Watched) -> None:
    flat = [query for query in queries() if not any(watched.server.values(query.expr, watched.since))]

    assert [query for query in flat if query.panel not in MAY_BE_ZERO] == []
    assert set(MAY_BE_ZERO) <= {query.panel for query in queries()}


def test_every_record_has_a_value(watched: Watched) -> None:
    records = [rule["record"] for rule in rules() if "record" in rule]

    assert len(records) >= 10
    assert [record for record in records if not watched.server.values(record, watched.since)] == []


def test_every_alert_is_loaded_and_calm_while_all_is_well(watched: Watched) -> None:
    loaded = [rule for group in watched.server.get("rules")["groups"] for rule in group["rules"]]
    alerts = [rule for rule in loaded if rule["type"] == "alerting"]

    assert {rule["name"] for rule in alerts} == {rule["alert"] for rule in rules() if "alert" in rule}
    assert [(rule["name"], rule["health"], rule.get("lastError")) for rule in loaded if rule["health"] != "ok"] == []
    assert [rule["name"] for rule in alerts if rule["state"] == "firing"] == []


def test_the_services_and_the_predictor_count_the_same_completions(watched: Watched) -> None:
    counted = watched.server.get(
        "query", query='sum by (job) (solulu_serving_completion_latency_seconds_count{outcome="ok"})'
    )["result"]

    by_job = {series["metric"]["job"]: float(series["value"][1]) for series in counted}
    assert by_job["services"] == 2
    assert by_job["predictors"] >= 2  # and whoever asked whether it is ready


def test_the_job_table_is_told_as_it_is(watched: Watched) -> None:
    jobs = watched.server.get("query", query='solulu:jobs:count{state="succeeded"}')["result"]

    counts = {series["metric"]["stage"]: float(series["value"][1]) for series in jobs}
    assert counts == dict.fromkeys(("scrape", "generate", "judge", "curate", "train", "evaluate"), 1.0)


def test_metrics_are_served_on_the_host_of_the_services_with_jobs_and_endpoints_at_zero(home: Path) -> None:
    endpoint = {"base_url": "http://localhost:1/v1", "model": "m", "family": "f"}
    settings = Settings.model_validate({"home": home, "metrics_port": free_port(), "endpoints": {"unasked": endpoint}})
    server = serve(settings, ["curator"], "127.0.0.2:0")
    try:
        text = read(f"http://127.0.0.2:{settings.metrics_port}/metrics")
        with pytest.raises(urllib.error.URLError):
            read(f"http://127.0.0.1:{settings.metrics_port}/metrics")
    finally:
        server.stop()

    assert 'solulu_job_table_jobs{stage="curate",state="queued"} 0.0' in text
    assert 'solulu_llm_cost_dollars_total{endpoint="unasked"} 0.0' in text


def read(url: str) -> str:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(url, timeout=10) as answer:
        return str(answer.read().decode())
