"""Pipelines are checked whole before anything runs, by the rules of the protos."""

from __future__ import annotations

from pathlib import Path

import pytest
from solulu.core.errors import InvalidArgument
from solulu.pipeline import document, steps
from solulu.v1 import trainer_pb2

GOOD = """
name: small
steps:
  train:
    inputs: {pairs: curate}
    spec: {base_model: "random:tiny", objective: sft}
  scrape:
    spec: {sources: ["dist:rich"]}
  write:
    stage: generate
    inputs: {contexts: scrape}
    spec: {panel: ["mutation:sibling"]}
    run: {concurrency: 2, labels: {team: search}}
  curate:
    inputs: {contexts: scrape, candidates: write, judgments: judge/0123456789abcdef}
  evaluate:
    inputs: {models: [train, train/01234567], pairs: curate, contexts: scrape}
    spec: {benchmarks: [heldout]}
  serve:
    inputs: {model: train}
    spec: {prefix: "import "}
"""


def build(text):
    return steps.build(document.parse(text, "p.yaml"))


def told(text):
    with pytest.raises(InvalidArgument) as caught:
        build(text)
    return {violation.field: violation.description for violation in caught.value.violations} or str(caught.value)


def test_steps_stand_after_what_they_need_whatever_the_order_in_the_file():
    pipeline = build(GOOD)

    assert list(pipeline.steps) == ["scrape", "write", "curate", "train", "evaluate", "serve"]
    assert pipeline.steps["evaluate"].needs == ("train", "curate", "scrape")
    assert pipeline.name == "small"


def test_specs_are_the_messages_that_requests_hold():
    step = build(GOOD).steps["train"]

    assert step.spec == trainer_pb2.TrainSpec(base_model="random:tiny", objective=trainer_pb2.OBJECTIVE_SFT)
    assert dict(build(GOOD).steps["write"].run.labels) == {"team": "search"}


def test_inputs_name_steps_until_their_artifacts_are_known():
    step = build(GOOD).steps["evaluate"]

    made = step.inputs_json({"train": "train/aa", "curate": "curate/bb", "scrape": "scrape/cc"})

    assert made == {"models": ["train/aa", "train/01234567"], "pairs": "curate/bb", "contexts": "scrape/cc"}


@pytest.mark.parametrize(
    ("old", "new", "field", "words"),
    [
        ("sources:", "sorces:", "p.yaml:8: steps.scrape.spec.sorces", "did you mean 'sources'?"),
        ("dist:rich", "rich", "p.yaml:8: steps.scrape.spec.sources[0]", "does not have the form"),
        ("objective: sft", "objective: dpo", "p.yaml:6: steps.train.spec.objective", "use sft, sft_contrast"),
        ("stage: generate", "stage: generat", "p.yaml:10: steps.write.stage", "did you mean 'generate'?"),
        ("  write:", "  Write it:", "p.yaml:9: steps.Write it", "no step's name"),
        ("contexts: scrape}\n    spec: {panel", "contexts: scrap}\n    spec: {panel",
         "p.yaml:11: steps.write.inputs.contexts", "did you mean 'scrape'?"),
        ("models: [train,", "models: [trains,", "p.yaml:17: steps.evaluate.inputs.models[0]", "did you mean 'train'?"),
        ("{pairs: curate}", "{model: train/01234567}", "p.yaml:5: steps.train.inputs.pairs", "is required"),
        ("{pairs: curate}", "{pair: curate}", "p.yaml:5: steps.train.inputs.pair", "did you mean 'pairs'?"),
        ("concurrency: 2", "concurrency: 0", "p.yaml:13: steps.write.run.concurrency", "at least 1"),
        ("model: train}", "modle: train}", "p.yaml:20: steps.serve.inputs.modle", "did you mean 'model'?"),
        ("name: small", "nam: small", "p.yaml:2: nam", "did you mean 'name'?"),
        ("  scrape:\n", "  scrape:\n    inputs: {x: y}\n", "p.yaml:8: steps.scrape.inputs", "takes none"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_file_line_and_a_way_out(old, new, field, words):
    assert old in GOOD

    found = told(GOOD.replace(old, new, 1))

    assert words in found[field]


def test_steps_that_need_each_other_are_told_as_a_cycle():
    text = """
steps:
  a: {stage: generate, inputs: {contexts: b}, spec: {panel: [x]}}
  b: {stage: generate, inputs: {contexts: a}, spec: {panel: [x]}}
"""

    assert told(text) == {"p.yaml:3: steps.a": "needs itself: a <- b <- a"}


@pytest.mark.parametrize("text", ["- 1", "steps: 3", "steps: {}", "name: x"])
def test_what_is_no_pipeline_is_told_what_one_is(text):
    assert "must be a mapping with `steps`" in told(text)


@pytest.mark.parametrize("path", sorted(Path(__file__).parents[3].glob("pipelines/**/*.yaml")), ids=lambda p: p.name)
def test_the_pipelines_of_this_repository_are_right(path):
    assert build(path.read_text()).steps
