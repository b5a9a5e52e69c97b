"""What the verifier must be told about a language: how to read a file, and how to judge a completion.

Each language's rules are a package beside this file, and share nothing with the others but what stands here and in
findings.py: what Go and Python mean by a scope or an import has little in common.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tree_sitter import Tree

from solulu.verifier.case import Case, Verdict
from solulu.verifier.repository import SymbolIndex


@dataclass(frozen=True)
class Package:
    """A dependency as it lies on disk."""

    name: str
    """Under which it is found in the index, like a repository."""
    root: Path
    files: tuple[Path, ...]
    """Regular files below `root` that its symbols are read from."""


@dataclass(frozen=True)
class Rules:
    """One language's, or two that are one to the verifier (JavaScript and TypeScript)."""

    name: str
    """Under which the summaries are kept."""
    languages: tuple[str, ...]
    reads: Callable[[str], bool]
    """Whether the file at a path says anything to these rules: their code, and what the build says of it (`go.mod`,
    `package.json`)."""
    summarize: Callable[[str, bytes | None, Tree | None], Any]
    """What the file at a path offers, as JSON, or None for nothing. The bytes are None where the file is there but
    cannot be read; the tree is that of the file's language (`languages.for_path`) where it has one."""
    check: Callable[[Case, SymbolIndex], Verdict]
    """The verdict on a case. The file as it is with the completion in it is what counts, whatever the index says of
    its path."""
    packages: Callable[[Case, Path], Iterable[Package]]
    """The dependencies that the case's file needs, directly, and that lie below a folder (`--packages`)."""
    default_packages: Callable[[Path | None], Path | None]
    """Where the dependencies of the repository in a folder lie by default; None where there is no such place."""
    uses_tree: bool = True
    """Whether `summarize` reads the syntax tree; a file is not parsed for nothing."""
