"""Endpoints as child processes of this server, on loopback ports of their own.

A new model is started beside the old one and takes over once it answers, so a deployment that fails leaves the endpoint
as it was. The children end with this process, however it ends.
"""

from __future__ import annotations

import logging
import shutil
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from solulu.core.child import Child, exit_words, settings_environment
from solulu.core.errors import JobError, SoluluError
from solulu.core.settings import Settings
from solulu.core.store import Store
from solulu.serving.deploy import LONGEST_ANSWER_SECONDS, EndpointStatus, State
from solulu.serving.weights import model_folder

_POLL_SECONDS = 0.1
_GRACE_SECONDS = 5.0
_SETTINGS = ("threads", "token")

log = logging.getLogger(__name__)


class Predictor:
    """One running predictor process."""

    def __init__(self, name: str, folder: Path, settings: Settings) -> None:
        self.name = name
        self.url = ""
        places = settings.home.absolute() / "endpoints" / "run"
        places.mkdir(parents=True, exist_ok=True)
        self._place = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=places))
        arguments = ["--model-folder", str(folder), "--name", name, "--port", "0", "--ready-file", str(self._ready)]
        environment = settings_environment(settings, _SETTINGS)
        self._child = Child("solulu.serving.predictor", arguments, environment, self._place / "predictor.log")

    @property
    def _ready(self) -> Path:
        return self._place / "url"

    def wait_until_it_answers(self) -> None:
        """Returns when it listens, after the model has completed something. Raises JobError with the end of its log if
        it never will."""
        while not self._ready.exists():
            self.check()
            time.sleep(_POLL_SECONDS)
        self.url = self._ready.read_text(encoding="utf-8")

    def check(self) -> None:
        """Raises JobError with the end of its log if it has ended."""
        code = self._child.poll()
        if code is not None:
            raise JobError(f"the predictor {exit_words(code)}; its log ends:\n{self._child.last_lines()}")

    def stop(self, grace_seconds: float = _GRACE_SECONDS) -> None:
        """Ends the process, once it has finished what it had begun or `grace_seconds` are over, and removes its log."""
        self._child.stop(grace_seconds)
        shutil.rmtree(self._place, ignore_errors=True)


@dataclass
class _Endpoint:
    """What is wanted, what runs, and the number of the latest wish: a start that was overtaken gives up."""

    name: str
    model: str = ""
    state: State = "STARTING"
    message: str = ""
    wish: int = 0
    serving: Predictor | None = None
    starting: Predictor | None = None


class ProcessDeployer:
    """Runs endpoints on this machine; it forgets them when it is closed."""

    def __init__(self, settings: Settings, store: Store) -> None:
        self._settings, self._store = settings, store
        self._lock = threading.Lock()
        self._endpoints: dict[str, _Endpoint] = {}

    def deploy(self, name: str, model: str) -> EndpointStatus:
        """Starts what is missing; a model that failed is tried again."""
        with self._lock:
            endpoint = self._endpoints.setdefault(name, _Endpoint(name))
            self._look_at(endpoint)
            if endpoint.model != model or endpoint.state == "FAILED":
                endpoint.model, endpoint.state, endpoint.message = model, "STARTING", ""
                endpoint.wish += 1
                threading.Thread(
                    target=self._start, args=(endpoint, model, endpoint.wish), name=f"deploy-{name}", daemon=True
                ).start()
            return _status(endpoint)

    def undeploy(self, name: str) -> None:
        """Stops the endpoint's processes."""
        with self._lock:
            endpoint = self._endpoints.pop(name, None)
            running = self._abandon(endpoint) if endpoint else []
        _stop_all(running)

    def statuses(self) -> list[EndpointStatus]:
        """All endpoints; one whose process has died is FAILED."""
        with self._lock:
            for endpoint in self._endpoints.values():
                self._look_at(endpoint)
            return [_status(endpoint) for _, endpoint in sorted(self._endpoints.items())]

    def lately(self) -> list[EndpointStatus]:
        """The same: it costs nothing."""
        return self.statuses()

    def close(self) -> None:
        """Stops every process."""
        with self._lock:
            running = [predictor for endpoint in self._endpoints.values() for predictor in self._abandon(endpoint)]
            self._endpoints.clear()
        _stop_all(running)

    def _start(self, endpoint: _Endpoint, model: str, wish: int) -> None:
        """Brings a model up and lets it take over; runs in a thread of its own."""
        started: Predictor | None = None
        try:
            folder = model_folder(model, self._settings, self._store)
            with self._lock:
                if endpoint.wish != wish:
                    return
                started = Predictor(endpoint.name, folder, self._settings)
                overtaken, endpoint.starting = endpoint.starting, started
            _stop_all([overtaken] if overtaken else [])
            started.wait_until_it_answers()
        except (SoluluError, OSError) as error:
            with self._lock:
                if endpoint.wish == wish:
                    log.error("endpoint %s cannot serve %s: %s", endpoint.name, model, error)
                    endpoint.state, endpoint.message, endpoint.starting = "FAILED", str(error), None
            _stop_all([started] if started else [])
            return
        with self._lock:
            done: Predictor | None = started
            if endpoint.wish == wish:
                done, endpoint.serving, endpoint.starting, endpoint.state = endpoint.serving, started, None, "READY"
                log.info("endpoint %s serves %s at %s", endpoint.name, model, started.url)
        if done is not None:
            done.stop(LONGEST_ANSWER_SECONDS)

    def _look_at(self, endpoint: _Endpoint) -> None:
        if endpoint.serving is not None:
            try:
                endpoint.serving.check()
            except JobError as error:
                dead, endpoint.serving = endpoint.serving, None
                dead.stop()
                if endpoint.state == "READY":
                    endpoint.state, endpoint.message = "FAILED", str(error)

    def _abandon(self, endpoint: _Endpoint) -> list[Predictor]:
        """Makes starts in progress give up, and returns the processes to stop."""
        endpoint.wish += 1
        running = [predictor for predictor in (endpoint.serving, endpoint.starting) if predictor is not None]
        endpoint.serving = endpoint.starting = None
        return running


def _status(endpoint: _Endpoint) -> EndpointStatus:
    url = endpoint.serving.url if endpoint.serving else ""
    return EndpointStatus(endpoint.name, endpoint.model, url, endpoint.state, endpoint.message)


def _stop_all(predictors: list[Predictor]) -> None:
    with ThreadPoolExecutor(max(len(predictors), 1)) as threads:
        for stopped in [threads.submit(predictor.stop) for predictor in predictors]:
            stopped.result()
