"""What compilers and type checkers say about a completion: the truth that the static verdict is measured against.

They need the code's dependencies, seconds and an installed tool, so no verdict waits for them. They tell how often a
`hallucinated` is one that a compiler agrees with, and can confirm negatives where somebody wants to wait.
"""

from __future__ import annotations

from solulu.verifier.toolchains.cpp import Gcc
from solulu.verifier.toolchains.difference import Comparison, Workspace
from solulu.verifier.toolchains.go import GoBuild
from solulu.verifier.toolchains.java import Javac
from solulu.verifier.toolchains.python import Mypy
from solulu.verifier.toolchains.rust import Rustc
from solulu.verifier.toolchains.sandbox import Sandbox
from solulu.verifier.toolchains.toolchain import Diagnostic, Toolchain
from solulu.verifier.toolchains.typescript import Tsc

TOOLCHAINS: tuple[Toolchain, ...] = (Gcc(), GoBuild(), Javac(), Mypy(), Rustc(), Tsc())
"""C# has none here: its compiler comes with a runtime that none of these needs."""


def toolchain_of(language: str) -> Toolchain | None:
    """The toolchain for a language, installed or not; None where there is none."""
    return next((toolchain for toolchain in TOOLCHAINS if language in toolchain.languages), None)


__all__ = ["TOOLCHAINS", "Comparison", "Diagnostic", "Sandbox", "Toolchain", "Workspace", "toolchain_of"]
