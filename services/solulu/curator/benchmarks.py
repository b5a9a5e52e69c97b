"""What of a public benchmark must not be in the dataset: its code, and the repositories it was taken from.

Code counts as the benchmark's where 13 names in a row are (arXiv 2005.14165, appendix C), comment and import lines left
out. With those, every Apache licence header is contaminated: 358 of 1,500 files of installed packages matched SAFIM,
HumanEval-Infilling or Delulu; without, 7 of 1,000, each with a copy of a benchmark's code.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
import sys
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import numpy as np

from solulu.core.errors import JobError
from solulu.core.local_files import pinned_path, read_pinned
from solulu.curator.words import Hashes, names, ngrams

NUM_NAMES = 13

_NOISE = re.compile(
    r"^[ \t]*(?:#(?![ \t]*(?:define|if|el|end|pragma))|//|/?\*|(?:import|using|use|package)\b|from\b[^\n]*\bimport\b)"
    r"[^\n]*",
    re.M,
)
_BEFORE = ("prompt", "prefix")
_GOLDEN = ("golden_completion", "canonical_solution", "ground_truth", "golden", "completion")
_REPO = ("repo_url", "repo")


@dataclass(frozen=True)
class Benchmark:
    """One benchmark file: every 13 names in a row of its code, sorted, and its source repositories."""

    name: str
    grams: Hashes
    repos: frozenset[str]

    def overlaps(self, grams: Hashes) -> bool:
        """Whether any of `grams` is the benchmark's."""
        if not self.grams.size or not grams.size:
            return False
        places = np.searchsorted(self.grams, grams)
        return bool((self.grams[np.minimum(places, self.grams.size - 1)] == grams).any())


class Benchmarks:
    """The benchmarks that a dataset is decontaminated against."""

    def __init__(self, pinned: Iterable[str]) -> None:
        """`pinned` files as `pin_file` gives them. Raises JobError where one is not readable."""
        self._benchmarks = [_read(one) for one in pinned]

    def contamination(self, repo: str, code: str) -> str:
        """Why `code` of `repo` may not be in the dataset, in words; empty where it may."""
        own = _repo_names(repo)
        grams = _code_grams(code) if self._benchmarks else np.zeros(0, dtype=np.uint64)
        for benchmark in self._benchmarks:
            if own & benchmark.repos:
                return f"{repo} is a source of {benchmark.name}"
            if benchmark.overlaps(grams):
                return f"{NUM_NAMES} names in a row are in {benchmark.name}"
        return ""


def _read(pinned: str) -> Benchmark:
    path = pinned_path(pinned)
    programs: set[str] = set()
    repos: set[str] = set()
    for row in _rows(read_pinned(pinned), path.name):
        programs.update(_code(row))
        for column in _REPO:
            if isinstance(row.get(column), str):
                repos |= _repo_names(row[column], of_benchmark=True)
    grams = [_code_grams(program) for program in sorted(programs)]
    if not any(part.size for part in grams):
        raise JobError(f"{path} holds no code to compare with: no text of {NUM_NAMES} names or more in any row")
    return Benchmark(path.name, np.unique(np.concatenate(grams)), frozenset(repos))


def _rows(data: bytes, name: str) -> Iterator[Mapping[str, Any]]:
    try:
        text = (gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data).decode("utf-8-sig")
        if name.removesuffix(".gz").endswith(".csv"):
            csv.field_size_limit(sys.maxsize)  # whole files stand in one field; the default is 128 KiB
            yield from csv.DictReader(io.StringIO(text, newline=""))
            return
        for number, line in enumerate(text.split("\n"), 1):
            if line.strip():
                row = json.loads(line)
                if not isinstance(row, dict):
                    raise JobError(f"benchmark {name}: line {number} is not a JSON object")
                yield row
    except (OSError, EOFError, zlib.error, UnicodeDecodeError, json.JSONDecodeError, csv.Error) as error:
        raise JobError(f"benchmark {name} is neither CSV nor JSONL, plain or gzipped: {error}") from error


def _code(row: Mapping[str, Any]) -> Iterator[str]:
    """The whole programs of a row: a filled template (SAFIM), a filled hole (Delulu, HumanEval), else every text."""
    golden = _first(row, _GOLDEN)
    if template := _first(row, ("eval_prompt",)):
        yield template.replace("{{completion}}", golden)
    elif _first(row, _BEFORE) and golden:
        yield _first(row, _BEFORE) + golden + _first(row, ("suffix",))
    else:
        yield from (value for value in row.values() if isinstance(value, str))


def _first(row: Mapping[str, Any], columns: Iterable[str]) -> str:
    return next((row[column] for column in columns if isinstance(row.get(column), str)), "")


def _code_grams(code: str) -> Hashes:
    return ngrams(names(_NOISE.sub("", code)), NUM_NAMES)


def _repo_names(repo: str, of_benchmark: bool = False) -> set[str]:
    """How a repository may be called: host and path of its URL; and its bare name, for distributions and folders."""
    text = repo.strip().lower().removesuffix("/").removesuffix(".git")
    if not text:
        return set()
    scp = re.fullmatch(r"[\w.-]+@([\w.-]+):(.+)", text)
    url = urlsplit(text)
    host = (scp[1] if scp else url.hostname or "").removeprefix("www.")
    full = f"{host}/{scp[2]}" if scp else f"{host}{url.path}".lstrip("/")
    bare = "name:" + re.sub(r"[-_.]+", "-", full.rpartition("/")[2])
    is_bare = "/" not in full or url.scheme == "file"
    return {full, bare} if of_benchmark or is_bare else {full}
