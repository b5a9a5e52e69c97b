"""Rust: what is known of the standard library, of manifests and of installed crates."""

from solulu.verifier.case import Case
from solulu.verifier.repository import Home
from solulu.verifier.rust import RUST_RULES
from solulu.verifier.rust.cargo import summarize_manifest
from solulu.verifier.rust.names import World
from solulu.verifier.rust.repository import Mod, reads
from solulu.verifier.rust.standard import STANDARD, TABLE, standard_library
from solulu.verifier.rust.types import INFER, parse_generics, parse_type
from solulu.verifier.rust.values import Env, Types
from unit.verifier.rust.library import INDEX

STD = Env(Mod(STANDARD, "std/src/lib.rs", ()), {})


def types() -> Types:
    return Types(World(INDEX, Home("lending", "src/lib.rs"), {}))


def test_the_table_is_small_and_names_no_machine():
    table = standard_library()

    assert TABLE.stat().st_size < 1_000_000
    assert {"HashMap", "unwrap_or_else", "AtomicUsize", "println"} <= table.words("")
    assert not any(path.startswith("/") for path in table.summaries["rust"])


def test_types_of_the_standard_library_have_their_items_and_targets():
    known = types()

    for written, item in [
        ("Vec<u8>", "u8"),
        ("slice::Iter<u8>", "u8"),
        ("collections::BTreeSet<char>", "char"),
        ("str::Split<char>", "str"),
        ("ops::Range<u8>", "u8"),
    ]:
        assert str(known.projected(known.read(written, STD), "Item")) == item
    assert [str(step) for step in known.chain(known.read("sync::Arc<string::String>", STD))] == ["Arc", "String", "str"]


def test_a_manifest_tells_names_dependencies_and_roots():
    found = summarize_manifest(b"""
        [package]
        name = "my-crate"
        edition = "2021"
        [lib]
        path = "source/all.rs"
        [dependencies]
        serde-json = "1"
        other = { package = "real-name", version = "1" }
        [target.'cfg(unix)'.dev-dependencies]
        libc = "0.2"
        [[test]]
        name = "all"
        path = "checks/all.rs"
    """)

    assert (found["n"], found["e"]) == ("my-crate", "2021")
    assert found["d"] == {"serde_json": "serde-json", "other": "real-name", "libc": "libc"}
    assert found["r"] == ["checks/all.rs", "source/all.rs"]
    assert summarize_manifest(b"[package") is None
    assert reads("a/Cargo.toml")
    assert not reads("a/Cargo.lock")


def test_types_that_cannot_be_read_say_nothing():
    assert parse_type("Vec<") == INFER
    assert parse_type("(" * 1000) == INFER
    assert parse_type("impl Fn(A, B) -> C + 'a")[0] == "impl"
    assert set(parse_generics("<'a, T: Into<String>, const N: usize> where T: 'a, Vec<T>: Sized")) == {"T", "N"}


def test_crates_are_found_in_a_registry_in_their_newest_version(tmp_path):
    for version in ("1.2.0", "1.10.0"):
        root = tmp_path / "index" / f"some-crate-{version}"
        (root / "src").mkdir(parents=True)
        (root / "Cargo.toml").write_text(f'[package]\nname = "some-crate"\nversion = "{version}"\n')
        (root / "src" / "lib.rs").write_text("pub fn here() {}\n")
    case = Case("src/lib.rs", "use some_crate::here;\nfn f() { ", "std::mem::drop(1)", " }")

    (package,) = RUST_RULES.packages(case, tmp_path)

    assert (package.name, package.root.name) == ("some_crate", "some-crate-1.10.0")
    assert [file.name for file in package.files] == ["Cargo.toml", "lib.rs"]


def test_a_vendored_folder_comes_before_the_registry(tmp_path):
    (tmp_path / "vendor").mkdir()

    assert RUST_RULES.default_packages(tmp_path) == tmp_path / "vendor"
