"""The static verdict: each rule with what it proves, what it refutes and what it leaves open."""

import pytest
from solulu.verifier.case import Case, Verdict
from solulu.verifier.check import check
from solulu.verifier.index import build, merge

SHAPES = b"""
from __future__ import annotations
import functools
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple, Optional

from missing_dependency import Foreign, decorate

__all__ = ["Shape", "Circle", "make", "LIMIT"]
LIMIT = 3
_private = 4


class Shape:
    sides: int = 0

    def __init__(self, name, *, color="red"):
        self.name = name
        self.parent: Optional[Shape] = None

    def area(self, unit="m") -> float:
        return 0.0

    @property
    def owner(self) -> Owner: ...

    @classmethod
    def default(cls): ...

    @staticmethod
    def units(kind): ...


class Circle(Shape):
    def radius(self): ...


class Owner:
    __slots__ = ("address",)

    def call(self, number, /, *, loud=False): ...


class Loose:
    def __getattr__(self, name): ...


class Filled:
    def __init__(self, **values):
        for name, value in values.items():
            setattr(self, name, value)


class Alien(Foreign):
    known = 1


@dataclass
class Point:
    x: int
    y: int = 0


class Pair(NamedTuple):
    left: int
    right: int


class Color(Enum):
    RED = 1


class Meta(metaclass=Foreign):
    pass


def make(name, size: int = 1, *rest, deep=False) -> Circle: ...


def anything(**options): ...


@functools.lru_cache
def cached(key) -> Owner: ...


@decorate
def decorated(key) -> Owner: ...


async def later() -> Owner: ...


if LIMIT:
    def conditional(a): ...
else:
    def conditional(b): ...
"""
FILES = {
    "pkg/__init__.py": b"from .shapes import *\nfrom .shapes import _private as public\n",
    "pkg/shapes.py": SHAPES,
    "pkg/lazy.py": b"def __getattr__(name): ...\n",
    "pkg/native.so": b"",
    "pkg/sub/__init__.py": b"",
    "pkg/sub/leaf.py": b"from ..shapes import Circle as Round\nvalue = Round('a')\n",
    "pkg/patch.py": b"def patch(thing):\n    thing.extra = 1\n",
    "setup.py": b"import pkg\n",
}
INDEX = build("repo", FILES.items())
HEAD = """import json, os.path
import pkg
from pkg import shapes
from pkg.shapes import Alien, Circle, Color, Filled, Loose, Meta, Owner, Pair, Point, Shape
from pkg.shapes import anything, cached, conditional, decorated, later, make
"""


def verdict(completion: str, prefix: str = HEAD, suffix: str = "\n", path: str = "pkg/new.py", index=INDEX) -> Verdict:
    return check(Case(path, prefix, completion, suffix), index)


VALID = [
    "json.loads('1')",
    "os.path.join('a', 'b')",
    "pkg.shapes.LIMIT",
    "pkg.Circle('a').radius()",
    "pkg.public",
    "make('a').radius()",
    "make('a', size=2, deep=True).area(unit='cm')",
    "Circle('a', color='blue').name",
    "Circle('a').parent.area()",
    "Circle('a').owner.call(1, loud=True)",
    "Circle.default()",
    "Shape.units('a')",
    "Owner().address",
    "Point(1, y=2).x",
    "Pair(left=1, right=2).left",
    "Pair(left=1, right=2).count(1)",
    "Color.RED",
    "cached('a').address",
    "Alien.known",
    "[one for one in range(3)]",
    "(lambda one: one)(1)",
    "print('a', sep='')",
    "{}.items()",
    "'a'.join([])",
    "from pkg.sub.leaf import Round, value",
    "import pkg.sub.leaf as leaf",
    "from . import lazy",
    "from .shapes import Owner",
    "True",
]

