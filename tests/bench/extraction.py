"""How fast contexts are cut out of code, against the bare tree-sitter parse of the same files in the same run.

    .venv/bin/python tests/bench/extraction.py
    .venv/bin/python tests/bench/extraction.py --source folder:/path/to/some/go/code

Three measurements a round, one after the other on each file set, so that whatever else the machine does hits all of
them; the best round counts. `spans` is parse, queries, spans and rows in memory; `all` adds the checks of a file, its
licence, the redaction and Parquet. Then whole jobs' units, symbol indexes included, with one worker and with two.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from solulu.core import parts, rules
from solulu.core.errors import RowError
from solulu.core.pool import WorkerPool
from solulu.core.records import CONTEXT
from solulu.core.settings import Settings
from solulu.core.sources import SourceUnreachable, open_source
from solulu.core.stage import Drop, JobContext
from solulu.languages import Language, for_path
from solulu.scraper import files
from solulu.scraper.cutting import Origin, cut, cut_redacted
from solulu.scraper.licenses import RepositoryLicenses
from solulu.scraper.stage import Scraping, Tools
from solulu.v1.scraper_pb2 import ScrapeSpec
from tree_sitter import Language as Grammar
from tree_sitter import Parser

SPANS_GOAL, ALL_GOAL, WORKERS_GOAL = 0.5, 0.25, 1.7
SOURCES = ("dist:rich", "dist:sqlalchemy", "dist:pydantic", "dist:networkx", "dist:click", "dist:jinja2", "dist:openai",
           "dist:typer", "dist:pytest", "dist:fsspec", "dist:aiohttp", "dist:starlette")  # fmt: skip

Sample = tuple[str, Language, bytes]


def main() -> int:
    """Prints the tables; 1 where a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--source", action="append", help="source strings; some installed distributions by default")
    parser.add_argument("--megabytes", type=float, default=6.0, help="most code of one language to measure on")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--no-workers", action="store_true", help="leave the whole jobs out")
    args = parser.parse_args()
    settings = Settings(home=Path(tempfile.mkdtemp(prefix="solulu-bench-")))
    sources = [text for text in args.source or SOURCES if is_there(text, settings)]
    scraping, tools, spec = prepared(sources, settings)
    missed = 0
    print("| language | MB | parse MB/s | spans MB/s | ratio | all MB/s | ratio |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for name, samples in sorted(by_language(spec.sources, settings, args.megabytes).items()):
        size = sum(len(data) for _, _, data in samples) / 1e6
        works = (lambda s=samples: bare(s), lambda s=samples: spans(s, tools), lambda s=samples: everything(s, tools))
        parse, rows, all_ = best_of(args.rounds, works)
        missed += parse / rows < SPANS_GOAL or parse / all_ < ALL_GOAL
        print(f"| {name} | {size:.1f} | {size / parse:.2f} | {size / rows:.2f} | {parse / rows:.2f} "
              f"| {size / all_:.2f} | {parse / all_:.2f} |", flush=True)  # fmt: skip
    if args.no_workers:
        return int(bool(missed))
    units = list(scraping.plan(spec, {}))
    works = [lambda n=n: pooled(scraping, tools, units, n) for n in (1, 2)]
    one, two = best_of(min(args.rounds, 3), works, time.perf_counter)
    missed += one / two < WORKERS_GOAL
    print(
        f"\n{len(units)} repositories: {one:.2f} s with one worker, {two:.2f} s with two, {one / two:.2f} times as fast"
    )
    print(f"Goals: spans {SPANS_GOAL} and all {ALL_GOAL} of the parse, two workers {WORKERS_GOAL} times as fast")
    return int(bool(missed))


def prepared(sources: list[str], settings: Settings) -> tuple[Scraping, Tools, ScrapeSpec]:
    """The stage and its tools, for a resolved spec over the sources."""
    scraping, spec = Scraping(), ScrapeSpec(sources=sources)
    rules.write_defaults(spec)
    scraping.resolve(spec, {}, settings)
    job = JobContext("", "", settings, {}, None, None, 1, "", settings.home, print, bool)  # type: ignore[arg-type]  # no store
    return scraping, scraping.tools(spec, job), spec


def is_there(text: str, settings: Settings) -> bool:
    """Whether a source can be read here; says so where it cannot."""
    try:
        open_source(text, settings).pin()
    except SourceUnreachable as error:
        print(f"{text} is left out: {error}", file=sys.stderr)
        return False
    return True


def by_language(sources: Iterable[str], settings: Settings, megabytes: float) -> dict[str, list[Sample]]:
    """Files that are worth cutting, up to so many megabytes of each language."""
    found: dict[str, list[Sample]] = {}
    for text in sources:
        for file in open_source(text, settings).files():
            language = for_path(file.path)
            if language is None or file.size > 200_000:
                continue
            samples, data = found.setdefault(language.name, []), file.read()
            if sum(len(kept) for _, _, kept in samples) < megabytes * 1e6 and is_worth(language, data):
                samples.append((file.path, language, data))
    return {name: samples for name, samples in found.items() if sum(len(data) for _, _, data in samples) > 100_000}


def is_worth(language: Language, data: bytes) -> bool:
    """Whether the scraper would cut this file."""
    try:
        files.check(language, data)
    except RowError:
        return False
    return True


def bare(samples: list[Sample]) -> None:
    """The parse alone."""
    parser = Parser(Grammar(samples[0][1].grammar()))
    for _, _, data in samples:
        parser.parse(data)


def spans(samples: list[Sample], tools: Tools) -> None:
    """Parse, queries, spans and rows in memory."""
    for path, language, data in samples:
        list(cut_redacted(Origin("r", "c", path, "MIT"), language, data.decode(), [], tools.knife, 8))


def everything(samples: list[Sample], tools: Tools) -> None:
    """What a unit does with its files, from bytes to a part in memory."""
    licenses = RepositoryLicenses(open_source("dist:pytest", tools.settings).declared_license(), [])
    rows, drops = [], []
    for path, language, data in samples:
        files.check(language, data)
        origin = Origin("r", "c", path, licenses.of(path, data))
        for result in cut(origin, language, data, tools.knife, 8):
            (drops if isinstance(result, Drop) else rows).append(result)
    parts.encode(CONTEXT, rows, drops)


def pooled(scraping: Scraping, tools: Tools, units: list, workers: int) -> None:
    """All units in a pool of workers, that start first."""
    with WorkerPool(scraping, tools, workers) as pool:
        for _ in pool.run(units, lambda unit: unit):
            pass


def best_of(
    rounds: int, works: Iterable[Callable[[], None]], clock: Callable[[], float] = time.process_time
) -> list[float]:
    """The shortest time of each work in seconds, over rounds in which they take turns; by default of this process's own
    work, which others on the machine hardly change."""
    works = list(works)
    best = [float("inf")] * len(works)
    for _ in range(rounds):
        for number, work in enumerate(works):
            start = clock()
            work()
            best[number] = min(best[number], clock() - start)
    return best


if __name__ == "__main__":
    sys.exit(main())
