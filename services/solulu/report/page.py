"""From gathered facts to one HTML page, without scripts, that loads nothing.

Scraped code and model output are hostile. Everything is escaped by the template engine, characters that could turn or
hide text are spelled out, and a content policy forbids the browser to load or run anything even if that failed.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import jinja2
import yaml

from solulu.report import figures
from solulu.report.data import Report
from solulu.report.diff import Piece, compare

HIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")
"""Control characters, and those that turn the direction of text or have no width (CVE-2021-42574)."""


def render(report: Report) -> str:
    """The page."""
    return _template().render(report=report)


@cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("solulu.report", "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: HIDDEN.sub(_spelled_out, value) if type(value) is str else value,
    )
    environment.filters |= {"duration": duration, "share": share, "yaml": as_yaml}
    environment.globals |= {"lines": figures.lines, "intervals": figures.intervals, "marked": _marked}
    return environment.get_template("report.html.j2")


def duration(seconds: float) -> str:
    """`4.2 s`, `3 min 12 s`."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    return f"{round(seconds) // 60} min {round(seconds) % 60} s"


def share(part: float, whole: float) -> str:
    """A percentage for CSS, never wider than its box."""
    return f"{min(100 * part / whole, 100) if whole else 0:.2f}%"


def as_yaml(value: Any) -> str:
    """A spec as a pipeline would say it."""
    return yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=110)


def _marked(golden: str, completion: str, symbol: str) -> list[Piece]:
    """A completion's pieces; only the invented symbol stands out."""
    return compare(golden, completion, symbol)[1]


def _spelled_out(match: re.Match[str]) -> str:
    return f"[U+{ord(match[0]):04X}]"
