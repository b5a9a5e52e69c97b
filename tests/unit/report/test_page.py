"""The page: everything on it, nothing loaded by it, and hostile code shown as text."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from solulu.pipeline.execute import State
from solulu.report import figures
from solulu.report.data import gather
from solulu.report.examples import choose, example
from solulu.report.page import render
from support.finished_run import finished_run, pair

HOSTILE = "</pre><script>alert(1)</script><img src=http://evil.example/x onerror=alert(2)>{{ 7*7 }}\u202e\x1b[31m\x00"


class Elements(HTMLParser):
    """The elements of a page and their attributes, and its text."""

    def __init__(self, page):
        super().__init__()
        self.elements, self.text, self.open = [], "", []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        if tag not in ("meta", "line", "circle", "polyline", "br", "img"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag in self.open:
            assert self.open.pop() == tag, f"</{tag}> closes something else"

    def handle_data(self, data):
        if "style" not in self.open:
            self.text += data


def page_of(*arguments, **served):
    run, memory = finished_run(*arguments, **served)
    return Elements(render(gather(run, memory, "solulu run pipelines/quickstart.yaml")))


def hostile_pair(number):
    names = ("file_path", "repo_url", "prompt", "suffix", "golden_completion", "hallucinated_completion",
             "error_message", "symbol", "generator", "license", "language", "hallucination_type")  # fmt: skip
    return pair(number, **dict.fromkeys(names, HOSTILE))


def test_the_page_tells_the_whole_run():
    text = page_of().text

    for words in (
        "the model makes up a symbol in 14% (6 of 42) of the completions that can be checked, before in 33% (12 of 36)",
        "holes cut into real code",
        "3,120 quota",
        "Hard negatives, in their places",
        "'send_all' does not resolve",
        "mutation:synonym",
        "Training loss",
        "The difference in exact match is not significant",
        "The same hole, before and after",
        "json.load(file)",
        "Time, tokens and cost",
        "solulu run pipelines/quickstart.yaml",
        f"{101:064x}",
        "torch 2.15.0",
    ):
        assert words in " ".join(text.split()), words


def test_the_invented_symbol_is_marked_in_its_place():
    run, memory = finished_run()

    page = render(gather(run, memory, ""))

    assert '<mark class="invented">send_all</mark>' in page
    assert '<mark class="changed">send</mark>' in page


def test_the_page_loads_nothing_and_runs_nothing():
    page = page_of([hostile_pair(0), pair(1)], completion=HOSTILE, prefix=HOSTILE)

    names = {name for name, _ in page.elements}
    attributes = {(key, value) for _, found in page.elements for key, value in found.items()}
    assert not names & {
        "script",
        "img",
        "iframe",
        "link",
        "object",
        "embed",
        "video",
        "audio",
        "source",
        "form",
        "base",
    }
    assert not {key for key, _ in attributes if key.startswith("on") or key in ("src", "href", "action", "srcset")}
    assert not [value for key, value in attributes if key == "style" and ("url(" in value or "import" in value)]
    policy = {"http-equiv": "Content-Security-Policy", "content": "default-src 'none'; style-src 'unsafe-inline'"}
    assert ("meta", policy) in page.elements


def test_the_style_sheet_loads_nothing():
    run, memory = finished_run()
    style = re.search("<style>(.*?)</style>", render(gather(run, memory, "")), re.S)

    assert style
    assert not re.search(r"url\(|@import|expression", style[1])


def test_hostile_code_is_shown_as_text():
    page = page_of([hostile_pair(0)], completion=HOSTILE)

    assert "<script>alert(1)</script>" in page.text
    assert "{{ 7*7 }}" in page.text
    assert "[U+202E]" in page.text, "what turns the direction of text is spelled out"
    assert not re.search("[\x00\x1b\u202e]", page.text)


def test_a_difference_that_is_not_significant_is_not_a_result():
    run, memory = finished_run()
    place = run.steps["evaluate"].artifact.reference, "metrics.json"
    memory.files[place] = memory.files[place].replace(b'"is_significant": true', b'"is_significant": false')

    text = " ".join(Elements(render(gather(run, memory, ""))).text.split())

    assert "before in 33% (12 of 36); too few to tell apart" in text


def test_a_run_that_failed_says_where():
    run, memory = finished_run()
    for name in ("train", "evaluate", "serve"):
        run.steps[name].artifact = run.steps[name].served = None
        run.steps[name].state = State.FAILED if name == "train" else State.SKIPPED
    run.steps["train"].error = "train failed: out of <memory>"

    text = Elements(render(gather(run, memory, ""))).text

    assert "Not finished" in text
    assert "out of <memory>" in text
    assert "Base against tuned" not in text
    assert "holes cut into real code" in text


def test_a_run_that_made_nothing_still_has_a_page():
    run, memory = finished_run()
    for step in run.steps.values():
        step.artifact = step.served = None
        step.state = State.SKIPPED

    assert "Pipeline quickstart" in Elements(render(gather(run, memory, ""))).text


def test_the_examples_are_the_most_fooling_of_each_type_and_from_different_repositories():
    rows = [pair(number) for number in range(64)]

    chosen = [row for row_id in choose(rows) for row in rows if row["id"] == row_id]

    assert [row["hallucination_type"] for row in chosen] == sorted(
        ["import", "method", "parameter", "undefinedvariable"] * 2
    )
    assert len({row["repo_url"] for row in chosen}) == 8
    assert all(row["verdict"] == "hallucinated" for row in chosen)


def test_long_pairs_are_shown_only_where_there_are_no_short_ones():
    long = pair(0, golden_completion="a\n" * 9, fool_rate=1.0)
    short = pair(4, repo_url=long["repo_url"], fool_rate=0.1)

    assert choose([long, short])[0] == short["id"]
    assert choose([long]) == [long["id"]]


@pytest.mark.parametrize(("low", "high"), [(0.0, 1.0), (2.13, 4.4), (-3.0, 5.0), (7.0, 7.0), (0.0, 0.0), (1e-7, 3e-7)])
def test_the_marks_of_an_axis_enclose_its_values(low, high):
    marks = figures.ticks(low, high)

    assert marks[0] <= low
    assert marks[-1] >= high
    assert 2 <= len(marks) <= 7


def test_a_line_of_one_point_is_not_drawn():
    assert figures.lines([figures.Line("train", [(1, 2.0)])], "step", "loss") == ""


def test_the_indentation_that_all_lines_share_is_left_out():
    row = pair(
        0,
        prompt="def f():\n        x = 1\n\n        y = ",
        suffix="\n        return y\n",
        golden_completion="[\n            2,\n        ]",
        hallucinated_completion="[\n            3,\n        ]",
    )

    shown = example(row | {"prompt": row["prompt"].replace("def f():\n", "")})

    assert (shown.place.before, shown.place.head, shown.place.after) == ("x = 1\n", "y = ", "return y\n")
    assert "".join(piece.text for piece in shown.golden) == "[\n    2,\n]"
    assert example(row).place.before.startswith("def f():\n        x"), (
        "a line further out keeps the others where they are"
    )


def test_a_long_line_gets_the_whole_width():
    assert not example(pair(1)).is_wide
    assert example(pair(1, golden_completion="a" * 60)).is_wide
