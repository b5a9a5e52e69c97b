"""The quickstart on a cluster while pods are killed under it."""

from __future__ import annotations

from dataclasses import dataclass, field

from solulu.client import Client
from solulu.pipeline.execute import Run
from solulu.v1 import artifact_pb2, job_pb2
from support import quickstart
from support.finished_run import Silent
from support.release import Release
from support.serving import wait_until


@dataclass
class Saboteur(Silent):
    """Follows a pipeline and kills pods, each once: the generator in the midst of its job, and during the training
    first the training pod and then the service that waits for its successor."""

    release: Release
    killed: dict[str, str] = field(default_factory=dict)
    """Names of the pods, by component."""
    replacement: str = ""
    """The training pod that came after the killed one."""

    def update(self, name: str, job: job_pb2.Job) -> None:
        """Kills what is to be killed during this step."""
        if job.state != job_pb2.JOB_STATE_RUNNING:
            return
        if name == "generate" and "generator" not in self.killed:
            self._kill("generator")
        if name == "train" and "training" not in self.killed:
            self._training_pod()
            self._kill("training")
            self.replacement = self._training_pod()
            self._kill("trainer")

    def _kill(self, component: str) -> None:
        self.killed[component] = self.release.namespace.kill(self.release.selector(component))

    def _training_pod(self) -> str:
        """Waits for a training pod to run, other than the one that was killed; its name."""
        found: list[str] = []

        def runs() -> bool:
            running = self.release.namespace.running_pods(self.release.selector("training"))
            found[:] = [pod for pod in running if pod != self.killed.get("training")]
            return bool(found)

        wait_until(runs, "a training pod that runs", every_seconds=0.5)
        return found[0]


@dataclass(frozen=True)
class Disturbed:
    """A finished run of the quickstart's jobs, and what was done to it."""

    run: Run
    saboteur: Saboteur

    def artifact(self, step: str) -> artifact_pb2.Artifact:
        """What a step made."""
        artifact = self.run.steps[step].artifact
        assert artifact is not None
        return artifact

    def digests(self) -> dict[str, str]:
        """The content digests of what the steps made."""
        return digests(self.run)


def disturbed(release: Release, client: Client) -> Disturbed:
    """Runs the quickstart's jobs to their end and kills pods meanwhile."""
    saboteur = Saboteur(release)
    run = Run(quickstart.jobs(), client, saboteur)
    done = run.execute()
    errors = [f"{step.step.name}: {step.error}" for step in run.failed]
    assert done, "\n".join([*errors, release.namespace.story()])
    return Disturbed(run, saboteur)


def digests(run: Run) -> dict[str, str]:
    """Content digests by step."""
    return {name: step.artifact.content_digest for name, step in run.steps.items() if step.artifact}
