"""Objects held against the schemas of real CustomResourceDefinitions, as strictly as an API server does.

A field that the schema does not know is an error. CEL rules are not evaluated.
"""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest
import yaml
from support.tree import ROOT

CRDS = ROOT.parent / "shared" / "crds"
_PASSED_OVER = ("description", "default", "format")


def complaints(definition: str, item: dict[str, Any]) -> list[str]:
    """What an API server with this definition (a file of CRDS) would have against an object. Skips without the file."""
    file = CRDS / definition
    if not file.is_file():
        pytest.skip(f"there is no {file}")
    versions = yaml.load(file.read_text(), Loader=yaml.CSafeLoader)["spec"]["versions"]
    (version,) = (found for found in versions if found["name"] == item["apiVersion"].rpartition("/")[2])
    schema = _strict(version["schema"]["openAPIV3Schema"])
    return [f"{error.json_path}: {error.message}" for error in jsonschema.Draft7Validator(schema).iter_errors(item)]


def _strict(schema: dict[str, Any]) -> dict[str, Any]:
    made = {name: value for name, value in schema.items() if name not in _PASSED_OVER}
    if schema.get("x-kubernetes-int-or-string"):
        made.pop("type", None)
    for name in ("items", "additionalProperties"):
        if isinstance(schema.get(name), dict):
            made[name] = _strict(schema[name])
    if "properties" in schema:
        made["properties"] = {name: _strict(value) for name, value in schema["properties"].items()}
        if not schema.get("x-kubernetes-preserve-unknown-fields"):
            made["additionalProperties"] = False
    return made
