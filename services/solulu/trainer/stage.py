"""Training: one unit and one item, because a model is one thing. The work happens in a process of its own.

That process reads and writes the store alone, so it can be killed, moved to another machine, or started again, and it
goes on from its last checkpoint; this stage starts it, watches it, and makes its loss curve the artifact's rows.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from solulu.core import rules
from solulu.core.artifacts import ArtifactReader
from solulu.core.child import exit_words
from solulu.core.errors import FieldViolation, InvalidArgument, JobError, NotFound, Transient
from solulu.core.records import MODEL
from solulu.core.settings import Settings
from solulu.core.stage import Drop, JobContext, Result, Stage, Unit
from solulu.llm import models
from solulu.trainer.checkpoints import Checkpoints
from solulu.trainer.examples import COLUMNS
from solulu.trainer.launch import FAILED, MAY_PASS, Ended, Launcher, launcher
from solulu.v1.trainer_pb2 import TrainSpec

log = logging.getLogger(__name__)


@dataclass
class Tools:
    """What the job's one item needs."""

    spec: TrainSpec
    job: JobContext
    checkpoints: Checkpoints
    launcher: Launcher


class Training(Stage[TrainSpec]):
    """Pairs and a base model to a tuned model."""

    name, version, produces = "train", 1, MODEL
    service = "solulu.v1.TrainerService"

    def resolve(self, spec: TrainSpec, inputs: Mapping[str, ArtifactReader], settings: Settings) -> None:
        """Pins the base model, unless a model artifact takes its place."""
        _require_kind(inputs, "pairs", "pairs")
        if "model" in inputs:
            _require_kind(inputs, "model", "model")
            if spec.base_model:
                rules.refuse([FieldViolation("spec.base_model", "is given, and inputs.model too; give one of them")])
        elif not spec.base_model:
            rules.refuse([FieldViolation("spec.base_model", "is required, unless inputs.model is given")])
        else:
            try:
                spec.base_model = models.resolve(spec.base_model, settings)
            except InvalidArgument as error:
                rules.refuse([FieldViolation("spec.base_model", str(error))])

    def plan(self, spec: TrainSpec, inputs: Mapping[str, ArtifactReader]) -> Iterable[Unit]:
        """One unit."""
        return [Unit("000000")]

    def tools(self, spec: TrainSpec, job: JobContext) -> Tools:
        """The store's place for checkpoints, and what starts processes."""
        return Tools(spec, job, Checkpoints(job.store, job.checkpoints), launcher(job.settings))

    def items(self, unit: Unit, tools: Tools) -> Iterable[TrainSpec]:
        """The whole training."""
        return [tools.spec]

    async def process(self, item: TrainSpec, tools: Tools) -> AsyncIterator[Result]:
        """The loss curve, and a drop for each row that was too long to train on."""
        result = await asyncio.to_thread(tools.checkpoints.result)
        if result is None:
            await asyncio.to_thread(_put_inputs, item, tools)
            await _train(tools)
            result = await asyncio.to_thread(tools.checkpoints.result)
        if result is None:
            raise JobError("the training process ended well but left no result; this is a defect of Solulu")
        for drop in result["drops"]:
            yield Drop(**drop)
        for row in result["rows"]:
            yield row

    def finish(self, spec: TrainSpec, parts: ArtifactReader, out: Path, job: JobContext) -> None:
        """Weights, config, tokenizer and training.json become files of the artifact."""
        checkpoints = Checkpoints(job.store, job.checkpoints)
        result = checkpoints.result()
        try:
            checkpoints.get_model(result["files"] if result else [], out)
        except NotFound as error:
            raise JobError(
                f"{job.checkpoints} lost files of the trained model ({error}); delete it and try again"
            ) from error
        if result is None:
            raise JobError(f"{job.checkpoints}/result.json is gone; delete {job.checkpoints} and try again")


def _require_kind(inputs: Mapping[str, ArtifactReader], name: str, kind: str) -> None:
    reader = inputs[name]
    if reader.kind != kind:
        text = f"{reader.reference} holds {reader.kind}; give an artifact of {kind}"
        rules.refuse([FieldViolation(f"inputs.{name}", text)])


def _put_inputs(spec: TrainSpec, tools: Tools) -> None:
    table = tools.job.inputs["pairs"].table([*COLUMNS, "split"])
    rows = table.filter([split == "train" for split in table["split"].to_pylist()]).select(list(COLUMNS))
    if not rows.num_rows:
        raise JobError(
            f"{tools.job.inputs['pairs'].reference} has no rows of split train; curate with another share of splits"
        )
    model = tools.job.inputs["model"].reference if "model" in tools.job.inputs else ""
    tools.checkpoints.put_inputs({"key": tools.job.key, "spec": rules.spec_json(spec), "model": model}, rows)


async def _train(tools: Tools) -> None:
    """Runs the training process to its end, reporting what it publishes. Where this service stops or has lost the job,
    the process is left to whoever takes over."""
    job, is_left = tools.job, False
    process = tools.launcher.launch(job.id, job.checkpoints, job.scratch / "training")
    try:
        while (ended := await asyncio.to_thread(process.ended)) is None:
            await _report(tools)
            await asyncio.sleep(process.poll_seconds)
    except asyncio.CancelledError:
        is_left = not job.is_cancelled()
        raise
    finally:
        if is_left:
            process.leave()
        else:
            process.stop()
    _raise_if_failed(ended)
    await _report(tools)


async def _report(tools: Tools) -> None:
    """Publishes the latest progress. A training does not end because its progress cannot be read for a while."""
    try:
        event = await asyncio.to_thread(tools.checkpoints.progress)
    except (JobError, Transient) as error:
        log.warning("the progress of the training was not read: %s", error)
        return
    if event:
        tools.job.report(event)


def _raise_if_failed(ended: Ended) -> None:
    reason = ended.log.rpartition("\n")[2]
    if ended.exit_code == MAY_PASS:
        raise Transient(reason)
    if ended.exit_code == FAILED:
        raise JobError(reason)
    if ended.exit_code:
        raise JobError(f"the training process {exit_words(ended.exit_code)}; its log ends:\n{ended.log}")
