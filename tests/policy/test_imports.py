"""What is not needed is not loaded: help answers at once, and a light service stays light."""

from __future__ import annotations

import subprocess
import sys
import textwrap

import pytest

HEAVY = {"torch", "transformers", "trl", "peft", "datasets", "kserve", "ray"}
NOT_FOR_HELP = HEAVY | {"pyarrow", "sqlalchemy", "openai", "kubernetes", "minio", "numpy", "pydantic_settings"}
STAGES = {
    "scraper": "Scraping",
    "generator": "Generating",
    "judge": "Judging",
    "curator": "Curating",
    "trainer": "Training",
    "evaluator": "Evaluating",
}
LIGHT = [
    *(f"solulu.{package}.stage" for package in STAGES),
    *("solulu.app", "solulu.client", "solulu.languages", "solulu.verifier.check", "solulu.serving.service"),
    *("solulu.core.store.folder", "solulu.core.store.s3", "solulu.core.runner", "solulu.core.artifacts"),
]


def loaded_by(code: str) -> set[str]:
    """Top-level packages that a fresh interpreter has loaded after running some code."""
    report = "import sys; sys.stdout.flush(); print('LOADED', *{name.partition('.')[0] for name in sys.modules})"
    result = subprocess.run(
        [sys.executable, "-c", f"{textwrap.dedent(code)}\n{report}"],
        capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    return set(result.stdout.splitlines()[-1].split()[1:])


def test_light_modules_load_no_model_library() -> None:
    guilty = """
        import importlib, sys
        for module in {modules}:
            importlib.import_module(module)
            loaded = {heavy} & set(sys.modules)
            assert not loaded, f"{{module}} loads {{loaded}}"
    """
    assert not loaded_by(guilty.format(modules=LIGHT, heavy=HEAVY)) & HEAVY


def test_the_client_loads_no_database_and_no_table_library() -> None:
    assert not loaded_by("import solulu.client") & {"pyarrow", "sqlalchemy", "openai"}


@pytest.mark.parametrize("arguments", [["--help"], ["scrape", "--help"], ["check", "--help"]])
def test_help_loads_nothing_that_it_does_not_show(arguments: list[str]) -> None:
    code = f"""
        import sys
        sys.argv = ["solulu", *{arguments}]
        from solulu.cli.main import main
        try:
            main()
        except SystemExit as end:
            assert not end.code, end.code
    """
    assert not loaded_by(code) & NOT_FOR_HELP


def test_a_model_library_would_be_noticed() -> None:
    assert "kserve" not in loaded_by("import json")
    assert "sqlalchemy" in loaded_by("import sqlalchemy")
