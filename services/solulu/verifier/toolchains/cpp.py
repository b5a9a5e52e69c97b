"""C++: `g++ -fsyntax-only` on the file, with the usual folders of headers; nothing is compiled to code."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from solulu.verifier.toolchains.sandbox import Sandbox
from solulu.verifier.toolchains.toolchain import Diagnostic, parsed

_LINE = re.compile(r"(?P<path>[^\s:][^:]*):(?P<line>\d+):\d+: (?:fatal )?error: (?P<message>.*)")
_INCLUDED = ("", "include", "src", "source", "lib")


class Gcc:
    """The GNU compiler."""

    languages: tuple[str, ...] = ("cpp",)

    def is_installed(self) -> bool:
        """Whether `g++` is on the PATH."""
        return shutil.which("g++") is not None

    def errors(self, root: Path, path: str, sandbox: Sandbox) -> list[Diagnostic] | None:
        """The compiler's errors, templates instantiated where the file does."""
        folders = [root / name for name in _INCLUDED] + [(root / path).parent]
        includes = [f"-I{folder}" for folder in dict.fromkeys(folders) if folder.is_dir()]
        command = ["g++", "-fsyntax-only", "-std=c++20", "-w", "-fmax-errors=0", "-fno-diagnostics-show-caret",
                   "-fdiagnostics-color=never", *includes, "-x", "c++", str(root / path)]  # fmt: skip
        answer = sandbox.run(command, root, {}, memory_bytes=4_000_000_000)
        return parsed(answer, _LINE, root, path, root)
