"""Python: blocks are indentation, calls have keyword arguments, and any attribute may be dynamic."""

import tree_sitter_python

from solulu.languages.language import Language

PYTHON = Language(
    name="python",
    suffixes=(".py",),
    grammar=tree_sitter_python.language,
    braces=False,
    argument_name="=",
    spans="""
        (call) @call
        (attribute attribute: (identifier) @member)
        (call arguments: (argument_list) @argument)
        [(import_statement) (import_from_statement)] @import
        (import_from_statement name: (_) @import)
        [(expression_statement) (return_statement) (raise_statement) (assert_statement) (delete_statement)] @statement
        (block) @block
    """,
    references="""
        (comment) @comment
        (call arguments: (argument_list (_) @value))
        (identifier) @name
        (call function: (attribute attribute: (identifier) @method))
        (keyword_argument name: (identifier) @keyword)
        (import_statement name: (dotted_name (identifier) @imported))
        (import_statement name: (aliased_import (dotted_name (identifier) @imported)))
        (import_from_statement (dotted_name (identifier) @imported))
        (import_from_statement (relative_import (dotted_name (identifier) @imported)))
        (import_from_statement (aliased_import (dotted_name (identifier) @imported)))
        (aliased_import alias: (identifier) @defined)
        (function_definition name: (identifier) @defined)
        (class_definition name: (identifier) @defined)
        (parameters (identifier) @defined)
        (lambda_parameters (identifier) @defined)
        (default_parameter name: (identifier) @defined)
        (typed_parameter . (identifier) @defined)
        (typed_default_parameter name: (identifier) @defined)
        (list_splat_pattern (identifier) @defined)
        (dictionary_splat_pattern (identifier) @defined)
        (assignment left: (identifier) @defined)
        (assignment left: (pattern_list (identifier) @defined))
        (for_statement left: (identifier) @defined)
        (for_statement left: (pattern_list (identifier) @defined))
        (for_in_clause left: (identifier) @defined)
        (for_in_clause left: (pattern_list (identifier) @defined))
        (as_pattern_target (identifier) @defined)
        (named_expression name: (identifier) @defined)
        [(global_statement (identifier) @defined) (nonlocal_statement (identifier) @defined)]
    """,
    definitions="""
        (module (function_definition name: (identifier) @function))
        (module (decorated_definition (function_definition name: (identifier) @function)))
        (class_definition name: (identifier) @class)
        (class_definition body: (block (function_definition name: (identifier) @method)))
        (class_definition body: (block (decorated_definition (function_definition name: (identifier) @method))))
        (class_definition body: (block (expression_statement (assignment left: (identifier) @attribute))))
        (assignment left: (attribute attribute: (identifier) @attribute))
        (parameters (identifier) @parameter)
        (default_parameter name: (identifier) @parameter)
        (typed_parameter . (identifier) @parameter)
        (typed_default_parameter name: (identifier) @parameter)
        (assignment left: (identifier) @variable)
        (import_from_statement module_name: (dotted_name) @module)
        (import_statement name: (dotted_name) @module)
    """,
)
