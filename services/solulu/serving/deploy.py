"""What an endpoint is, and what an adapter that runs endpoints can do: apply a desired state, and tell the state.

Embedded, an endpoint is a process (`processes.py`); on a cluster it is an InferenceService or a Deployment
(`kubernetes.py`). The service picks by the settings.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

State = Literal["STARTING", "READY", "FAILED"]

LONGEST_ANSWER_SECONDS = 600
"""How long a completion may take: whoever asks waits so long, and a model that is to end has so long to finish it."""


@dataclass(frozen=True)
class EndpointStatus:
    """An endpoint as it is now."""

    name: str
    model: str
    """The model that is wanted: an artifact's reference, or a pinned URI."""
    url: str
    """Where requests are answered, by the model before while a new one starts; empty where nobody answers."""
    state: State
    message: str = ""
    """Why it failed, for people."""


class Deployer(Protocol):
    """Runs endpoints."""

    def deploy(self, name: str, model: str) -> EndpointStatus:
        """Makes `name` serve `model`, if it does not yet, and returns at once."""

    def undeploy(self, name: str) -> None:
        """Removes an endpoint; one that is not there is no error."""

    def statuses(self) -> list[EndpointStatus]:
        """All endpoints, by name."""

    def lately(self) -> list[EndpointStatus]:
        """The same without asking for it each time, so perhaps of some seconds ago: enough to find who answers."""

    def close(self) -> None:
        """Stops what lives in this process."""
