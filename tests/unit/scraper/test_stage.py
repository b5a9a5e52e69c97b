"""Scraping as a job: real repositories in, contexts and symbol indexes out."""

from __future__ import annotations

import pickle
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import pytest
from solulu.core import rules
from solulu.core.artifacts import ArtifactReader
from solulu.core.errors import InvalidArgument
from solulu.core.settings import Settings
from solulu.core.stage import JobContext
from solulu.languages import LANGUAGES
from solulu.scraper.stage import Scraping
from solulu.v1.scraper_pb2 import ScrapeSpec
from solulu.verifier import index
from support.repositories import GO, MIT, PYTHON, SHAPES, make_git, write_files
from support.workbench import Workbench

ALL_TYPES = {"import", "method", "parameter", "undefinedvariable"}
TOKEN = "AKIA" + "Z7QK2M4W9X1C3V5B"


def many(word: str, count: int) -> dict[str, str]:
    """A repository of `count` different Python files."""
    files = {f"{word}/m{number}.py": PYTHON.replace("Circle", f"{word.title()}{number}") for number in range(count)}
    return {"LICENSE": MIT, **files}


def scrape(home: Path, *sources: object, workers: int = 1, **spec: object) -> ArtifactReader:
    """The contexts of these sources."""
    fields = {"sources": [str(source) for source in sources], **spec}
    return Workbench(home, workers=workers).make(Scraping(), fields, {})


def whole(row: Mapping[str, str]) -> str:
    """The file that a context was cut from."""
    return row["prefix"] + row["golden"] + row["suffix"]


def test_folders_git_and_distributions_become_contexts_in_three_languages(home: Path, tmp_path: Path) -> None:
    write_files(tmp_path / "shapes", SHAPES)
    commit = make_git(tmp_path / "forms", {**SHAPES, "shapes/circle.py": PYTHON.replace("Circle", "Disk")})

    artifact = scrape(home, f"folder:{tmp_path / 'shapes'}", f"git:{tmp_path / 'forms'}@main", "dist:pluggy")
    rows = list(artifact.rows())

    assert {row["language"] for row in rows} == {"go", "java", "python"}
    assert {row["repo"] for row in rows} == {"shapes", (tmp_path / "forms").as_uri(), "pluggy"}
    assert {row["commit"] for row in rows if row["repo"].endswith("forms")} == {commit}
    assert {row["commit"].partition("==")[0] for row in rows if row["repo"] == "pluggy"} == {"pluggy"}
    assert {kind for row in rows for kind in row["eligible_types"]} == ALL_TYPES
    assert {row["license"] for row in rows} == {"MIT"}
    assert len({row["id"] for row in rows}) == len(rows)
    assert all(
        row["prefix"] + row["golden"] + row["suffix"] == SHAPES[row["path"]] for row in rows if row["repo"] == "shapes"
    )


def test_the_resolved_spec_names_exactly_what_is_read(home: Path, tmp_path: Path) -> None:
    commit = make_git(tmp_path / "shapes", SHAPES)

    spec = scrape(home, f"git:{tmp_path / 'shapes'}", f"git:{tmp_path / 'shapes'}@main", "dist:iniconfig").manifest.spec

    assert spec["sources"][0] == f"git:{(tmp_path / 'shapes').as_uri()}@{commit}"
    assert [source.partition("==")[0] for source in spec["sources"][1:]] == ["dist:iniconfig"]
    assert spec["languages"] == sorted(LANGUAGES)
    assert len(spec["span_kinds"]) == 7
    assert "MIT" in spec["licenses"]
    assert "GPL-3.0-only" not in spec["licenses"]


def test_packages_are_pinned_and_looked_into_and_nothing_is_cut_out_of_them(home: Path, tmp_path: Path) -> None:
    write_files(tmp_path / "shapes", SHAPES)

    artifact = scrape(home, f"folder:{tmp_path / 'shapes'}", packages=["dist:pluggy", f"folder:{tmp_path / 'shapes'}"])
    indexes = [index.SymbolIndex.from_bytes(artifact.read(path)) for path in artifact.files("symbols/")]

    assert {row["repo"] for row in artifact.rows()} == {"shapes"}
    assert set(index.merge(indexes).repositories) == {"shapes", "pluggy"}
    assert {package.partition("==")[0] for package in artifact.manifest.spec["packages"]} >= {"dist:pluggy"}
    assert all("#" in package for package in artifact.manifest.spec["packages"])


def test_packages_do_not_stand_in_for_sources_that_cannot_be_reached(home: Path, tmp_path: Path) -> None:
    spec = {"sources": [f"folder:{tmp_path / 'gone'}"], "packages": ["dist:pluggy"]}

    job = Workbench(home, workers=1).run(Scraping(), spec, {})

    assert job.state == "FAILED"
    assert "none of the 1 sources can be reached" in job.error


