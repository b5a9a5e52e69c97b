"""Dependencies are found where they are installed, and what their package.json gives out is what an import means."""

from pathlib import Path

import pytest
from solulu.core.errors import InvalidArgument
from solulu.verifier.case import Case
from solulu.verifier.check import check
from solulu.verifier.ecmascript.packages import default_packages, packages
from solulu.verifier.index import build, merge

INSTALLED = {
    "typed/package.json": '{"name": "typed", "main": "dist/run.js", "types": "types/run.d.ts"}',
    "typed/dist/run.js": "module.exports = { untyped() {} };",
    "typed/types/run.d.ts": "export declare function right(): { deep: number };",
    "main/package.json": '{"name": "main", "main": "lib/entry.js"}',
    "main/lib/entry.js": "module.exports = { right() { return { deep: 1 }; } };",
    "main/node_modules/inner/package.json": '{"name": "inner"}',
    "main/node_modules/inner/index.js": "module.exports = 1;",
    "@org/parts/package.json": '{"name": "@org/parts", "exports": {".": {"types": "./a.d.ts"}, "./sub/*": "./s/*.js"}}',
    "@org/parts/a.d.ts": "export declare const right: () => { deep: number };",
    "@org/parts/s/one.js": "export function right() { return { deep: 1 }; }",
    "bare/package.json": '{"name": "bare", "main": "i.js"}',
    "bare/i.js": "module.exports = load();",
    "@types/bare/package.json": '{"name": "@types/bare", "types": "index.d.ts"}',
    "@types/bare/index.d.ts": "export function right(): { deep: number };",
    "unasked/package.json": '{"name": "unasked"}',
}


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    root: Path = tmp_path_factory.mktemp("user")
    for path, content in INSTALLED.items():
        file = root / "node_modules" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)
    return root


def found(case, root):
    return list(packages(case, root))


def verdict(case, root):
    installed = [
        build(package.name, [(file.relative_to(package.root).as_posix(), file.read_bytes()) for file in package.files])
        for package in packages(case, root)
    ]
    return check(case, merge([build("user", [("b.ts", b"export {};\n")]), *installed])).verdict


@pytest.mark.parametrize("specifier", ["typed", "main", "@org/parts", "bare"])
def test_what_an_installed_package_gives_out_is_known(repository, specifier):
    prefix = f'import {{ right }} from "{specifier}";\n'

    assert verdict(Case("a.ts", prefix, "right()", ";\n"), repository) == "valid"
    assert verdict(Case("a.ts", f"import * as all from '{specifier}';\n", "all.right()", ";\n"), repository) == "valid"


@pytest.mark.parametrize("specifier", ["typed", "main", "@org/parts"])
def test_what_an_installed_package_does_not_give_out_is_refuted(repository, specifier):
    case = Case("a.ts", "", f'import {{ wronged }} from "{specifier}";', "\n")

    assert verdict(case, repository) == "hallucinated"
    assert verdict(case, repository / "node_modules") == "hallucinated"


def test_only_what_a_file_imports_is_read_and_declarations_before_code(repository):
    case = Case("a.ts", 'import "typed"; import "@org/parts/sub/one"; import "./own"; import "node:fs";\n', "x", "\n")

    assert [package.name for package in found(case, repository)] == ["@org/parts", "typed"]
    assert [file.name for file in found(case, repository)[1].files] == ["package.json", "run.d.ts"]


def test_what_is_installed_below_a_package_is_not_its_own(repository):
    [package] = found(Case("a.js", 'require("main");\n', "x", "\n"), repository)

    assert [file.name for file in package.files] == ["package.json", "entry.js"]


def test_packages_lie_beside_the_code_by_default(repository, tmp_path):
    assert default_packages(repository) == repository / "node_modules"
    assert default_packages(tmp_path) is None
    with pytest.raises(InvalidArgument):
        found(Case("a.js", "", "x", ""), tmp_path / "absent")


@pytest.mark.parametrize(
    ("ignored", "imported", "verdict"),
    [
        ("/spec/_json/*.js", "./_json/draft7", "unknown"),
        ("spec/_json/*.js", "./_json/draft7.js", "unknown"),
        ("_json/", "./_json/draft7", "unknown"),
        ("**/parsers", "./_json/parsers/one", "unknown"),
        ("*_pb.ts", "./_json/shop_pb", "unknown"),
        ("# spec/_json", "./_json/draft7", "hallucinated"),
        ("*.js", "./_json/draft7", "hallucinated"),
        ("other/*.js\n*.log", "./_json/draft7", "hallucinated"),
    ],
)
def test_a_module_that_git_ignores_may_be_made_by_a_build(ignored, imported, verdict):
    index = build(
        "shop", [(".gitignore", ignored.encode()), ("spec/_json/real.js", b""), ("spec/_json/parsers/a.js", b"")]
    )
    case = Case("spec/a.ts", 'import x from "', imported, '";\n')

    assert check(case, index).verdict == verdict
