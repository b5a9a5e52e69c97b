"""Archives: what a packer made is read like a folder, and what an attacker made does no harm and says why."""

from __future__ import annotations

import gzip
import io
import lzma
import random
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from solulu.core.errors import JobError, PermissionDenied, RowError
from solulu.core.settings import Settings
from solulu.core.sources import (
    MAX_FILE_BYTES,
    SourceChanged,
    SourceUnreachable,
    archive_entries,
    is_pinned,
    open_source,
)
from support.archives import tarred, zipped
from support.repositories import SHAPES, write_files

FILES = {f"shapes-1.0/{path}": text for path, text in SHAPES.items()}


def contents(text: str, settings: Settings) -> dict[str, bytes]:
    """The files of a source."""
    return {file.path: file.read() for file in open_source(text, settings).files()}


def special(name: str, type: bytes, target: str = "") -> tarfile.TarInfo:
    """A link or device in a tar file."""
    info = tarfile.TarInfo(name)
    info.type, info.linkname = type, target
    return info


@pytest.fixture
def settings(home: Path) -> Settings:
    return Settings(home=home)


@pytest.fixture
def archived(tmp_path: Path) -> Callable[..., str]:
    """The source string of an archive with these bytes."""

    def write(data: bytes, name: str = "shapes-1.0.tar.gz") -> str:
        (tmp_path / name).write_bytes(data)
        return f"archive:{tmp_path / name}"

    return write


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("shapes-1.0.zip", zipped), ("shapes-1.0-sources.jar", zipped), ("shapes-1.0-py3-none-any.whl", zipped),
        ("shapes-1.0.tar.gz", tarred), ("shapes-1.0.tgz", tarred), ("shapes-1.0.crate", tarred),
        ("shapes-1.0.tar", lambda files: tarred(files, mode="w")),
        ("shapes-1.0.tar.xz", lambda files: tarred(files, mode="w:xz")),
    ],
)  # fmt: skip
def test_every_form_reads_like_the_folder_that_was_packed(
    name: str, make: Callable, archived: Callable, tmp_path: Path, settings: Settings
) -> None:
    folder = write_files(tmp_path / "folder", SHAPES)

    source = open_source(archived(make(FILES), name), settings)

    assert {file.path: file.read().decode() for file in source.files()} == SHAPES
    assert source.commit == open_source(f"folder:{folder}", settings).commit
    assert source.pin() == f"archive:{tmp_path / name}#{source.commit}"
    assert is_pinned(source.pin())
    assert [file.path for file in source.files()] == sorted(SHAPES)


def test_a_pinned_archive_is_read_from_what_was_kept(archived: Callable, settings: Settings, tmp_path: Path) -> None:
    pinned = open_source(archived(tarred(FILES)), settings).pin()

    (tmp_path / "shapes-1.0.tar.gz").unlink()

    assert set(contents(pinned, settings)) == set(SHAPES)
    with pytest.raises(SourceUnreachable, match="there is no file"):
        open_source(f"archive:{tmp_path / 'shapes-1.0.tar.gz'}", settings).pin()


def test_another_archive_than_the_pinned_one_is_noticed(archived: Callable, settings: Settings, tmp_path: Path) -> None:
    pinned = open_source(archived(tarred(FILES)), settings).pin()
    archived(tarred({"shapes-1.0/other.py": ""}))

    elsewhere = Settings(home=tmp_path / "elsewhere")

    with pytest.raises(SourceChanged, match="submit the job again"):
        contents(pinned, elsewhere)


def test_a_damaged_copy_is_noticed(archived: Callable, settings: Settings, home: Path) -> None:
    pinned = open_source(archived(tarred(FILES)), settings).pin()
    (kept,) = home.glob("cache/archives/*/files.bin")
    kept.write_bytes(kept.read_bytes()[::-1])

    with pytest.raises(JobError, match="is damaged"):
        contents(pinned, settings)


