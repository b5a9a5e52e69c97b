"""Go: a package is a folder, a capital letter exports, and only `reflect` is dynamic."""

import re

import tree_sitter_go

from solulu.languages.language import Language

GO = Language(
    name="go",
    suffixes=(".go",),
    grammar=tree_sitter_go.language,
    generated=re.compile(rb"^// Code generated .* DO NOT EDIT\.$", re.M),
    spans="""
        (call_expression) @call
        (selector_expression field: (_) @member)
        (argument_list) @argument
        (import_spec) @import
        [(short_var_declaration) (assignment_statement) (expression_statement) (return_statement) (go_statement)
         (defer_statement) (send_statement) (inc_statement) (dec_statement) (var_declaration)] @statement
        (block) @block
    """,
    references="""
        (comment) @comment
        (argument_list (_) @value)
        [(identifier) (field_identifier) (type_identifier) (package_identifier)] @name
        (call_expression function: (selector_expression field: (field_identifier) @method))
        (composite_literal type: [(type_identifier) (qualified_type) (generic_type) (struct_type)]
            body: (literal_value (keyed_element key: (literal_element (identifier) @keyword))))
        (import_spec path: (interpreted_string_literal (interpreted_string_literal_content) @imported))
        (import_spec name: (package_identifier) @defined)
        (package_clause (package_identifier) @defined)
        (function_declaration name: (identifier) @defined)
        (method_declaration name: (field_identifier) @defined)
        (type_spec name: (type_identifier) @defined)
        (type_alias name: (type_identifier) @defined)
        (field_declaration name: (field_identifier) @defined)
        (method_elem name: (field_identifier) @defined)
        (parameter_declaration name: (identifier) @defined)
        (variadic_parameter_declaration name: (identifier) @defined)
        (type_parameter_declaration name: (identifier) @defined)
        (short_var_declaration left: (expression_list (identifier) @defined))
        (range_clause left: (expression_list (identifier) @defined))
        (var_spec name: (identifier) @defined)
        (const_spec name: (identifier) @defined)
        (label_name) @defined
    """,
    definitions="""
        (function_declaration name: (identifier) @function)
        (method_declaration name: (field_identifier) @method)
        (method_elem name: (field_identifier) @method)
        (type_spec name: (type_identifier) @class)
        (type_alias name: (type_identifier) @class)
        (field_declaration name: (field_identifier) @attribute)
        (parameter_declaration name: (identifier) @parameter)
        (variadic_parameter_declaration name: (identifier) @parameter)
        (var_spec name: (identifier) @variable)
        (const_spec name: (identifier) @variable)
        (short_var_declaration left: (expression_list (identifier) @variable))
        (range_clause left: (expression_list (identifier) @variable))
        (import_spec path: (interpreted_string_literal (interpreted_string_literal_content) @module))
    """,
)
