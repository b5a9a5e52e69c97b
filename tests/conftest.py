"""What every test starts from: an environment of its own, no hub, one thread, and the shared fixtures."""

from __future__ import annotations

import contextlib
import os
import random
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from support import minio, postgres

THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "RAYON_NUM_THREADS")
OURS = ("SOLULU_TEST_BIN", "SOLULU_TEST_CLUSTER", "SOLULU_BENCHMARKS")
"""The user's SOLULU_* variables that tests obey; a server's address, token or endpoints must not reach them."""

# Before any test module imports torch, transformers or a settings class, and inherited by what tests start.
for _name in [name for name in os.environ if name.startswith("SOLULU_") and name not in OURS]:
    del os.environ[_name]
for _name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "HF_HUB_DISABLE_TELEMETRY"):
    os.environ[_name] = "1"
os.environ["TOKENIZERS_PARALLELISM"] = "false"
for _name in THREADS:
    os.environ[_name] = "1"
for _name in [name for name in os.environ if name.lower() in ("http_proxy", "https_proxy", "all_proxy")]:
    del os.environ[_name]

# A shell that runs this in the background ignores Ctrl-C for all its children; what tests interrupt must hear it.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# The same examples in every run, so that a failure is somebody's change; and no deadline, for the machine is shared.
settings.register_profile("solulu", derandomize=True, database=None, deadline=None)
settings.load_profile("solulu")


@pytest.fixture(autouse=True)
def isolated(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A SOLULU_HOME of the test's own, and the same random numbers every time."""
    monkeypatch.setenv("SOLULU_HOME", str(tmp_path / "solulu-home"))
    random.seed(0)


@pytest.fixture
def home() -> Path:
    """The test's SOLULU_HOME; nothing is there yet."""
    return Path(os.environ["SOLULU_HOME"])


@pytest.fixture(scope="session")
def repository_root() -> Path:
    """The root of this clone."""
    return Path(__file__).parents[1]


@pytest.fixture(scope="session")
def benchmarks(repository_root: Path) -> Path:
    """The folder of the public benchmarks' data."""
    folder = Path(os.environ.get("SOLULU_BENCHMARKS") or repository_root.parent / "shared" / "benchmarks")
    if not folder.is_dir():
        pytest.skip(f"no benchmarks at {folder}; point SOLULU_BENCHMARKS to them")
    return folder


@pytest.fixture(scope="session")
def minio_binary() -> Path:
    """The program of MinIO; `make minio` compiles it."""
    binary = minio.find()
    if not binary:
        pytest.skip("no MinIO: run `make minio`, or put `minio` on PATH or into $SOLULU_TEST_BIN")
    return binary


@pytest.fixture(scope="session")
def minio_server(minio_binary: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[minio.Minio]:
    """A real MinIO on loopback."""
    with minio.running(minio_binary, tmp_path_factory.mktemp("minio")) as server:
        yield server


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[postgres.Server]:
    """A real PostgreSQL on a Unix socket."""
    programs = postgres.find()
    if not programs:
        pytest.skip(
            "no PostgreSQL: install Debian's postgresql, or put initdb and postgres on PATH or $SOLULU_TEST_BIN"
        )
    with postgres.running(programs) as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def new_database(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[], str]]:
    """Makes databases of each kind that can hold jobs; their URLs."""
    with contextlib.ExitStack() as stack:
        if request.param == "sqlite":
            yield lambda: f"sqlite:///{tmp_path_factory.mktemp('database') / 'jobs.db'}"
        else:
            server: postgres.Server = request.getfixturevalue("postgres_server")
            yield lambda: stack.enter_context(server.database())


@pytest.fixture
def database_url(new_database: Callable[[], str]) -> str:
    """The URL of a database of each kind that can hold jobs."""
    return new_database()
