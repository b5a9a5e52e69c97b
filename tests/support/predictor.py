"""A predictor process for tests, as KServe or a Deployment would start it."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from solulu.core.child import Child, settings_environment
from solulu.core.settings import Settings
from solulu.llm.models import weights_folder


@contextmanager
def predictor(home: Path, name: str = "tiny", token: str = "") -> Iterator[str]:
    """The URL of a predictor that serves the tiny random model, until the block ends."""
    folder = weights_folder("random:tiny", Settings(home=home))
    arguments = ["--model-folder", str(folder), "--name", name, "--port", "0"]
    with predictor_process(home, arguments, token) as (url, _):
        yield url


@contextmanager
def predictor_process(home: Path, arguments: Sequence[str], token: str = "") -> Iterator[tuple[str, Child]]:
    """A predictor that answers, and its URL."""
    settings = Settings(home=home, threads=1, token=token)
    ready = home / "ready"
    child = Child(
        "solulu.serving.predictor",
        [*arguments, "--ready-file", str(ready)],
        settings_environment(settings, ["threads", "token"]),
        home / "log",
    )
    try:
        end = time.monotonic() + 120
        while not ready.exists():
            assert child.poll() is None, child.last_lines(40)
            assert time.monotonic() < end, child.last_lines(40)
            time.sleep(0.05)
        yield ready.read_text(), child
    finally:
        child.stop()


def refusal(*arguments: str) -> str:
    """What a predictor that does not start says."""
    result = subprocess.run(
        [sys.executable, "-m", "solulu.serving.predictor", *arguments], capture_output=True, text=True, timeout=120
    )
    assert result.returncode
    return result.stderr
