"""What the folder store promises beyond every store: whole files after a crash, on a full disk, among leftovers."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest
from solulu.core.errors import InvalidArgument, JobError, NotFound, Transient
from solulu.core.store.folder import LEFTOVER_SECONDS, FolderStore, meaning
from solulu.core.store.names import RESERVED


def run_python(code: str, *arguments: object, prefix: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    command = [*prefix, sys.executable, "-c", textwrap.dedent(code), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)


@pytest.fixture
def own_mounts() -> tuple[str, ...]:
    """A command that runs another with mounts of its own, as the root of a user namespace."""
    command = ("unshare", "--mount", "--map-root-user")
    if not shutil.which("unshare") or subprocess.run([*command, "true"], check=False, capture_output=True).returncode:
        pytest.skip("this system lets nobody mount a small disk (unshare --mount --map-root-user)")
    return command


def test_a_writer_killed_at_any_moment_leaves_whole_objects_alone(tmp_path: Path) -> None:
    code = """
        import itertools, sys
        from solulu.core.store.folder import FolderStore
        store = FolderStore(sys.argv[1])
        print("ready", flush=True)
        for number in itertools.count():
            store.put(f"part-{number % 5}", bytes([number % 256]) * 3_000_000)
    """
    store = FolderStore(tmp_path.as_uri())
    for delay in (0.03, 0.05, 0.08, 0.13):
        writer = subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(code), store.url], stdout=subprocess.PIPE, stdin=subprocess.DEVNULL
        )
        assert writer.stdout
        assert writer.stdout.readline() == b"ready\n"
        time.sleep(delay)
        writer.send_signal(signal.SIGKILL)
        writer.wait()
        writer.stdout.close()

        for name in store.list(""):
            data = store.open(name).read()
            assert len(data) == 3_000_000
            assert len(set(data)) == 1


def test_what_dead_writers_left_is_never_listed_and_goes_after_a_day(tmp_path: Path) -> None:
    unfinished = tmp_path / RESERVED
    unfinished.mkdir()
    for name, age in (("dead", LEFTOVER_SECONDS + 60), ("perhaps-alive", LEFTOVER_SECONDS - 60)):
        (unfinished / name).write_bytes(b"half a par")
        os.utime(unfinished / name, (time.time() - age, time.time() - age))
    store = FolderStore(tmp_path.as_uri())

    assert list(store.list("")) == []
    store.put("a", b"")

    assert [path.name for path in unfinished.iterdir()] == ["perhaps-alive"]
    assert list(store.list("")) == ["a"]


def test_nothing_unfinished_stays_behind_a_write_that_failed(tmp_path: Path) -> None:
    store = FolderStore(tmp_path.as_uri())
    store.put("a/b", b"")

    with pytest.raises(JobError, match="a"):
        store.put("a", b"an object where a folder is")

    assert list((tmp_path / RESERVED).iterdir()) == []


def test_a_full_disk_fails_the_job_says_where_and_keeps_the_old_object(
    tmp_path: Path, own_mounts: tuple[str, ...]
) -> None:
    code = """
        import subprocess, sys
        from pathlib import Path
        from solulu.core.errors import JobError
        from solulu.core.store.folder import FolderStore
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "none", sys.argv[1]], check=True)
        store = FolderStore(Path(sys.argv[1]).as_uri())
        store.put("a", b"old")
        try:
            store.put("a", b"x" * 1_000_000)
        except JobError as error:
            print(error)
        print(store.open("a").read(), list(store.list("")))
        store.put("b", b"x" * 100_000)  # the failed write took no room
    """
    result = run_python(code, tmp_path, prefix=own_mounts)

    assert result.returncode == 0, result.stderr
    assert f"disk full at {tmp_path}/a: free some space" in result.stdout
    assert "b'old' ['a']" in result.stdout


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (errno.ENOSPC, JobError),
        (errno.EDQUOT, JobError),
        (errno.EROFS, JobError),
        (errno.EACCES, JobError),
        (errno.EFBIG, JobError),
        (errno.EIO, Transient),
        (errno.ESTALE, Transient),
        (errno.ETIMEDOUT, Transient),
        (errno.EMFILE, Transient),
    ],
)
def test_an_error_that_may_pass_is_retried_and_any_other_fails_the_job(number: int, expected: type[Exception]) -> None:
    error = meaning(OSError(number, os.strerror(number)), Path("/store/judge/abc/part-1"))

    assert type(error) is expected
    assert "/store/judge/abc/part-1" in str(error)


def test_a_store_that_may_not_be_written_says_who_must_be_allowed(tmp_path: Path, own_mounts: tuple[str, ...]) -> None:
    code = """
        import subprocess, sys
        from pathlib import Path
        from solulu.core.errors import JobError
        from solulu.core.store.folder import FolderStore
        subprocess.run(["mount", "-t", "tmpfs", "-o", "ro", "none", sys.argv[1]], check=True)
        try:
            FolderStore(Path(sys.argv[1]).as_uri()).put("a", b"")
        except JobError as error:
            print(error)
    """
    result = run_python(code, tmp_path, prefix=own_mounts)

    assert result.returncode == 0, result.stderr
    assert "Read-only file system; the user of this process must be allowed to read and write" in result.stdout


def test_links_and_foreign_files_are_no_objects(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("/etc")
    (tmp_path / "file-link").symlink_to("/etc/hostname")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "new\nline").touch()
    (tmp_path / os.fsdecode(b"latin-\xe9")).touch()
    (tmp_path / "object").touch()

    assert list(FolderStore(tmp_path.as_uri()).list("")) == ["object"]


def test_an_opened_object_stays_as_it_was(tmp_path: Path) -> None:
    store = FolderStore(tmp_path.as_uri())
    store.put("a", b"old")
    store.put("b", b"old")
    with store.open("a") as overwritten, store.open("b") as deleted:
        store.put("a", b"new")
        store.delete("b")

        assert overwritten.read() == deleted.read() == b"old"


def test_a_folder_that_vanishes_while_it_is_listed_is_no_error(tmp_path: Path) -> None:
    store = FolderStore(tmp_path.as_uri())
    for name in ("a/1", "b/1", "c/1"):
        store.put(name, b"")

    names = store.list("")
    first = next(names)
    shutil.rmtree(tmp_path / "b")

    assert [first, *names] == ["a/1", "c/1"]


def test_empty_folders_do_not_outlive_their_objects(tmp_path: Path) -> None:
    store = FolderStore(tmp_path.as_uri())
    store.put("judge/abc/part", b"")

    store.delete("judge/abc/part")

    assert [path.name for path in tmp_path.iterdir()] == [RESERVED]


def test_objects_have_the_rights_that_the_umask_gives(tmp_path: Path) -> None:
    store = FolderStore(tmp_path.as_uri())
    before = os.umask(0o027)
    try:
        store.put("a", b"")
    finally:
        os.umask(before)

    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o640


def test_a_path_with_odd_characters_survives_its_url(tmp_path: Path) -> None:
    root = tmp_path / "100% odd? #1 \u00e4"
    store = FolderStore(root.as_uri())

    store.put("a", b"")

    assert (root / "a").is_file()
    with pytest.raises(InvalidArgument, match="percent-encoded"):
        FolderStore(f"file://{root}")


def test_reading_a_disk_that_fails_is_an_error_of_ours(tmp_path: Path) -> None:
    memory = Path("/proc/self/mem")  # reading its first page is EIO on Linux
    if not memory.exists():
        pytest.skip("no file here fails to be read")
    (tmp_path / "mem").symlink_to(memory)

    with FolderStore(tmp_path.as_uri()).open("mem") as file, pytest.raises(Transient, match="mem"):
        file.read(1)
    with FolderStore(tmp_path.as_uri()).open("mem") as file, pytest.raises((Transient, NotFound), match="mem"):
        file.read()
