"""How often a compiler agrees that a completion is wrong: a new error that names the place or the name.

Only where the golden compiles and the compiler reads the hole. The latter is asked where it says nothing: it must
stumble over a hole full of junk, or else the file is left out by a build tag, a preprocessor or the build.
"""

from __future__ import annotations

import tempfile
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
    repository: Repository, language: str, refuted: Iterable[tuple[Invention, Verdict]], settings: Settings
) -> Agreement | None:
    """Asks the language's compiler about each; None where it is not installed."""
    toolchain = toolchain_of(language)
    if toolchain is None or not toolchain.is_installed():
        return None
    result = Agreement()
    with tempfile.TemporaryDirectory(prefix="solulu-agreement-") as folder:
        workspace = Workspace(_written(repository, Path(folder) / "source", settings), Path(folder) / "work")
        for invention, verdict in refuted:
            result.asked += 1
            compared = workspace.compare(toolchain, invention.case, invention.golden)
            if compared is None or compared.golden:
                continue
            if names(compared, invention, verdict):
                result.reached += 1
                result.agreed += 1
                continue
            junk = workspace.compare(toolchain, replace(invention.case, completion=JUNK), invention.golden)
            if junk is not None and junk.new:
                result.reached += 1
                said = "; ".join(f"{error.line}: {error.message}" for error in compared.new[:3]) or "nothing"
                place = f"{invention.case.path}:{verdict.evidence.line if verdict.evidence else 0}"
                result.disagreed.append(f"{place}: {invention.name} ({verdict.basis}); the compiler says {said}")
    return result


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
