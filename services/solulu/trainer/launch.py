"""Where a training process runs. Whoever launches it reads what it writes to the store, and nothing else of it.

Here: a child process on this machine, which ends with this one. Its sibling in kubernetes.py is a Job that goes on when
the service ends, and is found again by the next one. Settings choose, and no spec can.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from solulu.core.child import Child, settings_environment
from solulu.core.settings import Settings

_SETTINGS = ("store", "s3_endpoint", "s3_access_key", "s3_secret_key", "s3_region", "threads", "local_roots")
"""What the process may know: the store, and no database."""


FIXED = {
    "CUBLAS_WORKSPACE_CONFIG": ":4096:8",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "TOKENIZERS_PARALLELISM": "false",
}
"""The environment of every training process, wherever it runs."""

FAILED, MAY_PASS = 65, 75
"""Exit codes of the process (EX_DATAERR, EX_TEMPFAIL): no attempt can succeed, and another one may. The last line of
its log is the reason."""


@dataclass(frozen=True)
class Ended:
    """How a training process ended."""

    exit_code: int
    """0 where all is done, negative where a signal ended it."""
    log: str
    """The end of its log."""


class TrainingProcess(Protocol):
    """A training process that was launched."""

    poll_seconds: float
    """How long to wait before asking again whether it has ended."""

    def ended(self) -> Ended | None:
        """How it ended; None while it runs. Raises JobError where it cannot run."""

    def stop(self) -> None:
        """Ends it where it has not ended, and returns when nothing of it runs."""

    def leave(self) -> None:
        """Lets go of it, because this service stops: it ends too, or goes on for the next launch to find."""


class Launcher(Protocol):
    """Starts training processes."""

    def launch(self, job_id: str, checkpoints: str, scratch: Path) -> TrainingProcess:
        """Starts `solulu.trainer.worker` on what lies under `checkpoints` in the store, or finds the process that an
        earlier launch for the job started. `scratch` is a local folder."""


def launcher(settings: Settings) -> Launcher:
    """What the settings choose."""
    if settings.pod_template:
        from solulu.trainer.kubernetes import KubernetesLauncher

        return KubernetesLauncher(settings.pod_template)
    return SubprocessLauncher(settings)


class SubprocessLauncher:
    """Launches on this machine."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def launch(self, job_id: str, checkpoints: str, scratch: Path) -> TrainingProcess:
        """Starts a child process, which ends with this one."""
        threads = str(self._settings.threads)
        environment = {
            **FIXED,
            **settings_environment(self._settings, _SETTINGS),
            "SOLULU_STORE": self._settings.store_url,
            "OMP_NUM_THREADS": threads,
            "MKL_NUM_THREADS": threads,
            # One process trains on one GPU: trl refuses to spread a model over several within a process.
            "CUDA_VISIBLE_DEVICES": os.environ.get("CUDA_VISIBLE_DEVICES", "0").split(",")[0],
        }
        arguments = ["--checkpoints", checkpoints, "--scratch", str(scratch)]
        return _Subprocess(Child("solulu.trainer.worker", arguments, environment, scratch / "training.log"))


class _Subprocess:
    poll_seconds = 0.3

    def __init__(self, child: Child) -> None:
        self._child = child

    def ended(self) -> Ended | None:
        code = self._child.poll()
        return None if code is None else Ended(code, self._child.last_lines())

    def stop(self) -> None:
        self._child.stop()

    def leave(self) -> None:
        self._child.stop()
