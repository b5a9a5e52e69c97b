"""What every source file keeps to, so that the next reader finds one house and not thirty."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest
from support.tree import files, modules, read

MAX_LINES = 400
TEXT = (".py", ".proto", ".toml", ".yaml", ".yml", ".md", ".txt", ".sh", ".html", ".jinja", ".css", ".js", "Makefile",
        ".ci/run", ".gitignore", "LICENSE", ".ini", ".cfg", ".tpl")  # fmt: skip
VAGUE = {"utils", "util", "helpers", "helper", "manager", "managers", "misc", "common", "base"}


def named(pattern: str, names: list[str]) -> list[str]:
    """Where a pattern occurs, as `file:line: text`."""
    found = re.compile(pattern)
    return [
        f"{name}:{number}: {line.strip()[:100]}"
        for name in names
        for number, line in enumerate(read(name).split("\n"), 1)
        if found.search(line)
    ]


def definitions(name: str) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef]:
    """Functions and classes at the top of a module, and the functions of its classes."""
    for node in ast.parse(read(name)).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node
        if isinstance(node, ast.ClassDef):
            yield from (inner for inner in node.body if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef))


def test_no_module_has_two_subjects() -> None:
    long = {name: len(read(name).splitlines()) for name in modules("services/", "tests/")}
    assert {name: lines for name, lines in long.items() if lines > MAX_LINES} == {}


def test_sources_are_ascii() -> None:
    assert named(r"[^\x00-\x7f]", files(*TEXT)) == []


def test_no_module_is_named_after_nothing() -> None:
    vague = [name for name in modules("services/") if VAGUE & set(re.split(r"[/_.]", name))]
    assert vague == []


def test_every_module_says_why_it_exists() -> None:
    silent = [name for name in modules("services/", "tests/") if not ast.get_docstring(ast.parse(read(name)))]
    assert silent == []


def test_everything_public_at_the_top_of_a_module_is_explained() -> None:
    silent = [
        f"{name}:{node.lineno}: {node.name}"
        for name in modules("services/")
        for node in ast.parse(read(name)).body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        and not node.name.startswith("_")
        and not ast.get_docstring(node)
    ]
    assert silent == []


def test_an_exception_to_a_tool_gives_its_reason() -> None:
    bare = named(r"# (type: ignore(\[[\w, -]+\])?|noqa(: ?[A-Z0-9, ]+)?)\s*$", modules("services/"))
    assert bare == []


def test_nothing_is_left_to_do_in_a_comment() -> None:
    assert named("TO" r"DO\b|FIX" r"ME\b|X" "XX", files(*TEXT)) == []


def test_no_conflict_was_committed() -> None:
    assert named(r"^(<{7}|>{7}|={7})( |$)", files(*TEXT)) == []


@pytest.mark.parametrize("folder", ["tests/unit/", "tests/integration/", "tests/cluster/", "tests/policy/"])
def test_every_test_is_a_sentence_and_can_fail(folder: str) -> None:
    weak = []
    for name in modules(folder):
        for node in definitions(name):
            if isinstance(node, ast.ClassDef) or not node.name.startswith("test_"):
                continue
            if len(node.name.split("_")) < 4:
                weak.append(f"{name}:{node.lineno}: {node.name} is no sentence")
            if not any(_asserts(inner) for inner in ast.walk(node)):
                weak.append(f"{name}:{node.lineno}: {node.name} asserts nothing")
    assert weak == []


def _asserts(node: ast.AST) -> bool:
    if isinstance(node, ast.Assert):
        return True
    if not isinstance(node, ast.Call):
        return False
    function = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    return function in ("raises", "fail") or function.startswith("assert_")


def test_tests_patch_nothing_but_the_environment() -> None:
    patching = named(r"unittest\.mock|\bMagic" r"Mock\b|monkeypatch\.(setattr|setitem|delattr)", modules("tests/"))
    assert [line for line in patching if not line.startswith("tests/policy/")] == []


def test_no_two_tests_of_a_module_share_a_name() -> None:
    for name in modules("tests/"):
        seen = [node.name for node in ast.parse(read(name)).body if isinstance(node, ast.FunctionDef)]
        assert len(seen) == len(set(seen)), name
