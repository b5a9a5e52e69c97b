"""Dependencies are looked into where each language's own tools lay them, and are unknown elsewhere."""

from __future__ import annotations

import sysconfig
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from solulu.core.settings import Settings
from solulu.serving.check import check_cases
from solulu.verifier.rust.packages import default_packages
from support.repositories import write_files
from support.verdicts import marked

SITE_PACKAGES = Path(sysconfig.get_path("purelib"))


@dataclass
class Use:
    """A file that uses dependencies, and completions in it by the verdict that they deserve."""

    path: str
    text: str
    """The completion stands in the place of `<<>>`."""
    valid: Sequence[str]
    hallucinated: Sequence[str]
    unknown: Sequence[str]
    repository: dict[str, str] = field(default_factory=dict)

    @property
    def deserved(self) -> dict[str, str]:
        return {one: name for name in ("valid", "hallucinated", "unknown") for one in getattr(self, name)}


@pytest.fixture
def verdicts(tmp_path):
    """The verdicts on the completions of a use, with the dependencies below a folder."""

    def told(use: Use, folder: Path | None) -> dict[str, str]:
        write_files(tmp_path / "shop", {"README.md": "A shop.\n", **use.repository})
        cases = [vars(marked(use.path, use.text.replace("<<>>", f"<<{one}>>"))) for one in use.deserved]
        settings = Settings(home=tmp_path / "home")
        found = check_cases(f"folder:{tmp_path / 'shop'}", cases, settings, folder)
        return {case["completion"]: verdict["verdict"] for case, verdict in zip(cases, found, strict=True)}

    return told


# -- distributions in site-packages ------------------------------------------------------------------------------------

DISTRIBUTIONS = [
    Use("plain.py", "import gone\nimport httpx\n\nclient = httpx.Client()\n<<>>\n",
        ["client.get('a').status_code", "httpx.URL('a').host", "from httpx import AsyncClient",
         "client.get('a', params={})"],
        ["client.fetch_all('a')", "httpx.URL('a').host_of_it", "from httpx import ParallelClient",
         "client.get('a', follow_some_links=True)", "import httpx.parallel_clients"],
        ["client.get('a').json().name", "getattr(httpx, 'get').anything", "gone.away()"]),
    Use("space.py", "from google.protobuf import json_format\n\n<<>>\n",
        ["json_format.MessageToDict", "from google.protobuf.message import Message"],
        ["json_format.MessageToDictionary", "from google.protobuf.message import Messenger"],
        ["from google.protobuf.timestamp_pb2 import Timestamp", "import google.gone"]),
]  # fmt: skip


@pytest.mark.parametrize("use", DISTRIBUTIONS, ids=lambda use: use.path)
def test_installed_distributions_are_known(verdicts, use):
    assert verdicts(use, SITE_PACKAGES) == use.deserved


CONFTEST = "import {0}\n\n\ndef run(thing):\n    <<>>\n"


def test_nothing_is_proved_by_absence_where_a_distribution_imports_what_was_not_read(verdicts, tmp_path):
    write_files(tmp_path / "installed", {"inner/__init__.py": "class Inner: ...\n", "plain/__init__.py": "kept = 1\n"})
    write_files(tmp_path / "installed", {"outer/__init__.py": "from inner import Inner\nkept = 1\n"})
    plain = Use("a.py", CONFTEST.format("plain"), [], ["thing.turn_over_it()"], [])
    outer = Use("b.py", CONFTEST.format("outer"), [], [], ["thing.turn_over_it()"])

    assert verdicts(plain, tmp_path / "installed") == plain.deserved
    assert verdicts(outer, tmp_path / "installed") == outer.deserved


def test_nothing_is_proved_by_absence_where_a_package_of_npm_imports_what_was_not_read(verdicts, tmp_path):
    text = 'const {{ kept }} = require("{0}");\nmodule.exports = (thing) => {{\n  <<>>;\n}};\n'
    for name, code in {"inner": "", "plain": "", "outer": 'exports.Inner = require("inner");\n'}.items():
        files = {"package.json": f'{{"name": "{name}"}}', "index.js": f"exports.kept = 1;\n{code}"}
        write_files(tmp_path / "node_modules" / name, files)
    plain = Use("a.js", text.format("plain"), [], ["thing.turnOverIt()"], [])
    outer = Use("b.js", text.format("outer"), [], [], ["thing.turnOverIt()"])

    assert verdicts(plain, tmp_path / "node_modules") == plain.deserved
    assert verdicts(outer, tmp_path / "node_modules") == outer.deserved


# -- packages that npm installed ---------------------------------------------------------------------------------------

