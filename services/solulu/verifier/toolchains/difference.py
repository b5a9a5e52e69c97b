"""The errors that a completion brings: those of the file with it that the file as the developer left it has not."""

from __future__ import annotations

import shutil
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from solulu.verifier.case import Case
from solulu.verifier.toolchains.sandbox import Sandbox
from solulu.verifier.toolchains.toolchain import Diagnostic, Toolchain


@dataclass(frozen=True)
class Comparison:
    """What the tool says about the two."""

    golden: tuple[Diagnostic, ...]
    """Errors of the file as the developer wrote it; where there are some, the tool may not have reached the hole."""
    new: tuple[Diagnostic, ...]
    """Errors that only the file with the completion has."""


class Workspace:
    """A copy of a repository that files are changed in, one at a time."""

    def __init__(self, repository: Path, folder: Path, seconds: float = 120.0) -> None:
        """Copies the files of `repository` below `folder`; links are left out."""
        self._root = folder / "repository"
        shutil.copytree(repository, self._root, ignore=_links)
        self._sandbox = Sandbox(folder / "sandbox", seconds)
        self._goldens: dict[tuple[str, str], list[Diagnostic] | None] = {}

    def compare(self, toolchain: Toolchain, case: Case, golden: str) -> Comparison | None:
        """The errors with `golden` in the case's place, and the new ones with its completion; None where the tool gives
        no answer."""
        before = self.errors_of_golden(toolchain, case, golden)
        after = self._errors(toolchain, case.path, case.text)
        if before is None or after is None:
            return None
        end = case.prefix.count("\n") + golden.count("\n") + 1
        shift = case.completion.count("\n") - golden.count("\n")
        known = Counter(Diagnostic(found.line + shift * (found.line > end), found.message) for found in before)
        return Comparison(tuple(before), tuple((Counter(after) - known).elements()))

    def errors_of_golden(self, toolchain: Toolchain, case: Case, golden: str) -> list[Diagnostic] | None:
        """The errors with `golden` in the case's place, asked for once a file; None where the tool gives no answer."""
        path, text = case.path, case.prefix + golden + case.suffix
        if (path, text) not in self._goldens:
            self._goldens[path, text] = self._errors(toolchain, path, text)
        return self._goldens[path, text]

    def _errors(self, toolchain: Toolchain, path: str, text: str) -> list[Diagnostic] | None:
        file = self._root / path
        if not file.is_relative_to(self._root) or ".." in file.parts:
            return None
        before = file.read_bytes() if file.is_file() else None
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, newline="")
        try:
            return toolchain.errors(self._root, path, self._sandbox)
        finally:
            file.unlink() if before is None else file.write_bytes(before)


def _links(folder: str, names: list[str]) -> list[str]:
    return [name for name in names if Path(folder, name).is_symlink()]
