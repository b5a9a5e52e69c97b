"""Artifacts: nothing is read that the manifest does not vouch for."""

from __future__ import annotations

import json

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from solulu.core import artifacts, digests, parts
from solulu.core.artifacts import ArtifactReader, FileEntry, Manifest
from solulu.core.errors import CorruptArtifact, InvalidArgument, NotFound
from solulu.core.records import RECORDS, Record
from solulu.core.stage import Drop
from solulu.core.store.folder import FolderStore

NUMBERS = Record("contexts", 1, pa.schema([pa.field("id", pa.string()), pa.field("value", pa.int64())]))


@pytest.fixture
def store(tmp_path):
    return FolderStore((tmp_path / "store").as_uri())


def write(store, sizes=(3, 0, 4), key="ab" * 32, stage="scrape", create_time=0.0):
    """An artifact with parts of these sizes and one more file; rows count up from 0."""
    files, value = [], 0
    for number, size in enumerate(sizes):
        rows = [{"id": f"id{value + n}", "value": value + n} for n in range(size)]
        value += size
        part = parts.encode(NUMBERS, rows, [Drop("x", "too_small", "of no size")] if not size else [])
        name = part.name(f"{number:06d}")
        store.put(f"{stage}/{key}/{name}", part.data)
        files.append(FileEntry(name, len(part.data), part.sha256, part.num_rows))
    store.put(f"{stage}/{key}/notes/a.txt", b"hello")
    files.append(FileEntry("notes/a.txt", 5, digests.sha256(b"hello")))
    manifest = Manifest(
        "contexts", 1, stage, 1, key, {"seed": 1}, (), value, {"too_small": 1}, tuple(files), create_time=create_time
    )
    store.put(f"{stage}/{key}/manifest.json", manifest.to_json())
    return manifest


def test_rows_are_read_in_order_across_parts(store):
    reader = artifacts.open_artifact(store, write(store).reference)

    assert [row["value"] for row in reader.rows()] == list(range(7))
    assert [row["value"] for row in reader.rows(2, 5)] == [2, 3, 4]
    assert list(reader.rows(5, 5)) == []
    assert list(reader.rows(9)) == []
    assert [row for row in reader.rows(6, columns=["id"])] == [{"id": "id6"}]  # noqa: C416
    assert reader.table()["value"].to_pylist() == list(range(7))


@given(start=st.integers(0, 12), length=st.integers(0, 12))
def test_a_range_of_rows_is_the_range_of_all_rows(tmp_path_factory, start, length):
    store = FolderStore(tmp_path_factory.mktemp("store").as_uri())
    reader = artifacts.open_artifact(store, write(store, sizes=(2, 0, 5, 1)).reference)

    assert list(reader.rows(start, start + length)) == list(reader.rows())[start : start + length]


def test_rows_are_found_by_id(store):
    reader = artifacts.open_artifact(store, write(store).reference)

    assert {name: row["value"] for name, row in reader.lookup(["id6", "id1", "nobody"]).items()} == {"id1": 1, "id6": 6}


def test_a_reference_may_be_cut_to_a_unique_prefix(store):
    write(store, key="ab" * 32)
    write(store, key="ab" * 31 + "cd")
    write(store, key="12" * 32, stage="judge")

    assert artifacts.complete_reference(store, "12121212") == f"judge/{'12' * 32}"
    assert artifacts.complete_reference(store, "judge/12121212") == f"judge/{'12' * 32}"
    with pytest.raises(InvalidArgument, match="beginning of 2 artifacts"):
        artifacts.complete_reference(store, "abababab")
    with pytest.raises(InvalidArgument, match="8 hex digits"):
        artifacts.complete_reference(store, "1212")
    with pytest.raises(NotFound, match="artifacts list"):
        artifacts.complete_reference(store, "scrape/12121212")


def test_what_has_no_manifest_is_no_artifact(store):
    manifest = write(store)
    store.delete(f"{manifest.reference}/manifest.json")

    assert list(artifacts.references(store)) == []
    with pytest.raises(NotFound):
        artifacts.open_artifact(store, manifest.reference)


@pytest.mark.parametrize("damage", [b"", b"PAR1", b"something else entirely, and longer"])
def test_a_file_whose_bytes_changed_is_refused_and_named(store, damage):
    manifest = write(store)
    path = manifest.files[2].path
    store.put(f"{manifest.reference}/{path}", damage)
    reader = artifacts.open_artifact(store, manifest.reference)

    assert [row["value"] for row in reader.rows(0, 3)] == [0, 1, 2]
    with pytest.raises(CorruptArtifact, match=path):
        list(reader.rows())
    assert len(reader.problems()) == 1


