"""A panel: the models that a spec names, pinned at Submit and opened when the work begins.

A spec names an endpoint of the settings, or `local:MODEL`. The pin says what that name stood for, so a job's key
changes with the model and with the words that it is asked with, and never with an address or a key.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from solulu.core.errors import FieldViolation, InvalidArgument, JobError
from solulu.core.ledger import Ledger
from solulu.core.rules import refuse, suggestion
from solulu.core.settings import EndpointSettings, Settings
from solulu.llm import models
from solulu.llm.endpoint import Endpoint

LOCAL = "local:"


def pins(panel: Sequence[str], pin: Callable[[str], str], path: str = "spec.panel") -> list[str]:
    """The pin of each member, in the panel's order. Raises InvalidArgument with a violation for every name that stands
    for nothing, or stands there twice."""
    found, violations = [], []
    for index, name in enumerate(panel):
        try:
            if name in panel[:index]:
                raise InvalidArgument(f"{name!r} is in the panel already; name every member once")
            found.append(pin(name))
        except InvalidArgument as error:
            violations.append(FieldViolation(f"{path}[{index}]", str(error)))
    refuse(violations)
    return found


def pin_model(name: str, settings: Settings, prompt_digest: str) -> str:
    """The pin of an endpoint or a local model. Raises InvalidArgument where the settings know no such endpoint."""
    if name.startswith(LOCAL):
        return LOCAL + models.resolve(name.removeprefix(LOCAL), settings)
    endpoint = settings.endpoints.get(name)
    if endpoint is None:
        known = ", ".join(sorted(settings.endpoints)[:16]) or "none"
        raise InvalidArgument(
            f"there is no endpoint {name!r} (the settings have {known}){suggestion(name, settings.endpoints)}; "
            f"add [endpoints.{name}] to $SOLULU_HOME/settings.toml, or use local:MODEL"
        )
    return f"{_identity(endpoint)} prompt:{prompt_digest}"


def open_endpoint(name: str, pinned: str, settings: Settings, ledger: Ledger) -> Endpoint:
    """The endpoint that `pin_model` gave `pinned` for. Raises JobError where the settings have changed since: the job's
    key names the model that it was submitted with."""
    endpoint = settings.endpoints.get(name)
    if endpoint is None or not pinned.startswith(f"{_identity(endpoint)} "):
        now = f"stands for {_identity(endpoint)} now" if endpoint else "is not in the settings any more"
        raise JobError(f"endpoint {name!r} {now}, and the job was submitted for {pinned}; submit it again")
    return Endpoint(name, endpoint, ledger)


def _identity(endpoint: EndpointSettings) -> str:
    return f"{endpoint.api}:{endpoint.family}/{endpoint.model}"
