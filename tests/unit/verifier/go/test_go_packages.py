"""Go: where dependencies lie, and what the table of the standard library holds."""

from pathlib import Path

import pytest
from solulu.core.errors import InvalidArgument
from solulu.verifier.case import Case
from solulu.verifier.go.packages import default_packages, packages
from solulu.verifier.go.standard import STANDARD, TABLE, standard_library, standard_packages, standard_words
from solulu.verifier.go.standard_table import table
from solulu.verifier.go.summary import summarize_file

CASE = Case("main.go", 'package main\n\nimport (\n\t"fmt"\n\t"github.com/Acme/Money/cash"\n\t"../up"\n)\n', "", "")


def write(root: Path, *paths: str) -> None:
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text("package x\n")


def test_the_module_cache_gives_the_newest_versions_of_what_is_imported(tmp_path):
    versions = ["v1.2.0", "v1.10.0", "v1.9.1", "v0.1.0", "v1.11.0-rc1"]
    write(tmp_path, *(f"github.com/!acme/!money@{version}/cash/cash.go" for version in versions))
    write(tmp_path, "github.com/!acme/!money@v1.2.0/cash/cash_test.go", "github.com/other/thing@v1.0.0/a.go")

    found = list(packages(CASE, tmp_path))

    assert [package.name.rpartition("@")[2] for package in found] == ["v1.11.0-rc1", "v1.10.0", "v1.9.1", "v1.2.0"]
    assert {package.name.partition("@")[0] for package in found} == {"github.com/Acme/Money"}
    assert [file.name for file in found[-1].files] == ["cash.go"]


def test_a_vendor_folder_gives_the_packages_themselves(tmp_path):
    write(tmp_path, "vendor/github.com/Acme/Money/cash/cash.go", "vendor/github.com/Acme/Money/cash/sub/sub.go")

    found = list(packages(CASE, tmp_path / "vendor"))

    assert [package.name for package in found] == ["github.com/Acme/Money/cash@vendor"]
    assert [file.name for file in found[0].files] == ["cash.go"]


def test_links_and_folders_that_are_not_there_are_refused(tmp_path):
    write(tmp_path, "outside/secret.go")
    (tmp_path / "cache/github.com/!acme").mkdir(parents=True)
    (tmp_path / "cache/github.com/!acme/!money@v1.0.0").symlink_to(tmp_path / "outside")

    assert list(packages(CASE, tmp_path / "cache")) == []
    with pytest.raises(InvalidArgument):
        list(packages(CASE, tmp_path / "nowhere"))


def test_dependencies_lie_in_the_repositorys_vendor_folder_or_in_the_module_cache(tmp_path, monkeypatch):
    write(tmp_path, "with/vendor/a/a.go", "cache/a.go")
    monkeypatch.setenv("GOMODCACHE", str(tmp_path / "cache"))

    assert default_packages(tmp_path / "with") == tmp_path / "with" / "vendor"
    assert default_packages(tmp_path / "without") == tmp_path / "cache"
    monkeypatch.setenv("GOMODCACHE", str(tmp_path / "gone"))
    assert default_packages(None) is None


def test_the_table_holds_what_programs_can_reach_and_no_more():
    library = standard_packages()

    assert TABLE.stat().st_size < 1_000_000
    assert {"net/http", "encoding/json", "slices", "unsafe", "testing"} <= library.folders.keys()
    assert "Get" in library.package(STANDARD, "net/http", "http").names
    assert not [name for name in library.package(STANDARD, "net/http", "http").names if name.startswith("fix")]
    assert {"Fprintf", "ServeHTTP", "StatusTeapot"} <= standard_words()
    assert all(path.split("/")[0].isidentifier() for path in standard_library().summaries["go"])


def test_a_table_keeps_types_that_exported_ones_are_made_of(tmp_path):
    (tmp_path / "pkg/internal/deep").mkdir(parents=True)
    (tmp_path / "pkg/pkg.go").write_text(
        'package pkg\n\nimport "io"\n\ntype Open struct {\n\tinner // why\n\tio.Reader\n\tcount int\n\tSize int\n}\n\n'
        "type inner struct{ Deep int }\n\ntype unreached struct{}\n\nfunc (i inner) Touch() {}\n\nfunc helper() {}\n"
    )
    (tmp_path / "pkg/pkg_other.go").write_text("package pkg\n\nconst Limit = 1\n")
    (tmp_path / "pkg/pkg_windows.go").write_text("package pkg\n\nconst Limit = 2\n")
    (tmp_path / "pkg/internal/deep/deep.go").write_text("package deep\n\nfunc Secret() {}\n")

    made = table(tmp_path)

    summaries = made.summaries["go"]
    assert summaries["pkg/pkg.go"]["d"] == {
        "Open": ["t", "struct{inner; io.Reader; Size int}"],
        "inner": ["t", "struct{Deep int}"],
    }
    assert summaries["pkg/pkg.go"]["m"] == {"inner": {"Touch": ["func()"]}}
    assert ["Limit" in summaries.get(f"pkg/pkg_{name}.go", {}).get("d", {}) for name in ("other", "windows")] == [
        True,
        False,
    ]
    assert summaries["pkg/internal/deep/internal.go"] == {"x": 1, "p": "deep"}
    assert "Secret" not in made.vocabulary
    assert made == table(tmp_path)


@pytest.mark.parametrize(
    ("line", "declaration"),
    [
        ("var a, b = f()", {"a": ["e", "f()", 0], "b": ["e", "f()", 1]}),
        ("var a, b int", {"a": ["v", "int"], "b": ["v", "int"]}),
        ("const (\n\tA T = iota\n\tB\n)", {"A": ["v", "T"], "B": ["v", "T"]}),
        ("const (\n\tA, _ = 1, 2\n\tB, C\n)", {"A": ["l", "int"], "B": ["l", "int"], "C": ["l", "int"]}),
        ("func F[K comparable, V any](k K) V", {"F": ["f", "func(k K) V", ["K", "V"]]}),
        ("type A = b.C", {"A": ["a", "b.C"]}),
        (f"var a = T{{{'1, ' * 90}}}", {"a": ["e", "T{}"]}),
        (f"var a = &T{{{'1, ' * 90}}}", {"a": ["e", "&T{}"]}),
        (f"var a = f({'1, ' * 90})", {"a": ["e", "f()"]}),
        (f"var a = func(n int) int {{{'_ = 1; ' * 40}}}", {"a": ["e", "func(n int) int {}"]}),
        (f"var a = 1 + {'1 + ' * 60}1", {"a": ["e", ""]}),
    ],
)
def test_a_summary_has_the_types_of_names_as_text(line, declaration):
    summary = summarize_file("p.go", f"package p\n\n{line}\n".encode())

    assert summary == {"p": "p", "d": declaration}


def test_build_files_say_what_modules_require_replace_and_leave_out():
    text = b'module "example.com/a" // why\n\nrequire (\n\tb.org/b v1.0.0 // indirect\n)\nreplace c.org/c v1 => ../c\n'

    assert summarize_file("go.mod", text) == {
        "module": "example.com/a",
        "require": {"b.org/b": "v1.0.0"},
        "replace": {"c.org/c": "../c"},
    }
    assert summarize_file(".gitignore", b"# no\n/gen/\n**/mocks\n*.pb.go\n!keep\n") == {
        "ignored": ["*.pb.go", "gen", "mocks"]
    }
    modules = b'[submodule "shared"]\n\tpath = lib/shared\n'
    assert "lib/shared" in summarize_file(".gitmodules", modules)["ignored"]
    assert summarize_file("p.go", None) == {"x": 1}