REFUTED = [
    ("json.loadz('1')", "method", "loadz", "module 'json' has no attribute 'loadz'"),
    ("os.pathh", "undefinedvariable", "pathh", "module 'os' has no attribute 'pathh'"),
    ("pkg.shapes.LIMITS", "undefinedvariable", "LIMITS", "module 'pkg.shapes' has no attribute 'LIMITS'"),
    ("make('a').radios()", "method", "radios", "'Circle' object has no attribute 'radios'"),
    ("Circle('a').parent.circumference()", "method", "circumference", "'Shape' object has no attribute"),
    ("Circle('a').owner.ring(1)", "method", "ring", "'Owner' object has no attribute 'ring'"),
    ("Circle.defaults()", "method", "defaults", "type object 'Circle' has no attribute 'defaults'"),
    ("Circle('a').area(units='m')", "parameter", "units", "unexpected keyword argument 'units' for 'area'"),
    ("Circle('a', colour='red')", "parameter", "colour", "unexpected keyword argument 'colour' for 'Circle'"),
    ("Owner().call(number=1)", "parameter", "number", "unexpected keyword argument 'number' for 'call'"),
    ("Point(1, z=2)", "parameter", "z", "unexpected keyword argument 'z' for 'Point'"),
    ("Pair(left=1, middle=2)", "parameter", "middle", "unexpected keyword argument 'middle' for 'Pair'"),
    ("make('a', width=1)", "parameter", "width", "unexpected keyword argument 'width' for 'make'"),
    ("cached('a').number", "undefinedvariable", "number", "'Owner' object has no attribute 'number'"),
    ("print('a', separator='')", "parameter", "separator", "unexpected keyword argument 'separator' for 'print'"),
    ("'a'.joined([])", "method", "joined", "'str' object has no attribute 'joined'"),
    ("{}.itemz()", "method", "itemz", "'dict' object has no attribute 'itemz'"),
    ("undefined", "undefinedvariable", "undefined", "name 'undefined' is not defined"),
    ("[one for two in range(3)]", "undefinedvariable", "one", "name 'one' is not defined"),
    ("from pkg.shapes import Square", "import", "Square", "cannot import name 'Square' from 'pkg.shapes'"),
    ("from pkg.shades import Shape", "import", "pkg.shades", "No module named 'pkg.shades'"),
    ("from .sub.leaf import Shape", "import", "Shape", "cannot import name 'Shape' from 'pkg.sub.leaf'"),
    ("import pkg.sub.twig", "import", "pkg.sub.twig", "No module named 'pkg.sub.twig'"),
    ("from json import loadz", "import", "loadz", "cannot import name 'loadz' from 'json'"),
    ("import os.pathh", "import", "os.pathh", "No module named 'os.pathh'"),
]

UNKNOWN = [
    "Loose().whatever()",
    "Filled(a=1).a",
    "Alien.other",
    "Alien('a').other()",
    "Meta().other",
    "anything(option=1)",
    "decorated('a').number",
    "decorated(keyword=1)",
    "later().number",
    "conditional(a=1)",
    "Color.RED.name",
    "Color.RED.whatever",
    "Circle('a').extra",
    "getattr(json, 'loadz')",
    "from pkg.lazy import Anything",
    "from pkg import native",
    "from pkg.native import anything",
    "import missing_dependency",
    "from missing_dependency.deep import thing",
    "from pkg._version import version",
    "import misspelled",
]


@pytest.mark.parametrize("completion", VALID)
def test_what_provably_resolves_is_valid(completion):
    assert verdict(completion) == Verdict("valid")


@pytest.mark.parametrize(("completion", "type", "symbol", "message"), REFUTED)
def test_what_provably_does_not_resolve_is_refuted_with_evidence(completion, type, symbol, message):
    found = verdict(completion)

    assert (found.verdict, found.basis, found.type, found.symbol) == ("hallucinated", "resolved", type, symbol)
    assert found.evidence.message.startswith(message)
    assert found.evidence.line == HEAD.count("\n") + 1
    assert completion[found.evidence.column - 1 :].startswith(symbol)


@pytest.mark.parametrize("completion", UNKNOWN)
def test_what_cannot_be_followed_is_unknown(completion):
    assert verdict(completion) == Verdict("unknown")


def test_the_evidence_names_the_nearest_real_names_best_first():
    assert verdict("json.loadz('1')").evidence.candidates[:2] == ("load", "loads")
    assert verdict("make('a', sise=1)").evidence.candidates[0] == "size"
    assert verdict("from pkg.shapes import Circl").evidence.candidates[0] == "Circle"


def test_a_name_cut_in_the_middle_counts_as_a_whole():
    assert verdict("ads('1')", prefix="import json\njson.lo").verdict == "valid"
    assert verdict("adz('1')", prefix="import json\njson.lo").symbol == "loadz"
    assert verdict("lo", prefix="import json\njson.", suffix="adz('1')\n").symbol == "loadz"


