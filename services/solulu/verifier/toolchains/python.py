"""Python: mypy on the file, following what it imports of the repository; configuration, and with it plugins, unread."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path

from solulu.verifier.toolchains.sandbox import Sandbox
from solulu.verifier.toolchains.toolchain import Diagnostic, parsed

_LINE = re.compile(r"(?P<path>[^\s:][^:]*\.py):(?P<line>\d+): error: (?P<message>.*)")
_MODULE = re.compile(r'module named "(\w+)')
_CODES = ("attr-defined", "name-defined", "call-arg", "call-overload", "import-not-found", "union-attr", "misc")
"""What a made-up name comes out as. Other errors are about types, which the verdict says nothing of."""


class Mypy:
    """The type checker beside this interpreter."""

    languages: tuple[str, ...] = ("python",)

    def is_installed(self) -> bool:
        """Whether this environment has mypy."""
        return find_spec("mypy") is not None

    def errors(self, root: Path, path: str, sandbox: Sandbox) -> list[Diagnostic] | None:
        """Its errors about names."""
        bases = [base for base in (root / "src", root) if base.is_dir()]
        base = next(base for base in bases if (root / path).is_relative_to(base))
        command = [sys.executable, "-I", "-m", "mypy", "--config-file=", "--check-untyped-defs", "--no-error-summary",
                   "--no-color-output", "--show-error-codes", "--no-site-packages", "--namespace-packages",
                   "--explicit-package-bases", "--cache-dir", str(sandbox.folder / "mypy"),
                   "--follow-imports=silent", str((root / path).relative_to(base))]  # fmt: skip
        answer = sandbox.run(command, base, {"MYPYPATH": os.pathsep.join(map(str, bases))}, memory_bytes=4_000_000_000)
        found = parsed(answer, _LINE, root, path, base)
        return found and [
            diagnostic
            for diagnostic in found
            if diagnostic.message.endswith(tuple(f"[{code}]" for code in _CODES))
            and not _is_of_others(diagnostic.message, bases)
        ]


def _is_of_others(message: str, bases: Iterable[Path]) -> bool:
    """Whether an error says no more than that somebody else's module is not here."""
    found = _MODULE.search(message)
    return found is not None and not any(
        (base / f"{found[1]}{ending}").exists() for base in bases for ending in ("", ".py")
    )
