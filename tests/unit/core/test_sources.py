"""Sources: a source string pins what is there, and reading gives exactly that or says why not."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from solulu.core.errors import InvalidArgument, PermissionDenied, RowError
from solulu.core.settings import Settings
from solulu.core.sources import (
    MAX_FILE_BYTES,
    SourceChanged,
    SourceUnreachable,
    is_pinned,
    open_source,
    source_of_repository,
)
from support.repositories import SHAPES, commit, git, make_git, write_files


def contents(text: str, settings: Settings) -> dict[str, bytes]:
    """The files of a source."""
    return {file.path: file.read() for file in open_source(text, settings).files()}


@pytest.fixture
def settings(home: Path) -> Settings:
    return Settings(home=home)


@pytest.mark.parametrize(
    "text", ["", "dist:", "rich", "svn:https://example.org/x", "dist:../etc", "dist:a b", "folder:\0"]
)
def test_what_names_no_source_is_refused(text: str, settings: Settings) -> None:
    with pytest.raises(InvalidArgument):
        open_source(text, settings)


class TestDistributions:
    """`dist:NAME`."""

    def test_a_distribution_is_pinned_by_version_and_files(self, settings: Settings) -> None:
        pinned = open_source("dist:Pluggy", settings).pin()

        assert is_pinned(pinned)
        assert pinned.startswith("dist:pluggy==")
        assert open_source(pinned, settings).pin() == pinned

    def test_only_the_files_of_import_packages_are_read(self, settings: Settings) -> None:
        files = contents("dist:pytest", settings)

        assert b"def main" in files["_pytest/config/__init__.py"]
        assert {path.split("/")[0] for path in files} == {"_pytest", "pytest", "py.py"}
        assert not any(path.endswith(".pyc") for path in files)
        assert list(files) == sorted(files)

    def test_the_metadata_tells_the_licence(self, settings: Settings) -> None:
        declared = open_source("dist:pytest", settings).declared_license()

        assert declared.expression == "MIT"
        assert any(b"Permission is hereby granted" in data for _, data in declared.files)

    def test_one_that_is_not_installed_is_unreachable(self, settings: Settings) -> None:
        with pytest.raises(SourceUnreachable, match=r"no distribution no-such-thing is installed"):
            open_source("dist:no-such-thing", settings).pin()

    def test_another_version_than_the_installed_one_is_unreachable(self, settings: Settings) -> None:
        with pytest.raises(SourceUnreachable, match=r"0\.0\.1 is asked for but"):
            open_source("dist:pluggy==0.0.1", settings).pin()

    def test_an_edited_installation_is_not_what_was_pinned(self, installed: Path, settings: Settings) -> None:
        pinned = open_source("dist:shapes-kit", settings).pin()
        assert set(contents(pinned, settings)) == {"shapes_kit/__init__.py", "shapes_kit/circle.py"}

        (installed / "shapes_kit" / "circle.py").write_text("radius = 2\n")

        with pytest.raises(SourceChanged, match="not those that were pinned"):
            list(open_source(pinned, settings).files())

    def test_bytecode_and_installer_notes_change_no_pin(self, installed: Path, settings: Settings) -> None:
        pinned = open_source("dist:shapes-kit", settings).pin()

        write_files(
            installed,
            {"shapes_kit/__pycache__/circle.cpython-311.pyc": b"\0", "shapes_kit-1.0.dist-info/REQUESTED": ""},
        )
        (installed / "shapes_kit-1.0.dist-info" / "INSTALLER").write_text("uv\n")

        assert open_source("dist:shapes_kit", settings).pin() == pinned

    def test_a_link_out_of_the_installation_is_left_out(
        self, installed: Path, settings: Settings, tmp_path: Path
    ) -> None:
        (tmp_path / "secret.py").write_text("password = 1\n")
        (installed / "shapes_kit" / "circle.py").unlink()
        (installed / "shapes_kit" / "circle.py").symlink_to(tmp_path / "secret.py")

        assert set(contents("dist:shapes-kit", settings)) == {"shapes_kit/__init__.py"}

    @pytest.fixture
    def installed(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        """A site folder with one distribution, as an installer leaves it."""
        names = [
            "shapes_kit/__init__.py", "shapes_kit/circle.py", "shapes_kit/__pycache__/circle.cpython-311.pyc",
            "shapes_kit-1.0.dist-info/METADATA", "shapes_kit-1.0.dist-info/INSTALLER", "../../../bin/shapes",
        ]  # fmt: skip
        site = write_files(
            tmp_path / "site",
            {
                "shapes_kit/__init__.py": "", "shapes_kit/circle.py": "radius = 1\n",
                "shapes_kit-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: shapes-kit\nVersion: 1.0\n",
                "shapes_kit-1.0.dist-info/INSTALLER": "pip\n",
                "shapes_kit-1.0.dist-info/RECORD": "".join(f"{name},,\n" for name in names),
            },
        )  # fmt: skip
        monkeypatch.syspath_prepend(site)
        return site


class TestFolders:
    """`folder:PATH`."""

    def test_a_folder_is_pinned_by_its_content(self, tmp_path: Path, settings: Settings) -> None:
        one, two = write_files(tmp_path / "one" / "shapes", SHAPES), write_files(tmp_path / "two" / "shapes", SHAPES)

        first, second = (open_source(f"folder:{folder}", settings) for folder in (one, two))

        assert first.commit == second.commit
        assert first.repo == second.repo == "shapes"
        assert first.pin() == f"folder:{one}#{first.commit}"

    def test_a_changed_file_is_noticed(self, tmp_path: Path, settings: Settings) -> None:
        write_files(tmp_path / "shapes", SHAPES)
        pinned = open_source(f"folder:{tmp_path / 'shapes'}", settings).pin()
        files = open_source(pinned, settings).files()

        write_files(tmp_path / "shapes", {"LICENSE": "All rights reserved.\n"})

        with pytest.raises(SourceChanged, match=r"submit the job again"):
            list(open_source(pinned, settings).files())
        write_files(tmp_path / "shapes", {"LICENSE": SHAPES["LICENSE"]})
        opened = {file.path: file for file in files}
        write_files(tmp_path / "shapes", {"go/square.go": "package other\n"})
        with pytest.raises(SourceChanged, match=r"go/square\.go changed while it was read"):
            opened["go/square.go"].read()

    def test_tool_folders_and_links_are_left_out(self, tmp_path: Path, settings: Settings) -> None:
        folder = write_files(
            tmp_path / "shapes",
            {
                "a.py": "a", ".git/config": "x", "node_modules/x/i.py": "x", ".venv/x.py": "x", "env/pyvenv.cfg": "x",
                "env/x.py": "x", "deep/__pycache__/x.py": "x", "deep/b.py": "b",
            },
        )  # fmt: skip
        write_files(tmp_path, {"outside/secret.py": "secret"})
        (folder / "link.py").symlink_to(tmp_path / "outside" / "secret.py")
        (folder / "linked").symlink_to(tmp_path / "outside")
        os.mkfifo(folder / "pipe.py")

        assert contents(f"folder:{folder}", settings) == {"a.py": b"a", "deep/b.py": b"b"}

    def test_strange_names_survive(self, tmp_path: Path, settings: Settings) -> None:
        folder = tmp_path / "shapes"
        write_files(folder, {"new\nline.py": "1", "sp ace.py": "2"})
        Path(os.fsdecode(os.fsencode(folder) + b"/\xff.py")).write_text("3")

        assert contents(f"folder:{folder}", settings) == {"\\xff.py": b"3", "new\nline.py": b"1", "sp ace.py": b"2"}

    def test_a_file_larger_than_any_limit_is_pinned_by_size_and_never_read(
        self, tmp_path: Path, settings: Settings
    ) -> None:
        write_files(tmp_path / "shapes", {"a.py": "a"})
        with (tmp_path / "shapes" / "huge.py").open("wb") as huge:
            huge.truncate(100 * 1024 * 1024)

        files = {file.path: file for file in open_source(f"folder:{tmp_path / 'shapes'}", settings).files()}

        assert files["huge.py"].size > MAX_FILE_BYTES
        with pytest.raises(RowError, match="too_large"):
            files["huge.py"].read()

    def test_only_allowed_roots_are_read(self, tmp_path: Path, home: Path) -> None:
        write_files(tmp_path / "open" / "shapes", SHAPES)
        write_files(tmp_path / "closed", SHAPES)
        (tmp_path / "open" / "way-out").symlink_to(tmp_path / "closed")
        settings = Settings(home=home, local_roots=[tmp_path / "open"])

        assert "LICENSE" in contents(f"folder:{tmp_path / 'open' / 'shapes'}", settings)
        for path in ("closed", "open/../closed", "open/way-out"):
            with pytest.raises(PermissionDenied, match="SOLULU_LOCAL_ROOTS"):
                open_source(f"folder:{tmp_path / path}", settings)
        with pytest.raises(PermissionDenied):
            open_source(f"git:{tmp_path / 'closed'}", settings)

    def test_a_folder_that_is_not_there_is_unreachable(self, tmp_path: Path, settings: Settings) -> None:
        with pytest.raises(SourceUnreachable, match="there is no folder"):
            open_source(f"folder:{tmp_path / 'nothing'}", settings).pin()


class TestRepositoriesByAnyName:
    """What people call a repository, as a source string."""

    def test_a_working_folder_is_read_as_it_lies_there(self, tmp_path: Path, settings: Settings) -> None:
        make_git(tmp_path / "shapes", SHAPES)
        write_files(tmp_path / "shapes", {"new.py": "not committed"})

        assert "new.py" in contents(source_of_repository(str(tmp_path / "shapes")), settings)

    def test_a_ref_is_read_from_git(self, tmp_path: Path, settings: Settings) -> None:
        make_git(tmp_path / "shapes", SHAPES)
        write_files(tmp_path / "shapes", {"new.py": "not committed"})

        assert set(contents(source_of_repository(f"{tmp_path / 'shapes'}@main"), settings)) == set(SHAPES)

    def test_a_bare_repository_is_read_from_git(self, tmp_path: Path, settings: Settings) -> None:
        make_git(tmp_path / "shapes", SHAPES)
        git(tmp_path, "clone", "--quiet", "--bare", "shapes", "bare.git")

        assert set(contents(source_of_repository(str(tmp_path / "bare.git")), settings)) == set(SHAPES)

    def test_an_at_sign_in_a_folder_name_is_no_ref(self, tmp_path: Path, settings: Settings) -> None:
        make_git(tmp_path / "shapes@home", SHAPES)
        write_files(tmp_path / "shapes@home", {"new.py": "on a branch"})
        git(tmp_path / "shapes@home", "checkout", "--quiet", "-b", "topic/new")
        commit(tmp_path / "shapes@home")

        assert "LICENSE" in contents(source_of_repository(str(tmp_path / "shapes@home")), settings)
        assert "new.py" not in contents(source_of_repository(f"{tmp_path / 'shapes@home'}@main"), settings)
        assert "new.py" in contents(source_of_repository(f"{tmp_path / 'shapes@home'}@topic/new"), settings)