@pytest.mark.parametrize(
    ("paths", "read"),
    [
        (["package/index.js", "package/lib/a.js"], ["index.js", "lib/a.js"]),
        (["example.com/x/y@v1.2.3/a.go", "example.com/x/y@v1.2.3/b/b.go"], ["a.go", "b/b.go"]),
        (["org/shapes/A.java", "org/shapes/b/B.java"], ["org/shapes/A.java", "org/shapes/b/B.java"]),
        (["a-1/x.py", "b-1/y.py"], ["a-1/x.py", "b-1/y.py"]),
        (["./a-1/./x.py"], ["x.py"]),
    ],
)
def test_only_the_folder_around_everything_is_taken_off(
    paths: list[str], read: list[str], archived: Callable, settings: Settings
) -> None:
    assert list(contents(archived(zipped(dict.fromkeys(paths, "")), "x.zip"), settings)) == read


@pytest.mark.parametrize("make", [zipped, tarred])
@pytest.mark.parametrize("path", ["../up.py", "a/../../up.py", "/etc/passwd", "C:/x.py", "..\\up.py", "a\\..\\b.py"])
def test_a_path_that_leads_out_refuses_the_archive(
    path: str, make: Callable, archived: Callable, settings: Settings, tmp_path: Path
) -> None:
    before = set(tmp_path.rglob("*.py"))

    with pytest.raises(SourceUnreachable, match="leads out of it"):
        contents(archived(make({"a.py": "", path: "evil"})), settings)
    assert set(tmp_path.rglob("*.py")) == before


