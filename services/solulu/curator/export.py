"""The dataset as files that other tools read: JSONL with every column, and a CSV in Delulu's layout.

The CSV goes where Delulu's does (its loaders, `solulu score delulu`, `delulu:PATH` of an evaluation). There are no
verifier images for these rows, so `image_tag` is empty. It holds every split; an evaluation takes the test rows.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

DELULU_COLUMNS = (
    "benchmark_id", "image_tag", "language", "file_path", "hallucination_type", "prompt", "suffix",
    "golden_completion", "hallucinated_completion", "error_message", "metadata", "license", "repo_url",
)  # fmt: skip
_METADATA = ("id", "commit", "line", "span_kind", "symbol", "verdict", "basis", "generator", "fool_rate", "split")


class Export:
    """Writes `dataset.jsonl` and `delulu.csv` into a folder, row by row; a context manager."""

    def __init__(self, folder: Path) -> None:
        self._files = ExitStack()
        self._jsonl = self._files.enter_context((folder / "dataset.jsonl").open("w", encoding="utf-8", newline=""))
        table = self._files.enter_context((folder / "delulu.csv").open("w", encoding="utf-8", newline=""))
        # Everything is quoted: which line ends need quotes has changed between versions of Python.
        self._csv = csv.DictWriter(table, DELULU_COLUMNS, lineterminator="\n", quoting=csv.QUOTE_ALL)
        self._csv.writeheader()

    def __enter__(self) -> Export:
        return self

    def __exit__(self, *_: object) -> None:
        self._files.close()

    def write(self, row: Mapping[str, Any]) -> None:
        """Adds a row of the record PAIR."""
        self._jsonl.write(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n")
        self._csv.writerow(delulu_row(row))


def delulu_row(row: Mapping[str, Any]) -> dict[str, str]:
    """A pair in Delulu's columns; what these do not have stands in `metadata`."""
    named = {
        "benchmark_id": f"{row['language']}-{row['hallucination_type']}-{row['id'][:12]}",
        "image_tag": "",
        "language": row["language"],
        "file_path": row["file_path"],
        "hallucination_type": row["hallucination_type"],
    }
    metadata = named | {column: row[column] for column in _METADATA}
    return (
        {column: row[column] for column in DELULU_COLUMNS if column in row}
        | named
        | {"metadata": json.dumps(metadata, ensure_ascii=False)}
    )
