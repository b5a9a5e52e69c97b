"""How sound the static verdict is on code that people wrote, how much it proves, and how long it takes.

    .venv/bin/python tests/bench/verdicts.py FOLDER... [--language go] [--cases 400]
    .venv/bin/python tests/bench/verdicts.py --list tests/bench/repositories.json --side count [--trees FOLDER]

Each repository is indexed alone. Goldens are holes of all kinds as they were written; the invented ones have one name
turned into one that exists nowhere (inventions.py). Cases are drawn by seed, as many of each kind as asked for.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from agreement import Agreement, agreement
from inventions import KINDS, Invention, Inventor
from repositories import Repository, is_for_holes, listed
from solulu.core.settings import Settings
from solulu.languages import LANGUAGES, Language, for_path
from solulu.languages.spans import find_spans
from solulu.verifier.case import Case, Verdict
from solulu.verifier.check import check
from solulu.verifier.index import KINDS as KINDS_OF_NAMES
from solulu.verifier.index import SymbolIndex, build, settle

REFUTED_GOAL, REFUTED_GOAL_OF_ONE = 0.005, 0.01
CAUGHT_GOALS = defaultdict(lambda: 0.8, {"python": 0.65, "javascript": 0.45, "cpp": 0.6})
FEWEST_OF_A_FILE, MOST_FILES = 6, 150


@dataclass
class Tally:
    """The verdicts on the cases of one kind."""

    verdicts: Counter[str] = field(default_factory=Counter)
    """By verdict, and by basis where hallucinated."""
    num_typed_right: int = 0
    """Inventions that were caught as what they are."""
    wrong: list[str] = field(default_factory=list)
    """Goldens refuted, and inventions called valid: what, where, and why."""
    missed: list[str] = field(default_factory=list)
    """Inventions that were not caught."""

    @property
    def caught(self) -> int:
        """Cases that were called hallucinated."""
        return self.verdicts["resolved"] + self.verdicts["closed_world"]

    def add(self, verdict: Verdict) -> None:
        """Counts one."""
        self.verdicts[verdict.basis or verdict.verdict] += 1

    def __iadd__(self, other: Tally) -> Tally:
        self.verdicts += other.verdicts
        self.num_typed_right += other.num_typed_right
        self.wrong += other.wrong
        self.missed += other.missed
        return self


@dataclass
class Measured:
    """One repository, or a language's together."""

    name: str
    language: str
    url: str = ""
    commit: str = ""
    files: int = 0
    megabytes: float = 0.0
    index_seconds: float = 0.0
    parse_seconds: float = 0.0
    tallies: dict[str, Tally] = field(default_factory=lambda: {kind: Tally() for kind in ("golden", *KINDS)})
    seconds: list[float] = field(default_factory=list)
    agreement: Agreement | None = None

    def __iadd__(self, other: Measured) -> Measured:
        for name in ("files", "megabytes", "index_seconds", "parse_seconds"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for kind, tally in other.tallies.items():
            self.tallies[kind] += tally
        self.seconds += other.seconds
        if other.agreement:
            self.agreement = self.agreement or Agreement()
            self.agreement += other.agreement
        return self

    def milliseconds(self, share: float) -> float:
        """The time that such a share of the verdicts took at most, of this process's own work."""
        return sorted(self.seconds)[min(len(self.seconds) - 1, int(share * len(self.seconds)))] * 1e3

    def row(self) -> str:
        """A row of the table of repositories."""
        golden = self.tallies["golden"]
        name = f"[{self.name}]({self.url}/tree/{self.commit}) {self.commit[:10]}" if self.url else self.name
        cells = [self.language, name, f"{self.files:,}", _share(golden.caught, golden)]
        cells.append(_share(golden.verdicts["valid"], golden))
        cells += [_share(self.tallies[kind].caught, self.tallies[kind]) for kind in KINDS]
        cells.append(f"{self.milliseconds(0.5):.1f} / {self.milliseconds(0.99):.1f}" if self.seconds else "")
        speed = f"{self.megabytes / self.index_seconds:.1f}" if self.index_seconds else ""
        cells.append(f"{speed} ({self.parse_seconds / self.index_seconds:.2f})" if speed else "")
        said = self.agreement
        cells.append(f"{said.agreed} of {said.reached} ({said.asked} asked)" if said else "")
        return f"| {' | '.join(cells)} |"

    def rows_by_kind(self) -> Iterator[str]:
        """Rows of the table of verdicts."""
        for kind, tally in self.tallies.items():
            total = tally.verdicts.total()
            if total:
                right = f"{tally.num_typed_right} of {tally.caught}" if kind in KINDS else ""
                shares = [f"{tally.verdicts[name] / total:.1%}" for name in ("valid", "unknown")]
                cells = [self.language, kind, f"{total:,}", _share(tally.caught, tally),
                         *(str(tally.verdicts[name]) for name in BASES), *shares, right]  # fmt: skip
                yield f"| {' | '.join(cells)} |"


Caught = tuple[Invention, Verdict]
BASES = ("resolved", "closed_world")
REPOSITORIES = """
| language | repository | files | goldens refuted | goldens valid | callees caught | variables caught \
| keywords caught | imports caught | p50 / p99 ms | index MB/s (of the parse) | compiler agrees |
| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |"""
VERDICTS = """
| language | of | cases | hallucinated | resolved | closed world | valid | unknown | of the right type |
| --- | --- | --- | --- | --- | --- | --- | --- | --- |"""


def main() -> int:
    """Prints a table; 1 where a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="*", type=Path, help="repositories; each is measured alone")
    parser.add_argument("--language", action="append", default=[], help="by default what most files are written in")
    parser.add_argument("--list", type=Path, help="a list of repositories, as tests/bench/repositories.json")
    parser.add_argument("--side", default="look", choices=("look", "count"), help="of the list")
    parser.add_argument("--trees", type=Path, help="where the list's repositories lie: SIDE/LANGUAGE/NAME")
    parser.add_argument("--cases", type=int, default=400, help="of each kind, for each repository")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--missed", type=int, default=0, help="inventions of each kind to list that were not caught")
    parser.add_argument("--compilers", type=int, default=0, help="inventions that a compiler shall judge, in each")
    parser.add_argument("--dependencies", type=Path, help="what the compilers find beside the code: LANGUAGE/NAME")
    parser.add_argument("--json", type=Path, help="also written here")
    args = parser.parse_args()
    settings = Settings()
    repositories = [Repository(folder.name, language, f"folder:{folder}")
                    for folder in args.folder for language in args.language or [""]]  # fmt: skip
    repositories += listed(args.list, args.side, args.language, args.trees) if args.list else []
    done: list[Measured] = []
    print(REPOSITORIES, flush=True)
    for repository in repositories:
        found, caught = measured(repository, settings, args.cases, args.seed)
        if found and args.compilers:
            random.Random(args.seed).shuffle(caught)
            needed = args.dependencies and args.dependencies / found.language / found.name
            found.agreement = agreement(repository, found.language, caught, settings, args.compilers, needed)
        if found:
            print(found.row(), flush=True)
            done.append(found)
    languages = sorted({found.language for found in done})
    totals = [_sum(language, (found for found in done if found.language == language)) for language in languages]
    for total in totals:
        print(total.row())
    print(VERDICTS)
    for total in totals:
        print("\n".join(total.rows_by_kind()))
    print(f"\ngoldens refuted over all: {refuted_share(totals):.2%}\n")
    for found in done:
        for kind, tally in found.tallies.items():
            for line in tally.wrong + tally.missed[: args.missed]:
                print(f"{found.name}: {kind}: {line}")
        for line in found.agreement.disagreed if found.agreement else ():
            print(f"{found.name}: the compiler disagrees: {line}")
    if args.json:
        args.json.write_text(json.dumps([_json(found) for found in done], indent=1, sort_keys=True) + "\n")
    return int(any(misses(total) for total in totals) or refuted_share(totals) > REFUTED_GOAL)


def measured(repository: Repository, settings: Settings, cases: int, seed: int) -> tuple[Measured | None, list[Caught]]:
    """What the verdicts on a repository's code are like, and the inventions that were caught; nothing where its
    language is not known."""
    files = repository.files(settings)
    language = LANGUAGES.get(repository.language) if repository.language else main_language(files)
    if language is None:
        print(f"{repository.name}: {repository.language or 'what it is written in'} is no supported language")
        return None, []
    code = [(path, data) for path, data in files if for_path(path) is language]
    found = Measured(repository.name, language.name, repository.url, repository.commit, len(code))
    start = time.process_time()
    for path, data in files:
        if read := for_path(path):
            read.parse(data)
    found.parse_seconds = time.process_time() - start
    start = time.process_time()
    index = build(repository.name, files)
    found.index_seconds = time.process_time() - start
    found.megabytes = sum(len(data) for _, data in files) / 1e6
    own = [(path, data) for path, data in code if is_for_holes(path, data, language)]
    random.Random(f"{seed}:{repository.name}").shuffle(own)
    for number, case in enumerate(islice(goldens(language, own, cases, seed), cases)):
        _judge(found, "golden", case, index, is_timed=number >= 5)
        if number == 4:
            settle()  # as solulu.serving.check does after the first verdict in a language
    inventor = Inventor(language, files, build(repository.name, files, names=KINDS_OF_NAMES))
    caught = []
    for invention in invented(inventor, own, cases, seed):
        verdict = _judge(found, invention.kind, invention.case, index)
        found.tallies[invention.kind].num_typed_right += verdict.type in invention.types
        if verdict.verdict == "hallucinated":
            caught.append((invention, verdict))
    return found, caught


def goldens(language: Language, code: Sequence[tuple[str, bytes]], cases: int, seed: int) -> Iterator[Case]:
    """Holes as the developers filled them."""
    for path, data in code:
        for span in find_spans(language, data, limit=_of_a_file(cases, code), seed=seed):
            parts = (data[: span.start], data[span.start : span.end], data[span.end :])
            yield Case(path, *(part.decode() for part in parts))


def invented(inventor: Inventor, code: Sequence[tuple[str, bytes]], cases: int, seed: int) -> Iterator[Invention]:
    """Holes filled with a name that exists nowhere."""
    counts: Counter[str] = Counter()
    for path, data in code[:MOST_FILES]:
        if all(counts[kind] >= cases for kind in KINDS):
            return
        for invention in inventor.inventions(path, data, _of_a_file(cases, code), seed):
            counts[invention.kind] += 1
            if counts[invention.kind] <= cases:
                yield invention


def _of_a_file(cases: int, code: Sequence[object]) -> int:
    """So many that all files are needed, unless there are many."""
    return max(FEWEST_OF_A_FILE, -(-2 * cases // max(1, len(code))))


def _judge(found: Measured, kind: str, case: Case, index: SymbolIndex, is_timed: bool = True) -> Verdict:
    start = time.thread_time()
    try:
        verdict = check(case, index)
    except Exception as error:  # noqa: BLE001  # a crash is a result like another, and the others are wanted too
        found.tallies[kind].wrong.append(f"{case.path}: crashed: {type(error).__name__}: {error}")
        found.tallies[kind].verdicts["crashed"] += 1
        return Verdict("unknown")
    seconds = time.thread_time() - start
    if is_timed:
        found.seconds.append(seconds)
    tally = found.tallies[kind]
    tally.add(verdict)
    if kind == "golden" and verdict.evidence:
        place = f"{case.path}:{verdict.evidence.line}:{verdict.evidence.column}"
        tally.wrong.append(f"{place}: {verdict.evidence.message} ({verdict.basis})")
    elif kind != "golden" and verdict.verdict != "hallucinated":
        line = case.prefix.count("\n") + 1
        shown = f"{case.path}:{line}: {verdict.verdict}: {case.completion[:200]!r}"
        (tally.wrong if verdict.verdict == "valid" else tally.missed).append(shown)
    return verdict


def main_language(files: Iterable[tuple[str, bytes]]) -> Language | None:
    """What most files are written in."""
    counts = Counter(language.name for path, _ in files if (language := for_path(path)))
    return LANGUAGES[counts.most_common(1)[0][0]] if counts else None


def misses(total: Measured) -> bool:
    """Whether a language misses one of its goals."""
    golden, callees = total.tallies["golden"], total.tallies["callee"]
    called_valid = sum(total.tallies[kind].verdicts["valid"] for kind in KINDS)
    crashed = sum(tally.verdicts["crashed"] for tally in total.tallies.values())
    too_few = callees.caught < CAUGHT_GOALS[total.language] * callees.verdicts.total()
    return golden.caught > REFUTED_GOAL_OF_ONE * golden.verdicts.total() or called_valid + crashed > 0 or too_few


def refuted_share(totals: Iterable[Measured]) -> float:
    """Goldens refuted over all languages."""
    golden = Tally()
    for total in totals:
        golden += total.tallies["golden"]
    return golden.caught / max(1, golden.verdicts.total())


def _sum(language: str, parts: Iterable[Measured]) -> Measured:
    total = Measured("all", language)
    for part in parts:
        total += part
    return total


def _share(count: int, tally: Tally) -> str:
    total = tally.verdicts.total()
    return f"{count} of {total} ({count / total:.1%})" if total else "-"


def _json(found: Measured) -> dict[str, Any]:
    timed = {"p50_ms": found.milliseconds(0.5), "p99_ms": found.milliseconds(0.99)} if found.seconds else {}
    tallies = {kind: {**vars(tally), "verdicts": dict(tally.verdicts)} for kind, tally in found.tallies.items()}
    agreed = {"agreement": vars(found.agreement)} if found.agreement else {}
    return {**vars(found), "seconds": len(found.seconds), "tallies": tallies, **timed, **agreed}


if __name__ == "__main__":
    sys.exit(main())
