"""A serving service in this process, with models to deploy."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path

from solulu.core import artifacts
from solulu.core.artifacts import FileEntry, Manifest
from solulu.core.database import open_database
from solulu.core.settings import Settings
from solulu.core.store import open_store
from solulu.llm.models import weights_folder
from solulu.serving.service import ServingService
from solulu.v1 import serving_pb2

MODEL, BROKEN = "train/" + "a" * 64, "train/" + "b" * 64


class ServingBench:
    """Settings with a home of their own, and two model artifacts, of which BROKEN is none in truth."""

    def __init__(self, home: Path) -> None:
        self.settings = Settings(home=home, threads=1)
        self.store = open_store(self.settings)
        folder = weights_folder("random:tiny", self.settings)
        put_model(self.store, MODEL, {path.name: path.read_bytes() for path in folder.iterdir()})
        put_model(self.store, BROKEN, {"config.json": b"{}"})
        self.service = ServingService(self.settings, self.store, open_database(self.settings.database_url))

    def deploy(self, name: str, model: str) -> serving_pb2.Endpoint:
        """Deploys, and returns the status at once."""
        return self.service.Deploy(serving_pb2.DeployRequest(name=name, model=model)).endpoint

    def endpoint(self, name: str) -> serving_pb2.Endpoint | None:
        """The endpoint's status, if there is one."""
        found = self.service.ListEndpoints(serving_pb2.ListEndpointsRequest()).endpoints
        return next((endpoint for endpoint in found if endpoint.name == name), None)

    def settled(self, name: str) -> serving_pb2.Endpoint:
        """The endpoint's status, once it is not STARTING any more."""
        wait_until(lambda: self.endpoint(name).state != serving_pb2.ENDPOINT_STATE_STARTING, f"endpoint {name}")
        return self.endpoint(name)

    def complete(self, **fields: object) -> serving_pb2.CompleteResponse:
        """Completes a hole."""
        return self.service.Complete(serving_pb2.CompleteRequest(**{"prefix": "a = ", "max_tokens": 4} | fields))


def put_model(store: object, reference: str, files: Mapping[str, bytes]) -> None:
    """Writes a model artifact without rows."""
    stage, key = reference.split("/")
    entries = tuple(FileEntry(name, len(data), sha256(data).hexdigest()) for name, data in sorted(files.items()))
    manifest = Manifest(
        kind="model", schema_version=1, stage=stage, stage_version=1, key=key, spec={}, inputs=(), num_rows=0, drops={},
        files=entries,
    )  # fmt: skip
    for name, data in files.items():
        store.put(f"{reference}/{name}", data)
    store.put(f"{reference}/{artifacts.MANIFEST}", manifest.to_json())


def predictors(home: Path) -> list[int]:
    """Ids of the running predictor processes whose state is under `home`."""
    found = []
    for folder in Path("/proc").iterdir():
        try:
            command, environment = (folder / "cmdline").read_bytes(), (folder / "environ").read_bytes()
        except OSError:
            continue
        if b"solulu.serving.predictor" in command and f"SOLULU_HOME={home}".encode() in environment:
            found.append(int(folder.name))
    return found


def wait_until(condition: Callable[[], object], what: str, seconds: float = 120, every_seconds: float = 0.05) -> None:
    """Returns when `condition` holds."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"waited {seconds} s for {what}"
        time.sleep(every_seconds)
