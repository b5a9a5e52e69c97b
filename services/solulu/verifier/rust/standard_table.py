"""Writes the table of the standard library from the sources of a toolchain: `python -m
solulu.verifier.rust.standard_table FOLDER`, where FOLDER is `lib/rustlib/src/rust/library` below its sysroot.

The sources are read like any repository's. Methods that macros give to numbers are read from the macros' bodies, words
of comments and of what only the library itself sees are left out.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

from solulu.languages.rust import RUST
from solulu.verifier.repository import Repository, SymbolIndex
from solulu.verifier.rust.cargo import summarize_manifest
from solulu.verifier.rust.standard import CRATES, RUST_VERSION, STANDARD, TABLE
from solulu.verifier.rust.summary import summarize
from solulu.verifier.words import words_in

_LEFT_OUT = re.compile(
    r"(?:^|/)(?:tests?|benches|sys|sys_common|os/(?:android|illumos|solaris|horizon|vita|nto|hermit|xous|trusty|uefi)"
    r"|core_arch|core_simd|portable-simd|backtrace-rs|std_float|flt2dec|dec2flt|keyword_docs|primitive_docs)(?:/|\.rs$)"
)
_COMMENTS = re.compile(rb"^\s*//[^\n]*|\s// [^\n]*", re.M)
_METHODS = re.compile(rb"^\s+pub (?:const )?(?:unsafe )?(?:const )?fn ([a-z]\w*)", re.M)
_UNSTABLE = (
    (re.compile(rb"\[const\]\s*|~const\s+"), b""),
    (re.compile(rb"\b(?:const|auto) (?=(?:unsafe )?(?:auto )?(?:trait|impl)\b)"), b""),
    (re.compile(rb"^(\s*(?:unsafe )?impl\b(?:[^\n{]*?>)?) const (?=[A-Z]|\w+::)", re.M), rb"\1 "),
    (re.compile(rb"^ *pub(?:\([^)]*\))? macro (\w+).*?^ *\}$", re.M | re.S), rb"macro_rules! \1 { () => {} }"),
)
"""Syntax that only the library itself may use, and what stands for it."""
_EXPANDED = {
    "core/src/slice/iter.rs": b"""
        impl<'a, T> Iterator for Iter<'a, T> { type Item = &'a T; }
        impl<'a, T> Iterator for IterMut<'a, T> { type Item = &'a mut T; }
        impl<'a, T> DoubleEndedIterator for Iter<'a, T> {}
        impl<'a, T> DoubleEndedIterator for IterMut<'a, T> {}
    """,
    "core/src/str/iter.rs": b"".join(
        b"pub struct %b<'a, P>; impl<'a, P> Iterator for %b<'a, P> { type Item = %b; }\n" % (name, name, item)
        for name, item in (
            (b"Split", b"&'a str"), (b"RSplit", b"&'a str"), (b"SplitTerminator", b"&'a str"),
            (b"RSplitTerminator", b"&'a str"), (b"SplitN", b"&'a str"), (b"RSplitN", b"&'a str"),
            (b"Matches", b"&'a str"), (b"RMatches", b"&'a str"), (b"MatchIndices", b"(usize, &'a str)"),
            (b"RMatchIndices", b"(usize, &'a str)"),
        )
    ),
    "core/src/sync/atomic.rs": b"".join(
        b"pub struct Atomic%b; impl Atomic%b { pub const fn new(v: %b) -> Atomic%b; "
        b"pub fn load(&self, order: Ordering) -> %b; pub fn store(&self, val: %b, order: Ordering); "
        b"pub fn into_inner(self) -> %b; pub fn fetch_add(&self, val: %b, order: Ordering) -> %b; "
        b"pub fn swap(&self, val: %b, order: Ordering) -> %b; }\n"
        % (name, name, kind, name, *[kind] * 7)
        for name, kind in (
            (kind.capitalize().encode(), kind.encode())
            for kind in ("i8", "i16", "i32", "i64", "isize", "u8", "u16", "u32", "u64", "usize")
        )
    ),
}  # fmt: skip
"""What macros make that values of daily use are made of, as Rust: the iterators of slices and
strings, and the atomic numbers."""
_INTEGERS = ["i8", "i16", "i32", "i64", "i128", "isize", "u8", "u16", "u32", "u64", "u128", "usize"]


def main() -> None:
    """Writes the table."""
    folder = Path(sys.argv[1])
    summaries: dict[str, Any] = {}
    words: set[str] = set()
    numeric: set[str] = set()
    for crate in CRATES:
        for path in sorted((folder / crate).rglob("*.rs")):
            name = path.relative_to(folder).as_posix()
            if _LEFT_OUT.search(name):
                continue
            data = path.read_bytes() + _EXPANDED.get(name, b"")
            for syntax, plain in _UNSTABLE:
                data = syntax.sub(plain, data)
            words |= words_in(_COMMENTS.sub(b"", data))
            summaries[name] = _slim(summarize(data, RUST.parse(data)))
            if re.fullmatch(r"core/src/num/(?:u?int|nonzero|[\w]*)(?:_macros)?\.rs|core/src/num/mod\.rs", name):
                numeric.update(found.decode() for found in _METHODS.findall(data))
        manifest = summarize_manifest((folder / crate / "Cargo.toml").read_bytes()) or {}
        summaries[f"{crate}/Cargo.toml"] = {**manifest, "d": {name: name for name in CRATES}, "w": {}}
    numbers = {"f": {name: [{"p": [], "S": 1}] for name in sorted(numeric)}}
    root = summaries["core/src/lib.rs"]
    root.setdefault("p", []).extend({"s": number, **numbers} for number in _INTEGERS)
    kept = sorted(words)
    table = Repository({"rust": summaries}, kept, {"": list(range(len(kept)))}, {})
    TABLE.parent.mkdir(exist_ok=True)
    TABLE.write_bytes(SymbolIndex({STANDARD: table}).to_bytes())
    sys.stdout.write(f"Rust {RUST_VERSION}: {len(summaries)} files, {len(kept)} words, {TABLE.stat().st_size} bytes\n")


def _slim(module: dict[str, Any]) -> dict[str, Any]:
    """Without tests, and without doubts about attributes, which the compiler knows, and macros: the words in these
    stay hidden."""
    kept = {key: value for key, value in module.items() if key != "o"}
    for written in kept.get("p", ()):
        written.pop("o", None)
    for items in kept.get("i", {}).values():
        for item in items:
            if item[0] in ("s", "e"):
                item[-1] = [derive for derive in item[-1] if derive != "?"]
            elif item[0] == "t":
                item[4] = []
    if "m" in kept:
        kept["m"] = {
            name: [_slim(below) for below in modules] for name, modules in kept["m"].items() if name != "tests"
        }
    return kept


if __name__ == "__main__":
    main()
