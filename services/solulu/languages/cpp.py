"""C++: the preprocessor speaks another language, so what it hides from the grammar is blanked before parsing.

A macro that stands where the grammar knows of no name (`class API Name`, `BEGIN_NAMESPACE`) makes the parser lose the
whole declaration, and often the rest of the file. Written in capitals, such macros are told by what stands around them.
"""

import re

import tree_sitter_cpp

from solulu.languages.language import Language

_MACRO = re.compile(rb"(?<![\w#])[A-Z][A-Z0-9_]{2,}(?!\w)")
_GROUP = re.compile(rb"[ \t]*\((?:[^()\"]|\"[^\"\n]*\"|\([^()]*\))*\)")
_AFTER_CLASS = re.compile(rb"\b(?:class|struct|union|enum)\s*$")
_NAMED = re.compile(rb"\s+[A-Za-z_]\w*\s*(?:final\s*)?[:{<]")
_FORWARD = re.compile(rb"\s+[A-Za-z_]\w*\s*;")
_SPECIFIED = re.compile(
    rb"\s+(?:static|inline|constexpr|consteval|virtual|explicit|friend|auto|void|bool|char|short|int|long|float|double"
    rb"|signed|unsigned|struct|class|enum|union|template|typename|extern|thread_local|mutable|decltype|namespace|using"
    rb"|operator|typedef|[a-z]\w*_t)\b"
)
_DECLARED = re.compile(
    rb"[ \t]+(?:const[ \t]+)?[A-Za-z_][\w:]*(?:<[^<>;\n]*>)?[ \t]*(?:[*&]+[ \t]*|[ \t])[A-Za-z_~][\w:]*\("
)
_REST_OF_LINE = re.compile(rb"[ \t]*(?://[^\n]*)?(?:\n\s*(?=[A-Za-z_#}~\[/])|\s*\Z)")
_SPECIFIER_BEFORE = re.compile(rb"\b(?:static|inline|constexpr|virtual|explicit|friend|extern)\s*$")
_PARAMETERS_BEFORE = re.compile(rb"\)(?:\s|const\b|noexcept\b|override\b|final\b)*$")
_BODY = re.compile(rb"\s*\{")
_END = re.compile(rb"\s*[;{]")
_CPP_ONLY = re.compile(
    rb"^[ \t]*(?:class|namespace|template|using|public:|private:|protected:)\b|^[ \t]*#[ \t]*include[ \t]*<[a-z_]+>"
    rb"|\w::~?\w|\b(?:constexpr|noexcept|nullptr|static_cast|reinterpret_cast|typename|virtual|decltype|operator)\b"
    rb"|\bauto\s+\w+\s*=|^\s*extern\s+\"C\+\+\"",
    re.M,
)
_NO_CODE = re.compile(rb"/\*.*?\*/|//[^\n]*", re.S)
_EXTERN_C = re.compile(rb"^[ \t]*#[ \t]*if(?:def[ \t]+|[ \t]+defined\W+)__cplusplus.*?^[ \t]*#[ \t]*endif", re.M | re.S)


def without_macros(data: bytes) -> bytes:
    """The file with the macros blanked that the grammar cannot place; every other byte stays where it is. A macro that
    makes a block out of a text (`SECTION("x") {`) becomes a condition or a function."""
    parts: list[bytes] = []
    done = 0
    for match in _MACRO.finditer(data):
        if match.start() < done:
            continue
        end, text = _hidden(data, match.start(), match.end())
        if end:
            parts += [data[done : match.start()], text.ljust(end - match.start())]
            done = end
    return b"".join([*parts, data[done:]]) if parts else data


def is_cpp(path: str, data: bytes) -> bool:
    """Whether a file is C++: a `.h` is where it says something that C does not know."""
    return not path.endswith(".h") or _CPP_ONLY.search(_EXTERN_C.sub(b"", _NO_CODE.sub(b"", data))) is not None


def _hidden(data: bytes, start: int, end: int) -> tuple[int, bytes]:
    """Where the macro at `start` ends that is to be hidden, and what to put in its place; 0 where it can stay."""
    before = data[max(0, start - 60) : start]
    line = before.rpartition(b"\n")[2]
    if line.lstrip().startswith(b"#"):
        return 0, b""
    group = _GROUP.match(data, end, end + 400)
    after = group.end() if group else end
    is_first = not line.strip()
    if _AFTER_CLASS.search(before):
        is_class = _NAMED.match(data, after) or (b"class" in line and _FORWARD.match(data, after))
        return (after, b"") if is_class else (0, b"")
    previous = before.rstrip()[-1:]
    if group and b'"' in group[0] and is_first and _BODY.match(data, after):
        return _newlines_kept(data, start, after, b"if (0)" if line else b"void f()")
    if (is_first or previous in b";{}>" or _SPECIFIER_BEFORE.search(before)) and _SPECIFIED.match(data, after):
        return _newlines_kept(data, start, after, b"")
    if is_first and not group and _DECLARED.match(data, end):
        return end, b""
    if is_first and _REST_OF_LINE.match(data, after) and (previous in b";{}>:/" or b"#" in _last_line(before)):
        return _newlines_kept(data, start, after, b"")
    if not group and _END.match(data, end) and _PARAMETERS_BEFORE.search(before):
        return end, b""
    return 0, b""