def test_each_repository_has_its_symbol_index(home: Path, tmp_path: Path) -> None:
    write_files(tmp_path / "one" / "shapes", SHAPES)
    write_files(
        tmp_path / "two" / "shapes",
        {"LICENSE": "all rights reserved", "zoo/animal.py": PYTHON.replace("Circle", "Animal")},
    )

    artifact = scrape(home, f"folder:{tmp_path / 'one' / 'shapes'}", f"folder:{tmp_path / 'two' / 'shapes'}")
    indexes = [index.SymbolIndex.from_bytes(artifact.read(path)) for path in artifact.files("symbols/")]
    classes = index.merge(indexes).names("class")

    assert len(indexes) == 2
    assert {"Circle", "Animal"} <= set(classes)


def test_the_same_spec_gives_the_same_bytes_with_any_number_of_workers(tmp_path: Path) -> None:
    sources = [f"folder:{write_files(tmp_path / name, many(name, 12))}" for name in ("ant", "bee", "cat")]
    limits = {"max_contexts": 40, "max_contexts_per_repo": 20}

    digests = {scrape(tmp_path / f"home{n}", *sources, workers=n, **limits).content_digest for n in (1, 3)}
    other = scrape(tmp_path / "other", *sources, seed=1, **limits).content_digest

    assert len(digests) == 1
    assert other not in digests


def test_quotas_are_shared_and_what_they_cost_is_counted(home: Path, tmp_path: Path) -> None:
    big, small = write_files(tmp_path / "big", many("big", 30)), write_files(tmp_path / "small", many("small", 2))

    artifact = scrape(
        home, f"folder:{big}", f"folder:{small}", max_contexts=60, max_contexts_per_repo=50, max_contexts_per_file=12
    )
    rows = list(artifact.rows())

    assert Counter(row["repo"] for row in rows) == {"big": 36, "small": 24}
    assert max(Counter((row["repo"], row["path"]) for row in rows).values()) <= 12
    assert artifact.manifest.drops["quota"] > 100
    assert {kind for row in rows for kind in row["eligible_types"]} == ALL_TYPES


def test_of_a_large_repository_only_as_many_files_are_cut_as_it_can_use(home: Path, tmp_path: Path) -> None:
    folder = write_files(tmp_path / "big", many("big", 50))

    artifact = scrape(home, f"folder:{folder}", max_contexts_per_repo=5)

    assert artifact.num_rows == 5
    assert len({row["path"] for row in artifact.rows()}) >= 3
    assert artifact.manifest.drops["quota"] == 15 + 30


def test_only_accepted_licences_are_kept(home: Path, tmp_path: Path) -> None:
    folder = write_files(
        tmp_path / "mixed",
        {
            **SHAPES, "shapes/free.py": "# SPDX-License-Identifier: ISC\n" + PYTHON.replace("Circle", "Ball"),
            "shapes/bound.py": "# SPDX-License-Identifier: GPL-3.0-only\n" + PYTHON.replace("Circle", "Bound"),
            "vendored/LICENSE": "GNU GENERAL PUBLIC LICENSE Version 2, June 1991", "vendored/old.go": GO + "// old\n",
        },
    )  # fmt: skip
    write_files(tmp_path / "unlicensed", {"a.py": PYTHON.replace("Circle", "A")})

    artifact = scrape(home, f"folder:{folder}", f"folder:{tmp_path / 'unlicensed'}")
    bound = scrape(home, f"folder:{folder}", licenses=["gpl-3.0-only"])

    assert {row["path"] for row in artifact.rows()} == {
        "shapes/circle.py",
        "go/square.go",
        "java/Polygon.java",
        "shapes/free.py",
    }
    assert {row["license"] for row in artifact.rows()} == {"MIT", "ISC"}
    assert artifact.manifest.drops["license"] == 3
    assert {row["path"] for row in bound.rows()} == {"shapes/bound.py"}


def test_a_hostile_repository_costs_only_its_own_files(home: Path, tmp_path: Path) -> None:
    write_files(tmp_path, {"outside.py": PYTHON.replace("Circle", "Outside")})
    folder = write_files(
        tmp_path / "hostile",
        {
            **SHAPES, "new\nline.py": PYTHON.replace("Circle", "NewLine"), "crlf.py": PYTHON.replace("\n", "\r\n"),
            "latin.py": PYTHON.encode().replace(b"Shapes", b"Sh\xe4pes"), "zero.py": PYTHON + "\0", "empty.py": "",
            "deep.py": PYTHON + "x = " + "(" * 10_000 + "a.b" + ")" * 10_000 + "\n", "copy.py": PYTHON,
            "nested.py": PYTHON + "".join(" " * depth + "if a:\n" for depth in range(100)),
            "generated.go": "// Code generated by protoc-gen-go. DO NOT EDIT.\n" + GO,
            "long.py": PYTHON + "x = '" + "y" * 3000 + "'\n", "key.py": PYTHON + f"\naws_key = '{TOKEN}'\n",
        },
    )  # fmt: skip
    (folder / "link.py").symlink_to(tmp_path / "outside.py")
    (folder / "outside").symlink_to(tmp_path)
    (folder / "loop").symlink_to(folder)
    with (folder / "huge.py").open("wb") as huge:
        huge.truncate(100 * 1024 * 1024)
    make_git(folder, {})

    for source in (f"folder:{folder}", f"git:{folder}"):
        artifact = scrape(home, source)
        rows = list(artifact.rows())

        assert not any("Outside" in whole(row) for row in rows)
        assert {"new\nline.py", "crlf.py", "key.py", "copy.py"} <= {Path(row["path"]).name for row in rows}
        assert {row["path"] for row in rows} & {
            "latin.py",
            "zero.py",
            "empty.py",
            "generated.go",
            "long.py",
            "huge.py",
        } == set()
        assert not any(TOKEN in row["prefix"] + row["golden"] + row["suffix"] for row in rows)
        crlf = [row["prefix"] + row["golden"] + row["suffix"] for row in rows if row["path"] == "crlf.py"]
        assert set(crlf) == {PYTHON.replace("\n", "\r\n")}
        reasons = {"invalid_utf8", "binary", "near_empty", "generated", "too_large", "minified", "duplicate_file"}
        assert reasons <= set(artifact.manifest.drops)
        assert "internal_error" not in artifact.manifest.drops


