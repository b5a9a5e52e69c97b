"""What commands print: results on stdout, everything else on stderr, files whole or not at all."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC
from pathlib import Path
from typing import Annotated, Any

import typer
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from solulu.core import rules
from solulu.core.errors import InvalidArgument
from solulu.v1.artifact_pb2 import Usage

Json = Annotated[
    str | None,
    typer.Option(
        "--json", metavar="FILE", help="Write the result as JSON to FILE; - is stdout, and then nothing else."
    ),
]

PLAIN_WIDTH = 160
"""Columns of a table where stdout is no terminal."""


def console() -> Console:
    """Standard output for people."""
    return Console(highlight=False, width=None if sys.stdout.isatty() else PLAIN_WIDTH)


def notes() -> Console:
    """Standard error, for people too."""
    return Console(stderr=True, highlight=False, soft_wrap=True)


def emit(value: Any, target: str | None, table: Table | str | None = None) -> None:
    """Prints `table` for people, or writes `value` (JSON, or a message) to where --json says."""
    if target is None:
        if table is not None:
            console().print(table if isinstance(table, Table) else escape(table))
        return
    write(target, json.dumps(plain(value), indent=2, ensure_ascii=False) + "\n")


def write(target: str, text: str) -> None:
    """Writes `text` to a file, whole or not at all; - is stdout."""
    if target == "-":
        sys.stdout.write(text)
        sys.stdout.flush()
        return
    path = Path(target)
    try:
        if path.exists() and not path.is_file():  # a device or a pipe cannot be replaced
            path.write_text(text, encoding="utf-8", newline="")
            return
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", newline="", dir=path.parent, prefix=f".{path.name}.", delete=False
        ) as file:
            try:
                file.write(text)
                file.close()
                os.chmod(file.name, 0o666 & ~_umask())
                os.replace(file.name, path)
            except BaseException:
                Path(file.name).unlink(missing_ok=True)
                raise
    except OSError as error:
        raise InvalidArgument(f"cannot write {target}: {error.strerror}; nothing was written there") from error


def plain(value: Any) -> Any:
    """JSON of a message, or of a list or mapping that holds some."""
    if isinstance(value, Message):
        return rules.spec_json(value)
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, (list, tuple)) else value


def table(columns: Sequence[str], rows: Iterable[Sequence[object]], right: Sequence[str] = ()) -> Table:
    """A table; the columns named in `right` are aligned there. Cells are text, never markup."""
    made = Table(box=None, pad_edge=False, header_style="bold")
    for name in columns:
        made.add_column(name, justify="right" if name in right else "left", overflow="fold")
    for row in rows:
        made.add_row(*(escape(str(cell)) for cell in row))
    return made


def short(reference: str) -> str:
    """A reference that is short enough to read and long enough to be accepted: `judge/1f3a5b7c`."""
    stage, slash, key = reference.partition("/")
    return f"{stage}/{key[:8]}" if slash else reference[:8]


def seconds(value: float) -> str:
    """`4.2 s`, `3 min 12 s`, `2 h 5 min`."""
    if value < 60:
        return f"{value:.1f} s"
    minutes, rest = divmod(round(value), 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def size(num_bytes: float) -> str:
    """`12.3 MiB`."""
    for unit in ("B", "KiB", "MiB", "GiB"):
        if num_bytes < 1024:
            return f"{num_bytes:.0f} {unit}" if unit == "B" else f"{num_bytes:.1f} {unit}"
        num_bytes /= 1024
    return f"{num_bytes:.1f} TiB"


def drops(counts: Mapping[str, int]) -> str:
    """`12 license, 3 duplicate`, the largest first."""
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{count:,} {reason}" for reason, count in ordered if count)


def tokens(usage: Usage) -> str:
    """`12,300 in 40 calls, $0.12`; empty where nothing was called."""
    if not usage.num_calls and not usage.num_cached_calls:
        return ""
    total = usage.prompt_tokens + usage.completion_tokens
    cost = f", ${usage.cost:.2f}" if usage.cost else ""
    return f"{total:,} in {usage.num_calls:,} calls{cost}"


def when(time: Timestamp) -> str:
    """Local time to the second; empty where unset."""
    if not time.seconds:
        return ""
    return time.ToDatetime(tzinfo=UTC).astimezone().strftime("%Y-%m-%d %H:%M:%S")


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
