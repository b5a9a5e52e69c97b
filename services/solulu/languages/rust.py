"""Rust: a crate is a tree of modules, a type's methods stand in any of its `impl` blocks, and macros hide code from
every reader but the compiler."""

import tree_sitter_rust

from solulu.languages.language import Language

RUST = Language(
    name="rust",
    suffixes=(".rs",),
    grammar=tree_sitter_rust.language,
    spans="""
        [(call_expression) (macro_invocation)] @call
        (field_expression field: (field_identifier) @member)
        (call_expression function: (scoped_identifier name: (identifier) @member))
        (arguments) @argument
        (use_declaration) @import
        (use_list [(identifier) (scoped_identifier) (use_as_clause) (scoped_use_list)] @import)
        [(expression_statement) (let_declaration)] @statement
        (block) @block
    """,
    references="""
        [(line_comment) (block_comment)] @comment
        (arguments (_) @value)
        [(identifier) (field_identifier) (type_identifier) (shorthand_field_identifier)] @name
        (call_expression function: (field_expression field: (field_identifier) @method))
        (call_expression function: (scoped_identifier path: (_) name: (identifier) @method))
        (call_expression function: (generic_function function: (field_expression field: (field_identifier) @method)))
        (call_expression function: (generic_function function: (scoped_identifier name: (identifier) @method)))
        (use_declaration argument: (identifier) @imported)
        (scoped_use_list path: (identifier) @imported)
        (use_list (identifier) @imported)
        (use_as_clause path: (identifier) @imported)
        (use_as_clause path: (scoped_identifier name: (identifier) @imported))
        (use_declaration argument: (scoped_identifier name: (identifier) @imported))
        (use_list (scoped_identifier name: (identifier) @imported))
        (use_wildcard (identifier) @imported)
        (use_as_clause alias: (identifier) @defined)
        (extern_crate_declaration name: (identifier) @imported)
        (extern_crate_declaration alias: (identifier) @defined)
        [(lifetime (identifier) @defined) (label (identifier) @defined)]
        (function_item name: (identifier) @defined)
        (function_signature_item name: (identifier) @defined)
        (struct_item name: (type_identifier) @defined)
        (enum_item name: (type_identifier) @defined)
        (union_item name: (type_identifier) @defined)
        (trait_item name: (type_identifier) @defined)
        (type_item name: (type_identifier) @defined)
        (associated_type name: (type_identifier) @defined)
        (enum_variant name: (identifier) @defined)
        (const_item name: (identifier) @defined)
        (static_item name: (identifier) @defined)
        (mod_item name: (identifier) @defined)
        (macro_definition name: (identifier) @defined)
        (field_declaration name: (field_identifier) @defined)
        (type_parameter name: (type_identifier) @defined)
        (const_parameter name: (identifier) @defined)
        (parameter pattern: (identifier) @defined)
        (closure_parameters (identifier) @defined)
        (let_declaration pattern: (identifier) @defined)
        (for_expression pattern: (identifier) @defined)
        (tuple_pattern (identifier) @defined)
        (tuple_struct_pattern type: (_) (identifier) @defined)
        (reference_pattern (identifier) @defined)
        (ref_pattern (identifier) @defined)
        (mut_pattern (identifier) @defined)
        (captured_pattern . (identifier) @defined)
        (field_pattern pattern: (identifier) @defined)
        (field_initializer field: (field_identifier) @keyword)
    """,
    definitions="""
        (function_item name: (identifier) @function)
        (declaration_list [(function_item name: (identifier) @method)
                           (function_signature_item name: (identifier) @method)])
        [(struct_item name: (type_identifier) @class) (enum_item name: (type_identifier) @class)
         (union_item name: (type_identifier) @class) (trait_item name: (type_identifier) @class)
         (type_item name: (type_identifier) @class)]
        (field_declaration name: (field_identifier) @attribute)
        (parameter pattern: (identifier) @parameter)
        (let_declaration pattern: (identifier) @variable)
        [(const_item name: (identifier) @variable) (static_item name: (identifier) @variable)]
        [(mod_item name: (identifier) @module) (use_declaration argument: (scoped_identifier) @module)]
    """,
)
