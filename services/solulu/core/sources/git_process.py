"""The git command, run so that neither a repository, a server nor this machine's configuration can steer it.

No hooks, no submodules, no checkout, no prompts, no configuration but ours, no protocol but the one asked for, no
redirects that we did not check, a limit on time and on what it may write.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

from solulu.core.errors import JobError
from solulu.core.sources.source import SourceUnreachable

MAX_PACK_BYTES = 4_000_000_000
"""Largest file that git may write: a repository's pack."""

_PASSED_ON = (
    "PATH", "LD_LIBRARY_PATH", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR", "GIT_SSL_CAINFO", "GIT_SSL_CAPATH",
    "http_proxy", "https_proxy", "all_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY",
)  # fmt: skip
_CONFIG = (
    "core.hooksPath=/dev/null", "core.fsmonitor=false", "core.symlinks=false", "core.attributesFile=/dev/null",
    "credential.helper=", "submodule.recurse=false", "fetch.recurseSubmodules=false", "fetch.unpackLimit=1",
    "fetch.writeCommitGraph=false", "gc.auto=0", "maintenance.auto=false", "protocol.version=2",
    "http.followRedirects=false", "http.lowSpeedLimit=1000", "http.lowSpeedTime=30", "transfer.bundleURI=false",
)  # fmt: skip
_LOCATION = re.compile(r"Recv header: location: (\S+)", re.I)
_SERVICE = re.compile(r"/info/refs(\?.*)?$")


class Redirected(Exception):
    """The server sends the caller to another URL, which has not been checked yet."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.url = url


def environment(protocol: str = "") -> dict[str, str]:
    """Environment of a git process that may speak `protocol` only."""
    passed = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    return passed | {
        "HOME": "/nonexistent", "LC_ALL": "C", "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_SYSTEM": os.devnull, "GIT_ATTR_NOSYSTEM": "1", "GIT_TERMINAL_PROMPT": "0", "GIT_ASKPASS": "",
        "GIT_ALLOW_PROTOCOL": protocol or "none", "GIT_PROTOCOL_FROM_USER": "0", "GIT_NO_LAZY_FETCH": "1",
        "GIT_NO_REPLACE_OBJECTS": "1", "GIT_TRACE_CURL": "1", "GIT_TRACE_CURL_NO_DATA": "1",
    }  # fmt: skip


def command(*arguments: str, folder: Path | None = None, config: Sequence[str] = ()) -> list[str]:
    """The argument list of a git call on the bare repository at `folder`."""
    options = [part for entry in (*_CONFIG, *config) for part in ("-c", entry)]
    return ["git", *options, *([f"--git-dir={folder}"] if folder else []), *arguments]


def run(
    what: str, *arguments: str, folder: Path | None = None, protocol: str = "", config: Sequence[str] = (),
    timeout_seconds: float = 60.0,
) -> str:  # fmt: skip
    """Runs git to its end and returns its output. `what` begins the message of the SourceUnreachable that a failure
    raises. Raises Redirected where an http server points elsewhere."""
    limited = ["/bin/sh", "-c", f'ulimit -f {MAX_PACK_BYTES // 512} && exec "$@"', "git"]
    limited += command(*arguments, folder=folder, config=config)
    try:
        done = subprocess.run(
            limited, env=environment(protocol), stdin=subprocess.DEVNULL, capture_output=True, timeout=timeout_seconds
        )
    except subprocess.TimeoutExpired as error:
        raise SourceUnreachable(f"{what}: git gave no answer within {timeout_seconds:.0f} s") from error
    except FileNotFoundError as error:
        raise JobError("git is not installed; install it to read `git:` sources") from error
    trace = done.stderr.decode("utf-8", "replace")
    if done.returncode == 0:
        return done.stdout.decode("utf-8", "replace")
    if protocol.startswith("http") and (location := _LOCATION.search(trace)):
        raise Redirected(_SERVICE.sub("", location[1]))
    raise SourceUnreachable(f"{what}: {_reason(trace) or f'git failed with status {done.returncode}'}")


def _reason(trace: str) -> str:
    """What git itself said, without the trace of its connection."""
    lines = [line for line in trace.splitlines() if line.startswith(("fatal:", "error:", "remote:"))]
    return " ".join(line.strip() for line in lines[-3:])[:500]
