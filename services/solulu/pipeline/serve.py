"""The serve step: a model as an endpoint for as long as one completion takes, asked as any user would ask it.

On this machine the request goes through the official openai client, so a pipeline that ends with this step has shown
the served protocol, not only the model; an endpoint in a cluster is asked through the service.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast
from urllib.parse import urlsplit

from solulu.client import Client
from solulu.client.channel import is_loopback
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
    """Deploys `model`, asks for the completion that the step's spec describes, and undeploys it. Raises JobError, or
    what the service answers."""
    spec = cast(serving_pb2.CompleteRequest, step.spec)
    name = spec.endpoint or step.name.replace("_", "-").strip("-")
    if name in [endpoint.name for endpoint in client.endpoints()]:
        raise JobError(f"there is an endpoint {name} already; name another one in this step's spec.endpoint")
    note(f"loading {model}")
    client.deploy(name, model)
    try:
        endpoint = client.wait_until_ready(name)
        note("asking for a completion")
        started = time.monotonic()
        answer = _ask(client, endpoint, spec)
        elapsed_seconds = time.monotonic() - started
    finally:
        client.undeploy(name)
    return Served(
        model=model,
        url=endpoint.url,
        prefix=spec.prefix,
        suffix=spec.suffix,
        completion=answer.completion,
        finish_reason=answer.finish_reason,
        prompt_tokens=answer.prompt_tokens,
        completion_tokens=answer.completion_tokens,
        elapsed_seconds=elapsed_seconds,
    )


def _ask(
    client: Client, endpoint: serving_pb2.Endpoint, spec: serving_pb2.CompleteRequest
) -> serving_pb2.CompleteResponse:
    """Through the official openai client where server and endpoint are on this machine, else through the service: the
    address of an endpoint in a cluster means something in that cluster alone."""
    request = serving_pb2.CompleteRequest()
    request.CopyFrom(spec)
    request.endpoint = endpoint.name
    rules.write_defaults(request)
    if is_loopback(client.address) and is_loopback(urlsplit(endpoint.url).netloc):
        return _ask_as_openai(endpoint.url, request, client.token)
    return client.complete(request)


def _ask_as_openai(url: str, request: serving_pb2.CompleteRequest, token: str) -> serving_pb2.CompleteResponse:
    import openai

    try:
        with openai.OpenAI(base_url=f"{url}/v1", api_key=token or "none", timeout=300) as speaker:
            answer = speaker.completions.create(
                model=request.endpoint,
                prompt=request.prefix,
                suffix=request.suffix or None,
                max_tokens=request.max_tokens,
                temperature=rules.spec_json(request)["temperature"],
                stop=list(request.stop) or None,
                seed=request.seed,
            )
    except openai.OpenAIError as error:
        raise JobError(f"endpoint {request.endpoint} at {url} did not complete: {error}") from error
    choice, usage = answer.choices[0], answer.usage
    return serving_pb2.CompleteResponse(
        completion=choice.text,
        finish_reason=choice.finish_reason or "",
        prompt_tokens=usage.prompt_tokens if usage else 0,
        completion_tokens=usage.completion_tokens if usage else 0,
    )
