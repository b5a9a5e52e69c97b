"""Toolchains: what the installed compilers say about a made-up name, and the place where they are asked."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from solulu.verifier.case import Case
from solulu.verifier.toolchains import TOOLCHAINS, Sandbox, Workspace, toolchain_of
from support.repositories import write_files


def lines(*texts: str) -> str:
    return "".join(f"{text}\n" for text in texts)


REPOSITORIES = {
    "cpp": (
        {
            "include/shapes/circle.h": lines("#pragma once", "struct Circle { double area() const { return 3; } };"),
            "src/main.cpp": lines('#include "shapes/circle.h"', "double run() {", "Circle c;", "return c.area();", "}"),
        },
        "src/main.cpp", "c.area()", "c.surface_sum()",
    ),
    "go": (
        {
            "go.mod": lines("module example.com/shapes", "go 1.21"),
            "circle/circle.go": lines("package circle", "type Circle int", "func (c Circle) Area() int { return 3 }"),
            "run.go": lines(
                "package shapes", 'import "example.com/shapes/circle"', "func Run() int {", "c := circle.Circle(1)",
                "return c.Area()", "}",
            ),
        },
        "run.go", "c.Area()", "c.SurfaceSum()",
    ),
    "java": (
        {
            "src/main/java/shapes/Circle.java": lines("package shapes;", "class Circle { int area() { return 3; } }"),
            "src/main/java/shapes/Main.java": lines(
                "package shapes;", "class Main {", "int run(Circle circle) {", "return circle.area();", "}", "}"
            ),
        },
        "src/main/java/shapes/Main.java", "circle.area()", "circle.surfaceSum()",
    ),
    "javascript": (
        {
            "package.json": '{"type": "module"}',
            "src/circle.js": lines("export class Circle {", "area() { return 3; }", "}"),
            "src/run.js": lines(
                'import { Circle } from "./circle.js";', "export function run() {", "return new Circle().area();", "}"
            ),
        },
        "src/run.js", "new Circle().area()", "new Circle().surfaceSum()",
    ),
    "python": (
        {
            "shapes/__init__.py": "",
            "shapes/circle.py": lines("class Circle:", "    def area(self) -> float:", "        return 3.0"),
            "shapes/run.py": lines(
                "from shapes.circle import Circle", "def run():", "    circle = Circle()", "    return circle.area()"
            ),
        },
        "shapes/run.py", "circle.area()", "circle.surface_sum()",
    ),
    "rust": (
        {
            "Cargo.toml": lines("[package]", 'name = "shapes"', 'edition = "2021"'),
            "src/circle.rs": lines("pub struct Circle;", "impl Circle {", "pub fn area(&self) -> u8 { 3 }", "}"),
            "src/lib.rs": lines(
                "pub mod circle;", "pub fn run() -> u8 {", "let circle = circle::Circle;", "circle.area()", "}"
            ),
        },
        "src/lib.rs", "circle.area()", "circle.surface_sum()",
    ),
    "typescript": (
        {
            "tsconfig.json": lines('{"compilerOptions": {"strict": true}, "include": ["src"]}'),
            "src/circle.ts": lines("export class Circle {", "area(): number { return 3; }", "}"),
            "src/run.ts": lines(
                'import { Circle } from "./circle";', "export const run = (circle: Circle) =>", "  circle.area();"
            ),
        },
        "src/run.ts", "circle.area()", "circle.surfaceSum()",
    ),
}  # fmt: skip


@pytest.mark.parametrize("language", sorted(REPOSITORIES))
def test_a_made_up_name_is_a_new_error_on_its_line(language: str, tmp_path: Path) -> None:
    toolchain = toolchain_of(language)
    assert toolchain is not None
    if not toolchain.is_installed():
        pytest.skip(f"the toolchain for {language} is not installed")
    files, path, golden, invented = REPOSITORIES[language]
    write_files(tmp_path / "shapes", files)
    prefix, suffix = files[path].split(golden)
    workspace = Workspace(tmp_path / "shapes", tmp_path / "work")

    wrong = workspace.compare(toolchain, Case(path, prefix, invented, suffix), golden)
    right = workspace.compare(toolchain, Case(path, prefix, golden, suffix), golden)

    assert wrong is not None
    assert right is not None
    assert wrong.golden == right.golden == right.new == ()
    assert prefix.count("\n") + 1 in {error.line for error in wrong.new}
    assert (tmp_path / "work" / "repository" / path).read_text() == files[path]
    assert (tmp_path / "shapes" / path).read_text() == files[path]


def test_a_module_of_the_repository_that_is_not_there_is_an_error_and_one_of_others_is_none(tmp_path: Path) -> None:
    toolchain = toolchain_of("python")
    assert toolchain is not None
    if not toolchain.is_installed():
        pytest.skip("mypy is not installed")
    write_files(tmp_path / "shapes", {"src/shapes/__init__.py": "", "src/shapes/circle.py": "area = 3\n"})
    workspace = Workspace(tmp_path / "shapes", tmp_path / "work")

    compared = workspace.compare(toolchain, Case("tests/a.py", "import ring\nimport shapes.", "oval", "\n"), "circle")

    assert compared is not None
    assert compared.golden == ()
    assert [error.line for error in compared.new] == [2]
    assert "shapes.oval" in compared.new[0].message


def test_rust_is_compiled_with_the_default_features_that_need_no_dependency(tmp_path: Path) -> None:
    toolchain = toolchain_of("rust")
    assert toolchain is not None
    if not toolchain.is_installed():
        pytest.skip("rustc is not installed")
    manifest = lines(
        "[package]", 'name = "shapes"', "[dependencies]", "serde = { version = '1', optional = true }", "[features]",
        'default = ["deep", "files"]', 'deep = ["wide"]', 'wide = ["serde?/std"]', 'files = ["dep:serde"]',
    )  # fmt: skip
    code = lines('#[cfg(feature = "wide")]', "pub fn wide() {", "", "}", '#[cfg(feature = "files")]', "use serde::A;")
    write_files(tmp_path / "shapes", {"Cargo.toml": manifest, "src/lib.rs": code})
    workspace = Workspace(tmp_path / "shapes", tmp_path / "work")
    prefix, suffix = code.split("\n\n")

    compared = workspace.compare(toolchain, Case("src/lib.rs", f"{prefix}\n", "deeper();", f"\n{suffix}"), "")

    assert compared is not None
    assert compared.golden == ()
    assert [error.line for error in compared.new] == [3]


def test_errors_that_the_golden_has_too_are_not_new(tmp_path: Path) -> None:
    toolchain = toolchain_of("cpp")
    assert toolchain is not None
    if not toolchain.is_installed():
        pytest.skip("g++ is not installed")
    write_files(tmp_path / "shapes", {"a.cpp": ""})
    workspace = Workspace(tmp_path / "shapes", tmp_path / "work")

    compared = workspace.compare(toolchain, Case("a.cpp", "int a = ", "1 +\n b", ";\nint c = d;\n"), "1")

    assert compared is not None
    assert [error.line for error in compared.golden] == [2]
    assert [error.line for error in compared.new] == [2]
    assert "'b'" in compared.new[0].message.replace("\u2018", "'").replace("\u2019", "'")


def test_a_file_outside_the_repository_is_not_touched(tmp_path: Path) -> None:
    write_files(tmp_path / "shapes", {"a.py": ""})
    workspace = Workspace(tmp_path / "shapes", tmp_path / "work")

    assert workspace.compare(TOOLCHAINS[0], Case("../../up.cpp", "", "x", ""), "y") is None
    assert not list(tmp_path.rglob("up.cpp"))


class TestSandbox:
    """What runs there has limits."""

    def test_a_command_that_does_not_end_is_ended(self, tmp_path: Path) -> None:
        start = time.monotonic()
        answer = Sandbox(tmp_path, seconds=1.0).run(["/bin/sh", "-c", "sleep 600 & sleep 600"], tmp_path, {})

        assert answer is None
        assert time.monotonic() - start < 60

    def test_the_environment_is_clean(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("SECRET_TOKEN", "word")

        output = printed(tmp_path, "env", GIVEN="yes")

        assert "SECRET_TOKEN" not in output
        assert "GIVEN=yes" in output
        assert f"HOME={tmp_path / 'home'}" in output

    def test_memory_and_file_sizes_are_limited(self, tmp_path: Path) -> None:
        memory, file, core = printed(tmp_path, "/bin/sh", "-c", "ulimit -v; ulimit -f; ulimit -c").split()

        assert memory == str(1 << 20)
        assert file.isdigit()
        assert core == "0"

    def test_there_is_no_network_where_the_kernel_lets_us_take_it_away(self, tmp_path: Path) -> None:
        if "uid" not in printed(tmp_path, "unshare", "--map-root-user", "--net", "id"):
            pytest.skip("this kernel lets nobody have a network of their own")

        devices = printed(tmp_path, "cat", "/proc/net/dev")

        assert {line.split(":")[0].strip() for line in devices.splitlines() if ":" in line} <= {"lo"}


def printed(folder: Path, *command: str, **environment: str) -> str:
    answer = Sandbox(folder).run(command, folder, environment, memory_bytes=1 << 30)
    assert answer is not None
    return answer.output
