"""TypeScript: JavaScript with declared types. `.tsx` has a grammar of its own, since `<T>x` is a tag there."""

import re
from dataclasses import replace

import tree_sitter_typescript

from solulu.languages.javascript import DEFINITIONS, REFERENCES, SPANS
from solulu.languages.language import Language

_VARIANCE = re.compile(rb"(?<=[<,\n])([ \t]*)(in[ \t]+out|in|out)(?=[ \t]+[A-Za-z_$][\w$]*[ \t]*(?:extends\b|[=,>]))")
"""`in` and `out` before a type parameter, which the grammar does not know."""


def _without_variance(data: bytes) -> bytes:
    return _VARIANCE.sub(lambda found: b" " * len(found[0]), data) if b"out " in data or b"in " in data else data


TYPESCRIPT = Language(
    name="typescript",
    suffixes=(".ts", ".mts", ".cts"),
    grammar=tree_sitter_typescript.language_typescript,
    masks=_without_variance,
    declaring=(".d.ts", ".d.mts", ".d.cts"),
    spans=SPANS,
    references=REFERENCES
    + """
        [(type_identifier)] @name
        (import_require_clause source: (string (string_fragment) @imported))
        (import_require_clause (identifier) @defined)
        (required_parameter pattern: (identifier) @defined)
        (required_parameter name: (identifier) @defined)
        (optional_parameter pattern: (identifier) @defined)
        (optional_parameter name: (identifier) @defined)
        (type_parameter name: (type_identifier) @defined)
        (mapped_type_clause name: (type_identifier) @defined)
        (index_signature name: (identifier) @defined)
        (infer_type (type_identifier) @defined)
        (class_declaration name: (type_identifier) @defined)
        (abstract_class_declaration name: (type_identifier) @defined)
        (interface_declaration name: (type_identifier) @defined)
        (type_alias_declaration name: (type_identifier) @defined)
        (enum_declaration name: (identifier) @defined)
        (enum_body name: (property_identifier) @defined)
        (enum_assignment name: (property_identifier) @defined)
        (internal_module name: (_) @defined)
        (module name: (_) @defined)
        (function_signature name: (identifier) @defined)
        (method_signature name: (_) @defined)
        (abstract_method_signature name: (_) @defined)
        (property_signature name: (_) @defined)
        (public_field_definition name: (_) @defined)
    """,
    definitions=DEFINITIONS
    + """
        [(class_declaration name: (type_identifier) @class) (abstract_class_declaration name: (type_identifier) @class)
         (interface_declaration name: (type_identifier) @class) (enum_declaration name: (identifier) @class)
         (type_alias_declaration name: (type_identifier) @class)]
        (function_signature name: (identifier) @function)
        (method_signature name: (property_identifier) @method)
        (abstract_method_signature name: (property_identifier) @method)
        (public_field_definition name: [(property_identifier) (private_property_identifier)] @attribute)
        (property_signature name: (property_identifier) @attribute)
        (enum_body name: (property_identifier) @attribute)
        (enum_assignment name: (property_identifier) @attribute)
        (required_parameter pattern: (identifier) @parameter)
        (optional_parameter pattern: (identifier) @parameter)
    """,
)

TSX = replace(TYPESCRIPT, suffixes=(".tsx",), grammar=tree_sitter_typescript.language_tsx)
"""The same language, with tags."""
