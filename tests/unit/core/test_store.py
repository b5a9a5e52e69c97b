"""What every store promises: one class of tests over a folder and over a real MinIO."""

from __future__ import annotations

import io
import threading
import uuid
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from solulu.core.errors import InvalidArgument, JobError, NotFound
from solulu.core.settings import Settings
from solulu.core.store import Store, open_store
from solulu.core.store.names import check_name, check_prefix

MEGABYTE = 1 << 20


@pytest.fixture(params=["folder", "s3", "s3 with a prefix"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    if request.param == "folder":
        return open_store(Settings(store=(tmp_path / "a store").as_uri()))
    server = request.getfixturevalue("minio_server")
    bucket = f"s3://bucket-{uuid.uuid4().hex}"
    return open_store(server.settings(bucket + ("/some/prefix" if "prefix" in request.param else "")))


class TestEveryStore:
    def test_what_was_put_is_read_back(self, store: Store) -> None:
        store.put("judge/abc/part-1.parquet", b"some bytes")

        assert store.open("judge/abc/part-1.parquet").read() == b"some bytes"
        assert store.stat("judge/abc/part-1.parquet").num_bytes == 10

    def test_a_local_file_is_put_as_its_bytes(self, store: Store, tmp_path: Path) -> None:
        (tmp_path / "weights").write_bytes(b"\x00\xff" * 1000)

        store.put("train/key/weights", tmp_path / "weights")

        assert store.open("train/key/weights").read() == b"\x00\xff" * 1000

    def test_a_local_file_that_is_missing_is_named_in_the_error(self, store: Store, tmp_path: Path) -> None:
        with pytest.raises(JobError, match="no-such-file cannot be read"):
            store.put("train/key/weights", tmp_path / "no-such-file")

    def test_an_empty_object_is_an_object(self, store: Store) -> None:
        store.put("empty", b"")

        assert store.open("empty").read() == b""
        assert store.stat("empty").num_bytes == 0
        assert list(store.list("")) == ["empty"]

    def test_the_last_write_wins(self, store: Store) -> None:
        store.put("name", b"first, and longer")
        store.put("name", b"second")

        assert store.open("name").read() == b"second"

    def test_an_absent_object_is_not_found(self, store: Store) -> None:
        for look in (store.open, store.stat):
            with pytest.raises(NotFound, match="a/b is not in the store"):
                look("a/b")
        store.put("a/b/c", b"")
        for name in ("a", "a/b", "a/b/c/d", "a/bb"):
            for look in (store.open, store.stat):
                with pytest.raises(NotFound):
                    look(name)

    def test_a_store_that_nobody_wrote_to_lists_nothing(self, store: Store) -> None:
        assert list(store.list("")) == []
        assert list(store.list("judge/")) == []

    def test_deleting_removes_the_object_alone_and_may_be_repeated(self, store: Store) -> None:
        store.put("judge/a/1", b"")
        store.put("judge/a/2", b"")

        for name in ("judge/a/1", "judge/a/1", "judge/a", "judge/a/2/3", "never"):
            store.delete(name)

        assert list(store.list("")) == ["judge/a/2"]

    def test_names_are_listed_sorted_by_the_whole_name(self, store: Store) -> None:
        names = ["a-b/x", "a/x", "a/b/y", "a.b", "a0", "Z", "a/b-c", "b/\u00e4", "b/z", "b/\U0001f600", "b/\uffe6"]
        for name in names:
            store.put(name, b"")

        assert list(store.list("")) == sorted(names)

    def test_a_prefix_may_end_within_a_name(self, store: Store) -> None:
        for name in ("judge/abc/1", "judge/abd/2", "judge/b", "judges", "train/x"):
            store.put(name, b"")

        assert list(store.list("judge/ab")) == ["judge/abc/1", "judge/abd/2"]
        assert list(store.list("judge/abc/")) == ["judge/abc/1"]
        assert list(store.list("judge")) == ["judge/abc/1", "judge/abd/2", "judge/b", "judges"]
        assert list(store.list("judge/b/")) == []
        assert list(store.list("nothing/like/that")) == []

    def test_an_object_can_be_read_from_anywhere(self, store: Store) -> None:
        data = bytes(range(256)) * 100
        store.put("object", data)
        with store.open("object") as file:
            assert file.seek(-4, io.SEEK_END) == len(data) - 4
            assert file.read() == data[-4:]
            assert file.seek(1000) == 1000
            assert file.read(10) == data[1000:1010]
            assert file.tell() == 1010
            file.seek(90, io.SEEK_CUR)
            assert file.read(1) == data[1100:1101]
            file.seek(len(data) + 5)
            assert file.read(1) == b""

    def test_a_large_object_is_whole_and_can_be_read_from_anywhere(self, store: Store, tmp_path: Path) -> None:
        block = bytes(range(251)) * 4178  # about a megabyte, of a length that divides nothing
        data = block * 40
        (tmp_path / "large").write_bytes(data)

        store.put("large", tmp_path / "large")

        assert store.stat("large").num_bytes == len(data)
        with store.open("large") as file:
            assert file.read() == data
            for start in (0, 5 * MEGABYTE - 3, 16 * MEGABYTE - 1, len(data) - 7):
                file.seek(start)
                assert file.read(10) == data[start : start + 10]

    def test_parquet_readers_fetch_columns_and_row_groups(self, store: Store) -> None:
        table = pa.table({"id": [f"{n:032x}" for n in range(200_000)], "number": range(200_000)})
        buffer = io.BytesIO()
        pq.write_table(table, buffer, row_group_size=50_000, compression="none", use_dictionary=False)
        store.put("part.parquet", buffer.getvalue())

        with store.open("part.parquet") as file:
            reader = pq.ParquetFile(file)
            assert reader.read_row_group(2, columns=["number"]) == table.slice(100_000, 50_000).select(["number"])
            assert reader.read() == table

    def test_age_is_by_the_stores_clock_and_grows_with_every_write(self, store: Store) -> None:
        store.put("older", b"")
        store.put("newer", b"")

        assert 1.7e9 < store.stat("older").modified <= store.stat("newer").modified

    def test_readers_see_one_whole_write_whoever_else_is_writing(self, store: Store) -> None:
        versions = {bytes([n]) * 300_000 for n in range(8)}
        store.put("object", bytes([0]) * 300_000)
        writers = [threading.Thread(target=store.put, args=("object", version)) for version in versions]
        for writer in writers:
            writer.start()

        while any(writer.is_alive() for writer in writers):
            assert store.open("object").read() in versions

        for writer in writers:
            writer.join()
        assert store.open("object").read() in versions
        assert list(store.list("")) == ["object"]

    def test_writes_deletes_and_lists_at_once_disturb_nobody(self, store: Store) -> None:
        errors: list[BaseException] = []

        def work(number: int) -> None:
            try:
                for turn in range(12):
                    store.put(f"shared/folder/{number}", b"x")
                    assert f"shared/folder/{number}" in list(store.list("shared/"))
                    if turn % 2:
                        store.delete(f"shared/folder/{number}")
            except BaseException as error:
                errors.append(error)
                raise

        workers = [threading.Thread(target=work, args=(number,)) for number in range(6)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()

        assert errors == []
        assert list(store.list("")) == []

    @pytest.mark.parametrize(
        "name",
        [
            "", "/etc/passwd", "../x", "a/../../x", "a/./b", "a//b", "a/", ".", "..", "a\0b", "a\nb", "a\\b", "\ud800",
            "x" * 300, "y/" * 600 + "y", ".solulu-tmp/x", "\uffff",
        ],
    )  # fmt: skip
    def test_a_name_that_could_leave_the_store_is_refused_by_every_method(self, store: Store, name: str) -> None:
        operations: list[Callable[[], object]] = [
            lambda: store.open(name),
            lambda: store.put(name, b""),
            lambda: store.delete(name),
            lambda: store.stat(name),
        ]
        for operation in operations:
            with pytest.raises(InvalidArgument, match="object name"):
                operation()

    @pytest.mark.parametrize("prefix", ["/etc/", "../", "a/../", "a//", "a\0", "./x"])
    def test_a_prefix_that_could_leave_the_store_is_refused(self, store: Store, prefix: str) -> None:
        with pytest.raises(InvalidArgument, match="prefix"):
            list(store.list(prefix))


def _is_valid(name: str) -> bool:
    try:
        check_name(name)
    except InvalidArgument:
        return False
    return True


NAMES = st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from("./\\-ab\0\n"), max_size=30)


@given(names=st.lists(NAMES.filter(_is_valid), max_size=8, unique=True), prefix=st.text("./-ab", max_size=4))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_folder_keeps_any_valid_names_and_lists_by_prefix_as_s3_does(
    names: list[str], prefix: str, tmp_path: Path
) -> None:
    store = open_store(Settings(store=(tmp_path / uuid.uuid4().hex).as_uri()))
    kept: list[str] = []
    for name in names:
        if any(name.startswith(other + "/") or other.startswith(name + "/") for other in kept):
            with pytest.raises(JobError):
                store.put(name, b"")
        else:
            store.put(name, name.encode())
            kept.append(name)

    assert list(store.list("")) == sorted(kept)
    assert all(store.open(name).read() == name.encode() for name in kept)
    try:
        check_prefix(prefix)
    except InvalidArgument:
        return
    assert list(store.list(prefix)) == sorted(name for name in kept if name.startswith(prefix))


@given(NAMES)
def test_a_valid_name_never_points_out_of_its_folder(name: str) -> None:
    if _is_valid(name):
        root = Path("/store")
        assert root in (root / name).parents
        assert ".." not in (root / name).parts


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("file:relative", "absolute"),
        ("file://host/path", "file:///absolute/path"),
        ("file:///a?b", "percent-encoded"),
        ("http://host/bucket", "use file:///path or s3://bucket/prefix"),
        ("/just/a/path", "use file:///path or s3://bucket/prefix"),
        ("s3://Bad_Bucket", "Bad_Bucket"),
        ("s3://key:secret@bucket/prefix", "holds no credentials"),
        ("s3://bucket/../x", "segment"),
    ],
)
def test_a_wrong_store_url_says_how_it_should_look(url: str, message: str) -> None:
    with pytest.raises(InvalidArgument, match=message):
        open_store(Settings.model_validate({"store": url, "s3_access_key": "key", "s3_secret_key": "secret"}))
