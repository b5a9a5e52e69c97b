"""Child processes: what they are told, how they end, and that they do not outlive their parent."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from solulu.core.child import Child, exit_words, settings_environment
from solulu.core.settings import Settings


@pytest.fixture
def start(tmp_path):
    children = []

    def start(code: str, *arguments: str, **environment: str) -> Child:
        (tmp_path / "some_child.py").write_text(code)
        children.append(
            Child("some_child", arguments, {"PYTHONPATH": str(tmp_path)} | environment, tmp_path / "some.log")
        )
        return children[-1]

    yield start
    for child in children:
        child.stop(0)


def wait_until(condition) -> None:
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_it_runs_a_module_as_a_program_with_its_arguments(start):
    child = start("import sys\nprint(__name__, sys.argv[1:])\nsys.exit(3)\n", "a", "b c")

    wait_until(lambda: child.poll() is not None)

    assert child.poll() == 3
    assert child.last_lines() == "__main__ ['a', 'b c']"


def test_one_that_will_not_end_is_made_to(start):
    child = start("import signal, time\nsignal.signal(15, signal.SIG_IGN)\nprint('up', flush=True)\ntime.sleep(600)\n")
    wait_until(lambda: child.last_lines() == "up")

    child.stop(grace_seconds=0.2)

    assert exit_words(child.poll()) == "was killed by SIGKILL, perhaps because memory ran out"


def test_it_ends_with_its_parent(tmp_path):
    (tmp_path / "sleeping_child.py").write_text("import time\ntime.sleep(600)\n")
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(tmp_path)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
    )
    command = Path(f"/proc/{int(parent.stdout.readline())}/cmdline")
    was_there = command.exists()
    parent.kill()
    parent.wait()
    wait_until(lambda: not command.exists() or not command.read_bytes())

    assert was_there


PARENT = """
import sys, time
from pathlib import Path
from solulu.core.child import Child
print(Child("sleeping_child", [], {}, Path(sys.argv[1]) / "log").pid, flush=True)
time.sleep(600)
"""


def test_settings_reach_it_by_the_environment_and_secrets_too(tmp_path, monkeypatch):
    told = Settings(home=tmp_path, token="secret", threads=3, local_roots=[tmp_path, Path("/b")])

    for name, value in settings_environment(told, ["token", "threads", "local_roots", "tls_key"]).items():
        monkeypatch.setenv(name, value)
    read = Settings()

    assert (read.home, read.threads, read.local_roots) == (tmp_path, 3, [tmp_path, Path("/b")])
    assert read.token.get_secret_value() == "secret"
    assert read.tls_key is None
