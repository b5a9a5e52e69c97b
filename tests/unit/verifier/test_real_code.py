"""Soundness on code that people wrote: what a developer wrote is hardly ever refuted, what nobody wrote never valid."""

import random
from importlib.metadata import distribution
from pathlib import Path

import pytest
from solulu.languages import LANGUAGES
from solulu.languages.spans import Span, find_spans
from solulu.verifier.case import Case
from solulu.verifier.check import check, parses_in_place
from solulu.verifier.index import KINDS, SymbolIndex, build, merge

DISTRIBUTIONS = ("click", "httpx", "jinja2", "rich", "starlette")
HOLES_PER_FILE = 6
PYTHON = LANGUAGES["python"]


def files_of(name: str) -> list[tuple[str, bytes]]:
    files = distribution(name).files or []
    sources = [(str(file), Path(str(file.locate()))) for file in files if file.suffix == ".py"]
    return [(path, source.read_bytes()) for path, source in sorted(sources) if ".." not in path]


@pytest.fixture(scope="module")
def code() -> list[tuple[str, bytes]]:
    return [file for name in DISTRIBUTIONS for file in files_of(name) if 200 < len(file[1]) < 60_000]


@pytest.fixture(scope="module")
def index() -> SymbolIndex:
    return merge([build(name, files_of(name), KINDS) for name in DISTRIBUTIONS])


def case_of(path: str, data: bytes, span: Span, completion: str | None = None) -> Case:
    golden = data[span.start : span.end].decode()
    return Case(
        path, data[: span.start].decode(), golden if completion is None else completion, data[span.end :].decode()
    )


def test_goldens_are_hardly_ever_refuted_and_mostly_proved(code, index):
    verdicts = [
        check(case_of(path, data, span), index)
        for path, data in random.Random(5).sample(code, 80)
        for span in find_spans(PYTHON, data, limit=HOLES_PER_FILE)
    ]

    refuted = [verdict for verdict in verdicts if verdict.verdict == "hallucinated"]
    assert len(verdicts) > 250
    assert len(refuted) <= 0.005 * len(verdicts), [verdict.evidence for verdict in refuted]
    assert sum(verdict.verdict == "valid" for verdict in verdicts) >= 0.6 * len(verdicts)


def test_names_that_nobody_wrote_are_never_valid_and_mostly_refuted(code, index):
    real = {name for kind in ("function", "method", "class") for name in index.names(kind)}
    verdicts = []
    for path, data in random.Random(6).sample(code, 60):
        for span in find_spans(PYTHON, data, kinds=("call",), limit=10):
            text = data[span.start : span.end].decode()
            callee = text.partition("(")[0]
            name = callee.rpartition(".")[2]
            if callee.replace(".", "").isidentifier() and name in real:
                invented = f"{callee.removesuffix(name)}zq{name[::-1].strip('_')}{text[len(callee) :]}"
                verdicts.append(check(case_of(path, data, span, invented), index))

    assert len(verdicts) > 100
    assert not [verdict for verdict in verdicts if verdict.verdict == "valid"]
    assert sum(verdict.verdict == "hallucinated" for verdict in verdicts) >= 0.65 * len(verdicts)


def test_goldens_parse_in_their_place_and_without_their_end_mostly_do_not(code):
    spans = [
        (path, data, span)
        for path, data in random.Random(7).sample(code, 25)
        for span in find_spans(PYTHON, data, kinds=("call",), limit=3)
    ]

    assert all(parses_in_place(case_of(*place)) for place in spans)
    assert not any(
        parses_in_place(case_of(path, data, span, data[span.start : span.end - 1].decode()))
        for path, data, span in spans
    )