def test_a_missing_file_is_refused_and_named(store, tmp_path):
    manifest = write(store)
    store.delete(f"{manifest.reference}/notes/a.txt")
    reader = artifacts.open_artifact(store, manifest.reference)

    with pytest.raises(CorruptArtifact, match=r"notes/a\.txt"):
        reader.read("notes/a.txt")
    with pytest.raises(NotFound, match="has no file"):
        reader.read("notes/b.txt")


def test_a_manifest_that_was_edited_is_refused(store):
    manifest = write(store)
    fields = json.loads(manifest.to_json())
    fields["files"][0]["sha256"] = "0" * 64
    store.put(f"{manifest.reference}/manifest.json", json.dumps(fields).encode())

    with pytest.raises(CorruptArtifact, match="does not list the files"):
        artifacts.open_artifact(store, manifest.reference)


@pytest.mark.parametrize(
    "text", [b"", b"[]", b"{}", b'{"files": 3}', b"\xff\xfe", b'{"content_digest": "x", "files": [{}], "inputs": []}']
)
def test_what_is_no_manifest_is_said_to_be_none(store, text):
    manifest = write(store)
    store.put(f"{manifest.reference}/manifest.json", text)

    with pytest.raises(CorruptArtifact, match="not a manifest"):
        artifacts.open_artifact(store, manifest.reference)


def test_the_content_digest_ignores_times_and_the_order_of_files(store):
    first = write(store, create_time=1.0)
    second = Manifest.from_json(first.to_json(), "here")
    later = Manifest(
        **{**second.__dict__, "create_time": 99.0, "files": tuple(reversed(second.files)), "usage": {"cost": 2.0}}
    )

    assert first.content_digest == second.content_digest == later.content_digest


def test_files_are_downloaded_with_their_folders(store, tmp_path):
    artifacts.open_artifact(store, write(store).reference).download(tmp_path / "copy")

    assert (tmp_path / "copy/notes/a.txt").read_text() == "hello"
    assert [path.name for path in (tmp_path / "copy").iterdir()] == ["notes"]


def test_a_deleted_artifact_leaves_nothing(store):
    manifest = write(store)
    artifacts.delete_artifact(store, manifest.reference)

    assert list(store.list("")) == []


def test_garbage_is_what_no_manifest_lists_and_no_job_needs(store):
    manifest = write(store)
    store.put(f"{manifest.reference}/part-000000-123456789abc.parquet", b"an older one")
    store.put(f"judge/{'12' * 32}/part-000000-123456789abc.parquet", b"of a job that goes on")
    store.put(f"checkpoints/{'34' * 32}/step-1", b"of nobody")

    found = set(artifacts.garbage(store, live_keys={"12" * 32}))

    assert found == {f"{manifest.reference}/part-000000-123456789abc.parquet", f"checkpoints/{'34' * 32}/step-1"}


def test_drops_are_told_by_the_parts_themselves(store):
    reader = artifacts.open_artifact(store, write(store).reference)

    assert reader.drop_examples() == {"too_small": ["x: of no size"]}


def test_equal_rows_make_equal_bytes_and_other_rows_others():
    rows = [{"id": "a", "value": 1}]

    assert parts.encode(NUMBERS, rows, []).data == parts.encode(NUMBERS, list(rows), []).data
    assert parts.encode(NUMBERS, rows, []).sha256 != parts.encode(NUMBERS, [], []).sha256


def test_a_row_without_a_required_column_is_refused():
    strict = Record("contexts", 1, pa.schema([pa.field("id", pa.string(), nullable=False)]))

    with pytest.raises(pa.ArrowInvalid):
        parts.encode(strict, [{"id": None}], [])


def test_every_record_documents_every_field():
    for record in RECORDS.values():
        for field in record.schema:
            assert field.metadata[b"doc"], f"{record.kind}.{field.name}"


def test_a_reader_over_no_parts_has_no_rows(store):
    manifest = Manifest("contexts", 1, "scrape", 1, "ab" * 32, {}, (), 0, {}, ())

    reader = ArtifactReader(store, manifest.reference, manifest)

    assert list(reader.rows()) == []
    assert reader.num_rows == 0


@pytest.mark.parametrize("damage", [b"PAR1", b"PAR1 but not at all PAR1", b"id,value\n1,2\n"])
def test_a_part_that_is_no_parquet_is_refused_even_where_its_digest_is_right(store, damage):
    entry = FileEntry("part-000000-0.parquet", len(damage), digests.sha256(damage), 1)
    manifest = Manifest("contexts", 1, "scrape", 1, "ab" * 32, {}, (), 1, {}, (entry,))
    store.put(f"{manifest.reference}/{entry.path}", damage)
    store.put(f"{manifest.reference}/manifest.json", manifest.to_json())

    with pytest.raises(CorruptArtifact, match="not a readable Parquet"):
        list(artifacts.open_artifact(store, manifest.reference).rows())
