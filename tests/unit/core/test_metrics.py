"""Metrics are there from the start, and stay few whatever a stage says."""

from __future__ import annotations

import urllib.error
import urllib.request
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.parser import text_string_to_metric_families
from solulu.core.errors import JobError, NotFound, Transient
from solulu.core.metrics import MAX_LABEL_VALUES, METRICS, STAGES, STATES, Metrics, start_metrics_server
from solulu.core.store.faulty import Fault, FaultyStore, Rule
from solulu.core.store.folder import FolderStore
from solulu.core.store.retrying import RetryingStore
from solulu.v1 import judge_pb2


@pytest.fixture
def metrics() -> Metrics:
    return Metrics(CollectorRegistry())


def read(url: str) -> str:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(url, timeout=10) as answer:
        return str(answer.read().decode())


def value(metrics: Metrics, name: str, **labels: str) -> float | None:
    return metrics.registry.get_sample_value(name, labels)


def test_counters_of_every_stage_start_at_zero(metrics: Metrics) -> None:
    for stage in STAGES:
        assert value(metrics, "solulu_runner_rows_total", stage=stage) == 0
        assert value(metrics, "solulu_runner_units_total", stage=stage) == 0
        assert value(metrics, "solulu_runner_drops_total", stage=stage, reason="internal_error") == 0
        assert value(metrics, "solulu_job_ends_total", stage=stage, state="failed") == 0
        assert value(metrics, "solulu_job_leases_lost_total", stage=stage) == 0
    assert value(metrics, "solulu_store_calls_total", operation="put", outcome="failed") == 0
    assert value(metrics, "solulu_llm_tokens_total", endpoint="local", direction="prompt") == 0


def test_a_declared_services_methods_start_at_zero_for_every_code(metrics: Metrics) -> None:
    service = judge_pb2.DESCRIPTOR.services_by_name["JudgeService"].full_name

    metrics.declare_service(service)

    for code in ("OK", "INTERNAL", "UNAVAILABLE"):
        assert value(metrics, "solulu_rpc_requests_total", service=service, method="Judge", code=code) == 0
    assert value(metrics, "solulu_rpc_latency_seconds_count", service=service, method="Judge") == 0


def test_a_call_is_counted_with_its_code_and_time(metrics: Metrics) -> None:
    metrics.rpc("s", "m", "OK", 0.25)

    assert value(metrics, "solulu_rpc_requests_total", service="s", method="m", code="OK") == 1
    assert value(metrics, "solulu_rpc_latency_seconds_sum", service="s", method="m") == 0.25


def test_reasons_beyond_a_bound_are_counted_together(metrics: Metrics) -> None:
    for number in range(1000):
        metrics.drop("scrape", f"reason_{number}", 2)
    metrics.drop("scrape", "license")

    reasons = {
        sample.labels["reason"]
        for metric in metrics.registry.collect()
        for sample in metric.samples
        if sample.name == "solulu_runner_drops_total"
    }
    assert len(reasons) == MAX_LABEL_VALUES + 1
    assert value(metrics, "solulu_runner_drops_total", stage="scrape", reason="reason_0") == 2
    assert value(metrics, "solulu_runner_drops_total", stage="scrape", reason="other") == 2 * (1000 - 63) + 1


@pytest.mark.parametrize("reason", ["", "No such file /a/b", 'a"b', "x" * 100, "caf\u00e9", "9lives"])
def test_a_reason_that_is_a_sentence_is_no_label(metrics: Metrics, reason: str) -> None:
    metrics.drop("scrape", reason)

    assert value(metrics, "solulu_runner_drops_total", stage="scrape", reason="other") == 1


def test_a_model_call_is_counted_with_tokens_and_cost(metrics: Metrics) -> None:
    metrics.declare_endpoint("fast")
    assert value(metrics, "solulu_llm_calls_total", endpoint="fast", outcome="rate_limited") == 0

    metrics.llm_call("fast", "ok", prompt_tokens=100, completion_tokens=7, cost=0.5)
    metrics.llm_call("fast", "exploded")

    assert value(metrics, "solulu_llm_calls_total", endpoint="fast", outcome="ok") == 1
    assert value(metrics, "solulu_llm_tokens_total", endpoint="fast", direction="prompt") == 100
    assert value(metrics, "solulu_llm_tokens_total", endpoint="fast", direction="completion") == 7
    assert value(metrics, "solulu_llm_cost_dollars_total", endpoint="fast") == 0.5


