"""Writes the table of the standard library from the g++ and the C library that are installed: `python -m
solulu.verifier.cpp.standard_table`.

The compiler's preprocessor says what all headers together bring, under every standard; names that are reserved (a
leading underscore) are the library's own and left out.
"""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from solulu.languages.cpp import CPP
from solulu.verifier.cpp.standard import STANDARD, TABLE, VERSION
from solulu.verifier.cpp.summary import summary_of, without_arguments
from solulu.verifier.repository import Repository, SymbolIndex
from solulu.verifier.words import words_in, words_of

_STANDARDS = ("gnu++98", "gnu++11", "gnu++14", "gnu++17", "gnu++20", "gnu++23")
_CPP_FOLDERS = ("", "experimental", "ext")
_C_FOLDERS = ("", "sys", "arpa", "net", "netinet", "rpc")
_EXTENSION = re.compile(
    rb"__attribute__\s*\(\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)\)|__extension__|__restrict(?:__)?|__inline(?:__)?\b"
    rb"|__asm__\s*\([^()]*\)|__attribute\s*\(\([^()]*\)\)|\b_GLIBCXX\w+"
)
"""What the compiler knows and the grammar does not."""
_LATER_HEADERS = (
    "format", "print", "generator", "flat_map", "flat_set", "mdspan", "stdfloat", "spanstream", "text_encoding",
    "inplace_vector", "hive", "linalg", "rcu", "hazard_pointer", "debugging", "simd", "contracts", "strstream",
    "threads.h", "stdbit.h", "stdckdint.h", "stdatomic.h",
)  # fmt: skip
_LATER = words_of("""
    format format_to format_to_n format_to_n_result formatted_size vformat vformat_to make_format_args make_wformat_args
    format_args wformat_args format_string wformat_string basic_format_string basic_format_arg basic_format_args
    format_context wformat_context basic_format_context basic_format_parse_context format_parse_context
    wformat_parse_context formatter format_error visit_format_arg range_format format_kind range_formatter formattable
    runtime_format advance_to arg check_arg_id next_arg_id set_debug_format print println vprint_unicode
    vprint_nonunicode generator elements_of flat_map flat_multimap flat_set flat_multiset sorted_unique keys values
    extract replace mdspan extents dextents dims layout_left layout_right layout_stride default_accessor submdspan
    rank rank_dynamic extent mapping data_handle accessor required_span_size float16_t float32_t float64_t float128_t
    bfloat16_t to from_range from_range_t append_range insert_range assign_range prepend_range push_range zip zip_view
    zip_transform adjacent pairwise adjacent_transform chunk chunk_by slide stride join_with as_rvalue as_const repeat
    cartesian_product enumerate iota contains contains_subrange starts_with ends_with find_last find_last_if
    find_last_if_not fold_left fold_left_first fold_right fold_right_last fold_left_with_iter shift_left shift_right
    move_only_function copyable_function function_ref bind_back bind_front not_fn invoke_r forward_like unreachable
    byteswap to_underlying is_scoped_enum reference_constructs_from_temporary is_implicit_lifetime start_lifetime_as
    allocate_at_least allocation_result out_ptr inout_ptr stacktrace stacktrace_entry basic_stacktrace current
    expected unexpected bad_expected_access unexpect value_or error_or and_then or_else transform transform_error
    has_error utc_clock tai_clock gps_clock file_clock local_t zoned_time time_zone tzdb tzdb_list leap_second
    leap_second_info time_zone_link sys_info local_info nonexistent_local_time ambiguous_local_time choose get_tzdb
    get_tzdb_list reload_tzdb remote_version locate_zone current_zone clock_cast parse from_stream to_stream hh_mm_ss
    zoned_traits basic_spanbuf spanbuf basic_ispanstream ispanstream ospanstream spanstream basic_osyncstream
    osyncstream syncbuf emit get_wrapped source_location atomic_ref execution par par_unseq seq unseq inplace_vector
    try_push_back unchecked_push_back add_sat sub_sat mul_sat div_sat saturate_cast optional_ref constant_wrapper
    polymorphic indirect text_encoding is_debugger_present breakpoint hive strlcpy strlcat asctime_s gets gets_s
    strerrorlen_s memset_s thrd_create thrd_join mtx_init mtx_lock mtx_unlock unique_copy final override import module
    main defined asm size_t ssize_t alignas alignof co_await co_return co_yield requires concept
""")
"""Names that later versions of the libraries have."""


