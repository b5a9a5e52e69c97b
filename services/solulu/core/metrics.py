"""Every metric of Solulu, declared here and nowhere else; services count, Prometheus scrapes.

A label's values are few and known. Where they come from outside (the reason of a drop, an endpoint's outcome), the
first 64 are kept and all later ones counted as `other`: a mistake in a stage must not fill a monitoring system.
Counters tell what this process did; how many jobs there are is asked of the job table, so every process tells the same.
"""

from __future__ import annotations

import logging
import re
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from wsgiref.simple_server import WSGIServer

import grpc
from google.protobuf import descriptor_pool
from prometheus_client import (
    REGISTRY,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    Metric,
    ProcessCollector,
    start_http_server,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

MAX_LABEL_VALUES = 64
STAGES = ("scrape", "generate", "judge", "curate", "train", "evaluate")
END_STATES = ("succeeded", "failed", "cancelled")
STATES = ("queued", "running", "cancelling", *END_STATES)
OUTCOMES = ("ok", "cached", "rate_limited", "timeout", "server_error", "malformed", "refused")
"""How a model call ended: `malformed` is an answer that is none, `refused` an error that repeating cannot heal."""
DIRECTIONS = ("prompt", "completion")
LOCAL = "local"
"""The endpoint that calls of models in this process are counted under."""
STORE_OPERATIONS = ("open", "put", "list", "delete", "stat")
STORE_OUTCOMES = ("ok", "retried", "failed")
"""How a try at the store ended: `retried` was made again, `failed` was given up."""

_CALL_SECONDS = (0.001, 0.005, 0.02, 0.1, 0.5, 2.0, 10.0, 60.0, 600.0)
_UNIT_SECONDS = (0.1, 0.5, 2.0, 10.0, 30.0, 120.0, 600.0, 3600.0, 14400.0)
_COMPLETION_SECONDS = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
_WORD = re.compile(r"[a-z][a-z0-9_]{0,63}")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:/-]{0,63}")
_JOB_TABLE_SECONDS = 5.0
"""How long a count of the jobs is good for, whoever scrapes."""

JobCounts = Mapping[tuple[str, str, bool], int]
"""Jobs by stage, state (STATES), and whether the lease has ended of one that somebody should be working on."""

log = logging.getLogger(__name__)


