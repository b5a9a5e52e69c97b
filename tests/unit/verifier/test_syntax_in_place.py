"""Whether a completion is a syntax error where it stands."""

import pytest
from solulu.verifier.case import Case
from solulu.verifier.syntax import parses_in_place

GO = "package main\n\nfunc f(a int) int {\n\treturn "
JAVA = "class A { int f(int a) { return "


@pytest.mark.parametrize(
    ("path", "prefix", "completion", "suffix", "parses"),
    [
        ("a.py", "x = ", "f(1)", "\n", True),
        ("a.py", "x = ", "f(1", "\n", False),
        ("a.py", "x = f(", "1, key=2", ")\n", True),
        ("a.py", "x = f(", "key=2, 1", ")\n", False),
        ("a.py", "def f():\n    ", "return 1", "\n", True),
        ("a.py", "def f():\n    ", "return 1\n  x = 2", "\n", False),
        ("a.py", "import ", "os.path", "\n", True),
        ("a.py", "import ", "os.", "\n", False),
        ("a.py", "print 'old'\nx = ", "f(1)", "\n", True),
        ("a.py", "print 'old'\nx = ", "f((1)", "\n", False),
        ("a.py", "if x:\n    y()\nx = f(", "1)", "\nthis is not finished (\n", True),
        ("a.go", GO, "a + 1", "\n}\n", True),
        ("a.go", GO, "a + (1", "\n}\n", False),
        ("A.java", JAVA, "a + 1;", " } }\n", True),
        ("A.java", JAVA, "a + ;", " } }\n", False),
        ("a.txt", "", "(((", "", True),
    ],
)
def test_a_completion_parses_if_it_adds_no_error_to_the_file(path, prefix, completion, suffix, parses):
    assert parses_in_place(Case(path, prefix, completion, suffix)) is parses
