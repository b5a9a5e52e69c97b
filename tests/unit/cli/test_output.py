"""What commands leave behind: files whole or not at all, and words that people can read."""

from __future__ import annotations

import os
import stat

import pytest
from solulu.cli import output
from solulu.core.errors import InvalidArgument
from solulu.v1.artifact_pb2 import Artifact, Usage


def test_a_file_is_written_whole_and_replaces_what_was_there(tmp_path):
    target = tmp_path / "result.json"
    target.write_text("old")

    output.write(str(target), "new\r\n")

    assert target.read_bytes() == b"new\r\n"
    assert [path.name for path in tmp_path.iterdir()] == ["result.json"]
    assert stat.S_IMODE(target.stat().st_mode) & 0o044, "others may read it as any other file"


def test_a_file_that_cannot_be_written_leaves_the_old_one(tmp_path):
    target = tmp_path / "result.json"
    target.write_text("old")

    with pytest.raises(UnicodeEncodeError):
        output.write(str(target), "half \ud800 broken")

    assert target.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["result.json"]


def test_a_folder_that_is_not_there_is_told(tmp_path):
    with pytest.raises(InvalidArgument, match=r"cannot write .*nowhere.*nothing was written"):
        output.write(str(tmp_path / "nowhere" / "result.json"), "text")


def test_a_device_is_written_to_and_not_replaced():
    output.write(os.devnull, "text")

    assert stat.S_ISCHR(os.stat(os.devnull).st_mode)


def test_json_holds_messages_with_all_their_fields():
    assert output.plain([Artifact(reference="judge/1", num_rows=3)])[0]["num_rows"] == 3
    assert output.plain({"a": (Usage(),)})["a"][0]["cost"] == 0


@pytest.mark.parametrize(("value", "words"), [(4.24, "4.2 s"), (192, "3 min 12 s"), (7500, "2 h 5 min")])
def test_times_are_said_in_the_units_that_people_use(value, words):
    assert output.seconds(value) == words


def test_sizes_and_drops_are_said_briefly():
    assert output.size(12) == "12 B"
    assert output.size(3 << 30) == "3.0 GiB"
    assert output.drops({"license": 3, "duplicate": 12, "none": 0}) == "12 duplicate, 3 license"


def test_cells_of_a_table_are_text_and_never_markup(capsys):
    output.console().print(output.table(("name",), [("[red]not a colour[/red]",)]))

    assert "[red]not a colour[/red]" in capsys.readouterr().out