def test_an_endpoint_may_be_called_as_its_model_is(metrics: Metrics) -> None:
    metrics.declare_endpoint("Qwen/qwen2.5-coder:7b")
    metrics.declare_endpoint("two words")

    assert value(metrics, "solulu_llm_cost_dollars_total", endpoint="Qwen/qwen2.5-coder:7b") == 0
    assert value(metrics, "solulu_llm_cost_dollars_total", endpoint="other") == 0


def test_a_unit_is_counted_with_its_rows_drops_and_time(metrics: Metrics) -> None:
    metrics.unit("judge", 3, {"refused": 2}, 0.25)

    assert value(metrics, "solulu_runner_units_total", stage="judge") == 1
    assert value(metrics, "solulu_runner_rows_total", stage="judge") == 3
    assert value(metrics, "solulu_runner_drops_total", stage="judge", reason="refused") == 2
    assert value(metrics, "solulu_runner_dropped_rows_total", stage="judge") == 2
    assert value(metrics, "solulu_runner_unit_duration_seconds_sum", stage="judge") == 0.25


def test_jobs_are_counted_in_the_table_when_prometheus_asks(metrics: Metrics) -> None:
    asked = []

    def count() -> dict[tuple[str, str, bool], int]:
        asked.append(1)
        return {("train", "running", False): 2, ("train", "running", True): 1, ("train", "queued", False): 4}

    metrics.watch_jobs(count)

    assert value(metrics, "solulu_job_table_jobs", stage="train", state="running") == 3
    assert value(metrics, "solulu_job_table_jobs", stage="train", state="queued") == 4
    assert value(metrics, "solulu_job_abandoned_jobs", stage="train") == 1
    assert [value(metrics, "solulu_job_table_jobs", stage="judge", state=state) for state in STATES] == [0] * 6
    assert len(asked) == 1  # a second scrape so soon is answered from the first


def test_while_the_table_cannot_be_asked_there_is_no_number_of_jobs(metrics: Metrics) -> None:
    def count() -> dict[tuple[str, str, bool], int]:
        raise Transient("the database restarts")

    metrics.watch_jobs(count)

    assert value(metrics, "solulu_job_table_jobs", stage="train", state="running") is None
    assert value(metrics, "solulu_runner_rows_total", stage="train") == 0


def test_what_a_runner_asks_of_its_store_is_counted_with_every_retry(tmp_path: Path) -> None:
    def calls(operation: str, outcome: str) -> float:
        return value(METRICS, "solulu_store_calls_total", operation=operation, outcome=outcome) or 0.0

    inner = FolderStore(tmp_path.as_uri())
    store = RetryingStore(FaultyStore(inner, [Rule(Fault.FAIL, last=2, operations=["put"])]), 60)
    broken = RetryingStore(FaultyStore(inner, [Rule(Fault.FAIL, operations=["list"])]), 0)
    kinds = [("put", "retried"), ("put", "ok"), ("open", "ok"), ("open", "failed"), ("list", "failed")]
    before = [calls(*kind) for kind in kinds]

    store.put("a", b"1")
    with pytest.raises(NotFound):
        store.open("b")
    with pytest.raises(JobError, match="did not list"):
        list(broken.list(""))

    assert [calls(*kind) - then for kind, then in zip(kinds, before, strict=True)] == [2, 1, 1, 0, 1]


def test_training_reports_are_gauges_and_other_reports_none(metrics: Metrics) -> None:
    metrics.report("train", {"step": 7, "loss": 1.5, "tokens_per_second": 40, "made_up": 1})
    metrics.report("judge", {"loss": 9.0})

    assert value(metrics, "solulu_training_done_steps") == 7
    assert value(metrics, "solulu_training_loss_nats") == 1.5
    assert value(metrics, "solulu_training_throughput_tokens_per_second") == 40


def test_prometheus_can_scrape_the_process() -> None:
    METRICS.completion("ok", 0.3)
    server = start_metrics_server(0)
    try:
        text = read(f"http://127.0.0.1:{server.port}/metrics")
    finally:
        server.close()

    names = {family.name for family in text_string_to_metric_families(text)}
    assert {"solulu_rpc_requests", "solulu_serving_completion_latency_seconds", "process_cpu_seconds"} <= names
    with pytest.raises(urllib.error.URLError):
        read(f"http://127.0.0.1:{server.port}/metrics")
