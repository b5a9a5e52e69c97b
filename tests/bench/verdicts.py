"""How sound the static verdict is on code that people wrote, how much it proves, and how long it takes.

    .venv/bin/python tests/bench/verdicts.py
    .venv/bin/python tests/bench/verdicts.py --distribution sqlalchemy --distribution networkx

All distributions are indexed together. Goldens are holes of all kinds as they were written; the invented ones are calls
whose last name, one that the distributions define, is turned into a name that occurs nowhere.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterator
from importlib.metadata import distribution
from pathlib import Path

from solulu.languages import LANGUAGES
from solulu.languages.spans import find_spans
from solulu.verifier.case import Case
from solulu.verifier.check import check
from solulu.verifier.index import SymbolIndex, build, merge

REFUTED_GOAL, CAUGHT_GOAL = 0.005, 0.65
DISTRIBUTIONS = ("rich", "httpx", "jinja2", "typer", "click", "requests", "starlette", "fastapi", "anyio",
                 "pydantic-settings")  # fmt: skip
LARGEST_BYTES = 200_000


def main() -> int:
    """Prints a table; 1 where a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--distribution", action="append", help="installed distributions; ten usual ones by default")
    parser.add_argument("--holes", type=int, default=24, help="holes drawn of each file")
    args = parser.parse_args()
    sources = {name: files_of(name) for name in args.distribution or DISTRIBUTIONS}
    start = time.process_time()
    index = merge(build(name, files) for name, files in sources.items())
    size = sum(len(data) for files in sources.values() for _, data in files) / 1e6
    print(f"index: {size:.1f} MB at {size / (time.process_time() - start):.2f} MB/s")
    code = [file for files in sources.values() for file in files if len(file[1]) <= LARGEST_BYTES]
    goldens = measured("goldens", goldens_of(code, args.holes), index)
    invented = measured("invented", invented_of(code, args.holes, index), index)
    sound = goldens["hallucinated"] <= REFUTED_GOAL * goldens.total() and not invented["valid"]
    return 0 if sound and invented["hallucinated"] >= CAUGHT_GOAL * invented.total() else 1


def measured(name: str, cases: Iterator[Case], index: SymbolIndex) -> Counter[str]:
    """Prints how the verdicts on some cases are spread; refuted goldens one by one."""
    verdicts: Counter[str] = Counter()
    seconds = []
    for case in cases:
        start = time.perf_counter()
        verdict = check(case, index)
        seconds.append(time.perf_counter() - start)
        verdicts[verdict.verdict] += 1
        if name == "goldens" and verdict.evidence:
            print(f"  {case.path}:{verdict.evidence.line}: {verdict.evidence.message} ({verdict.basis})")
    shares = ", ".join(f"{verdict} {count / len(seconds):.2%}" for verdict, count in sorted(verdicts.items()))
    print(f"{name}: {len(seconds):,} cases: {shares}; median {sorted(seconds)[len(seconds) // 2] * 1e3:.1f} ms")
    return verdicts


def goldens_of(code: list[tuple[str, bytes]], holes: int) -> Iterator[Case]:
    """Holes as the developers filled them."""
    for path, data in code:
        for span in find_spans(LANGUAGES["python"], data, limit=holes):
            parts = (data[: span.start], data[span.start : span.end], data[span.end :])
            yield Case(path, *(part.decode() for part in parts))


def invented_of(code: list[tuple[str, bytes]], holes: int, index: SymbolIndex) -> Iterator[Case]:
    """Calls of something that does not exist."""
    real = {name for kind in ("function", "method", "class") for name in index.names(kind)}
    for case in goldens_of(code, holes):
        callee, bracket, rest = case.completion.partition("(")
        name = callee.rpartition(".")[2]
        if bracket and rest.endswith(")") and name in real and callee.replace(".", "").isidentifier():
            invented = f"{callee.removesuffix(name)}zq{name[::-1].strip('_')}({rest}"
            yield Case(case.path, case.prefix, invented, case.suffix)


def files_of(name: str) -> list[tuple[str, bytes]]:
    """The Python files of a distribution that are UTF-8."""
    files = [file for file in distribution(name).files or [] if file.suffix == ".py" and ".." not in file.parts]
    read = [(str(file), Path(str(file.locate())).read_bytes()) for file in sorted(files)]
    return [(path, data) for path, data in read if data == data.decode("utf-8", "ignore").encode()]


if __name__ == "__main__":
    sys.exit(main())