NODE_MODULES = {
    "money/package.json": """{"name": "money", "version": "1.0.0", "exports": {
        ".": {"import": {"types": "./dist/money.d.mts", "default": "./dist/money.mjs"}},
        "./parts/*": {"types": "./dist/parts/*.d.ts"}}}""",
    "money/dist/money.mjs": "export const untyped = 1;\n",
    "money/dist/money.d.mts": "export declare class Money { add(other: Money): Money; }\nexport * from 'absent';\n",
    "money/dist/parts/coin.d.ts": "export declare function toss(): boolean;\n",
    "@shop/till/package.json": '{"name": "@shop/till", "version": "2.0.0", "main": "./lib/till.js"}',
    "@shop/till/lib/till.js": "class Till { open() {} }\nmodule.exports = { Till };\n",
    "@shop/till/node_modules/money/package.json": '{"name": "money", "version": "0.1.0", "main": "old.js"}',
    "@shop/till/node_modules/money/old.js": "module.exports = { Old: class {} };\n",
    "wide/package.json": '{"name": "wide", "types": "index.d.ts"}',
    "wide/index.d.ts": "export = wide;\ndeclare const wide: wide.All;\ndeclare namespace wide { interface All {} }\n",
    "wide/more.d.ts": 'import wide = require("./index");\ndeclare module "./index" { interface All { chunk(): 1 } }\n',
    "assert/package.json": '{"name": "assert", "main": "assert.js"}',
    "assert/assert.js": "module.exports = function () {};\n",
}
OLD = {
    "node_modules/money/package.json": '{"name": "money", "version": "0.1.0", "types": "old.d.ts"}',
    "node_modules/money/old.d.ts": "export declare class Old { sum(): number; }\n",
}
IMPORTS = """import { Money } from "money";
import { toss } from "money/parts/coin";
import { Till } from "@shop/till";
import * as wide from "wide";
import assert from "assert";
import { away } from "gone";
declare const money: Money;
declare const name: string;
<<>>;
"""
MODULES = [
    Use("src/run.ts", IMPORTS,
        ["money.add(money)", "toss()", "new Till().open()", "assert.strictEqual(1, 1)"],
        ["money.subtract(money)", 'import { flip } from "money/parts/coin"', "new Till().closeDown()",
         "wide.allOfThem()"],
        ['import { Coin } from "money"', "away.further()", "JSON.parse(name).anything()", "wide.chunk()"]),
    Use("parts/old/run.ts", 'import { <<>> } from "money";\n', ["Old"], ["Money"], [],
        {f"parts/old/{path}": text for path, text in OLD.items()}),
]  # fmt: skip


@pytest.mark.parametrize("use", MODULES, ids=lambda use: use.path)
def test_what_npm_installed_is_known(verdicts, tmp_path, use):
    write_files(tmp_path / "shop" / "node_modules", NODE_MODULES)

    assert verdicts(use, None) == use.deserved


# -- crates that Cargo unpacked ----------------------------------------------------------------------------------------

CRATE = 'pub struct Coin;\nimpl Coin {\n    pub fn toss(&self) -> bool { true }\n}\n#[cfg(feature = "big")]\nmod big;\n'
MANIFEST = '[package]\nname = "shop"\nedition = "2021"\n\n[dependencies]\nsome-coin = "1"\ntwice = "1"\ngone = "1"\n'
CRATES = Use(
    "src/run.rs", "use some_coin::Coin;\n\nfn run(coin: Coin, other: twice::Other) {\n    <<>>\n}\n",
    ["coin.toss();", "some_coin::Coin;"],
    ["coin.flip_over();", "some_coin::Coins;", "never_asked_for::Coin;"],
    ["gone::Coin;", "twice::Another;", "other.anything();"],
    {"Cargo.toml": MANIFEST, "src/lib.rs": "mod run;\n"},
)  # fmt: skip


@pytest.mark.parametrize("place", ["registry/src", "registry/src/index-1949cf8c6b5b557f", "vendor"])
def test_what_cargo_unpacked_is_known_unless_it_is_there_in_versions_that_are_not_compatible(verdicts, tmp_path, place):
    index = "vendor" if place == "vendor" else "registry/src/index-1949cf8c6b5b557f"
    for name, version in [("some-coin", "1.2.0"), ("some-coin", "1.10.1"), ("twice", "1.0.0"), ("twice", "2.0.0")]:
        files = {"Cargo.toml": f'[package]\nname = "{name}"\nversion = "{version}"\n', "src/lib.rs": CRATE}
        if version == "1.2.0":
            files["src/lib.rs"] = "pub struct Old;\n"
        write_files(tmp_path / index / f"{name}-{version}", files)

    assert verdicts(CRATES, tmp_path / place) == CRATES.deserved


def test_cargos_home_may_be_elsewhere(tmp_path, monkeypatch):
    (tmp_path / "cargo" / "registry" / "src").mkdir(parents=True)
    monkeypatch.setenv("CARGO_HOME", str(tmp_path / "cargo"))

    assert default_packages(None) == tmp_path / "cargo" / "registry" / "src"


# -- modules in Go's cache and in a vendor folder ----------------------------------------------------------------------

