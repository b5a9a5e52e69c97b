"""How often a compiler agrees that a completion is wrong: a new error that names the place or the name.

Only where the golden compiles and the compiler reads the hole. The latter is asked where it says nothing: it must
stumble over a hole full of junk, or else the file is left out by a build tag, a preprocessor or the build. Compilers
that parse what they leave out (`#[cfg(...)]`, code that mypy holds to be unreachable) are given a name of nothing.
"""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from inventions import Invention
from repositories import Repository
from solulu.core.settings import Settings
from solulu.core.sources import MAX_FILE_BYTES, open_source
from solulu.verifier.case import Verdict
from solulu.verifier.toolchains import Comparison, Workspace, toolchain_of

JUNK = " @ ) ] } $ "
ABSENT = "name_of_nothing_at_all"
MOST_IN_VAIN = 12
"""So many files whose goldens do not compile, and none that does, say that this repository cannot be built here."""


@dataclass
class Agreement:
    """What a compiler said about completions that were called hallucinated."""

    asked: int = 0
    reached: int = 0
    """Of those, with a golden that compiles in a place that the compiler reads."""
    agreed: int = 0
    disagreed: list[str] = field(default_factory=list)

    def __iadd__(self, other: Agreement) -> Agreement:
        self.asked += other.asked
        self.reached += other.reached
        self.agreed += other.agreed
        self.disagreed += other.disagreed
        return self


def agreement(
    repository: Repository,
    language: str,
    refuted: Iterable[tuple[Invention, Verdict]],
    settings: Settings,
    wanted: int,
    dependencies: Path | None = None,
) -> Agreement | None:
    """Asks the language's compiler about one after the other until it has judged as many as wanted, with what lies in
    the folder of dependencies beside the code; None where no compiler is installed."""
    toolchain = toolchain_of(language)
    if toolchain is None or not toolchain.is_installed():
        return None
    result = Agreement()
    compiles: dict[str, bool] = {}
    with tempfile.TemporaryDirectory(prefix="solulu-agreement-") as folder:
        code = _written(repository, Path(folder) / "source", settings)
        if dependencies and dependencies.is_dir():
            shutil.copytree(dependencies, code, dirs_exist_ok=True, symlinks=True)
        workspace = Workspace(code, Path(folder) / "work")
        for invention, verdict in refuted:
            if result.reached >= wanted or Counter(compiles.values()) == {False: MOST_IN_VAIN}:
                break
            result.asked += 1
            path, before = invention.case.path, workspace.errors_of_golden(toolchain, invention.case, invention.golden)
            compiles[path] = before == []
            if not compiles[path]:
                continue
            compared = workspace.compare(toolchain, invention.case, invention.golden)
            if compared is None:
                continue
            if names(compared, invention, verdict):
                result.reached += 1
                result.agreed += 1
                continue
            probe = replace(invention.case, completion=_probe(language, invention.golden))
            probed = workspace.compare(toolchain, probe, invention.golden)
            if probed is not None and probed.new:
                result.reached += 1
                said = "; ".join(f"{error.line}: {error.message}" for error in compared.new[:3]) or "nothing"
                place = f"{path}:{verdict.evidence.line if verdict.evidence else 0}"
                result.disagreed.append(f"{place}: {invention.name} ({verdict.basis}); the compiler says {said}")
    return result


def _probe(language: str, golden: str) -> str:
    """What a compiler stumbles over wherever it reads it."""
    if language == "rust" and golden.rstrip().endswith(";"):
        return f'compile_error!("{ABSENT}");'
    if language in ("rust", "python"):
        return f"({ABSENT})" if golden.startswith("(") else ABSENT
    return JUNK


def names(compared: Comparison, invention: Invention, verdict: Verdict) -> bool:
    """Whether a new error stands where the evidence says, or has the name in it."""
    line = verdict.evidence.line if verdict.evidence else 0
    return any(error.line == line or invention.name in error.message for error in compared.new)


def _written(repository: Repository, folder: Path, settings: Settings) -> Path:
    """The repository's files below a folder."""
    for file in open_source(repository.source, settings).files():
        if file.size <= MAX_FILE_BYTES:
            path = folder / file.path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(file.read())
    return folder