_LATER_MEMBERS = words_of(
    "append_range insert_range assign_range prepend_range push_range contains starts_with ends_with"
    " resize_and_overwrite and_then or_else transform value_or error_or transform_error at subview has_value"
)
"""Members that later versions give to classes that are there."""
_CLASSES = words_of(
    "vector list deque array forward_list set multiset map multimap unordered_set unordered_multiset unordered_map"
    " unordered_multimap stack queue priority_queue span initializer_list basic_string basic_string_view unique_ptr"
    " shared_ptr weak_ptr optional pair function basic_ostream basic_istream basic_stringstream basic_ostringstream"
    " basic_istringstream basic_ofstream basic_ifstream basic_fstream mutex recursive_mutex lock_guard unique_lock"
    " condition_variable thread atomic bitset"
)
"""The classes whose members everybody calls."""


def main() -> None:
    """Writes the table."""
    version = _run("g++", "-dumpversion").strip()
    if version != VERSION:
        raise SystemExit(f"this is g++ {version}, the table is of {VERSION}")
    cpp_folder = next(path for path in _search_path() if path.name == VERSION and path.parent.name == "c++")
    cpp_headers = sorted(
        path.relative_to(cpp_folder).as_posix()
        for folder in _CPP_FOLDERS
        for path in (cpp_folder / folder).iterdir()
        if path.is_file() and path.suffix in ("", ".h")
    )
    compiler_headers = sorted(
        path.name for folder in _search_path() if "gcc" in folder.parts for path in folder.glob("*.h")
    )
    c_headers = [name for name in _c_headers() if (Path("/usr/include") / name).is_file() or _multiarch(name)]
    words: set[str] = set(_LATER)
    text = b""
    for standard in _STANDARDS:
        text = b""
        usable = [name for name in [*cpp_headers, *c_headers] if _compiles(name, standard)]
        source = "".join(f"#include <{name}>\n" for name in usable)
        text = _preprocessed(source, standard, "-P")
        words |= words_in(text)
        words |= words_in(_preprocessed(source, standard, "-dM"))
    public = sorted(word for word in words if not word.startswith("_"))
    table = {
        "headers": sorted({*cpp_headers, *c_headers, *compiler_headers, *_LATER_HEADERS}),
        "members": _members(text),
    }
    repo = Repository({"cpp": {"": table}}, public, {"": list(range(len(public)))}, {})
    TABLE.write_bytes(SymbolIndex({STANDARD: repo}).to_bytes())


def _members(text: bytes) -> dict[str, str]:
    """The public members of some classes of namespace std by their names, with those of their bases."""
    plain = _EXTENSION.sub(b"", text)
    summary = summary_of(plain, CPP.parse(plain))
    bases = {name: [_last(base) for base in entry[0]] for name, entry in summary["c"].items()}
    by_last: dict[str, set[str]] = {}
    heirs: dict[str, set[str]] = {}
    for name, listed in bases.items():
        by_last.setdefault(_last(name), set()).add(name)
        heirs.setdefault(_last(name), set()).update(listed)
    members: dict[str, str] = {}
    for name in sorted(bases):
        if not name.startswith("std::") or _last(name) not in _CLASSES:
            continue
        seen: set[str] = set()
        waiting = [_last(name)]
        while waiting:
            last = waiting.pop()
            if last not in seen:
                seen.add(last)
                waiting += sorted(heirs.get(last, ()))
        found = {member for last in seen for full in by_last.get(last, ()) for member in summary["d"].get(full, {})}
        members[_last(name)] = " ".join(
            sorted(member for member in found | _LATER_MEMBERS if not member.startswith("_"))
        )
    return members


def _last(name: str) -> str:
    return without_arguments(name).rpartition("::")[2].strip()


def _search_path() -> list[Path]:
    text = subprocess.run(
        ["g++", "-E", "-v", "-x", "c++", "-"], input="", capture_output=True, text=True, check=True
    ).stderr
    listed = re.search(r"#include <\.\.\.> search starts here:\n(.*?)End of search list", text, re.S)
    return [Path(line.strip()).resolve() for line in listed[1].splitlines()] if listed else []


def _c_headers() -> list[str]:
    """The headers of the C library's package, without the kernel's."""
    files = _run("dpkg", "-L", "libc6-dev").splitlines()
    names = {re.sub(r"^/usr/include/(?:[a-z0-9_]+-linux-gnu/)?", "", path) for path in files if path.endswith(".h")}
    return sorted(name for name in names if name.rpartition("/")[0] in _C_FOLDERS and not name.startswith("/"))


def _multiarch(name: str) -> bool:
    return any((folder / name).is_file() for folder in _search_path())


def _compiles(name: str, standard: str) -> bool:
    return bool(_preprocessed(f"#include <{name}>\n", standard, "-P"))


def _preprocessed(source: str, standard: str, how: str) -> bytes:
    command = ["g++", "-E", how, f"-std={standard}", "-D_GNU_SOURCE", "-x", "c++", "-"]
    done = subprocess.run(command, input=source.encode(), capture_output=True, check=False)
    return done.stdout if done.returncode == 0 else b""


def _run(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


if __name__ == "__main__":
    main()
