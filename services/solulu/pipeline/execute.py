"""Running a pipeline: each step as soon as its inputs are there, each in a thread that follows its job.

Nothing is remembered here: a step that is run again finds its job by its key, so running a pipeline again continues it.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from solulu.client import Client
from solulu.core.errors import SoluluError
from solulu.pipeline.serve import Served, serve_once
from solulu.pipeline.steps import SERVE, Pipeline, Step
from solulu.v1 import artifact_pb2, job_pb2


class State(StrEnum):
    """What became of a step."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    SKIPPED = "skipped"
    """A step that it needs has failed."""


@dataclass
class StepRun:
    """A step in a run of its pipeline. `job`, `artifact` and `served` are there once they are known."""

    step: Step
    state: State = State.WAITING
    job: job_pb2.Job | None = None
    artifact: artifact_pb2.Artifact | None = None
    served: Served | None = None
    error: str = ""
    elapsed_seconds: float = 0.0
    """In this run; a reused artifact's own time stands in the artifact."""

    @property
    def reused(self) -> bool:
        """Whether the step's artifact was there before."""
        return bool(self.job and self.job.reused)


class Watcher(Protocol):
    """Is told how the steps get on. Called from several threads."""

    def update(self, name: str, job: job_pb2.Job) -> None:
        """The job of a step has got so far."""

    def note(self, name: str, text: str, done: bool = False) -> None:
        """A few words on a step."""


class Run:
    """One run of a pipeline through a client."""

    def __init__(self, pipeline: Pipeline, client: Client, watcher: Watcher, cancels: bool = False) -> None:
        """With `cancels`, an interrupt cancels the jobs: for a server that ends with this process, and must not go on
        with them when it is started for something else."""
        self.pipeline = pipeline
        self.steps: Mapping[str, StepRun] = {name: StepRun(step) for name, step in pipeline.steps.items()}
        self._client = client
        self._watcher = watcher
        self._cancels = cancels

    def execute(self) -> bool:
        """Runs the steps to their ends; whether all are done. A failure stops only the steps that need what failed.

        An interrupt closes the client, waits for the threads, and is raised again. What is done is kept either way.
        """
        pool = ThreadPoolExecutor(max(len(self.steps), 1), thread_name_prefix="step")
        running: set[Future[None]] = set()
        try:
            while True:
                running |= {pool.submit(self._run, run) for run in self._ready()}
                if not running:
                    break
                ended, running = wait(running, timeout=1, return_when=FIRST_COMPLETED)
                for future in ended:
                    future.result()
        except BaseException:
            try:
                if self._cancels:
                    self._cancel()
            finally:
                self._client.close()
            raise
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
        return all(run.state is State.DONE for run in self.steps.values())

    def _cancel(self) -> None:
        """Asks the live jobs to stop, and returns when they have."""
        jobs = [run.job.id for run in self.steps.values() if run.state is State.RUNNING and run.job]
        for job in jobs:
            self._client.cancel_job(job)
        for job in jobs:
            for _ in self._client.watch_job(job):
                pass

    @property
    def failed(self) -> list[StepRun]:
        """The steps that failed themselves."""
        return [run for run in self.steps.values() if run.state is State.FAILED]

    def _ready(self) -> list[StepRun]:
        """The steps that can start now, marked as running; those that never can are marked as skipped."""
        ready = []
        for run in self.steps.values():
            if run.state is not State.WAITING:
                continue
            needs = [self.steps[name].state for name in run.step.needs]
            if any(state in (State.FAILED, State.SKIPPED) for state in needs):
                run.state, run.error = State.SKIPPED, "a step that it needs has failed"
            elif all(state is State.DONE for state in needs):
                run.state = State.RUNNING
                ready.append(run)
        return ready

    def _run(self, run: StepRun) -> None:
        started = time.monotonic()
        try:
            if run.step.stage == SERVE:
                self._serve(run)
            else:
                self._submit(run)
            state = State.DONE
        except SoluluError as error:
            run.error, state = str(error), State.FAILED
            self._watcher.note(run.step.name, "failed")
        run.elapsed_seconds = time.monotonic() - started
        run.state = state

    def _submit(self, run: StepRun) -> None:
        step = run.step
        self._watcher.note(step.name, "resolving")
        handle = self._client.submit(step.stage, step.spec, step.inputs_json(self._references()), step.run)
        run.job = handle.job

        def follow(job: job_pb2.Job) -> None:
            run.job = job
            self._watcher.update(step.name, job)

        run.artifact = handle.wait(follow)

    def _serve(self, run: StepRun) -> None:
        model = self._references().get(run.step.inputs["model"][0], run.step.inputs["model"][0])
        run.served = serve_once(self._client, run.step, model, lambda text: self._watcher.note(run.step.name, text))
        self._watcher.note(run.step.name, "one completion served, stopped", done=True)

    def _references(self) -> dict[str, str]:
        return {name: run.artifact.reference for name, run in self.steps.items() if run.artifact}
