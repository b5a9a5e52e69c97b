"""Scraping archives and registries' packages: what they are called, and that nothing of this machine is in a row."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from solulu.scraper.repositories import name_all
from solulu.scraper.stage import Scraping
from support.archives import tarred, zipped
from support.repositories import SHAPES, serving_files
from support.workbench import Workbench

DIGEST = "0" * 64


def test_packed_code_becomes_contexts(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "shapes-1.0.zip").write_bytes(zipped(SHAPES))
    package = {f"package/{path}": text.replace("ircle", "isk") for path, text in SHAPES.items()}
    with serving_files({"/disks/-/disks-2.0.tgz": tarred(package)}) as server:
        monkeypatch.setenv("SOLULU_REGISTRIES", json.dumps({"npm": server.url}))
        monkeypatch.setenv("SOLULU_ALLOWED_NETWORKS", '["127.0.0.1/32"]')
        sources = [f"archive:{tmp_path / 'shapes-1.0.zip'}", "npm:disks@2.0"]
        artifact = Workbench(home).make(Scraping(), {"sources": sources}, {})

    rows = list(artifact.rows())
    assert {row["repo"] for row in rows} == {"shapes-1.0.zip", "npm:disks"}
    assert {row["commit"] for row in rows if row["repo"] == "npm:disks"} == {"npm:disks@2.0"}
    assert {"shapes/circle.py", "go/square.go"} <= {row["path"] for row in rows}
    assert {row["license"] for row in rows} == {"MIT"}


def test_two_versions_of_a_package_are_one_repository() -> None:
    sources = [f"npm:@x/y@1.0#{DIGEST}", f"npm:@x/y@2.0#{DIGEST}", f"sdist:y==1.0#{DIGEST}",
               f"archive:https://example.org/y.zip#{DIGEST}", f"archive:/some/where/y.zip#{DIGEST}"]  # fmt: skip

    named = name_all(sources)

    assert [repository.repo for repository in named] == [
        "npm:@x/y", "npm:@x/y", "sdist:y", "https://example.org/y.zip", "y.zip",
    ]  # fmt: skip
    assert len({repository.index_name for repository in named}) == len(sources)
