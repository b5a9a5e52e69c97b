"""The members of the panel: sibling classes with one method, `write`, that answers a batch of tasks.

A task is one context and one type. A member gives each task one or more completions to try, best first, or a RowError
that says why it has none; it never decides whether a completion is a negative.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from solulu.core.errors import InvalidArgument, RowError
from solulu.core.settings import Settings
from solulu.core.stage import JobContext
from solulu.generator import mutation, prompts
from solulu.generator.fit import fit
from solulu.generator.names import Names
from solulu.llm import models
from solulu.llm.endpoint import Endpoint
from solulu.llm.panel import LOCAL, open_endpoint, pin_model
from solulu.llm.sampling import Sampling
from solulu.v1.generator_pb2 import GenerateSpec

MUTATION = "mutation:"
_PREFIX_CHARS, _SUFFIX_CHARS = 12_000, 4_000
"""The nearest code that a completion endpoint is sent."""


@dataclass(frozen=True)
class Task:
    """One negative to write."""

    context: Mapping[str, Any]
    """A row of the contexts."""
    type: str
    sample: int
    """How many tasks of this context the member has had before: asked again, it must not say the same."""


@dataclass(frozen=True)
class Written:
    """A completion to try, the symbol that its writer says it invents (may be empty), and the call's tokens."""

    completion: str
    symbol: str = ""
    prompt_tokens: int = 0
    completion_tokens: int = 0


Attempt = Sequence[Written] | RowError


class Member(Protocol):
    """Who writes negatives."""

    name: str
    family: str

    async def write(self, tasks: Sequence[Task]) -> list[Attempt]:
        """The completions for each task, in order."""
        ...

    async def close(self) -> None:
        """Gives back what the member holds; most hold nothing."""
        return


class EndpointMember(Member):
    """A model behind an endpoint. Each task is a call of its own; they wait together."""

    def __init__(self, endpoint: Endpoint, sampling: Sampling, calls: asyncio.Semaphore) -> None:
        self.name, self.family = endpoint.name, endpoint.family
        self._endpoint, self._sampling, self._calls = endpoint, sampling, calls

    async def write(self, tasks: Sequence[Task]) -> list[Attempt]:
        """One completion a task, or why the answer cannot be used."""
        return await asyncio.gather(*(self._one(task) for task in tasks))

    async def _one(self, task: Task) -> Attempt:
        raise NotImplementedError

    async def close(self) -> None:
        """Closes the endpoint's connections."""
        await self._endpoint.close()


class ChatMember(EndpointMember):
    """A model that is told what to invent."""

    async def _one(self, task: Task) -> Attempt:
        context = task.context
        try:
            async with self._calls:
                answer = await self._endpoint.chat(prompts.messages(context, task.type), self._sampling)
            completion, symbol = prompts.read(answer.text, context["prefix"], context["golden"])
        except RowError as error:
            return error
        return [Written(completion, symbol, answer.prompt_tokens, answer.completion_tokens)]


class CompletionMember(EndpointMember):
    """A model that completes code and is told nothing: what it makes up is what it would make up for a user."""

    async def _one(self, task: Task) -> Attempt:
        context = task.context
        prefix, suffix = context["prefix"][-_PREFIX_CHARS:], context["suffix"][:_SUFFIX_CHARS]
        try:
            async with self._calls:
                answer = await self._endpoint.complete(prefix, suffix, self._sampling, sample_index=task.sample)
        except RowError as error:
            return error
        return [Written(fit(answer.text, context["golden"]), "", answer.prompt_tokens, answer.completion_tokens)]


class MutationMember(Member):
    """A deterministic change of the golden."""

    family = "mutation"

    def __init__(self, kind: mutation.Kind, names: Names, seed: int) -> None:
        self.name = MUTATION + kind
        self._kind, self._names, self._seed = kind, names, seed

    async def write(self, tasks: Sequence[Task]) -> list[Attempt]:
        """Several completions a task."""
        return [self._one(task) for task in tasks]

    def _one(self, task: Task) -> Attempt:
        try:
            proposals = mutation.proposals(self._kind, task.context, task.type, self._names, self._seed)
        except RowError as error:
            return error
        return [Written(proposal.completion, proposal.symbol) for proposal in proposals]


def pin(name: str, settings: Settings) -> str:
    """What a member's name stands for. Raises InvalidArgument."""
    if not name.startswith(MUTATION):
        return pin_model(name, settings, prompts.DIGEST)
    kind = name.removeprefix(MUTATION)
    if kind not in mutation.KINDS:
        raise InvalidArgument(f"there is no mutation {kind!r}; use one of {', '.join(mutation.KINDS)}")
    return f"{name} table:{mutation.DIGESTS[kind]}"


def open_member(
    name: str, pinned: str, spec: GenerateSpec, job: JobContext, names: Names, calls: asyncio.Semaphore
) -> Member:
    """The member that `pin` gave `pinned` for. Calls to endpoints wait for `calls`."""
    if name.startswith(MUTATION):
        kind = next(kind for kind in mutation.KINDS if MUTATION + kind == name)
        return MutationMember(kind, names, spec.seed)
    sampling = Sampling(temperature=spec.temperature, max_tokens=spec.max_tokens, seed=spec.seed)
    if name.startswith(LOCAL):
        from solulu.generator.local import LocalMember  # brings torch

        uri = pinned.removeprefix(LOCAL)
        weights = models.weights_folder(uri, job.settings)
        return LocalMember(name, models.family(uri), weights, job.settings.threads, sampling, job.ledger)
    endpoint = open_endpoint(name, pinned, job.settings, job.ledger)
    return (ChatMember if endpoint.api == "chat" else CompletionMember)(endpoint, sampling, calls)