def test_a_file_copied_from_another_repository_counts_once(home: Path, tmp_path: Path) -> None:
    write_files(tmp_path / "first", SHAPES)
    write_files(tmp_path / "second", {**SHAPES, "go/square.go": GO.replace("Square", "Quad")})

    artifact = scrape(home, f"folder:{tmp_path / 'first'}", f"folder:{tmp_path / 'second'}")

    assert {row["path"] for row in artifact.rows() if row["repo"] == "second"} == {"go/square.go"}
    assert artifact.manifest.drops["duplicate_file"] > 5


def test_a_source_that_cannot_be_reached_is_a_drop(
    home: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write_files(tmp_path / "shapes", SHAPES)

    artifact = scrape(home, f"folder:{tmp_path / 'shapes'}", f"git:{tmp_path / 'nothing'}", "dist:no-such-distribution")

    assert artifact.num_rows > 10
    assert artifact.manifest.drops["unreachable_source"] == 2
    assert "dist:no-such-distribution: no distribution no-such-distribution is installed" in caplog.text


def test_a_job_without_any_source_fails_and_says_why(home: Path) -> None:
    job = Workbench(home).run(Scraping(), {"sources": ["dist:no-such-thing", "dist:nor-this-one"]}, {})

    assert job.state == "FAILED"
    assert "none of the 2 sources can be reached" in job.error
    assert "dist:no-such-thing" in job.error


def test_a_folder_that_changes_after_it_was_submitted_fails_the_job(home: Path, tmp_path: Path) -> None:
    write_files(tmp_path / "shapes", SHAPES)
    bench = Workbench(home)
    bench.submit(Scraping(), {"sources": [f"folder:{tmp_path / 'shapes'}"]}, {})

    write_files(tmp_path / "shapes", {"go/square.go": GO + "// edited\n"})
    job = bench.run(Scraping(), {"sources": [f"folder:{tmp_path / 'shapes'}"]}, {})

    assert job.state == "FAILED"
    assert "has changed since it was pinned; submit the job again" in job.error


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ({"sources": ["git:https://me:word@example.org/x"]}, r"spec\.sources\[0\].*credentials"),
        ({"sources": ["dist:pluggy", "git:https://127.0.0.1/x"]}, r"spec\.sources\[1\].*SOLULU_ALLOWED_NETWORKS"),
        ({"sources": ["git:ssh://example.org/x"]}, r"spec\.sources\[0\]"),
        ({"sources": ["dist:pluggy"], "languages": ["pyhton"]}, r"spec\.languages.*did you mean 'python'"),
        ({"sources": ["https://example.org/x"]}, r"spec\.sources\[0\]"),
    ],
)
def test_a_request_that_can_never_work_is_refused_at_once(home: Path, spec: dict[str, object], message: str) -> None:
    with pytest.raises(InvalidArgument, match=message):
        Workbench(home).submit(Scraping(), spec, {})


def test_languages_and_kinds_can_be_chosen(home: Path, tmp_path: Path) -> None:
    write_files(tmp_path / "shapes", SHAPES)

    rows = list(scrape(home, f"folder:{tmp_path / 'shapes'}", languages=["java"], span_kinds=["member", "call"]).rows())

    assert {row["language"] for row in rows} == {"java"}
    assert {row["span_kind"] for row in rows} == {"member", "call"}


def test_a_worker_learns_no_secret(home: Path) -> None:
    secrets = {"database": "postgresql://u:word@db/d", "s3_secret_key": "s3-word", "token": "token-word"}
    settings = Settings(home=home, s3_access_key="key-word", **secrets)  # type: ignore[arg-type]  # pydantic converts them
    spec = ScrapeSpec()
    rules.write_defaults(spec)
    job = JobContext("", "", settings, {}, None, None, 1, "", home, print, bool)  # type: ignore[arg-type]  # no store

    sent = pickle.dumps(Scraping().tools(spec, job))

    assert home.name.encode() in sent
    assert b"word" not in sent