class Metrics:
    """The metrics of one process, in a registry; `METRICS` is the process's own."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.registry = registry
        self._rpc_requests = Counter(
            "solulu_rpc_requests_total", "Calls answered", ("service", "method", "code"), registry=registry
        )
        self._rpc_seconds = Histogram(
            "solulu_rpc_latency_seconds", "From a call to the end of its answer", ("service", "method"),
            buckets=_CALL_SECONDS, registry=registry,
        )  # fmt: skip
        self.jobs = Counter(
            "solulu_job_ends_total", "Jobs that ended in a state", ("stage", "state"), registry=registry
        )
        self.leases_lost = Counter(
            "solulu_job_leases_lost_total", "Jobs that another runner took over", ("stage",), registry=registry
        )
        self.units = Counter("solulu_runner_units_total", "Units written", ("stage",), registry=registry)
        self.unit_seconds = Histogram(
            "solulu_runner_unit_duration_seconds", "From a unit's first item to its part", ("stage",),
            buckets=_UNIT_SECONDS, registry=registry,
        )  # fmt: skip
        self.rows = Counter("solulu_runner_rows_total", "Rows written", ("stage",), registry=registry)
        self._job_table = _JobTable()
        registry.register(self._job_table)
        self._drops = Counter(
            "solulu_runner_drops_total", "Rows dropped, by reason", ("stage", "reason"), registry=registry
        )
        self._dropped = Counter(
            "solulu_runner_dropped_rows_total", "Rows dropped, for whatever reason", ("stage",), registry=registry
        )
        self._llm_calls = Counter(
            "solulu_llm_calls_total", "Calls of models, by how they ended", ("endpoint", "outcome"), registry=registry
        )
        self._llm_tokens = Counter(
            "solulu_llm_tokens_total", "Tokens sent and received", ("endpoint", "direction"), registry=registry
        )
        self._llm_cost = Counter(
            "solulu_llm_cost_dollars_total", "Paid at the settings' prices", ("endpoint",), registry=registry
        )
        self._store_calls = Counter(
            "solulu_store_calls_total", "Runners' calls of the store, each try", ("operation", "outcome"),
            registry=registry,
        )  # fmt: skip
        self._steps = Gauge("solulu_training_done_steps", "Latest step of training", registry=registry)
        self._loss = Gauge("solulu_training_loss_nats", "Latest mean loss of a token", registry=registry)
        self._throughput = Gauge(
            "solulu_training_throughput_tokens_per_second", "Latest speed of training", registry=registry
        )
        self._completion_seconds = Histogram(
            "solulu_serving_completion_latency_seconds", "From a request for a completion to its answer", ("outcome",),
            buckets=_COMPLETION_SECONDS, registry=registry,
        )  # fmt: skip
        self._reasons = _FewValues()
        self._endpoints = _FewValues(pattern=_NAME)
        self._outcomes = _FewValues(OUTCOMES)
        self._completion_outcomes = _FewValues(("ok", "error"))
        self._start_at_zero()

    def declare_service(self, name: str) -> None:
        """Starts the counters of a gRPC service's methods at 0. `name` is its full name; its module is imported."""
        for method in descriptor_pool.Default().FindServiceByName(name).methods:
            self._rpc_seconds.labels(name, method.name)
            for code in grpc.StatusCode:
                self._rpc_requests.labels(name, method.name, code.name)

    def rpc(self, service: str, method: str, code: str, seconds: float) -> None:
        """Counts an answered call. `service` and `method` are ones that the server has, `code` is a gRPC status."""
        self._rpc_requests.labels(service, method, code).inc()
        self._rpc_seconds.labels(service, method).observe(seconds)

    def watch_jobs(self, count: Callable[[], JobCounts] | None) -> None:
        """Where to ask for the jobs that there are, at every scrape; None once there is nobody to ask."""
        self._job_table.ask(count)

    def unit(self, stage: str, num_rows: int, drops: Mapping[str, int], seconds: float) -> None:
        """Counts a unit that was written, and its rows and drops."""
        self.units.labels(stage).inc()
        self.rows.labels(stage).inc(num_rows)
        self.unit_seconds.labels(stage).observe(seconds)
        for reason, count in drops.items():
            self.drop(stage, reason, count)

    def drop(self, stage: str, reason: str, count: int = 1) -> None:
        """Counts rows dropped. A reason has no 0 before its first drop, which no rate can tell then; their sum has."""
        self._drops.labels(stage, self._reasons.label(reason)).inc(count)
        self._dropped.labels(stage).inc(count)

    def report(self, stage: str, metrics: Mapping[str, float]) -> None:
        """Publishes what a running stage reports of itself; of these, training's are metrics."""
        if stage == "train":
            gauges = {"step": self._steps, "loss": self._loss, "tokens_per_second": self._throughput}
            for name in gauges.keys() & metrics.keys():
                gauges[name].set(metrics[name])

    def declare_endpoint(self, endpoint: str) -> None:
        """Starts a model endpoint's counters at 0."""
        name = self._endpoints.label(endpoint)
        for outcome in OUTCOMES:
            self._llm_calls.labels(name, outcome)
        for direction in DIRECTIONS:
            self._llm_tokens.labels(name, direction)
        self._llm_cost.labels(name)

    def llm_call(
        self,
        endpoint: str,
        outcome: str,
        prompt_tokens: int = 0,
        completion_tokens: int = 0,
        cost: float = 0.0,
        num_calls: int = 1,
    ) -> None:
        """Counts model calls: one of OUTCOMES, and what they consumed (US dollars)."""
        name = self._endpoints.label(endpoint)
        self._llm_calls.labels(name, self._outcomes.label(outcome)).inc(num_calls)
        self._llm_tokens.labels(name, "prompt").inc(prompt_tokens)
        self._llm_tokens.labels(name, "completion").inc(completion_tokens)
        self._llm_cost.labels(name).inc(cost)

    def store_call(self, operation: str, outcome: str) -> None:
        """Counts a try at the store: one of STORE_OPERATIONS and of STORE_OUTCOMES."""
        self._store_calls.labels(operation, outcome).inc()

    def completion(self, outcome: str, seconds: float) -> None:
        """Counts a served completion: `ok`, `error` or a few others."""
        self._completion_seconds.labels(self._completion_outcomes.label(outcome)).observe(seconds)

    def _start_at_zero(self) -> None:
        for stage in STAGES:
            for metric in (self.leases_lost, self.units, self.unit_seconds, self.rows, self._dropped):
                metric.labels(stage)
            for state in END_STATES:
                self.jobs.labels(stage, state)
            self._drops.labels(stage, self._reasons.label("internal_error"))
        for operation in STORE_OPERATIONS:
            for outcome in STORE_OUTCOMES:
                self._store_calls.labels(operation, outcome)
        for outcome in ("ok", "error"):
            self._completion_seconds.labels(outcome)
        self.declare_endpoint(LOCAL)


