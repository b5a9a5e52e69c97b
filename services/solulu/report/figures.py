"""Drawings as inline SVG. Colours are the page's CSS variables, so that they follow light and dark."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

WIDTH, HEIGHT = 980, 260
LEFT, RIGHT, TOP, BOTTOM = 46, 12, 12, 30


@dataclass(frozen=True)
class Line:
    """A named line of (x, y) points."""

    name: str
    points: Sequence[tuple[float, float]]


@dataclass(frozen=True)
class Mark:
    """A mean with its interval on a 0 to 1 scale; bounds None where there is no interval."""

    mean: float
    low: float | None
    high: float | None


def lines(drawn: Sequence[Line], x_label: str, y_label: str) -> Markup:
    """A line chart: raw points faint, a running mean strong. Empty where there are not two points."""
    points = [point for line in drawn for point in line.points]
    if len(points) < 2:
        return Markup("")
    x_low, x_high = min(x for x, _ in points), max(x for x, _ in points)
    y_ticks = ticks(min(y for _, y in points), max(y for _, y in points))
    y_low, y_high = y_ticks[0], y_ticks[-1]

    def at(x: float, y: float) -> tuple[float, float]:
        across = (x - x_low) / ((x_high - x_low) or 1)
        up = (y - y_low) / ((y_high - y_low) or 1)
        return LEFT + across * (WIDTH - LEFT - RIGHT), TOP + (1 - up) * (HEIGHT - TOP - BOTTOM)

    parts = []
    for value in y_ticks:
        y = at(x_low, value)[1]
        parts.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
        parts.append(f'<text class="tick" x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{value:g}</text>')
    for value in (x_low, x_high):
        x = at(value, y_low)[0]
        anchor = "start" if value == x_low else "end"
        parts.append(f'<text class="tick" x="{x:.1f}" y="{HEIGHT - 10}" text-anchor="{anchor}">{value:g}</text>')
    middle = (LEFT + WIDTH - RIGHT) / 2
    parts.append(f'<text class="tick" x="{middle}" y="{HEIGHT - 10}" text-anchor="middle">{escape(x_label)}</text>')
    for number, line in enumerate(drawn):
        parts.append(_path([at(x, y) for x, y in line.points], f"line faint series{number % 4}"))
        parts.append(_path([at(x, y) for x, y in running_mean(line.points)], f"line series{number % 4}"))
    label = escape(f"{y_label} over {x_label}")
    return _svg(parts, HEIGHT, label)


def intervals(base: Mark | None, tuned: Mark | None, low: float, high: float) -> Markup:
    """Base (hollow) and tuned (filled) with their intervals, on a scale from `low` to `high`."""
    height = 48

    def x(value: float) -> float:
        return 10 + (min(max(value, low), high) - low) / ((high - low) or 1) * (WIDTH - 20)

    parts = [f'<line class="grid" x1="10" x2="{WIDTH - 10}" y1="{height / 2}" y2="{height / 2}"/>']
    for mark, kind, y in ((base, "base", 14), (tuned, "tuned", height - 14)):
        if mark is None:
            continue
        if mark.low is not None and mark.high is not None:
            ends = f'x1="{x(mark.low):.1f}" x2="{x(mark.high):.1f}"'
            parts.append(f'<line class="whisker {kind}" {ends} y1="{y}" y2="{y}"/>')
        parts.append(f'<circle class="{kind}" cx="{x(mark.mean):.1f}" cy="{y}" r="8"/>')
    return _svg(parts, height, "base and tuned with their intervals")


def ticks(low: float, high: float) -> list[float]:
    """Three to six round numbers that enclose both."""
    span = (high - low) or abs(high) or 1.0
    for exponent in range(-9, 10):
        for unit in (1, 2, 5):
            step = unit * 10.0**exponent
            if span / step <= 4:
                first = int(low // step)
                count = max(int(-(-high // step)) - first, 1)
                return [round((first + index) * step, 10) for index in range(count + 1)]
    return [low, high]


def running_mean(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Each point with the mean of its neighbourhood, a tenth of the line wide."""
    reach = len(points) // 20
    smooth = []
    for index, (x, _) in enumerate(points):
        near = points[max(index - reach, 0) : index + reach + 1]
        smooth.append((x, sum(y for _, y in near) / len(near)))
    return smooth


def _path(points: Sequence[tuple[float, float]], kind: str) -> str:
    return f'<polyline class="{kind}" points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in points)}"/>'


def _svg(parts: Sequence[str], height: int, label: str) -> Markup:
    body = "".join(parts)  # numbers and escaped text only
    return Markup(f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{label}">{body}</svg>')
