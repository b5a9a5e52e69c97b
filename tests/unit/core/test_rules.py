"""The protos' rules, defaults and JSON form, on the real messages."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from solulu.core import rules
from solulu.core.comments import comments
from solulu.core.errors import InvalidArgument
from solulu.v1 import job_pb2, scraper_pb2, serving_pb2, trainer_pb2


def violations(call, *arguments):
    with pytest.raises(InvalidArgument) as caught:
        call(*arguments)
    return {violation.field: violation.description for violation in caught.value.violations}


def is_accepted(message):
    try:
        rules.validate(message)
    except InvalidArgument:
        return False
    return True


def test_a_request_that_obeys_every_rule_is_accepted():
    request = scraper_pb2.ScrapeRequest(spec=scraper_pb2.ScrapeSpec(sources=["dist:rich", "folder:/code"]))

    assert is_accepted(request)


def test_what_is_required_and_missing_is_named_with_its_path():
    assert violations(rules.validate, scraper_pb2.ScrapeRequest()) == {"spec": "is required"}
    assert "spec.sources" in violations(rules.validate, scraper_pb2.ScrapeRequest(spec=scraper_pb2.ScrapeSpec()))


def test_every_broken_rule_is_told_at_once_in_nested_and_repeated_fields():
    request = scraper_pb2.ScrapeRequest(
        spec=scraper_pb2.ScrapeSpec(sources=["dist:rich", "rich"], max_contexts=0),
        run=job_pb2.RunOptions(concurrency=5000),
    )

    found = violations(rules.validate, request)

    assert set(found) == {"spec.sources[1]", "spec.max_contexts", "run.concurrency"}
    assert "(dist|folder|git|" in found["spec.sources[1]"]
    assert "at least 1" in found["spec.max_contexts"]
    assert "at most 1024" in found["run.concurrency"]


def test_repeated_messages_are_validated_with_their_index():
    request = serving_pb2.CheckRequest(cases=[{"path": "a.py"}, {}])

    assert violations(rules.validate, request, "request") == {"request.cases[1].path": "is required"}


def test_an_enum_number_that_nobody_defined_is_refused_with_the_choices():
    spec = trainer_pb2.TrainSpec(objective=77)  # type: ignore[arg-type]  # an open enum carries it

    assert "sft, sft_contrast" in violations(rules.validate, spec)["objective"]


def test_numbers_that_are_not_finite_are_refused():
    assert "finite" in violations(rules.validate, trainer_pb2.TrainSpec(learning_rate=float("nan")))["learning_rate"]


def test_a_bound_holds_at_the_float_that_is_written_not_at_its_binary_neighbour():
    from solulu.v1 import curator_pb2

    assert is_accepted(curator_pb2.CurateSpec(near_duplicate_threshold=0.1, test_fraction=0.9))
    assert not is_accepted(curator_pb2.CurateSpec(test_fraction=0.91))


def test_an_empty_text_counts_as_not_given():
    assert is_accepted(trainer_pb2.TrainSpec(base_model=""))
    assert not is_accepted(trainer_pb2.TrainSpec(base_model="smollm2"))


def test_defaults_are_written_where_nothing_was_given_and_nowhere_else():
    request = trainer_pb2.TrainRequest(spec=trainer_pb2.TrainSpec(batch_size=3))

    rules.write_defaults(request)

    assert request.spec.batch_size == 3
    assert request.spec.HasField("num_epochs")
    assert request.spec.objective == trainer_pb2.OBJECTIVE_SFT_CONTRAST
    assert not request.HasField("run"), "a message that was not set stays unset"


def test_the_json_form_does_not_depend_on_which_defaults_were_given():
    written = trainer_pb2.TrainSpec(base_model="random:tiny", batch_size=8, seed=0, learning_rate=2e-4)
    omitted = trainer_pb2.TrainSpec(base_model="random:tiny")

    assert rules.spec_json(written) == rules.spec_json(omitted)
    assert rules.spec_json(omitted)["learning_rate"] == 0.0002
    assert rules.spec_json(omitted)["objective"] == "OBJECTIVE_SFT_CONTRAST"


def test_enum_values_are_read_by_full_and_by_short_name():
    for name in ("OBJECTIVE_SFT", "sft", "SFT"):
        assert rules.parse_json({"objective": name}, trainer_pb2.TrainSpec).objective == trainer_pb2.OBJECTIVE_SFT


def test_numbers_written_as_text_are_read_as_protobuf_json_reads_them():
    spec = rules.parse_json({"learningRate": "2e-4", "seed": "9007199254740993"}, trainer_pb2.TrainSpec)

    assert spec.seed == 9007199254740993
    assert rules.spec_json(spec)["learning_rate"] == 0.0002


def test_every_wrong_entry_of_a_mapping_is_told_with_its_path_and_a_way_out():
    data = {"sorces": [], "languages": "python", "span_kinds": ["cal"], "seed": 1.5, "sources": [7], "licenses": [None]}

    found = violations(rules.parse_json, data, scraper_pb2.ScrapeSpec, "spec")

    assert "did you mean 'sources'?" in found["spec.sorces"]
    assert "[python]" in found["spec.languages"]
    assert "did you mean 'call'?" in found["spec.span_kinds[0]"]
    assert "whole number" in found["spec.seed"]
    assert "quotes" in found["spec.sources[0]"]
    assert "text" in found["spec.licenses[0]"]


@pytest.mark.parametrize("data", [None, [], "text", 3])
def test_what_is_no_mapping_is_refused_as_such(data):
    assert "mapping" in violations(rules.parse_json, data, trainer_pb2.TrainSpec, "spec")["spec"]


def test_labels_are_read_and_their_values_must_be_text():
    assert dict(rules.parse_json({"labels": {"team": "a"}}, job_pb2.RunOptions).labels) == {"team": "a"}
    assert "quotes" in violations(rules.parse_json, {"labels": {"team": 1}}, job_pb2.RunOptions)["labels"]


specs = st.builds(
    trainer_pb2.TrainSpec,
    base_model=st.text(max_size=20),
    objective=st.sampled_from([0, 1, 2]),
    num_epochs=st.floats(width=32, allow_nan=False, allow_infinity=False),
    batch_size=st.integers(-(2**31), 2**31 - 1),
    seed=st.integers(-(2**63), 2**63 - 1),
)


@given(specs)
def test_the_json_form_survives_reading_and_writing(spec):
    data = json.loads(json.dumps(rules.spec_json(spec)))

    assert rules.spec_json(rules.parse_json(data, trainer_pb2.TrainSpec)) == rules.spec_json(spec)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from([f.name for f in rules.fields(scraper_pb2.ScrapeSpec)]), json_values))
def test_any_mapping_is_either_read_or_refused_with_paths(data):
    broken = []
    try:
        rules.parse_json(data, scraper_pb2.ScrapeSpec, "spec")
    except InvalidArgument as error:
        broken = error.violations

    assert all(violation.field.startswith("spec.") and violation.description for violation in broken)


def test_every_stage_message_and_most_fields_carry_a_comment_for_the_help():
    found = comments()

    assert found["solulu.v1.TrainSpec.max_length"].startswith("Longest example in tokens")
    assert found["solulu.v1.SPAN_KIND_CALL"] == "A whole call expression."
    assert found["solulu.v1.ScraperService"]
