"""Macros and attributes that are known not to make names of their own, and what derives add to a type.

Everything that is not listed here, nor defined with `macro_rules!` in the repository, may make any name.
"""

from __future__ import annotations

import re


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


PLAIN_MACROS = _words(
    "assert assert_eq assert_ne debug_assert debug_assert_eq debug_assert_ne print println eprint eprintln "
    "format write writeln panic todo unimplemented unreachable dbg format_args vec"
)
"""Macros of the standard library whose arguments are expressions."""
_SILENT_MACROS = PLAIN_MACROS | _words(
    "thread_local lazy_static compile_error const_assert assert_impl_all bitflags cfg_if matches concat "
    "stringify env option_env include_str include_bytes cfg line file column module_path"
)
EXPANDING = frozenset({"thread_local", "lazy_static"})
"""Macros that declare the statics in them."""
HARMLESS_ATTRIBUTES = _words(
    "allow warn deny forbid expect doc cfg cfg_attr derive inline cold must_use test ignore should_panic "
    "bench repr non_exhaustive deprecated automatically_derived track_caller target_feature no_mangle "
    "link_name link export_name link_section used global_allocator panic_handler feature macro_use "
    "macro_export path no_std no_main crate_type recursion_limit type_length_limit no_implicit_prelude "
    "proc_macro proc_macro_derive proc_macro_attribute default tokio::main tokio::test async_std::main "
    "async_std::test actix_web::main actix_rt::test async_trait async_trait::async_trait stable unstable lang "
    "fundamental may_dangle const_stable const_unstable coverage optimize diagnostic::on_unimplemented unsafe "
    "no_link debugger_visualizer wasm_bindgen_test test_case rstest case instrument tracing::instrument ctor "
    "global_asm naked start windows_subsystem collapse_debuginfo marker derive_const serial quickcheck "
    "proptest"
)
STD_DERIVES = frozenset(["Clone", "Copy", "Debug", "Default", "Eq", "PartialEq", "Ord", "PartialOrd", "Hash"])
KNOWN_TRAITS: dict[str, frozenset[str]] = {
    "Serialize": frozenset({"serialize"}),
    "Deserialize": frozenset({"deserialize", "deserialize_in_place"}),
    "DeserializeOwned": frozenset(),
    "Error": frozenset({"source", "description", "cause", "provide", "custom"}),
    "Parser": _words(
        "parse try_parse parse_from try_parse_from update_from try_update_from command command_for_update "
        "into_app into_app_for_update from_arg_matches from_arg_matches_mut update_from_arg_matches "
        "update_from_arg_matches_mut augment_args augment_args_for_update group_id"
    ),
    "Args": _words(
        "augment_args augment_args_for_update group_id from_arg_matches from_arg_matches_mut "
        "update_from_arg_matches update_from_arg_matches_mut"
    ),
    "Subcommand": _words(
        "augment_subcommands augment_subcommands_for_update has_subcommand from_arg_matches from_arg_matches_mut "
        "update_from_arg_matches update_from_arg_matches_mut"
    ),
    "ValueEnum": frozenset({"value_variants", "to_possible_value", "from_str"}),
    "CommandFactory": _words("command command_for_update into_app into_app_for_update"),
    "JsonSchema": _words("schema_name schema_id json_schema is_referenceable always_inline_schema inline_schema"),
    "Zeroize": frozenset({"zeroize"}),
    "Context": frozenset({"context", "with_context"}),
    "ToTokens": frozenset({"to_tokens", "to_token_stream", "into_token_stream"}),
}
"""Traits of well-known crates, some of which are derived by their names, with their methods."""
FOR_ALL_TYPES = _words(
    "Tap TapFallible TapOptional Pipe Conv TryConv OwoColorize Instrument WithSubscriber Downcast DowncastRef"
)
"""Traits of well-known crates that are implemented for every type."""
REACHABLE = _words(
    "Iterator DoubleEndedIterator ExactSizeIterator IntoIterator Read BufRead Write Seek Future Fn FnMut "
    "FnOnce AsRef AsMut Borrow BorrowMut Extend Index IndexMut Hasher BuildHasher Add Sub Mul Div Deref "
    "ToString Any Pattern Display"
)
"""Traits of the standard library whose implementors other crates give methods."""
_PLAIN = re.compile(rb"\b(" + b"|".join(sorted(name.encode() for name in PLAIN_MACROS)) + rb")!(?=\s*[(\[{])")
_GENERATING = re.compile(rb"\b(?:paste|concat_idents|seq|quote|include)!")


def is_silent(name: str) -> bool:
    """Whether a macro makes no names but those written in its call."""
    return name.rpartition("::")[2] in _SILENT_MACROS


def glues_names(text: bytes) -> bool:
    """Whether a `macro_rules!` may make names that are written nowhere."""
    return _GENERATING.search(text) is not None


def without_plain_macros(data: bytes) -> bytes:
    """The same code, at the same places, with the calls of `PLAIN_MACROS` as calls of functions and `vec![...]` as an
    array, so that the names in them can be seen."""
    return _PLAIN.sub(_as_code, data)


def _as_code(found: re.Match[bytes]) -> bytes:
    opening = found.string[found.end() :].lstrip()[:1]
    if found[1] == b"vec" and opening == b"[":
        return b" " * len(found[0])
    return found[1] + b" " if opening == b"(" else found[0]


def vectors_in(data: bytes) -> set[int]:
    """Where the arrays begin that `without_plain_macros` makes of `vec![...]`."""
    found = set()
    for match in _PLAIN.finditer(data):
        if match[1] == b"vec":
            rest = data[match.end() : match.end() + 40]
            found.add(match.end() + len(rest) - len(rest.lstrip()))
    return found
