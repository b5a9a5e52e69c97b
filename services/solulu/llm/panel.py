"""A panel: the models that a spec names, pinned at Submit and opened when the work begins.

A spec names an endpoint of the settings, or `local:MODEL`. The pin says what that name stood for, so a job's key
changes with the model and with the words that it is asked with, and never with an address or a key.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from solulu.core.errors import FieldViolation, InvalidArgument
from solulu.core.rules import refuse, suggestion
from solulu.core.settings import Settings
from solulu.llm import models

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
        raise InvalidArgument(
            f"there is no endpoint {name!r}{suggestion(name, settings.endpoints)}; "
            f"add [endpoints.{name}] to $SOLULU_HOME/settings.toml, or use local:MODEL"
        )
    return f"{endpoint.api}:{endpoint.family}/{endpoint.model} prompt:{prompt_digest}"