def _last_line(before: bytes) -> bytes:
    return before.rstrip().rpartition(b"\n")[2]


def _newlines_kept(data: bytes, start: int, end: int, text: bytes) -> tuple[int, bytes]:
    """The text in the macro's place, and its newlines after it."""
    return end, text.ljust(end - start - data.count(b"\n", start, end)) + b"\n" * data.count(b"\n", start, end)


CPP = Language(
    name="cpp",
    suffixes=(".cpp", ".cc", ".cxx", ".c++", ".hpp", ".hh", ".hxx", ".h++", ".ipp", ".inl", ".h"),
    grammar=tree_sitter_cpp.language,
    masks=without_macros,
    is_of=is_cpp,
    spans="""
        [(call_expression) (new_expression)] @call
        (field_expression field: (_) @member)
        (qualified_identifier name: [(identifier) (type_identifier) (template_function)] @member)
        (argument_list) @argument
        (preproc_include) @import
        (using_declaration) @import
        [(expression_statement) (declaration) (return_statement) (throw_statement) (co_return_statement)
         (alias_declaration)] @statement
        (compound_statement) @block
    """,
    references="""
        [(comment) (preproc_arg) (preproc_def) (preproc_function_def)] @comment
        (argument_list (_) @value)
        [(identifier) (field_identifier) (type_identifier) (namespace_identifier)] @name
        (call_expression function: (field_expression field: (field_identifier) @method))
        (call_expression function: (field_expression field: (template_method name: (field_identifier) @method)))
        (preproc_include path: [(string_literal) (system_lib_string)] @imported)
        (namespace_definition name: (namespace_identifier) @defined)
        (namespace_definition name: (nested_namespace_specifier (namespace_identifier) @defined))
        (namespace_alias_definition name: (namespace_identifier) @defined)
        (class_specifier name: (type_identifier) @defined body: (_))
        (struct_specifier name: (type_identifier) @defined body: (_))
        (union_specifier name: (type_identifier) @defined body: (_))
        (enum_specifier name: (type_identifier) @defined body: (_))
        (enumerator name: (identifier) @defined)
        (alias_declaration name: (type_identifier) @defined)
        (type_definition declarator: (type_identifier) @defined)
        (concept_definition name: (identifier) @defined)
        (function_declarator declarator: [(identifier) (field_identifier)] @defined)
        (field_declaration declarator: (field_identifier) @defined)
        (declaration declarator: (identifier) @defined)
        (init_declarator declarator: (identifier) @defined)
        (pointer_declarator declarator: [(identifier) (field_identifier)] @defined)
        (reference_declarator [(identifier) (field_identifier)] @defined)
        (array_declarator declarator: [(identifier) (field_identifier)] @defined)
        (pointer_type_declarator declarator: (type_identifier) @defined)
        (variadic_declarator (identifier) @defined)
        (parameter_declaration declarator: (identifier) @defined)
        (optional_parameter_declaration declarator: (identifier) @defined)
        (structured_binding_declarator (identifier) @defined)
        (for_range_loop declarator: (identifier) @defined)
        (lambda_capture_initializer left: (identifier) @defined)
        (type_parameter_declaration (type_identifier) @defined)
        (variadic_type_parameter_declaration (type_identifier) @defined)
        (optional_type_parameter_declaration name: (type_identifier) @defined)
        (labeled_statement label: (statement_identifier) @defined)
        [(preproc_def name: (identifier) @defined) (preproc_function_def name: (identifier) @defined)]
        (preproc_params (identifier) @defined)
    """,
    definitions="""
        (function_declarator declarator: (identifier) @function)
        (function_declarator declarator: (field_identifier) @method)
        (function_declarator declarator: (qualified_identifier name: (identifier) @method))
        [(class_specifier name: (type_identifier) @class) (struct_specifier name: (type_identifier) @class)
         (enum_specifier name: (type_identifier) @class) (union_specifier name: (type_identifier) @class)]
        (alias_declaration name: (type_identifier) @class)
        (field_declaration declarator: (field_identifier) @attribute)
        (enumerator name: (identifier) @attribute)
        (parameter_declaration declarator: (identifier) @parameter)
        (optional_parameter_declaration declarator: (identifier) @parameter)
        (declaration declarator: (identifier) @variable)
        (init_declarator declarator: (identifier) @variable)
        (preproc_include path: (string_literal (string_content) @module))
        (preproc_include path: (system_lib_string) @module)
    """,
)