COIN = "package coin\n\ntype Coin struct{ Value int }\n\nfunc (c Coin) Toss() bool { return c.Value > 0 }\n"
REQUIRED = "module example.com/shop\nrequire github.com/BurntSushi/coins v1.1.0\nrequire github.com/gone/gone v1.0.0\n"
GO = Use(
    "main.go",
    'package main\n\nimport (\n\t"github.com/BurntSushi/coins/coin"\n\t"github.com/gone/gone"\n)\n\n'
    "func main() {\n\tvar c coin.Coin\n\t_ = gone.Away\n\t<<>>\n}\n",
    ["c.Toss()", "_ = c.Value", "_ = coin.Coin{}"],
    ["c.FlipOver()", "_ = coin.Coins{}", "_ = c.Worth"],
    ["gone.Further()", "gone.Away.Method()"],
    {"go.mod": REQUIRED},
)  # fmt: skip


def test_modules_in_the_cache_are_known_in_the_version_that_is_required(verdicts, tmp_path):
    cache = tmp_path / "mod" / "github.com" / "!burnt!sushi"
    write_files(cache / "coins@v1.1.0", {"go.mod": "module github.com/BurntSushi/coins\n", "coin/coin.go": COIN})
    write_files(
        cache / "coins@v1.2.0", {"go.mod": "module github.com/BurntSushi/coins\n", "coin/coin.go": "package coin\n"}
    )
    other = replace(GO, repository={"go.mod": REQUIRED.replace("v1.1.0", "v1.0.9")})

    assert verdicts(GO, tmp_path / "mod") == GO.deserved
    assert "hallucinated" not in verdicts(other, tmp_path / "mod").values()


def test_vendored_modules_are_known(verdicts, tmp_path):
    modules = "# github.com/BurntSushi/coins v1.1.0\n## explicit\ngithub.com/BurntSushi/coins/coin\n"
    write_files(
        tmp_path / "shop" / "vendor", {"modules.txt": modules, "github.com/BurntSushi/coins/coin/coin.go": COIN}
    )

    assert verdicts(GO, tmp_path / "shop" / "vendor") == GO.deserved
    assert verdicts(GO, None) == GO.deserved


# -- jars in Maven's repository ----------------------------------------------------------------------------------------

JAVA = Use(
    "src/main/java/shop/Run.java",
    "package shop;\n\nimport org.coins.Coin;\nimport org.twice.Other;\nimport org.gone.Gone;\n\n"
    "class Run {\n    void run(Coin coin, Other other, Gone gone) throws Exception {\n        <<>>\n    }\n}\n",
    ["coin.toss();", "Coin.of(1).toss();"],
    ["coin.flipOver();", "Coin.ofAll(1);", "new Coin(1, 2);"],
    ["gone.away();", "other.anything();", "((Gone) coin.getClass().getMethod(\"toss\").invoke(coin)).away();"],
)  # fmt: skip


def test_source_jars_are_known_unless_they_are_there_in_several_majors(verdicts, tmp_path):
    coin = (
        "package org.coins;\n\npublic class Coin {\n  Coin() { }\n  public static Coin of(int worth) { return null; }\n"
    )
    jars = [
        ("org/coins", "coins", "1.2", coin + "}\n"),
        ("org/coins", "coins", "1.10", coin + "    public boolean toss() { return true; }\n}\n"),
        ("org/twice", "twice", "1.0", "package org.twice;\n\npublic class Other { }\n"),
        ("org/twice", "twice", "2.0", "package org.twice;\n\npublic class Other { public void more() { } }\n"),
    ]
    for group, artifact, version, text in jars:
        jar = tmp_path / "m2" / group / artifact / version / f"{artifact}-{version}-sources.jar"
        jar.parent.mkdir(parents=True)
        with zipfile.ZipFile(jar, "w") as written:
            written.writestr(f"{group}/{text.partition('class ')[2].partition(' ')[0]}.java", text)

    assert verdicts(JAVA, tmp_path / "m2") == JAVA.deserved


# -- headers that a repository has taken in ----------------------------------------------------------------------------

HEADER = "#pragma once\nnamespace coins { struct Coin { bool toss() const; }; Coin make(int value); }\n"
CPP = Use(
    "src/run.cpp", '#include "coins/coin.h"\n\nbool run(coins::Coin coin) {\n    return <<>>;\n}\n',
    ["coin.toss()", "coins::make(1).toss()"], ["coin.flip_it_over()", "coins::make_all_of(1)"], [],
    {"third_party/coins/coin.h": HEADER},
)  # fmt: skip
ELSEWHERE = Use("src/run.cpp", CPP.text, [], [], ["coin.toss()", "coin.flip_it_over()", "coins::make_all_of(1)"])


@pytest.mark.parametrize("use", [CPP, ELSEWHERE], ids=["vendored", "elsewhere"])
def test_headers_are_known_where_the_repository_has_them(verdicts, tmp_path, use):
    write_files(tmp_path / "elsewhere", {"coins/coin.h": HEADER})

    assert verdicts(use, tmp_path / "elsewhere") == use.deserved
