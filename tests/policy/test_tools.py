"""What tools can check: layers, lint, format, types, protos. Their caches lie in .cache, so the second run is quick."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from support.tree import GENERATED, ROOT

CACHE = ROOT / ".cache"
SCRIPTS = Path(sys.executable).parent


def complaints(*command: str | Path, folder: Path = ROOT) -> str:
    """What a tool has to say; empty where it is content."""
    result = subprocess.run(
        [*map(str, command)], cwd=folder, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
    )
    return f"\n{result.stdout}\n{result.stderr}" if result.returncode else ""


def test_dependencies_point_one_way() -> None:
    assert complaints(SCRIPTS / "lint-imports", "--no-logo", "--cache-dir", CACHE / "import-linter") == ""


def test_ruff_finds_nothing_to_lint() -> None:
    assert complaints(SCRIPTS / "ruff", "check", "--quiet", "--cache-dir", CACHE / "ruff", ".") == ""


def test_ruff_finds_nothing_to_format() -> None:
    assert complaints(SCRIPTS / "ruff", "format", "--check", "--quiet", "--cache-dir", CACHE / "ruff", ".") == ""


def test_the_types_agree() -> None:
    assert complaints(sys.executable, "-m", "mypy", "--cache-dir", CACHE / "mypy", "--no-error-summary") == ""


def test_the_protos_keep_bufs_standard() -> None:
    assert complaints(SCRIPTS / "buf", "lint", folder=ROOT / "protos") == ""


def test_the_stubs_are_what_the_protos_generate(tmp_path: Path) -> None:
    protos = sorted(path.relative_to(ROOT / "protos") for path in (ROOT / "protos").rglob("*.proto"))
    (tmp_path / "solulu" / "v1").mkdir(parents=True)
    generated = complaints(
        *(sys.executable, "-m", "grpc_tools.protoc", "-I."),
        *(f"--{kind}_out={tmp_path}" for kind in ("python", "pyi", "grpc_python")),
        *("--include_imports", "--include_source_info"),
        f"--descriptor_set_out={tmp_path}/solulu/v1/descriptors.binpb",
        *protos,
        folder=ROOT / "protos",
    )
    assert generated == ""
    (tmp_path / "solulu" / "v1" / "__init__.py").touch()

    def contents(folder: Path) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}

    fresh, committed = contents(tmp_path / "solulu" / "v1"), contents(ROOT / GENERATED)
    stale = sorted(name for name in fresh.keys() | committed.keys() if fresh.get(name) != committed.get(name))
    assert not stale, "run `make protos` and commit what it writes"