def test_names_outside_the_completion_are_not_looked_at():
    assert verdict("json", prefix="import json\nundefined\n", suffix=".loadz('1')\n").verdict == "valid"


@pytest.mark.parametrize(
    ("prefix", "completion", "expected"),
    [
        ("class A:\n    def f(self): ...\n    def g(self): self.", "f()\n", "valid"),
        ("class A:\n    def f(self): self.x = 1\n    def g(self): self.", "x\n", "valid"),
        ("class A:\n    def f(self): ...\n    def g(self): self.", "h()\n", "hallucinated"),
        ("class AMixin:\n    def g(self): self.", "h()\n", "unknown"),
        ("class A:\n    def g(self): self.", "h()\nclass B(A):\n    def h(self): ...\n", "unknown"),
        ("class A:\n    def f(self): setattr(self, 'x' + '', 1)\n    def g(self): self.", "h()\n", "unknown"),
        ("class A:\n    def f(self): self.__dict__.update(x=1)\n    def g(self): self.", "h()\n", "unknown"),
        ("class A:\n    def f(self): return self.__dict__.items()\n    def g(self): self.", "h()\n", "hallucinated"),
        ("class A:\n    def f(self, a): ...\nclass B(A):\n    def f(self): super().", "f(1)\n", "valid"),
        ("class A:\n    def f(self, a): ...\nclass B(A):\n    def f(self): super().", "h()\n", "hallucinated"),
        ("class A:\n    def f(self): ...\nx: A = make()\nx.", "h()\n", "hallucinated"),
        ("class A:\n    def f(self): ...\ndef g(x: 'A | None'): x.", "f()\n", "valid"),
        ("class A:\n    def f(self): ...\ndef g(x: A):\n    if isinstance(x, B): x.", "h()\n", "unknown"),
        ("def g(x): x.", "h()\n", "unknown"),
        ("try:\n    import json\nexcept ImportError:\n    json = None\njson.", "loads('')\n", "valid"),
        ("try:\n    from json import ", "loadz\nexcept ImportError:\n    pass\n", "unknown"),
        ("import sys\nif sys.version_info >= (3, 99):\n    from json import ", "loadz\n", "unknown"),
        ("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import json\njson.", "loads('')\n", "valid"),
        ("def f():\n    global counter\n    counter = 1\n", "counter\n", "valid"),
        ("def f():\n    counter = 1\n", "counter\n", "hallucinated"),
        ("class A:\n    limit = 1\n    def f(self): return ", "limit\n", "hallucinated"),
        ("class A:\n    limit = 1\n    twice = ", "limit\n", "valid"),
        ("if (found := 1):\n    ", "found\n", "valid"),
        ("[last := n for n in (1, 2)]\n", "last\n", "valid"),
        ("match 1:\n    case [first, *others]:\n        ", "others\n", "valid"),
        ("def f():\n    def g(): ...\n    ", "g()\n", "valid"),
        ("from missing import *\n", "anything_at_all\n", "unknown"),
        ("exec('a = 1')\n", "anything_at_all\n", "unknown"),
        ("globals()['a'] = 1\n", "anything_at_all\n", "unknown"),
        ("", "__name__, __file__, __doc__\n", "valid"),
        ("import unittest\n", "unittest.anything()\n", "unknown"),
        ("import argparse\n", "argparse.ArgumentParser().parse_args().anything\n", "unknown"),
        ("for one in ():\n    pass\nelse:\n    ", "one\n", "valid"),
        ("with open('a') as handle:\n    ", "handle\n", "valid"),
        ("try:\n    pass\nexcept OSError as error:\n    ", "error.errno\n", "valid"),
        ("f = lambda a, *b, **c: ", "(a, b, c)\n", "valid"),
        ("def f(a, /, b, *, c): ", "a, b, c\n", "valid"),
        ("x = 1\ndel x\n", "x\n", "valid"),
        ("name = 'a'\ntext = f'{name} {", "name}'\n", "valid"),
        ("import ast\n", "ast.Name().id\n", "valid"),
    ],
)
def test_scopes_and_classes_of_the_file_itself(prefix, completion, expected):
    assert verdict(completion.removesuffix("\n"), prefix=prefix, suffix="\n").verdict == expected


