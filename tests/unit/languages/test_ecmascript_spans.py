"""The holes that are cut out of JavaScript and TypeScript."""

import pytest
from solulu.languages import LANGUAGES, for_path
from solulu.languages.spans import KINDS, MAX_BYTES, find_spans

JAVASCRIPT, TYPESCRIPT, TSX = LANGUAGES["javascript"], LANGUAGES["typescript"], for_path("a.tsx")

CODE = b"""import { render } from "./render";
const path = require("path");

// a remark about nothing
export function greet(name, options) {
  const text = render(name, { loud: true });
  return path.join(text, name.trim(), options.suffix);
}
"""
TYPED = b"""import type { Greeter } from "./greeter";

export class Loud implements Greeter {
  constructor(private readonly name: string, private volume: number) {}
  greet(): string {
    const text: string = this.name.toUpperCase();
    return this.render(text, this.volume);
  }
}
"""
TAGS = b"""import { Panel } from "./panel";
export const View = (props) => { const size = measure(props.size); return <Panel size={size}>{props.text}</Panel>; };
"""


def texts(data, spans, kind):
    return [data[span.start : span.end].decode() for span in spans if span.kind == kind]


@pytest.mark.parametrize("language", [JAVASCRIPT, TYPESCRIPT, TSX], ids=["js", "ts", "tsx"])
def test_every_kind_of_hole_is_cut(language):
    spans = find_spans(language, CODE)

    assert {span.kind for span in spans} == set(KINDS)
    assert "render(name, { loud: true })" in texts(CODE, spans, "call")
    assert "trim" in texts(CODE, spans, "member")
    assert 'import { render } from "./render";' in texts(CODE, spans, "import")
    assert 'const path = require("path");' in texts(CODE, spans, "import")
    assert "return path.join(text, name.trim(), options.suffix);" in texts(CODE, spans, "statement")
    assert not any(text.startswith("{") for text in texts(CODE, spans, "block"))


def test_declared_names_are_no_references():
    spans = find_spans(TYPESCRIPT, TYPED)

    statement = next(s for s in spans if s.kind == "statement" and TYPED[s.start : s.end].startswith(b"const text"))
    assert statement.symbols == ("name", "toUpperCase")
    assert "method" in statement.eligible_types
    assert "undefinedvariable" in statement.eligible_types


def test_tags_are_read_in_tsx_and_jsx():
    for path in ("a.tsx", "a.jsx", "a.js"):
        spans = find_spans(for_path(path), TAGS)
        assert "measure(props.size)" in texts(TAGS, spans, "call")


def test_variance_of_type_parameters_is_no_syntax_error():
    data = b"export interface Source<in out A, out B = never> { get(key: A): B }\nexport const made = create(1);\n"

    assert not TYPESCRIPT.parse(data).root_node.has_error
    assert "create(1)" in texts(data, find_spans(TYPESCRIPT, data), "call")


@pytest.mark.parametrize(
    ("path", "name"),
    [("a.js", "javascript"), ("a.mjs", "javascript"), ("a.cjs", "javascript"), ("a.jsx", "javascript"),
     ("a.ts", "typescript"), ("a.tsx", "typescript"), ("a.mts", "typescript"), ("a.d.ts", "typescript")],
)  # fmt: skip
def test_a_file_is_told_by_its_name(path, name):
    assert for_path(path).name == name


def test_files_that_only_declare_are_no_place_for_holes():
    assert "a/index.d.ts".endswith(TYPESCRIPT.declaring)
    assert not "a/index.ts".endswith(TYPESCRIPT.declaring)
    assert not "a/index.js".endswith(JAVASCRIPT.declaring)


@pytest.mark.parametrize("language", [JAVASCRIPT, TYPESCRIPT, TSX], ids=["js", "ts", "tsx"])
@pytest.mark.parametrize(
    "data",
    [b"", b"\xff\xfe\x00 broken \xc3", b"f(" * 10_000 + b")" * 10_000, b"[" * 10_000, b"value" + b".attribute" * 10_000,
     b"`${" * 2_000, b"<a>" * 3_000],
    ids=["empty", "invalid", "deep calls", "unclosed", "deep members", "templates", "tags"],
)  # fmt: skip
def test_hostile_files_give_spans_inside_the_file(language, data):
    for span in find_spans(language, data):
        assert 0 <= span.start < span.end <= len(data)
        assert span.end - span.start <= MAX_BYTES
