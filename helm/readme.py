"""Writes the tables of the chart's README: `python helm/readme.py`.

What a value means stands above it in values.yaml, what a component's block may hold in values.schema.json, and nowhere
else.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import yaml

CHART = Path(__file__).parent / "solulu"
LONGEST_DEFAULT = 60


def values_table(text: str) -> str:
    """A row for each value, and for each component as a whole. Raises ValueError for one that nobody explains."""
    rows = ["| value | default | meaning |", "| --- | --- | --- |"]
    top = yaml.compose(text)
    assert isinstance(top, yaml.MappingNode)
    for path, key, default in _values(top, text):
        meaning = _comment(text.splitlines(), key.start_mark.line)
        if not meaning:
            raise ValueError(f"values.yaml: say above {path} what it means")
        rows.append(f"| `{path}` | {default} | {_cell(meaning)} |")
    return "\n".join(rows)


def components_table(schema: str) -> str:
    """A row for each key of a component's block."""
    properties = json.loads(schema)["definitions"]["component"]["properties"]
    rows = [f"| `{key}` | {_cell(about['description'])} |" for key, about in properties.items()]
    return "\n".join(["| key | meaning |", "| --- | --- |", *rows])


def readme(old: str) -> str:
    """The README with both tables as they should be."""
    tables = {
        "values": values_table((CHART / "values.yaml").read_text(encoding="utf-8")),
        "components": components_table((CHART / "values.schema.json").read_text(encoding="utf-8")),
    }
    for name, table in tables.items():
        begin, end = f"<!-- {name}: helm/readme.py -->", f"<!-- end of {name} -->"
        before, _, rest = old.partition(begin)
        old = f"{before}{begin}\n{table}\n{end}{rest.partition(end)[2]}"
    return old


def _values(top: yaml.MappingNode, text: str) -> Iterator[tuple[str, yaml.Node, str]]:
    """What gets a row, with the default as it is written."""
    first: dict[int, str] = {}

    def walk(node: yaml.MappingNode, path: str) -> Iterator[tuple[str, yaml.Node, str]]:
        for key, value in node.value:
            name = path + key.value
            if path == "components.":
                yield name, key, ""
            elif id(value) in first:
                yield name, key, f"as `{first[id(value)]}`"
            elif isinstance(value, yaml.MappingNode) and not value.flow_style:
                first[id(value)] = name
                yield from walk(value, f"{name}.")
            else:
                written = " ".join(text[value.start_mark.index : value.end_mark.index].split())
                yield name, key, f"`{_cell(written)}`" if len(written) <= LONGEST_DEFAULT else "see values.yaml"

    return walk(top, "")


def _comment(lines: list[str], line: int) -> str:
    indent = re.match(" *", lines[line])[0]  # type: ignore[index]  # it matches always
    found: list[str] = []
    while line and lines[line - 1].startswith(f"{indent}# "):
        line -= 1
        found.insert(0, lines[line].strip("# "))
    return " ".join(found)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    page = CHART / "README.md"
    page.write_text(readme(page.read_text(encoding="utf-8")), encoding="utf-8")
