"""TypeScript: `tsc --noEmit` over the project that the nearest tsconfig.json describes. JavaScript: the file alone,
with what it imports, types checked as far as the compiler infers them."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from solulu.verifier.toolchains.sandbox import Sandbox
from solulu.verifier.toolchains.toolchain import Diagnostic, parsed

_LINE = re.compile(r"(?P<path>[^\s(][^(]*)\((?P<line>\d+),\d+\): error (?P<message>TS\d+: .*)")
_SCRIPTS = (".js", ".jsx", ".mjs", ".cjs")
_GLOBAL = re.compile(r"^error TS\d+:", re.M)


class Tsc:
    """The compiler as `tsc` on the PATH; dependencies are the repository's node_modules."""

    languages: tuple[str, ...] = ("typescript", "javascript")

    def is_installed(self) -> bool:
        """Whether `tsc` is on the PATH."""
        return shutil.which("tsc") is not None

    def errors(self, root: Path, path: str, sandbox: Sandbox) -> list[Diagnostic] | None:
        """The compiler's errors; None for TypeScript of no project."""
        file = root / path
        if path.endswith(_SCRIPTS):
            where, asked = root, ["--allowJs", "--checkJs", "--target", "esnext", "--module", "nodenext", str(file)]
            kept = path
        else:
            projects = [folder for folder in file.parents if (folder / "tsconfig.json").is_file()]
            if not projects or not projects[0].is_relative_to(root):
                return None
            where, asked = projects[0], ["--project", "."]
            kept = str(where.relative_to(root))
        # Of files that have not changed since, 3 times as fast.
        checked = sandbox.folder / "tsc" / kept.replace("/", "-")
        command = ["tsc", "--noEmit", "--pretty", "false", "--skipLibCheck", "--listFiles", "--incremental",
                   "--tsBuildInfoFile", f"{checked}.tsbuildinfo", *asked]  # fmt: skip
        answer = sandbox.run(command, where, {"NODE_OPTIONS": "--max-old-space-size=3000"})
        # Errors of no file, as of a package of types that is not there, end the work before types are looked at.
        if answer is None or str(file) not in answer.output.splitlines() or _GLOBAL.search(answer.output):
            return None
        return parsed(answer, _LINE, root, path, where)