class _FewValues:
    """The values a label may have: the first ones seen, and `other`."""

    def __init__(self, known: tuple[str, ...] = (), pattern: re.Pattern[str] = _WORD) -> None:
        self._seen, self._pattern = set(known), pattern
        self._lock = threading.Lock()

    def label(self, value: str) -> str:
        with self._lock:
            if value not in self._seen and len(self._seen) < MAX_LABEL_VALUES and self._pattern.fullmatch(value):
                self._seen.add(value)
            return value if value in self._seen else "other"


class _JobTable(Collector):
    """The jobs that there are. While the table cannot be asked there is no value: an old one would look like calm."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.ask(None)

    def ask(self, count: Callable[[], JobCounts] | None) -> None:
        with self._lock:
            self._count, self._asked = count, float("-inf")
            self._latest: JobCounts | None = None

    def collect(self) -> Iterable[Metric]:
        jobs = GaugeMetricFamily("solulu_job_table_jobs", "Jobs that there are", labels=("stage", "state"))
        abandoned = GaugeMetricFamily(
            "solulu_job_abandoned_jobs", "Jobs whose runner is gone and that no other took over", labels=("stage",)
        )
        counts = self._counts()
        if counts is None:
            return jobs, abandoned
        for stage in STAGES:
            by_state = {state: [counts.get((stage, state, gone), 0) for gone in (False, True)] for state in STATES}
            for state, numbers in by_state.items():
                jobs.add_metric((stage, state), sum(numbers))
            abandoned.add_metric((stage,), sum(gone for _, gone in by_state.values()))
        return jobs, abandoned

    def _counts(self) -> JobCounts | None:
        with self._lock:
            if self._count is not None and time.monotonic() - self._asked > _JOB_TABLE_SECONDS:
                try:
                    self._latest = self._count()
                except Exception as error:  # noqa: BLE001  # all other metrics are still to be had
                    log.warning("the jobs were not counted: %s", error)
                    self._latest = None
                self._asked = time.monotonic()
            return self._latest


METRICS = Metrics(CollectorRegistry())
ProcessCollector(registry=METRICS.registry)


class _ServingMetrics(Collector):
    def collect(self) -> Iterable[Metric]:
        return [metric for metric in METRICS.registry.collect() if metric.name.startswith("solulu_serving_")]


def share_serving_metrics() -> None:
    """Adds the metrics of completions to the library's own registry, which KServe serves at `/metrics`."""
    REGISTRY.register(_ServingMetrics())


class MetricsServer:
    """The metrics at `http://host:port/metrics` until `close`."""

    def __init__(self, server: WSGIServer, thread: threading.Thread) -> None:
        self._server = server
        self._thread = thread
        self.port: int = server.server_port

    def close(self) -> None:
        """Stops answering."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def start_metrics_server(port: int, host: str = "127.0.0.1", metrics: Metrics = METRICS) -> MetricsServer:
    """Serves metrics from a thread; port 0 takes a free one. They hold no secret, so no token is asked for."""
    return MetricsServer(*start_http_server(port, host, metrics.registry))
