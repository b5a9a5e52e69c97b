"""A file that is analyzed piece by piece is the file that is analyzed as a whole."""

from importlib.metadata import distribution
from pathlib import Path

import pytest
from solulu.languages import LANGUAGES
from solulu.languages.spans import find_spans
from solulu.verifier.python.pieces import analyze_text
from solulu.verifier.python.scopes import analyze
from solulu.verifier.python.source import read
from solulu.verifier.python.summary import summarize, to_json

LARGE = 8_001


def large_files(name):
    """The larger Python files of an installed distribution."""
    paths = [Path(str(file.locate())) for file in distribution(name).files or [] if file.suffix == ".py"]
    return [path for path in sorted(paths) if path.stat().st_size >= LARGE]


def told(file):
    """What is known of the uses in a file."""
    return [
        (use.kind, use.name, use.start, use.end, use.is_guarded, use.is_called,
         sorted({name for scope in use.scope.chain() for name in scope.names}))
        for use in file.uses
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["click", "rich", "httpx", "typer"])
def test_pieces_say_what_the_whole_file_says(name):
    paths = large_files(name)
    assert paths
    for path in paths:
        text = path.read_text()
        source = read(text)
        assert to_json(summarize(analyze_text(text))) == to_json(summarize(analyze(source))), path
        for span in find_spans(LANGUAGES["python"], text.encode(), limit=6):
            whole = analyze(source, span.start, span.end)
            assert told(analyze_text(text, span.start, span.end)) == told(whole), (path, span)


PADDING = "\n".join(f"value_{number} = {number}" for number in range(700))


@pytest.mark.parametrize(
    "code",
    [
        'text = """\nclass Inside:\n    pass\nvalue = 1\n"""\n',
        "call(\nfirst,\nsecond=[\n1,\n],\n)\n",
        "@decorate\n@decorate(\n    1,\n)\ndef f(): ...\n",
        '@decorate(\n"x",\n)\nclass C: ...\n',
        "try:\n    a = 1\nexcept E:\n    a = 2\nelse:\n    b = 1\nfinally:\n    c = 1\n",
        "total = 1 + \\\n2\n",
        "if x:\n    y = 1\n# between\nelif z:\n    w = 1\n",
        "class C(Base):\n    a: int = 1\n    # between\n    @property\n    def b(self):\n        self.c = 1\n\n"
        "    d = b\n" + "".join(f"    e{number} = {number}\n" for number in range(900)),
        "class C:\n    '''text\nat the margin\n    '''\n" + "    def m(self): ...\n" * 500,
        "setattr(C, name, 1)\nclass C: ...\n",
        "class C: ...\nfor name in names:\n    setattr(C, name, 1)\n",
        "def f():\n    global made\n    made = 1\n",
        "__all__ = ['a']\n__all__ += ['b']\n",
        "names = locals()\nnames['x'] = 1\n",
    ],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_cuts_between_statements_change_nothing(code, newline):
    text = f"{PADDING}\n{code}{PADDING}\n".replace("\n", newline)

    assert to_json(summarize(analyze_text(text))) == to_json(summarize(analyze(read(text))))


def test_a_file_that_does_not_parse_has_no_pieces_either():
    assert analyze_text(f"{PADDING}\ndef f(:\n{PADDING}\n") is None


def test_the_file_may_change_from_one_question_to_the_next():
    first = analyze_text(f"{PADDING}\ndef made(): ...\n{PADDING}\n", 10, 20)
    second = analyze_text(f"{PADDING}\ndef other(): ...\n{PADDING}\n", 10, 20)

    assert "made" in first.module.names
    assert "made" not in second.module.names
