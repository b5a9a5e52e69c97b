"""`solulu check`: the static verdict on completions in a repository. Needs no server."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from solulu.cli.output import notes, write
from solulu.core.errors import InvalidArgument


def check(
    repo: Annotated[
        str, typer.Option(metavar="DIR[@REF]", help="A folder, a git repository or its URL.", show_default=False)
    ],
    cases: Annotated[str, typer.Option("--input", metavar="FILE", help="Cases as JSON lines; - is stdin.")] = "-",
    verdicts: Annotated[
        str, typer.Option("--output", metavar="FILE", help="Verdicts as JSON lines; - is stdout.")
    ] = "-",
    packages: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Where dependencies lie.",
            show_default="the repository's own .venv, else the running environment",
        ),
    ] = None,
) -> None:
    """Tell which completions name what does not exist.

    A case has `id`, `path`, `prefix`, `completion` and `suffix`; its verdict is valid, hallucinated or unknown.
    """
    from solulu.core.settings import load
    from solulu.core.sources import source_of_repository
    from solulu.serving.check import check_cases

    lines, counts = [], Counter[str]()
    for verdict in check_cases(source_of_repository(repo), _cases(cases), load(), packages):
        lines.append(json.dumps(verdict, ensure_ascii=False) + "\n")
        counts[verdict["verdict"]] += 1
    write(verdicts, "".join(lines))
    notes().print(", ".join(f"{count:,} {name}" for name, count in sorted(counts.items())) or "no cases")


def _cases(target: str) -> Iterator[object]:
    """Decoded lines; one that is no JSON is None, and gets a verdict that says so."""
    try:
        data = sys.stdin.buffer.read() if target == "-" else Path(target).read_bytes()
    except OSError as error:
        raise InvalidArgument(f"--input: cannot read {target}: {error.strerror}") from error
    for line in data.split(b"\n"):
        if line.strip():
            try:
                yield json.loads(line)
            except (ValueError, RecursionError):
                yield None
