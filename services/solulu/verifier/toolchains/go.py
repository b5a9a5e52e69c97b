"""Go: `go build` compiles the file's package, or `go vet` where the file is a test; neither runs any of its code."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

from solulu.verifier.toolchains.sandbox import Sandbox
from solulu.verifier.toolchains.toolchain import Diagnostic, parsed

_LINE = re.compile(r"(?:vet: )?(?P<path>[^\s:][^:]*\.go):(?P<line>\d+)(?::\d+)?: (?P<message>.*)")


class GoBuild:
    """The go command, offline; modules come from the module cache (GOMODCACHE) as it lies there, and what was compiled
    before from GOCACHE where that is set."""

    languages: tuple[str, ...] = ("go",)

    def is_installed(self) -> bool:
        """Whether `go` is on the PATH."""
        return shutil.which("go") is not None

    def errors(self, root: Path, path: str, sandbox: Sandbox) -> list[Diagnostic] | None:
        """The compiler's errors; of a test file the first one alone, as go vet stops there."""
        folder = (root / path).parent
        is_test = path.endswith("_test.go")
        command = ["go", "vet", "-buildtag"] if is_test else ["go", "build", "-gcflags=-e", "-o", os.devnull]
        answer = sandbox.run([*command, "."], folder, self._environment(sandbox))
        return parsed(answer, _LINE, root, path, folder)

    def _environment(self, sandbox: Sandbox) -> dict[str, str]:
        modules = os.environ.get("GOMODCACHE") or str(Path("~/go/pkg/mod").expanduser())
        compiled = os.environ.get("GOCACHE") or str(sandbox.folder / "go-build")
        return {
            "GOCACHE": compiled, "GOMODCACHE": modules, "GOPROXY": "off", "GOFLAGS": "-mod=mod", "GOTOOLCHAIN": "local",
            "GONOSUMDB": "*", "GOWORK": "off", "GOENV": "off", "GOTELEMETRY": "off", "CGO_ENABLED": "0",
            "GOMAXPROCS": "2",
        }  # fmt: skip
