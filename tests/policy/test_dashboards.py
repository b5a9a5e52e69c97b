"""Dashboards and rules ask only for what is measured, and an alert tells what to do."""

from __future__ import annotations

import re
import subprocess
from typing import Any

import pytest
import yaml
from solulu.core.metrics import METRICS
from support import prometheus
from support.prometheus import RULES, dashboards, queries, rules

SUFFIXES = {"counter": ("_total",), "gauge": ("",), "histogram": ("_bucket", "_count", "_sum")}
OF_PROMETHEUS = {"ALERTS"}
NOT_METRICS = re.compile(
    r"""
    "[^"]*" | '[^']*' | \{[^}]*\} | \[[^\]]*\]              # strings, matchers, ranges
    | \b(?:by|on|without|ignoring|group_left|group_right)\s*\([^)]*\)
    | \b[a-z_0-9]+\s*(?=\(|\bby\b|\bwithout\b)              # functions and aggregations
    | \b(?:and|or|unless|bool|offset)\b
    | \b\d[\w.]*                                            # numbers
    """,
    re.VERBOSE,
)
NAME = re.compile(r"[a-zA-Z_:][\w:]*")
RECORDED = [rule for rule in rules() if "record" in rule]
ALERTS = [rule for rule in rules() if "alert" in rule]
PANELS = [
    pytest.param(panel, id=f"{name}: {panel['title']}")
    for name, dashboard in dashboards().items()
    for panel in dashboard["panels"]
    if panel["type"] != "row"
]


def names(expr: str) -> set[str]:
    """The metrics that an expression asks for."""
    return set(NAME.findall(NOT_METRICS.sub(" ", expr)))


def declared() -> set[str]:
    return {
        metric.name + suffix for metric in METRICS.registry.collect() for suffix in SUFFIXES.get(metric.type, ("",))
    }


def test_the_names_of_metrics_are_found_in_an_expression() -> None:
    expr = 'sum by (le, job) (rate(a_total{code=~"B|c"}[5m])) / clamp_min(d:e and on (job) f, 1e-9) > 0.5'

    assert names(expr) == {"a_total", "d:e", "f"}


def test_dashboards_and_rules_ask_for_metrics_that_are_declared_or_recorded() -> None:
    known = declared() | {rule["record"] for rule in RECORDED} | OF_PROMETHEUS
    asked = [(query.panel, query.expr) for query in queries()]
    asked += [(rule.get("alert") or rule["record"], rule["expr"]) for rule in rules()]

    assert [(who, unknown) for who, expr in asked if (unknown := sorted(names(expr) - known))] == []


def test_every_metric_of_ours_is_on_a_dashboard() -> None:
    shown = {name for query in queries() for name in names(query.expr)}
    shown |= {name for rule in RECORDED if rule["record"] in shown for name in names(rule["expr"])}
    ours = [metric for metric in METRICS.registry.collect() if metric.name.startswith("solulu")]

    assert len(ours) >= 18
    unseen = [m.name for m in ours if not {m.name + suffix for suffix in SUFFIXES[m.type]} & shown]
    assert unseen == []


def test_every_record_is_used() -> None:
    used = {name for query in queries() for name in names(query.expr)}
    used |= {name for alert in ALERTS for name in names(alert["expr"])}

    assert [rule["record"] for rule in RECORDED if rule["record"] not in used] == []


def test_there_is_a_dashboard_for_each_question() -> None:
    found = dashboards()

    assert sorted(found) == ["jobs.json", "overview.json", "spend-and-quality.json", "training-and-serving.json"]
    assert len({dashboard["uid"] for dashboard in found.values()}) == 4
    for dashboard in found.values():
        assert dashboard["schemaVersion"] >= 39
        assert "id" not in dashboard  # Grafana's own number, which differs from one to the next
        variable = dashboard["templating"]["list"][0]
        assert (variable["name"], variable["type"], variable["query"]) == ("datasource", "datasource", "prometheus")
        ids = [panel["id"] for panel in dashboard["panels"]]
        assert len(ids) == len(set(ids))


@pytest.mark.parametrize("panel", PANELS)
def test_a_panel_has_what_a_reader_needs(panel: dict[str, Any]) -> None:
    defaults = panel["fieldConfig"]["defaults"]

    assert panel["title"]
    assert panel["description"].endswith(".")
    assert defaults["unit"]
    assert panel["datasource"]["uid"] == "${datasource}"
    assert all(target["legendFormat"] and target["datasource"]["uid"] == "${datasource}" for target in panel["targets"])
    assert panel["type"] == "heatmap" or defaults["thresholds"]["steps"][0]["value"] is None
    place = panel["gridPos"]
    assert place["x"] + place["w"] <= 24


@pytest.mark.parametrize("alert", ALERTS, ids=[alert["alert"] for alert in ALERTS])
def test_an_alert_says_what_is_wrong_and_what_to_do(alert: dict[str, Any]) -> None:
    assert re.fullmatch(r"Solulu[A-Z][A-Za-z]+", alert["alert"])
    assert alert["labels"]["severity"] in ("warning", "critical")
    assert {"summary", "description", "action"} == set(alert["annotations"])
    assert all(len(text) > 15 and text.rstrip().endswith(".") for text in alert["annotations"].values())


def test_every_alert_has_a_case_in_which_it_fires() -> None:
    cases = yaml.safe_load((RULES.parent / "tests" / RULES.name).read_text())["tests"]
    firing = {
        match[1]
        for case in cases
        for test in case["promql_expr_test"]
        for sample in test["exp_samples"]
        if (match := re.search(r'ALERTS\{alertname="(\w+)",alertstate="firing"', sample["labels"]))
    }

    assert firing == {alert["alert"] for alert in ALERTS}


def test_promtool_finds_that_the_rules_do_what_their_tests_say() -> None:
    programs = prometheus.find()
    if not programs:
        pytest.skip("no promtool: install Debian's prometheus, or put promtool on PATH or into $SOLULU_TEST_BIN")
    for command in (["check", "rules", RULES], ["test", "rules", RULES.parent / "tests" / RULES.name]):
        done = subprocess.run(
            [programs / "promtool", *command], cwd=RULES.parent / "tests", capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
