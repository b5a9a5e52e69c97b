"""TypeScript and JavaScript: `tsc --noEmit` over the project that the nearest tsconfig.json describes."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from solulu.verifier.toolchains.sandbox import Sandbox
from solulu.verifier.toolchains.toolchain import Diagnostic, parsed

_LINE = re.compile(r"(?P<path>[^\s(][^(]*)\((?P<line>\d+),\d+\): error (?P<message>TS\d+: .*)")
_GLOBAL = re.compile(r"^error TS\d+:", re.M)


class Tsc:
    """The compiler as `tsc` on the PATH; dependencies are the repository's node_modules."""

    languages: tuple[str, ...] = ("typescript", "javascript")

    def is_installed(self) -> bool:
        """Whether `tsc` is on the PATH."""
        return shutil.which("tsc") is not None

    def errors(self, root: Path, path: str, sandbox: Sandbox) -> list[Diagnostic] | None:
        """The compiler's errors; None for a file of no project."""
        file = root / path
        project = next((folder for folder in file.parents if (folder / "tsconfig.json").is_file()), None)
        if project is None or not project.is_relative_to(root):
            return None
        command = ["tsc", "--noEmit", "--pretty", "false", "--skipLibCheck", "--listFiles", "--project", "."]
        answer = sandbox.run(command, project, {"NODE_OPTIONS": "--max-old-space-size=3000"})
        # Errors of no file, as of a package of types that is not there, end the work before types are looked at.
        if answer is None or str(file) not in answer.output.splitlines() or _GLOBAL.search(answer.output):
            return None
        return parsed(answer, _LINE, root, path, project)
