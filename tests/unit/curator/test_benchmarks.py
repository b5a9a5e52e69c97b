"""What counts as a benchmark's code and repositories, and what only looks alike."""

from __future__ import annotations

import json

import pytest
from solulu.core.local_files import pin_file
from solulu.core.settings import Settings
from solulu.curator.benchmarks import Benchmarks

LICENSE = "".join(
    f"{mark} {line}\n"
    for mark in ("#", "//", " *")
    for line in (
        "Licensed under the Apache License, Version 2.0 (the License); you may not use this file except in compliance",
        "with the License. You may obtain a copy of the License at the address below, as is said there once again.",
    )
)
IMPORTS = "".join(f"import one.two.three{number}\nfrom four.five import six{number}\n" for number in range(9))
CODE = """
def rank_suppliers(suppliers, orders, weights):
    scores = {supplier.name: 0.0 for supplier in suppliers}
    for order in orders:
        scores[order.supplier] += weights[order.priority] * order.amount
    return sorted(scores, key=scores.get, reverse=True)
"""
NUMBERS = "table = [" + "0, 1, 1, 0, " * 20 + "]\n" + "a, b, c, d, e, f, g, h, i, j, k, l, m, n = range(14)\n"


@pytest.fixture
def benchmarks(tmp_path):
    file = tmp_path / "bench.jsonl"
    rows = [
        {"code": LICENSE + IMPORTS + NUMBERS + CODE, "repo_url": "https://github.com/Acme/Supply-Chain"},
        {"eval_prompt": "class Box {\n  {{completion}}\n}\n", "ground_truth": CODE.replace("suppl", "vend")},
    ]
    file.write_text("\n".join(map(json.dumps, rows)))
    return Benchmarks([pin_file(str(file), Settings(home=tmp_path), "spec.decontaminate[0]")])


@pytest.mark.parametrize(
    "code",
    [
        "import os\n" + CODE,
        CODE.replace("    ", "\t").replace("\n", "\r\n"),
        CODE.replace("return sorted", "# best first\n    return sorted"),
        "def other():\n    pass\n" + "\n".join(CODE.splitlines()[2:5]),
        CODE.replace("suppl", "vend"),
    ],
)
def test_a_copy_is_found_whatever_its_layout(benchmarks, code):
    assert "bench.jsonl" in benchmarks.contamination("mine", code)


@pytest.mark.parametrize(
    "code", ["", LICENSE, IMPORTS, NUMBERS, "def rank_suppliers(suppliers):\n    return suppliers\n"]
)
def test_what_everybody_writes_is_not_a_copy(benchmarks, code):
    assert benchmarks.contamination("mine", code) == ""


@pytest.mark.parametrize(
    ("repo", "is_source"),
    [
        ("https://github.com/acme/supply-chain", True),
        ("https://github.com/Acme/Supply-Chain.git", True),
        ("git@github.com:acme/supply-chain.git", True),
        ("supply_chain", True),
        ("https://github.com/other/supply-chain", False),
        ("supply", False),
    ],
)
def test_a_benchmarks_repository_is_known_by_any_of_its_names(benchmarks, repo, is_source):
    assert bool(benchmarks.contamination(repo, "x = 1\n")) == is_source