def test_a_name_that_occurs_nowhere_is_refuted_by_the_closed_world_only_if_all_imports_are_indexed():
    prefix = "import json\n\ndef f(value): return value."

    found = verdict("frobnicate()", prefix=prefix)

    assert (found.verdict, found.basis, found.type) == ("hallucinated", "closed_world", "method")
    assert verdict("frobnicate()", prefix="import missing_dependency\n" + prefix).verdict == "unknown"
    assert verdict("frobnicate()", prefix="import pkg.shapes\n" + prefix).verdict == "unknown"
    assert verdict("radius()", prefix=prefix).verdict == "unknown"
    assert verdict("splitlines()", prefix=prefix).verdict == "unknown"
    assert verdict("frobnicate()", prefix="# frobnicate\n" + prefix).verdict == "unknown"


def test_the_file_does_not_vouch_for_its_own_completion():
    text = "def f(value): return value."
    index = build("repo", [("pkg/__init__.py", b""), ("pkg/a.py", (text + "frobnicate()\n").encode())])

    assert verdict("frobnicate()", prefix=text, path="pkg/a.py", index=index).basis == "closed_world"


def test_the_checked_text_counts_and_not_what_the_index_knows_of_that_file():
    index = build("repo", [("a.py", b"def old(): ...\n"), ("b.py", b"")])

    assert verdict("new()", prefix="def new(): ...\n", path="a.py", index=index).verdict == "valid"
    assert verdict("old()", prefix="def new(): ...\n", path="a.py", index=index).verdict == "hallucinated"


def test_a_dependency_that_is_indexed_is_known_and_one_that_is_not_is_unknown():
    user = build("user", [("user/__init__.py", b"")])
    library = build("library", [("library/__init__.py", b"def known(): ...\n")])
    case = Case("user/a.py", "import library\n", "library.unheard()", "\n")

    assert check(case, user).verdict == "unknown"
    assert check(case, merge([user, library])).verdict == "hallucinated"


def test_a_star_import_brings_what_all_names():
    assert verdict("Circle", prefix="from pkg.shapes import *\n").verdict == "valid"
    assert verdict("Owner", prefix="from pkg.shapes import *\n").verdict != "valid"
    assert verdict("Square", prefix="from pkg.shapes import *\n").verdict == "hallucinated"


def test_files_of_one_path_in_two_repositories_are_told_apart_by_their_words():
    first = build("first", [("tool.py", b"import os\nalpha = beta\n"), ("helper.py", b"def one(): ...\n")])
    second = build("second", [("tool.py", b"import re\ngamma = delta\n"), ("helper.py", b"def two(): ...\n")])

    found = check(Case("tool.py", "import re\ngamma = delta\nfrom helper import ", "two", "\n"), merge([first, second]))

    assert found.verdict == "valid"


def test_an_unsupported_file_says_so():
    found = verdict("x", path="notes.txt")

    assert found.verdict == "unknown"
    assert "notes.txt" in found.error


@pytest.mark.parametrize(
    ("prefix", "completion", "suffix"),
    [
        ("x = (", "1", "\n"),
        ("", "", ""),
        ("\ud800", "x", ""),
        ("x = ", "f(" * 10_000 + ")" * 10_000, "\n"),
        ("x = y", ".a" * 10_000, "\n"),
        ("x = [", "a, " * 50_000, "]\n"),
        ("\x00", "x", "\n"),
        ("print 'old'\n", "x", "\n"),
    ],
    ids=["error", "empty", "surrogate", "deep calls", "deep members", "huge line", "null", "python 2"],
)
def test_hostile_files_never_get_a_proof(prefix, completion, suffix):
    found = verdict(completion, prefix=prefix, suffix=suffix)

    assert found.verdict in ("unknown", "valid") or found.type == "undefinedvariable"


def test_evidence_points_to_the_place_in_a_file_with_crlf_a_byte_order_mark_and_wide_characters():
    found = verdict("json.loadz('1')", prefix="\ufeffimport json\r\nx = '\u00e9\u4e16'; y = ", suffix="\r\n")

    assert (found.evidence.line, found.evidence.column) == (2, len("x = '\u00e9\u4e16'; y = json.") + 1)