def test_links_and_devices_in_a_tar_file_are_left_out(archived: Callable, settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    others = [
        special("x/link.py", tarfile.SYMTYPE, str(tmp_path / "secret")),
        special("x/hard.py", tarfile.LNKTYPE, "x/a.py"),
        special("x/device.py", tarfile.CHRTYPE),
        special("x/pipe.py", tarfile.FIFOTYPE),
        special("x/out", tarfile.SYMTYPE, ".."),
        special("x/folder", tarfile.DIRTYPE),
    ]

    assert set(contents(archived(tarred({"x/a.py": "a", "x/out/b.py": "b"}, *others)), settings)) == {
        "x/a.py",
        "x/out/b.py",
    }


def test_links_in_a_zip_file_are_left_out(archived: Callable, settings: Settings) -> None:
    with zipfile.ZipFile(buffer := io.BytesIO(), "w") as archive:
        link = zipfile.ZipInfo("link.py")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
        archive.writestr("a.py", "a")

    assert contents(archived(buffer.getvalue()), settings) == {"a.py": b"a"}


@pytest.mark.parametrize("make", [zipped, tarred])
def test_one_path_with_two_contents_refuses_the_archive(make: Callable, archived: Callable, settings: Settings) -> None:
    twice = make({"a.py": "one", "./a.py": "two"})

    with pytest.raises(SourceUnreachable, match="twice"):
        contents(archived(twice), settings)
    assert contents(archived(make({"a.py": "one", "./a.py": "one"})), settings) == {"a.py": b"one"}


def test_a_bomb_of_one_stream_is_defused(archived: Callable, settings: Settings) -> None:
    compressor = zlib.compressobj(9, wbits=31)
    block = bytes(1_000_000)
    bomb = b"".join(compressor.compress(block) for _ in range(60)) + compressor.flush()

    with pytest.raises(SourceUnreachable, match="unpacks to more than"):
        contents(archived(bomb), settings)
    with pytest.raises(SourceUnreachable, match="unpacks to more than"):
        contents(archived(lzma.compress(block * 60)), settings)


def test_a_bomb_of_many_files_is_defused(archived: Callable, settings: Settings) -> None:
    with pytest.raises(SourceUnreachable, match="unpacks to more than"):
        contents(archived(zipped({f"{number}.py": bytes(9_000_000) for number in range(4)})), settings)


def test_too_many_entries_refuse_the_archive(archived: Callable, settings: Settings) -> None:
    folder = special("x", tarfile.DIRTYPE).tobuf()

    with pytest.raises(SourceUnreachable, match="entries"):
        contents(archived(folder * (archive_entries.MAX_ENTRIES + 1), "x.tar"), settings)


def test_a_zip_file_that_lists_more_than_memory_holds_is_refused(archived: Callable, settings: Settings) -> None:
    data = bytearray(zipped({"a.py": "a"}))
    data[-10:-6] = (0x7FFFFFFF).to_bytes(4, "little")

    with pytest.raises(SourceUnreachable, match="lists more entries"):
        contents(archived(bytes(data)), settings)


def test_a_header_without_end_is_not_read(archived: Callable, settings: Settings) -> None:
    long = special("x", tarfile.XHDTYPE)
    long.size = 900_000_000
    data = long.tobuf() + bytes(10_000)

    with pytest.raises(SourceUnreachable, match="headers"):
        contents(archived(data, "x.tar"), settings)


def test_headers_within_headers_end(archived: Callable, settings: Settings) -> None:
    name = special("././@LongLink", tarfile.GNUTYPE_LONGNAME)
    name.size = 5
    data = (name.tobuf() + b"a.py\0".ljust(512, b"\0")) * 3000

    with pytest.raises(SourceUnreachable, match="damaged or no archive"):
        contents(archived(gzip.compress(data)), settings)


def test_encrypted_entries_refuse_the_archive(archived: Callable, settings: Settings) -> None:
    data = bytearray(zipped({"a.py": "a"}))
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1

    with pytest.raises(SourceUnreachable, match="is encrypted"):
        contents(archived(bytes(data)), settings)


def test_a_size_that_lies_is_noticed(archived: Callable, settings: Settings) -> None:
    data = bytearray(zipped({"a.py": "abcdef"}))
    at = data.index(b"PK\x01\x02") + 24
    data[at : at + 4] = (2).to_bytes(4, "little")

    with pytest.raises(SourceUnreachable, match="damaged"):
        contents(archived(bytes(data)), settings)


def test_a_file_larger_than_any_limit_is_pinned_by_size_and_never_read(archived: Callable, settings: Settings) -> None:
    huge = random.Random(0).randbytes(MAX_FILE_BYTES + 1)

    for data in (zipped({"huge.py": huge}), tarred({"huge.py": huge}, mode="w")):
        (file,) = open_source(archived(data), settings).files()
        assert file.size == len(huge)
        with pytest.raises(RowError, match="too_large"):
            file.read()


@pytest.mark.parametrize(
    "data", [b"", b"x" * 2000, b"PK\x03\x04", b"\x1f\x8b", b"\xfd7zXZ\0", b"\x1f\x8b" + bytes(600)]
)
def test_what_is_no_archive_is_unreachable(data: bytes, archived: Callable, settings: Settings) -> None:
    with pytest.raises(SourceUnreachable):
        contents(archived(data), settings)


@pytest.mark.parametrize("make", [zipped, tarred, lambda files: tarred(files, mode="w"),
                                  lambda files: tarred(files, mode="w:xz")])  # fmt: skip
def test_no_damage_is_worse_than_unreachable(make: Callable, archived: Callable, settings: Settings) -> None:
    chance, whole = random.Random(0), make(FILES)
    outcomes = set()
    for _ in range(150):
        data = bytearray(whole[: chance.choice([len(whole), chance.randrange(len(whole))])])
        for _ in range(chance.randrange(1, 6)):
            data[chance.randrange(len(data)) if data else 0 :][:1] = chance.randbytes(1)
            if data:
                data[chance.randrange(len(data))] = chance.randrange(256)
        try:
            contents(archived(bytes(data)), settings)
            outcomes.add("read")
        except RowError:
            outcomes.add("too large")
        except SourceUnreachable:
            outcomes.add("refused")
    assert "refused" in outcomes


def test_only_allowed_roots_are_read(tmp_path: Path, archived: Callable, home: Path) -> None:
    text = archived(tarred(FILES))

    with pytest.raises(PermissionDenied, match="SOLULU_LOCAL_ROOTS"):
        open_source(text, Settings(home=home, local_roots=[tmp_path / "open"]))
