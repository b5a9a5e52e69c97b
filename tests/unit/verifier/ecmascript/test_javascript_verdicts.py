"""JavaScript: what is followed to its end is judged, and everything that may get members anywhere is unknown."""

import pytest
from solulu.verifier.case import Case, Verdict
from solulu.verifier.check import check
from solulu.verifier.index import build, merge
from unit.verifier.ecmascript.shapes import plain

VALID = [
    "a.one()",
    "b.alpha()",
    "new a.two().go()",
    'new a.two().map.get("k")',
    'path.join("a")',
    'require("./b").alpha()',
    "module.exports = a",
    'const { alpha } = require("./b")',
    "function f() { return later; } var later = 1",
    "try { f() } catch (error) { console.log(error) } function f() {}",
    "if (a) { var hoisted = 1 } hoisted",
    "for (const key in b) path.join(key)",
]
REFUTED = [
    ("a.three()", "method", "three", "Property 'three' does not exist on type 'typeof import(\"./a\")'."),
    ("b.gamma()", "method", "gamma", "Property 'gamma' does not exist on type '{ alpha; beta; }'."),
    ("new a.two().stop()", "method", "stop", "Property 'stop' does not exist on type "),
    ("new a.two().map.gett(1)", "method", "gett", "Property 'gett' does not exist on type 'Map'."),
    ("path.joinn()", "method", "joinn", "Property 'joinn' does not exist on type "),
    ("nope()", "undefinedvariable", "nope", "Cannot find name 'nope'."),
    ('require("./c")', "import", "./c", "Cannot find module './c' or its corresponding type declarations."),
]
UNKNOWN = [
    "new Mixed().added()",
    "dynamic.anything()",
    "b.alpha().anything()",
    'require("supertest").anything()',
    'try { require("./c") } catch {}',
    "leaked = 1",
    "typeof maybe",
    "/* global injected */ injected",
    "expect(1)",
    "b.extra = 1; b.extra()",
    "new Date().toGMTString()",
    'document.getElementById("a").value',
    "function f(x) { x.map() }",
]


@pytest.mark.parametrize("completion", VALID)
def test_what_is_followed_to_its_end_is_valid(completion):
    assert plain(completion) == Verdict("valid")


@pytest.mark.parametrize(("completion", "type", "symbol", "message"), REFUTED)
def test_what_is_nowhere_in_what_was_followed_is_refuted(completion, type, symbol, message):
    found = plain(completion)

    assert (found.verdict, found.basis, found.type, found.symbol) == ("hallucinated", "resolved", type, symbol)
    assert found.evidence.message.startswith(message)


@pytest.mark.parametrize("completion", UNKNOWN)
def test_what_may_be_anything_is_unknown(completion):
    assert plain(completion) == Verdict("unknown")


def test_a_name_that_occurs_nowhere_is_refuted_by_the_closed_world_only_if_all_imports_are_indexed():
    call = "function f(value) { value.frobnicateNow() }"

    assert plain(call).basis == "closed_world"
    assert plain(call, prefix='const c = require("uninstalled");\n').verdict == "unknown"
    assert plain(call, prefix='const c = require("../src/shape");\n').verdict == "unknown"
    assert plain(call, prefix="// frobnicateNow\n").verdict == "unknown"
    assert plain("function f(value) { value.frobnicateNow }").verdict == "unknown"


def test_the_checked_text_counts_and_not_what_the_index_knows_of_that_file():
    index = build("shapes", [("a.js", b"function old() {}\n"), ("b.js", b"")])

    assert check(Case("a.js", "function fresh() {}\n", "fresh()", "\n"), index).verdict == "valid"
    assert check(Case("a.js", "function fresh() {}\n", "old()", "\n"), index).verdict == "hallucinated"


def test_scripts_share_their_names_and_modules_do_not():
    index = build("shapes", [("one.js", b"function shared() {}\n"), ("two.js", b"export function own() {}\n")])

    assert check(Case("new.js", "", "shared()", "\n"), index).verdict == "valid"
    assert check(Case("new.js", "export const x = 1;\n", "own()", "\n"), index).verdict == "hallucinated"


def test_a_dependency_that_is_indexed_is_known():
    user = build("user", [("a.js", b"")])
    files = [("package.json", b'{"name": "pad", "main": "i.js"}'), ("i.js", b"module.exports = { left() {} };\n")]
    index = merge([user, build("pad", files)])
    case = Case("b.js", 'const pad = require("pad");\n', "pad.left()", "\n")

    assert check(case, index).verdict == "valid"
    assert check(Case(case.path, case.prefix, "pad.right()", "\n"), index).verdict == "hallucinated"
    assert check(Case(case.path, case.prefix, "pad.right()", "\n"), user).verdict == "unknown"


def test_a_destructured_member_of_a_module_is_looked_up():
    assert plain('const { alpha } = require("./b")', prefix="").verdict == "valid"
    assert plain('const { deltaForceField } = require("./b")', prefix="").verdict == "hallucinated"
