"""Verdicts on completions in a repository, for `solulu check` without a server and for ServingService.Check.

The repository is indexed as a whole. Of the dependencies, only those that the case's own file imports are, because an
environment holds hundreds and a verdict needs few. An index is kept under `$SOLULU_HOME/cache` by what it was made of.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path, PurePosixPath
from typing import Any

from solulu.core.digests import canonical_json, sha256
from solulu.core.errors import InvalidArgument
from solulu.core.settings import Settings
from solulu.core.sources import MAX_FILE_BYTES
from solulu.languages import LANGUAGES, for_path
from solulu.serving.symbols import RepositorySymbols, SymbolCache
from solulu.verifier.case import Case, Verdict
from solulu.verifier.check import check
from solulu.verifier.index import SymbolIndex, build, is_read, merge, settle, updated
from solulu.verifier.languages import rules_of
from solulu.verifier.rules import Package, Rules

_MOST_PACKAGE_BYTES = 30_000_000
"""Code of a larger dependency is not indexed: what comes from it stays unknown."""
_FIELDS = ("path", "prefix", "completion", "suffix")


def check_cases(
    repo: str, cases: Iterable[object], settings: Settings, packages: Path | None = None
) -> Iterator[dict[str, Any]]:
    """One verdict a case, in order, as contracts.md ("Commands") has them; `cases` hold decoded JSON of any form.

    `repo` is a source string (`folder:PATH`, `git:URL@REF`). `packages` says where dependencies lie: a folder of
    packages or a virtual environment; by default each language's own place, in the repository or else the running
    environment.
    """
    checker = Checker(repo, settings, packages, has_packages=True)
    for case in cases:
        yield checker.verdict(case)


class Checker:
    """Checks cases in one repository."""

    def __init__(self, repo: str, settings: Settings, packages: Path | None = None, has_packages: bool = False) -> None:
        """Without `repo` only the file itself is known. Dependencies are looked into only where `has_packages`: those
        below `packages`, or in the usual places of each language. Raises InvalidArgument where `packages` is no
        folder."""
        self._cache = SymbolCache(settings)
        self._symbols = RepositorySymbols(repo, settings, self._cache) if repo else None
        self._repo = ""
        self._folder = Path(repo.partition(":")[2]) if repo.startswith("folder:") else None
        self._packages, self._has_packages = packages, has_packages or packages is not None
        if packages and not packages.is_dir():
            raise InvalidArgument(f"there is no folder {packages} with packages")
        self._settled: set[str] = set()
        self._by_package: dict[Package, SymbolIndex] = {}
        self._merged: dict[tuple[tuple[Package, ...], str], SymbolIndex] = {}
        self.refresh()

    def refresh(self) -> None:
        """Looks at the repository again: what changed since is seen from now on. Raises SourceUnreachable."""
        if self._symbols is not None:
            before = self._symbols.index
            self._repo = self._symbols.refresh()
            if self._symbols.index is not before:
                self._merged.clear()

    def verdict(self, case: object) -> dict[str, Any]:
        """The verdict on one case; `unknown` with an `error` where it is none, or of a language that is not known."""
        case_id = case.get("id") if isinstance(case, Mapping) else None
        try:
            parsed = _parse(case)
        except InvalidArgument as error:
            return {**_json(Verdict("unknown", error=str(error))), "id": case_id}
        found = _json(check(parsed, self._index(parsed)))
        self._settle(_language(parsed))
        return {**found, "id": case_id}

    def _settle(self, language: str) -> None:
        """After the first verdict in a language, its tables are made."""
        if language not in self._settled:
            self._settled.add(language)
            settle()

    def _index(self, case: Case) -> SymbolIndex:
        """The repository's symbols and those of the packages that the file imports."""
        rules = rules_of(_language(case))
        found = tuple(self._dependencies(rules, case)) if rules and self._has_packages else ()
        own = self._symbols.index if self._symbols else SymbolIndex({})
        is_new = self._symbols is not None and case.path not in own.repositories[self._repo].files
        key = found, case.path if is_new else ""
        if key not in self._merged:
            if is_new:  # a file that is being written belongs to the repository too
                own = updated(own, self._repo, case.path, None)
            # The repository is put last: what it calls itself wins over a package of that name.
            self._merged[key] = merge([*(self._package(package) for package in found), own])
        return self._merged[key]

    def _dependencies(self, rules: Rules, case: Case) -> Iterator[Package]:
        folder = self._packages or rules.default_packages(self._folder)
        for package in rules.packages(case, folder) if folder else ():
            if self._package(package).repositories:
                yield package

    def _package(self, package: Package) -> SymbolIndex:
        """The symbols of a dependency; none where it is too large."""
        if package not in self._by_package:
            sizes = [(path.relative_to(package.root).as_posix(), path.stat()) for path in package.files]
            if sum(state.st_size for path, state in sizes if is_read(path)) > _MOST_PACKAGE_BYTES:
                self._by_package[package] = SymbolIndex({})
            else:
                states = [(path, state.st_size, state.st_mtime_ns) for path, state in sizes]
                digest = sha256(canonical_json([package.name, str(package.root), states]))
                contents = ((path.relative_to(package.root).as_posix(), _content(path)) for path in package.files)
                self._by_package[package] = self._cache.get(digest, lambda: build(package.name, contents))
        return self._by_package[package]


def _parse(case: object) -> Case:
    if not isinstance(case, Mapping):
        raise InvalidArgument("the case is not a JSON object")
    for name in _FIELDS:
        if not isinstance(case.get(name), str):
            raise InvalidArgument(f"{name} is {'not a text' if name in case else 'missing'}")
    parsed = Case(
        path=PurePosixPath(case["path"]).as_posix(),
        prefix=case["prefix"],
        completion=case["completion"],
        suffix=case["suffix"],
        id=str(case.get("id") or ""),
        language=str(case.get("language") or "").lower(),
    )
    if _language(parsed) not in LANGUAGES:
        what = f"language {parsed.language!r}" if parsed.language else f"the language of {parsed.path!r}"
        raise InvalidArgument(f"{what} is not supported; there is {', '.join(sorted(LANGUAGES))}")
    return parsed


def _language(case: Case) -> str:
    language = for_path(case.path)
    return case.language or (language.name if language else "")


def _json(verdict: Verdict) -> dict[str, Any]:
    evidence = verdict.evidence
    found: dict[str, Any] = {
        "id": None,
        "verdict": verdict.verdict,
        "basis": verdict.basis,
        "type": verdict.type,
        "symbol": verdict.symbol,
        "evidence": _lists(asdict(evidence)) if evidence else None,
    }
    return {**found, "error": verdict.error} if verdict.error else found


def _lists(evidence: dict[str, Any]) -> dict[str, Any]:
    return {key: list(value) if isinstance(value, tuple) else value for key, value in evidence.items()}


def _content(path: Path) -> bytes | None:
    return path.read_bytes() if is_read(path.name) and path.stat().st_size <= MAX_FILE_BYTES else None
