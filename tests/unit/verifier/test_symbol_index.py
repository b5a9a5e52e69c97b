"""The index of a repository's symbols: its bytes, its names, how it is merged."""

import gc
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from solulu.core.errors import InvalidArgument
from solulu.verifier.index import KINDS, SymbolIndex, build, merge, settle, updated
from solulu.verifier.python.modules import absolute, dotted_names

FILES = [
    ("pkg/__init__.py", b"from .a import Thing\n"),
    (
        "pkg/a.py",
        b"LIMIT = 1\nclass Thing:\n    size = 2\n    def grow(self, amount): self.grown = amount\ndef make(): ...\n",
    ),
    ("cmd/main.go", b"package main\n\ntype Server struct { Port int }\n\nfunc (s *Server) Serve(addr string) {}\n"),
    ("src/App.java", b"class App { int count; void start(String mode) { int local = 1; } }\n"),
]


def test_real_names_of_every_language_are_there_by_kind():
    index = build("repo", FILES, names=KINDS)

    assert {"make"} <= set(index.names("function"))
    assert {"Thing", "Server", "App"} <= set(index.names("class"))
    assert {"grow", "Serve", "start"} <= set(index.names("method"))
    assert {"size", "grown", "Port", "count"} <= set(index.names("attribute"))
    assert {"amount", "addr", "mode"} <= set(index.names("parameter"))
    assert {"LIMIT", "local"} <= set(index.names("variable"))


def test_the_same_files_in_any_order_give_the_same_bytes():
    shuffled = list(FILES)
    random.Random(1).shuffle(shuffled)

    assert build("repo", FILES).to_bytes() == build("repo", shuffled).to_bytes()


def test_an_index_survives_its_bytes():
    index = merge([build("repo", FILES), build("other", [("x.py", b"y = 1\n")])])

    again = SymbolIndex.from_bytes(index.to_bytes())

    assert again == index
    assert again.to_bytes() == index.to_bytes()


@given(
    st.dictionaries(st.sampled_from(["a.py", "b/__init__.py", "c.go", "D.java", "go.mod"]), st.binary(max_size=60)),
    st.lists(
        st.tuples(
            st.sampled_from(["a.py", "c.go", "E.java", "new.txt"]),
            st.sampled_from([None, b"", b"x = 1\n", b"func Run() {}\n", b"class E { int n; }\n", b"import a.b\n"]),
        ),
        max_size=4,
    ),
)
@settings(max_examples=60, deadline=None)
def test_an_updated_index_is_the_one_that_would_be_built_anew(files, changes):
    index = build("repo", files.items())
    for path, data in changes:
        index = updated(index, "repo", path, data)

    anew = build("repo", {**files, **dict(changes)}.items())

    assert index.to_bytes() == anew.to_bytes()
    assert +index.num_files_with == +anew.num_files_with
    assert [index.names(kind) for kind in KINDS] == [anew.names(kind) for kind in KINDS]


@pytest.mark.parametrize("data", [b"", b"nonsense", b"x\x9c\x03\x00\x00\x00\x00\x01"])
def test_bytes_that_are_no_index_are_refused_with_a_reason(data):
    with pytest.raises(InvalidArgument, match="no symbol index"):
        SymbolIndex.from_bytes(data)


def test_merging_does_not_depend_on_the_order():
    first, second = build("first", FILES), build("second", FILES[:2])

    assert merge([first, second]).to_bytes() == merge([second, first]).to_bytes()
    assert set(merge([first, second]).repositories) == {"first", "second"}


@given(
    st.lists(
        st.tuples(st.sampled_from(["a.py", "b/__init__.py", "c.go", "D.java"]), st.binary(max_size=80)), max_size=4
    )
)
@settings(max_examples=40, deadline=None)
def test_any_bytes_can_be_indexed(files):
    index = build("repo", dict(files).items())

    assert SymbolIndex.from_bytes(index.to_bytes()) == index
    for kind in KINDS:
        assert list(index.names(kind)) == sorted(set(index.names(kind)))


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("pkg/a.py", ["pkg.a"]),
        ("pkg/__init__.py", ["pkg"]),
        ("src/pkg/a.py", ["pkg.a", "src.pkg.a"]),
        ("src/tool.py", ["tool", "src.tool"]),
        ("space/part/a.py", ["space.part.a", "a"]),
        ("setup.py", ["setup"]),
    ],
)
def test_a_file_answers_to_the_names_it_may_be_imported_by(path, names):
    paths = {"pkg/__init__.py", "src/pkg/__init__.py"}

    assert dotted_names(path, paths) == names


@pytest.mark.parametrize(
    ("module", "level", "importer", "is_package", "expected"),
    [
        ("json", 0, "pkg.a", False, "json"),
        ("b", 1, "pkg.a", False, "pkg.b"),
        ("", 1, "pkg.a", False, "pkg"),
        ("b", 1, "pkg", True, "pkg.b"),
        ("b", 2, "pkg.sub", True, "pkg.b"),
        ("b", 2, "pkg.sub.a", False, "pkg.b"),
        ("b", 2, "pkg.a", False, None),
        ("b", 1, "script", False, None),
    ],
)
def test_relative_imports_count_from_the_package(module, level, importer, is_package, expected):
    assert absolute(module, level, importer, is_package) == expected


def test_the_collector_leaves_settled_tables_alone():
    thresholds, table = gc.get_threshold(), [[]]
    try:
        settle()
        walked = {id(one) for one in gc.get_objects()}

        assert id(table) not in walked
        assert gc.get_threshold()[2] > 10
    finally:
        gc.unfreeze()
        gc.set_threshold(*thresholds)
