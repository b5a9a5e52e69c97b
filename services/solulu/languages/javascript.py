"""JavaScript: a module or a script, two ways to import, and any object may get any member at any time.

TypeScript's tables begin with what stands here, for its grammar has JavaScript's nodes and more.
"""

import tree_sitter_javascript

from solulu.languages.language import Language

SPANS = """
    [(call_expression) (new_expression)] @call
    (member_expression property: (property_identifier) @member)
    (arguments) @argument
    (import_statement) @import
    (import_specifier name: (identifier) @import)
    (export_statement source: (string)) @import
    (lexical_declaration (variable_declarator value: (call_expression
        function: (identifier) @_callee arguments: (arguments (string))) (#eq? @_callee "require"))) @import
    (variable_declaration (variable_declarator value: (call_expression
        function: (identifier) @_callee arguments: (arguments (string))) (#eq? @_callee "require"))) @import
    [(expression_statement) (return_statement) (throw_statement)
     (lexical_declaration) (variable_declaration)] @statement
    (statement_block) @block
"""
"""Spans of both languages."""

REFERENCES = """
    (comment) @comment
    (arguments (_) @value)
    [(identifier) (property_identifier) (private_property_identifier) (shorthand_property_identifier)] @name
    (call_expression function: (member_expression property: (property_identifier) @method))
    (call_expression function: (member_expression property: (private_property_identifier) @method))
    (import_specifier name: (identifier) @imported)
    (import_statement source: (string (string_fragment) @imported))
    (export_statement source: (string (string_fragment) @imported))
    (call_expression function: (identifier) @_callee arguments: (arguments . (string (string_fragment) @imported))
        (#eq? @_callee "require"))
    (call_expression function: (import) arguments: (arguments . (string (string_fragment) @imported)))
    (shorthand_property_identifier_pattern) @defined
    (statement_identifier) @defined
    (pair key: (property_identifier) @defined)
    (pair_pattern value: (identifier) @defined)
    (import_clause (identifier) @defined)
    (namespace_import (identifier) @defined)
    (import_specifier alias: (identifier) @defined)
    (export_specifier alias: (identifier) @defined)
    (namespace_export (identifier) @defined)
    (variable_declarator name: (identifier) @defined)
    (array_pattern (identifier) @defined)
    (rest_pattern (identifier) @defined)
    (function_declaration name: (identifier) @defined)
    (generator_function_declaration name: (identifier) @defined)
    (function_expression name: (identifier) @defined)
    (method_definition name: (_) @defined)
    (arrow_function parameter: (identifier) @defined)
    (catch_clause parameter: (identifier) @defined)
    (for_in_statement kind: _ left: (identifier) @defined)
"""
"""References of both languages."""

DEFINITIONS = """
    (function_declaration name: (identifier) @function)
    (generator_function_declaration name: (identifier) @function)
    (variable_declarator name: (identifier) @function value: [(arrow_function) (function_expression)])
    (method_definition name: [(property_identifier) (private_property_identifier)] @method)
    (pair key: (property_identifier) @method value: [(arrow_function) (function_expression)])
    (assignment_expression left: (member_expression property: (property_identifier) @method)
        right: [(arrow_function) (function_expression)])
    (assignment_expression left: (member_expression object: (this) property: (property_identifier) @attribute))
    (variable_declarator name: (identifier) @variable)
    (import_statement source: (string (string_fragment) @module))
"""
"""Definitions of both languages."""

JAVASCRIPT = Language(
    name="javascript",
    suffixes=(".js", ".jsx", ".mjs", ".cjs"),
    grammar=tree_sitter_javascript.language,
    spans=SPANS,
    references=REFERENCES
    + """
        (formal_parameters (identifier) @defined)
        (formal_parameters (assignment_pattern left: (identifier) @defined))
        (class_declaration name: (identifier) @defined)
        (class name: (identifier) @defined)
        (field_definition property: (_) @defined)
    """,
    definitions=DEFINITIONS
    + """
        (class_declaration name: (identifier) @class)
        (field_definition property: [(property_identifier) (private_property_identifier)] @attribute)
        (formal_parameters (identifier) @parameter)
        (formal_parameters (assignment_pattern left: (identifier) @parameter))
    """,
)
