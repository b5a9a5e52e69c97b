"""Corners of the languages in which a sound program must never be refuted."""

import pytest
from solulu.verifier.case import Case
from solulu.verifier.check import check
from solulu.verifier.ecmascript.mutation import Mutations
from solulu.verifier.words import may_contain, words_of
from unit.verifier.ecmascript.shapes import INDEX, plain, typed

FLUENT = """
abstract class Query { where() { return this; } abstract limit(): this; static open() { return new this(); } }
class Users extends Query { limit() { return this; } named() { return 1; } }
"""
ROW = "const f = x => x;\nclass Row extends Array { first() { return this[0]; } }\n"
EMITTERS = [
    ("a.js", 'const { EventEmitter } = require("events");\n'),
    ("a.js", 'const EventEmitter = require("events");\n'),
    ("a.ts", 'import { EventEmitter } from "events";\n'),
    ("a.ts", 'import EventEmitter from "node:events";\n'),
]


@pytest.mark.parametrize("call", ["new Users().where().limit().named()", "Users.open().named()"])
def test_an_inherited_method_that_returns_this_returns_what_inherits_it(call):
    assert typed(call, prefix=FLUENT).verdict == "valid"
    assert typed(call.replace("named", "namet"), prefix=FLUENT).verdict == "hallucinated"


def test_the_parameter_of_an_arrow_is_not_what_has_its_name_outside():
    prefix = "const shared = { one: 1 };\nconst same = (shared) => shared;\n"

    assert typed("same({ twofold: 2 }).twofold", prefix=prefix).verdict == "unknown"
    assert typed("shared.one", prefix=prefix).verdict == "valid"


@pytest.mark.parametrize(("path", "imported"), EMITTERS)
def test_a_class_that_extends_what_is_both_a_class_and_an_interface_inherits_from_both(path, imported):
    prefix = f"{imported}class Bus extends EventEmitter {{ go() {{ this."

    assert check(Case(path, prefix, 'emit("x")', "; } }\n"), INDEX).verdict == "valid"
    assert check(Case(path, prefix, 'emitz("x")', "; } }\n"), INDEX).verdict == "hallucinated"


@pytest.mark.parametrize(
    "completion",
    [
        "process.custom.z",
        "plugin.call(null)",
        "namespace Inner { export const more = shown + Deeper.w; }",
        'let t: import("../lib/b").Options;',
        "both.trim()",
    ],
)
def test_declarations_that_add_to_others_count(completion):
    prefix = """export {};
declare global { namespace NodeJS { interface Process { custom: { z: number } } } }
interface Plugin { (x: number): void }
declare const plugin: Plugin;
namespace Inner { export const shown = 1; export namespace Deeper { export const w = 1; } }
type Name = import("./shape").Shape["name"];
declare const both: Name;
"""
    assert typed(completion, prefix=prefix).verdict != "hallucinated"


@pytest.mark.parametrize(
    ("specifier", "candidate"),
    [
        ("./shapes", "./shape"),
        ("./shapes.js", "./shape.js"),
        ("../lib/aa", "../lib/a"),
        ("../src/shapes", "../src/shape"),
    ],
)
def test_what_stands_where_a_module_was_looked_for_is_proposed(specifier, candidate):
    verdict = typed(f'import x from "{specifier}"', prefix="")

    assert verdict.evidence is not None
    assert verdict.evidence.candidates[0] == candidate
    assert len(verdict.evidence.candidates) <= 5


@pytest.mark.parametrize("call", ["Row.from([1]).first()", "new Row().filter(f).first()", "Row.of(1).map(f).first()"])
def test_a_standard_class_makes_instances_of_the_class_that_inherits_it(call):
    assert plain(call, prefix=ROW).verdict != "hallucinated"
    assert plain("[1].filter(f).first()", prefix=ROW).verdict == "hallucinated"


def test_the_labels_of_a_tuple_and_a_resource_that_is_used_are_declared_there():
    assert typed("type T = [first: string, second?: number, ...rest: boolean[]];").verdict == "valid"
    assert typed("{ using res = open(); res.close(); }", prefix="declare function open(): any;\n").verdict != (
        "hallucinated"
    )


def test_a_name_with_a_dollar_that_stands_elsewhere_is_never_refuted_by_absence():
    call = "function f(value) { value.$frobnicateNow() }"

    assert plain(call).basis == "closed_world"
    assert plain(call, prefix="// $frobnicateNow\n").verdict == "unknown"
    assert plain("function f(value) { value.$$() }").verdict == "unknown"


@pytest.mark.parametrize("name", ["plain", "$name", "a$b", "$$", "_$x$"])
def test_a_name_that_a_text_contains_may_be_contained_in_its_words(name):
    assert may_contain(words_of(f"x.{name}()"), name)


def test_a_name_of_which_a_part_stands_nowhere_is_not_contained():
    assert not may_contain(words_of("$near(by)"), "$near$far")


@pytest.mark.parametrize(
    "code",
    [
        "let a = 1; a = 2;",
        "let a = 1; ({ a } = f());",
        "let a = 1; [b, a] = f();",
        "let a = 1; ({ b: { a } } = f());",
        "let a = 1; for (a of f()) {}",
        "let a = 1; a ||= 2;",
    ],
)
def test_a_variable_that_is_assigned_again_is_noticed(code):
    assert "a" in Mutations(code.encode()).reassigned
    assert "a" not in Mutations(b"let a = 1; x.a = 2; a === 3; f(a => 4);").reassigned


@pytest.mark.parametrize(
    "code",
    [
        "Object.assign(a, b)",
        "inherits(X, a)",
        "a[key] = 1",
        "a.prototype[key] = 1",
        "a.prototype = b",
        "Object.defineProperty(a, name, {})",
        "rows[a[key] = 1]",
    ],
)
def test_an_object_that_may_get_members_is_noticed(code):
    assert "a" in Mutations(code.encode()).opened


@pytest.mark.parametrize(
    "code", ["log(a)", 'a["key"] = 1', 'Object.defineProperty(a, "key", {})', "a[Symbol.iterator] = f", "x.a[key] = 1"]
)
def test_an_object_that_gets_only_members_that_are_named_is_not(code):
    assert "a" not in Mutations(code.encode()).opened
