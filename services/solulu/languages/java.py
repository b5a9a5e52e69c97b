"""Java: a file is a class, a package is a folder, and an import names a class or a static member."""

import tree_sitter_java

from solulu.languages.language import Language

JAVA = Language(
    name="java",
    suffixes=(".java",),
    grammar=tree_sitter_java.language,
    spans="""
        [(method_invocation) (object_creation_expression)] @call
        (field_access field: (identifier) @member)
        (method_invocation object: (_) name: (identifier) @member)
        (argument_list) @argument
        (import_declaration) @import
        (import_declaration (scoped_identifier name: (identifier) @import))
        [(expression_statement) (local_variable_declaration) (return_statement) (throw_statement)
         (assert_statement) (yield_statement)] @statement
        [(block) (constructor_body)] @block
    """,
    references="""
        [(line_comment) (block_comment) (package_declaration)] @comment
        (argument_list (_) @value)
        [(identifier) (type_identifier)] @name
        (method_invocation name: (identifier) @method)
        (scoped_identifier (identifier) @imported)
        (class_declaration name: (identifier) @defined)
        (interface_declaration name: (identifier) @defined)
        (enum_declaration name: (identifier) @defined)
        (record_declaration name: (identifier) @defined)
        (annotation_type_declaration name: (identifier) @defined)
        (enum_constant name: (identifier) @defined)
        (method_declaration name: (identifier) @defined)
        (constructor_declaration name: (identifier) @defined)
        (annotation_type_element_declaration name: (identifier) @defined)
        (formal_parameter name: (identifier) @defined)
        (catch_formal_parameter name: (identifier) @defined)
        (variable_declarator name: (identifier) @defined)
        (enhanced_for_statement name: (identifier) @defined)
        (resource name: (identifier) @defined)
        (lambda_expression parameters: (identifier) @defined)
        (inferred_parameters (identifier) @defined)
        (type_parameter (type_identifier) @defined)
        (labeled_statement . (identifier) @defined)
    """,
    definitions="""
        [(class_declaration name: (identifier) @class) (interface_declaration name: (identifier) @class)
         (enum_declaration name: (identifier) @class) (record_declaration name: (identifier) @class)]
        (method_declaration name: (identifier) @method)
        (field_declaration (variable_declarator name: (identifier) @attribute))
        (enum_constant name: (identifier) @attribute)
        (local_variable_declaration (variable_declarator name: (identifier) @variable))
        (formal_parameter name: (identifier) @parameter)
        (import_declaration (scoped_identifier) @module)
    """,
)
