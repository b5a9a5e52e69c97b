"""Nothing of the machine on which a file was written may stay in it: a clone must work anywhere."""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from support.tree import ROOT, files, read

LOCKS = [f"requirements/{name}.txt" for name in ("all", "build", "heavy", "light", "models", "ray")]
ADDRESS_SETTING = re.compile(
    r"(?i)(--(extra-)?index-url|--find-links|--trusted-host|--proxy)\b|(GOPROXY|PIP_INDEX_URL|UV_INDEX_URL|https?_proxy)="
)

CONTAINER = r"/(solulu|apt|nginx|postgresql|prometheus)(?![\w-])"
"""What the images keep under /var/lib."""


def _texts() -> dict[str, str]:
    texts = {}
    for name in files():
        data = (ROOT / name).read_bytes()
        if b"\0" not in data:
            texts[name] = data.decode(errors="replace")
    return texts


def test_no_file_names_a_package_index_or_a_proxy() -> None:
    assert [name for name, text in _texts().items() if name not in OWN and ADDRESS_SETTING.search(text)] == []


def test_no_file_names_a_folder_of_this_machine() -> None:
    here = {str(Path.home()), str(ROOT), str(ROOT.parent)} - {"/"}
    paths = re.compile(
        "|".join(
            [
                rf"(?<![\w.$}}>-])/(root|work|var/cache|var/lib(?!{CONTAINER}))/",
                *(re.escape(path) + r"\b" for path in sorted(here)),
            ]
        )
    )
    found = {name: match[0] for name, text in _texts().items() if name not in OWN and (match := paths.search(text))}
    assert found == {}


def test_no_file_holds_what_this_machines_settings_say() -> None:
    secret = re.compile(r"(?i)(proxy|index|mirror|token|password|secret|find_links)")
    values = {v for k, v in os.environ.items() if secret.search(k) and len(v) > 8}
    assert [name for name, text in _texts().items() if any(value in text for value in values)] == []


def _locked(name: str) -> list[Requirement]:
    lines = re.sub(r"\\\n", " ", read(name)).splitlines()
    return [Requirement(line.partition("--hash")[0].strip()) for line in lines if line and line[0] not in "# "]


def test_every_locked_package_has_a_version_and_hashes_and_no_address() -> None:
    for name in LOCKS:
        text = read(name)
        assert "://" not in text
        for line in re.sub(r"\\\n", " ", text).splitlines():
            if line and line[0] not in "# ":
                assert re.match(
                    r"[\w.-]+(\[[\w,.-]+\])?==[\w.!+]+( ;.*?)?( +--hash=sha256:[0-9a-f]{64})+$", line.rstrip()
                )


def test_the_lock_satisfies_the_project() -> None:
    project = tomllib.loads(read("pyproject.toml"))["project"]
    wanted = [*project["dependencies"], *(r for extra in project["optional-dependencies"].values() for r in extra)]
    locked: dict[str, list[str]] = {}
    for requirement in _locked("requirements/all.txt"):
        locked.setdefault(_normal(requirement.name), []).append(str(requirement.specifier).removeprefix("=="))

    unmet = [
        text
        for text in wanted
        if not any(
            Requirement(text).specifier.contains(v, True) for v in locked.get(_normal(Requirement(text).name), [])
        )
    ]
    assert unmet == [], "run `make lock` and commit what it writes"


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


OWN = {"tests/policy/test_machine.py"}
"""This file names what it looks for."""
