"""TypeScript: each rule with what it proves, what it refutes and what it leaves open."""

import pytest
from solulu.verifier.case import Case, Verdict
from solulu.verifier.check import check
from solulu.verifier.index import build
from unit.verifier.ecmascript.shapes import FILES, TYPED, typed

VALID = [
    'new Circle("a").radius',
    "make(1).area().scale(2).unit",
    "Shape.make().name",
    "Color.Red",
    "box.open()",
    'pair("a").second.radius',
    "S.Main",
    "S.Circle.make()",
    'fs.readFileSync("a")',
    "Math.max(1)",
    "[1, 2].map(x => x.toFixed())",
    'new Circle("a").each((area, n) => area.unit)',
    "new Alien().known()",
    "run({ deep: true })",
    '(async () => { (await new Circle("a").later()).unit })()',
    'for (const one of new Circle("a").list) one.unit',
    'document.getElementById("a")',
    "new Main().go()",
    "let z: Area",
    'new Circle("a").me.radius',
    "const { radius } = make(1)",
    'import { Circle as Round } from "./shape"',
    "VERSION",
    "Deep.inner",
    "function f<T>(x: T): T { return x }",
    "class Q { #a = 1; f() { return this.#a } }",
    "either()",
    "true",
]
REFUTED = [
    ('new Circle("a").radios', "undefinedvariable", "radios", "Property 'radios' does not exist on type 'Circle'."),
    ("make(1).area().scale(2).units()", "method", "units", "Property 'units' does not exist on type 'Area'."),
    ("Shape.mak()", "method", "mak", "Property 'mak' does not exist on type 'typeof Shape'."),
    ("Color.Blue", "undefinedvariable", "Blue", "Property 'Blue' does not exist on type 'typeof Color'."),
    ("box.opens()", "method", "opens", "Property 'opens' does not exist on type '{ open; size; }'."),
    ('pair("a").second.turn()', "method", "turn", "Property 'turn' does not exist on type 'Circle'."),
    ("S.Mainz", "undefinedvariable", "Mainz", "Property 'Mainz' does not exist on type 'typeof import(\"./index\")'."),
    ("fs.readFileSink()", "method", "readFileSink", "Property 'readFileSink' does not exist on type 'typeof import"),
    ("Math.maxx(1)", "method", "maxx", "Property 'maxx' does not exist on type 'Math'."),
    ('"a".trimm()', "method", "trimm", "Property 'trimm' does not exist on type 'String'."),
    ("[1].forEach(x => x.toFix())", "method", "toFix", "Property 'toFix' does not exist on type 'Number'."),
    ('new Circle("a").each((area, n) => area.units)', "undefinedvariable", "units", "Property 'units' does not exist"),
    ("undefinedName", "undefinedvariable", "undefinedName", "Cannot find name 'undefinedName'."),
    ("let z: Square", "undefinedvariable", "Square", "Cannot find name 'Square'."),
    ('import { Square } from "./shape"', "import", "Square", "Module '\"./shape\"' has no exported member 'Square'."),
    (
        'import x from "./shap"',
        "import",
        "./shap",
        "Cannot find module './shap' or its corresponding type declarations.",
    ),
    ('import x from "./index"', "import", "default", "Module '\"./index\"' has no default export."),
    ("new Main().stop()", "method", "stop", "Property 'stop' does not exist on type 'Main'."),
    (
        "function f<T extends Area>(x: T) { x.turn() }",
        "method",
        "turn",
        "Property 'turn' does not exist on type 'Area'.",
    ),
    ("class Q { a = 1; f() { this.b() } }", "method", "b", "Property 'b' does not exist on type 'Q'."),
    ("class Q { #a = 1; f() { this.#b } }", "undefinedvariable", "#b", "Property '#b' does not exist on type 'Q'."),
    ('new Map<string, Area>().get("a")!.turn()', "method", "turn", "Property 'turn' does not exist on type 'Area'."),
    ("const { radios } = make(1)", "undefinedvariable", "radios", "Property 'radios' does not exist on type 'Circle'."),
    ("either().turn()", "method", "turn", "Property 'turn' does not exist on type 'Area'."),
    ("{ const inside = 1 } inside", "undefinedvariable", "inside", "Cannot find name 'inside'."),
]
UNKNOWN = [
    "new Alien().other()",
    "run({ deeep: true })",
    "process.env.HOME",
    'JSON.parse("").turn()',
    "(box as any).turn()",
    "let loose: Loose; loose.turn",
    'import y from "left-pad"',
    'import { anything } from "./open"',
    'import view from "./view"',
    'import style from "./style.css"',
    'import { Square } from "../dist/shape"',
    "either().radius",
    "const { radius } = either()",
    'describe("a", () => {})',
    "function f(x: Area) { if (x instanceof Circle) x.turn() }",
    "// @ts-expect-error\nbox.opens()",
    "eval('var made'); made",
    "globalThis.added = 1; added",
]


@pytest.mark.parametrize("completion", VALID)
def test_what_provably_resolves_is_valid(completion):
    assert typed(completion) == Verdict("valid")


@pytest.mark.parametrize(("completion", "type", "symbol", "message"), REFUTED)
def test_what_provably_does_not_resolve_is_refuted_as_the_compiler_words_it(completion, type, symbol, message):
    found = typed(completion)

    assert (found.verdict, found.basis, found.type) == ("hallucinated", "resolved", type)
    assert found.symbol == symbol
    assert found.evidence.message.startswith(message)
    assert found.evidence.line == TYPED.count("\n") + 1


@pytest.mark.parametrize("completion", UNKNOWN)
def test_what_cannot_be_followed_is_unknown(completion):
    assert typed(completion) == Verdict("unknown")


def test_a_name_cut_in_the_middle_counts_as_a_whole():
    assert typed("dius", prefix=TYPED + "make(1).ra").verdict == "valid"
    assert typed("dios", prefix=TYPED + "make(1).ra").symbol == "radios"
    assert typed("ra", prefix=TYPED + "make(1).", suffix="dios\n").symbol == "radios"


def test_names_outside_the_completion_are_not_looked_at():
    assert typed("make(1)", prefix=TYPED + "absent; ", suffix=".radios\n").verdict == "valid"


def test_the_evidence_names_the_nearest_real_names_with_their_signatures():
    evidence = typed("make(1).area().scal(2)").evidence

    assert evidence.candidates[0] == "scale"
    assert evidence.signatures[0] == "(by: number): Area"


def test_code_that_does_not_parse_around_the_hole_is_unknown():
    assert typed("absent(", suffix=" ] }").verdict == "unknown"


def test_a_package_of_the_workspace_is_meant_only_where_its_version_is_asked_for():
    def verdict(version: str) -> str:
        package = f'{{"name": "user", "dependencies": {{"inner": "{version}"}}}}'.encode()
        index = build("shapes", {**FILES, "packages/user/package.json": package}.items())
        return check(Case("packages/user/a.ts", "", 'import { unheard } from "inner"', "\n"), index).verdict

    assert verdict("workspace:*") == "hallucinated"
    assert verdict("^2.0.0") == "hallucinated"
    assert verdict("^1.0.0") == "unknown"
