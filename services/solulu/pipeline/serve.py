"""The serve step: a model as an endpoint for as long as one completion takes, asked as any user would ask it.

The request goes through the official openai client, so a pipeline that ends with this step has shown the served
protocol, not only the model.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from solulu.client import Client
from solulu.core import rules
from solulu.core.errors import JobError
from solulu.pipeline.steps import Step
from solulu.v1 import serving_pb2


@dataclass(frozen=True)
class Served:
    """The completion that an endpoint gave."""

    model: str
    url: str
    prefix: str
    suffix: str
    completion: str
    finish_reason: str
    prompt_tokens: int
    completion_tokens: int
    elapsed_seconds: float
    """Of the request alone."""

    @property
    def line(self) -> str:
        """What stands in the hole's line before the completion."""
        return self.prefix.rpartition("\n")[2].lstrip()


def serve_once(client: Client, step: Step, model: str, note: Callable[[str], None]) -> Served:
    """Deploys `model`, asks for the completion that the step's spec describes, and undeploys it. Raises JobError."""
    spec = cast(serving_pb2.CompleteRequest, step.spec)
    name = spec.endpoint or step.name.replace("_", "-").strip("-")
    if name in [endpoint.name for endpoint in client.endpoints()]:
        raise JobError(f"there is an endpoint {name} already; name another one in this step's spec.endpoint")
    note(f"loading {model}")
    client.deploy(name, model)
    try:
        endpoint = client.wait_until_ready(name)
        note("asking for a completion")
        return _ask(endpoint, spec, model, client.token)
    finally:
        client.undeploy(name)


def _ask(endpoint: serving_pb2.Endpoint, spec: serving_pb2.CompleteRequest, model: str, token: str) -> Served:
    import openai

    request = serving_pb2.CompleteRequest()
    request.CopyFrom(spec)
    rules.write_defaults(request)
    started = time.monotonic()
    try:
        with openai.OpenAI(base_url=f"{endpoint.url}/v1", api_key=token or "none", timeout=300) as speaker:
            answer = speaker.completions.create(
                model=endpoint.name,
                prompt=request.prefix,
                suffix=request.suffix or None,
                max_tokens=request.max_tokens,
                temperature=rules.spec_json(request)["temperature"],
                stop=list(request.stop) or None,
                seed=request.seed,
            )
    except openai.OpenAIError as error:
        raise JobError(f"endpoint {endpoint.name} at {endpoint.url} did not complete: {error}") from error
    choice, usage = answer.choices[0], answer.usage
    return Served(
        model=model,
        url=endpoint.url,
        prefix=request.prefix,
        suffix=request.suffix,
        completion=choice.text,
        finish_reason=choice.finish_reason or "",
        prompt_tokens=usage.prompt_tokens if usage else 0,
        completion_tokens=usage.completion_tokens if usage else 0,
        elapsed_seconds=time.monotonic() - started,
    )
