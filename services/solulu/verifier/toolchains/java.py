"""Java: `javac` compiles the file with the repository's sources beside it, without annotation processors."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

from solulu.verifier.toolchains.sandbox import Sandbox
from solulu.verifier.toolchains.toolchain import Diagnostic, parsed

_LINE = re.compile(r"(?P<path>[^\s:][^:]*\.java):(?P<line>\d+): error: (?P<message>.*)")
_PACKAGE = re.compile(r"^\s*package\s+([\w.]+)\s*;", re.M)
_SOURCES = ("src/main/java", "src/test/java", "src")


class Javac:
    """The JDK's compiler; dependencies are the jars that lie in the repository."""

    languages: tuple[str, ...] = ("java",)

    def is_installed(self) -> bool:
        """Whether `javac` is on the PATH."""
        return shutil.which("javac") is not None

    def errors(self, root: Path, path: str, sandbox: Sandbox) -> list[Diagnostic] | None:
        """The compiler's errors."""
        places = [self._source_root(root / path), *(root / folder for folder in _SOURCES)]
        module = next((parent for parent in (root / path).parents if (parent / "src").is_dir()), root)
        places += [module / folder for folder in _SOURCES]
        sources = os.pathsep.join(dict.fromkeys(str(place) for place in places if place.is_dir()))
        jars = os.pathsep.join(sorted(str(jar) for jar in root.rglob("*.jar")))
        command = ["javac", "-J-Xmx1g", "-proc:none", "-implicit:none", "-Xmaxerrs", "1000", "-encoding", "UTF-8",
                   "-XDshould-stop.ifError=FLOW", "-nowarn", "-sourcepath", sources, "-classpath", jars or ".",
                   "-d", str(sandbox.folder / "classes"), str(root / path)]  # fmt: skip
        (sandbox.folder / "classes").mkdir(parents=True, exist_ok=True)
        answer = sandbox.run(command, root, {})
        return parsed(answer, _LINE, root, path, root)

    def _source_root(self, file: Path) -> Path:
        """The folder that the file's package is named from."""
        package = _PACKAGE.search(file.read_text("utf-8", "replace"))
        depth = package[1].count(".") + 1 if package else 0
        return file.parents[depth] if depth < len(file.parents) else file.parent
