"""Flags come from the protos: every option is there, with its comment, its default and its rules."""

from __future__ import annotations

import pytest
from solulu.cli.flags import Group
from solulu.core import rules
from solulu.core.errors import InvalidArgument
from solulu.core.specs import STAGE_SERVICES, stage_method
from solulu.v1 import job_pb2, scraper_pb2, trainer_pb2
from support.commands import solulu


def read(message_type, **given):
    group = Group("spec", message_type, "What to make")
    return group.read({flag.key: given.get(flag.field.name) for flag in group.flags})


@pytest.mark.parametrize("stage", STAGE_SERVICES)
def test_every_option_of_a_stage_is_a_flag_of_its_command(stage, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")

    assert solulu(stage, "--help") == 0

    shown = capsys.readouterr().out
    method = stage_method(STAGE_SERVICES[stage])
    for message in (method.spec, method.inputs, job_pb2.RunOptions):
        for flag in Group("any", message, "").flags if message else []:
            assert f"{flag.option} " in shown
    for flag in ("--json", "--detach", "--address"):
        assert flag in shown


def test_help_shows_comment_default_and_bounds(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")

    solulu("train", "--help")

    shown = " ".join(capsys.readouterr().out.split())
    assert "Longest example in tokens; the hole and its nearest lines stay. (default 512; 16 to 131072)" in shown
    assert "default sft_contrast" in shown
    assert "default 0.0002" in shown


def test_flags_make_the_message_that_a_request_holds():
    spec = read(scraper_pb2.ScrapeSpec, sources=["dist:rich", "folder:/x"], span_kinds=["call"], max_contexts=5)

    assert list(spec.sources) == ["dist:rich", "folder:/x"]
    assert list(spec.span_kinds) == [scraper_pb2.SPAN_KIND_CALL]
    assert spec.max_contexts == 5
    assert not spec.HasField("seed"), "what was not typed is not sent"


def test_labels_are_given_as_pairs():
    assert dict(read(job_pb2.RunOptions, labels=["team=search", "note=a=b"]).labels) == {
        "team": "search",
        "note": "a=b",
    }
    with pytest.raises(InvalidArgument, match=r"--label 'team': give NAME=VALUE"):
        read(job_pb2.RunOptions, labels=["team"])


def test_repeated_fields_are_flags_in_the_singular():
    options = {flag.field.name: flag.option for flag in Group("spec", scraper_pb2.ScrapeSpec, "").flags}

    assert options["sources"] == "--source"
    assert options["max_contexts_per_repo"] == "--max-contexts-per-repo"


def test_a_broken_rule_names_the_flag_and_exits_with_2(capsys):
    assert solulu("scrape", "--source", "dist:rich", "--source", "rich", "--max-contexts", "0") == 2

    told = capsys.readouterr().err
    assert "--source number 2: 'rich' does not have the form (dist|folder|git|" in told
    assert "--max-contexts: is 0; give at least 1" in told


def test_a_flag_that_is_missing_is_named(capsys):
    assert solulu("generate") == 2

    told = capsys.readouterr().err
    assert "--contexts: is required" in told
    assert "--panel: is required" in told


@pytest.mark.parametrize(
    "arguments",
    [["nothing"], ["scrape", "--nothing"], ["train", "--objective", "dpo"], ["scrape", "--max-contexts", "many"]],
)
def test_wrong_usage_exits_with_2(arguments, capsys):
    assert solulu(*arguments) == 2
    assert capsys.readouterr().err


def test_a_truth_can_be_said_both_ways():
    from solulu.v1 import curator_pb2

    assert read(curator_pb2.CurateSpec, keep_unknown=False).keep_unknown is False
    assert rules.spec_json(read(curator_pb2.CurateSpec))["keep_unknown"] is True


def test_enum_flags_take_short_names_in_any_case(capsys):
    assert read(trainer_pb2.TrainSpec, objective="sft").objective == trainer_pb2.OBJECTIVE_SFT
    assert solulu("train", "--objective", "SFT", "--pairs", "curate/00000000", "--batch-size", "0") == 2
    assert "--batch-size" in capsys.readouterr().err
