"""Verdicts on completions in a repository, for `solulu check` without a server and for ServingService.Check.

The repository is indexed as a whole. Of the dependencies, only those that the case's own file imports are, because an
environment holds hundreds and a verdict needs few. An index is kept under `$SOLULU_HOME/cache` by what it was made of.
"""

from __future__ import annotations

import sys
import sysconfig
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, replace
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any

from solulu.core.digests import canonical_json, sha256
from solulu.core.errors import InvalidArgument
from solulu.core.settings import Settings
from solulu.core.sources import MAX_FILE_BYTES, Source, open_source
from solulu.languages import LANGUAGES, for_path
from solulu.llm.packaged import make_once
from solulu.verifier.case import Case, Verdict
from solulu.verifier.check import check
from solulu.verifier.index import FORMAT, SymbolIndex, build, merge, module_summary

_MOST_PACKAGE_BYTES = 30_000_000
"""Code of a larger dependency is not indexed: what comes from it stays unknown."""
_FIELDS = ("path", "prefix", "completion", "suffix")


def check_cases(
    repo: str, cases: Iterable[object], settings: Settings, packages: Path | None = None
) -> Iterator[dict[str, Any]]:
    """One verdict a case, in order, as contracts.md ("Commands") has them; `cases` hold decoded JSON of any form.

    `repo` is a source string (`folder:PATH`, `git:URL@REF`). `packages` says where dependencies lie: a folder of
    packages or a virtual environment; by default the repository's own `.venv`, else the running environment.
    """
    checker = Checker(repo, settings, packages or _own_packages(repo) or Path(sysconfig.get_path("purelib")))
    for case in cases:
        yield checker.verdict(case)


class Checker:
    """Checks cases in one repository."""

    def __init__(self, repo: str, settings: Settings, packages: Path | None = None) -> None:
        """Without `repo` only the file itself is known, without `packages` no dependency."""
        self._cache = settings.home.absolute() / "cache" / "symbols"
        self._source = open_source(repo, settings) if repo else None
        self._packages = _site_packages(packages) if packages else None
        self._by_package: dict[str, SymbolIndex] = {}
        self._merged: dict[tuple[str, ...], SymbolIndex] = {}

    def verdict(self, case: object) -> dict[str, Any]:
        """The verdict on one case; `unknown` with an `error` where it is none, or of a language that is not known."""
        case_id = case.get("id") if isinstance(case, Mapping) else None
        try:
            parsed = _parse(case)
        except InvalidArgument as error:
            return {**_json(Verdict("unknown", error=str(error))), "id": case_id}
        return {**_json(check(parsed, self._index(parsed))), "id": case_id}

    def _index(self, case: Case) -> SymbolIndex:
        """The repository's symbols and those of the packages that the file imports."""
        packages = tuple(sorted(_imported(case))) if self._packages and _language(case) == "python" else ()
        found = tuple(name for name in packages if self._package(name).repositories)
        if found not in self._merged:
            # The repository is put last: what it calls itself wins over a package of that name.
            self._merged[found] = merge([*(self._by_package[name] for name in found), self._repository])
        return self._with_file(self._merged[found], case.path)

    def _with_file(self, index: SymbolIndex, path: str) -> SymbolIndex:
        """The index, where the repository has a file at `path`: a file that is being written belongs to it too."""
        if self._source is None:
            return index
        repository = index.repositories[self._source.repo]
        if path in repository.files:
            return index
        grown = replace(repository, files={**repository.files, path: []})
        return SymbolIndex({**index.repositories, self._source.repo: grown})

    @cached_property
    def _repository(self) -> SymbolIndex:
        if self._source is None:
            return SymbolIndex({})
        source = self._source
        return self._kept(sha256(source.pin().encode()), lambda: build(source.repo, _contents(source)))

    def _package(self, name: str) -> SymbolIndex:
        """The symbols of one top-level module or package; none where it is not there, or too large."""
        if name not in self._by_package:
            assert self._packages is not None
            root = self._packages
            files = _package_files(root, name)
            sizes = [(path.relative_to(root).as_posix(), path.stat()) for path in files]
            if not files or sum(state.st_size for path, state in sizes if for_path(path)) > _MOST_PACKAGE_BYTES:
                self._by_package[name] = SymbolIndex({})
            else:
                states = [(path, state.st_size, state.st_mtime_ns) for path, state in sizes]
                digest = sha256(canonical_json([str(root), states]))
                contents = ((path.relative_to(root).as_posix(), _bytes_of_code(path)) for path in files)
                self._by_package[name] = self._kept(digest, lambda: build(name, contents))
        return self._by_package[name]

    def _kept(self, digest: str, make: Callable[[], SymbolIndex]) -> SymbolIndex:
        folder = self._cache / f"{digest[:40]}-v{FORMAT}"
        make_once(folder, lambda out: _write(out / "symbols.idx", make().to_bytes()))
        return SymbolIndex.from_bytes((folder / "symbols.idx").read_bytes())


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


def _imported(case: Case) -> set[str]:
    """Top-level modules that the file imports, the standard library left out."""
    summary = module_summary(case.prefix + case.completion + case.suffix)
    tops = {module.partition(".")[0] for module, level in summary.imports if level == 0}
    return tops - sys.stdlib_module_names - {""}


def _json(verdict: Verdict) -> dict[str, Any]:
    evidence = verdict.evidence
    found: dict[str, Any] = {
        "id": None,
        "verdict": verdict.verdict,
        "basis": verdict.basis,
        "type": verdict.type,
        "symbol": verdict.symbol,
        "evidence": {**asdict(evidence), "candidates": list(evidence.candidates)} if evidence else None,
    }
    return {**found, "error": verdict.error} if verdict.error else found


def _contents(source: Source) -> Iterator[tuple[str, bytes]]:
    """Every file; those that are no code are named and not read, since a module may be among them."""
    for file in source.files():
        is_read = for_path(file.path) is not None and file.size <= MAX_FILE_BYTES
        yield file.path, file.read() if is_read else b""


def _own_packages(repo: str) -> Path | None:
    folder = Path(repo.partition(":")[2]) / ".venv"
    return folder if repo.startswith("folder:") and folder.is_dir() else None


def _site_packages(folder: Path) -> Path:
    """Where a virtual environment has its packages; any other folder is taken to hold them itself."""
    if not folder.is_dir():
        raise InvalidArgument(f"there is no folder {folder} with packages")
    found = sorted(folder.glob("lib/python*/site-packages")) + sorted(folder.glob("Lib/site-packages"))
    return found[-1] if found else folder


def _package_files(root: Path, name: str) -> list[Path]:
    """Code and extension modules of a top-level name, without links that lead elsewhere."""
    if not name.isidentifier():
        return []
    below = sorted((root / name).rglob("*")) if (root / name).is_dir() else []
    return [
        path
        for path in [*below, *sorted(root.glob(f"{name}.*"))]
        if path.suffix in (".py", ".pyi", ".so", ".pyd") and path.is_file() and not path.is_symlink()
    ]


def _bytes_of_code(path: Path) -> bytes:
    return path.read_bytes() if for_path(path.name) and path.stat().st_size <= MAX_FILE_BYTES else b""


def _write(path: Path, data: bytes) -> None:
    path.write_bytes(data)
