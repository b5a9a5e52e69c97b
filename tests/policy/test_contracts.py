"""Names that others rely on: metrics, protos, commands, and the files a newcomer looks for."""

from __future__ import annotations

import os
import re
import subprocess

import pytest
from solulu.cli.main import app
from solulu.core.comments import comments
from solulu.core.metrics import METRICS
from support.tree import ROOT, files, read
from typer.core import TyperGroup
from typer.main import get_command

METRIC = re.compile(
    r"solulu_(rpc|job|runner|llm|training|serving|store)_([a-z]+_)*"
    r"(bytes|calls|dollars|drops|ends|jobs|lost|nats|per_second|requests|rows|seconds|steps|tokens|units)"
)
"""Subsystem, what, unit; a counter's `_total` comes after it."""
PAGES = ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "LICENSE", "pipelines/README.md",
         "tests/bench/README.md")  # fmt: skip


def test_metrics_are_named_by_subsystem_subject_and_unit() -> None:
    ours = [metric for metric in METRICS.registry.collect() if metric.name.startswith("solulu")]

    assert len(ours) >= 15
    assert [metric.name for metric in ours if not METRIC.fullmatch(metric.name)] == []
    assert [metric.name for metric in ours if not metric.documentation] == []


def test_every_metric_is_declared_in_one_place() -> None:
    elsewhere = [
        name
        for name in files(".py")
        if name.startswith("services/")
        and name != "services/solulu/core/metrics.py"
        and "prometheus_client" in read(name)
    ]
    assert elsewhere == []


def test_every_service_and_every_option_is_explained_in_its_proto() -> None:
    explained = comments()
    silent = []
    for name in files(".proto"):
        scope = ""
        for line in read(name).splitlines():
            if match := re.match(r"(service|message) (\w+)", line):
                scope = match[2]
                if match[1] == "service" and f"solulu.v1.{scope}" not in explained:
                    silent.append(f"{name}: {scope}")
            field = re.match(r"  (?:repeated )?[\w.<>, ]+ (\w+) = \d+", line)
            if field and scope.endswith(("Spec", "Options")) and f"solulu.v1.{scope}.{field[1]}" not in explained:
                silent.append(f"{name}: {scope}.{field[1]}")
    assert silent == []


@pytest.mark.parametrize("page", PAGES)
def test_a_page_that_a_newcomer_looks_for_is_there(page: str) -> None:
    assert len(read(page)) > 200


@pytest.mark.parametrize("page", files(".md"))
def test_a_page_refers_to_files_that_exist(page: str) -> None:
    folder = (ROOT / page).parent
    links = re.findall(r"\]\(([^)#\s]+)", read(page))
    assert [link for link in links if "://" not in link and not (folder / link).exists()] == []


@pytest.mark.parametrize("page", files(".md"))
def test_a_page_names_only_make_targets_that_exist(page: str) -> None:
    targets = set(re.findall(r"^([a-z-]+):", read("Makefile"), re.MULTILINE))
    named = re.findall(r"(?:`|^\s*(?:\$ )?)make ([a-z][a-z-]*)\b", read(page), re.MULTILINE)
    assert sorted(set(named) - targets) == []


@pytest.mark.parametrize("page", files(".md"))
def test_a_page_names_only_commands_that_exist(page: str) -> None:
    commands = get_command(app)
    assert isinstance(commands, TyperGroup)
    call = r"(?:`|^\s*(?:\$ )?)(?:\.venv/bin/)?solulu ([a-z]+)(?: ([a-z]+)\b(?![/.]))?"
    unknown = []
    for name, subname in re.findall(call, read(page), re.MULTILINE):
        command = commands.commands.get(name)
        is_unknown_part = isinstance(command, TyperGroup) and subname and subname not in command.commands
        if command is None or is_unknown_part:
            unknown.append(f"solulu {name} {subname}".strip())
    assert unknown == []


def test_every_make_target_says_what_it_does() -> None:
    makefile = read("Makefile")
    phony = re.search(r"^\.PHONY:(.*)$", makefile, re.MULTILINE)
    assert phony
    assert sorted(set(phony[1].split()) - set(re.findall(r"^([a-z-]+):.*##", makefile, re.MULTILINE))) == []


def test_ci_is_a_strict_script_that_anybody_can_run() -> None:
    script = ROOT / ".ci" / "run"

    assert os.access(script, os.X_OK)
    assert read(".ci/run").startswith("#!/usr/bin/env bash\n")
    assert "\nset -euo pipefail\n" in read(".ci/run")
    assert subprocess.run(["bash", "-n", script], check=False).returncode == 0
