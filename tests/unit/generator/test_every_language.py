"""Contexts are cut and hard negatives made in every language: one small shop, written eight times."""

from __future__ import annotations

import re
from collections import defaultdict

import pytest
from solulu.generator.stage import Generating
from solulu.languages import LANGUAGES, for_path
from solulu.scraper.stage import Scraping
from support.repositories import MIT, write_files
from support.shops import SHOPS
from support.workbench import Workbench


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Contexts by id, and the candidates of mutations for them."""
    folder = tmp_path_factory.mktemp("shops")
    for language, files in SHOPS.items():
        write_files(folder / language, {"LICENSE": MIT, **files})
    bench = Workbench(folder / "home")
    sources = [f"folder:{folder / language}" for language in SHOPS]
    contexts = bench.make(Scraping(), {"sources": sources, "max_contexts": 400, "max_contexts_per_file": 40}, {})
    spec = {"panel": ["mutation:sibling", "mutation:synonym"]}
    candidates = bench.make(Generating(), spec, {"contexts": contexts.reference})
    return {row["id"]: row for row in contexts.rows()}, list(candidates.rows())


def test_the_shop_is_written_in_every_language():
    assert set(SHOPS) == set(LANGUAGES)


@pytest.mark.parametrize("language", sorted(SHOPS))
def test_every_language_has_contexts_of_every_kind(made, language):
    kinds = {row["span_kind"] for row in made[0].values() if row["language"] == language}

    assert kinds == {"argument", "block", "call", "import", "member", "statement", "token"}


@pytest.mark.parametrize("language", sorted(SHOPS))
def test_every_language_has_hard_negatives_that_the_verdict_refutes(made, language):
    contexts, candidates = made
    found = defaultdict(set)
    for row in candidates:
        if contexts[row["context_id"]]["language"] == language:
            found[row["verdict"]].add(row["type"])

    assert set(found) <= {"hallucinated", "unknown"}
    assert {"method", "undefinedvariable"} <= found["hallucinated"]


def test_arguments_are_named_only_where_the_language_names_them(made):
    contexts, candidates = made
    invented = {"python": set(), "csharp": set()}
    for row in candidates:
        context = contexts[row["context_id"]]
        if row["type"] == "parameter" and row["completion"].count(row["symbol"]):
            after = re.search(rf"\b{re.escape(row['symbol'])}(\s*[=:])", row["completion"])
            if after:
                invented.setdefault(context["language"], set()).add(after[1].strip())

    assert invented["python"] <= {"="}
    assert invented["csharp"] <= {":"}
    assert invented["python"] | invented["csharp"]


def test_files_are_told_apart_by_their_names():
    for language, files in SHOPS.items():
        for path in files:
            if not path.endswith((".mod", ".toml")):
                assert for_path(path).name == language, path
