"""An OpenAI-compatible endpoint: every call goes through the ledger, and is retried by us alone.

The SDK's own retries are off, since they know neither our limits nor our metrics. Answers are read from the raw body:
servers that call themselves compatible leave out fields that the SDK's types promise. What was paid for is recorded
before it is read, so an empty or unusable answer is not paid for again. Keys and prompts are never logged.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import tenacity
from aiolimiter import AsyncLimiter

from solulu.core.errors import JobError, RowError, Transient
from solulu.core.ledger import Ledger, Response, call_key
from solulu.core.metrics import METRICS
from solulu.core.settings import EndpointSettings
from solulu.llm.answer import Answer
from solulu.llm.sampling import Sampling

if TYPE_CHECKING:
    from openai import APIStatusError, AsyncOpenAI

_LONGEST_RETRY_AFTER = 300.0
_NO_SUCH_MODEL = ("model_not_found", "invalid_model")
_SPENT = ("insufficient_quota", "billing_hard_limit_reached")
_CHARS_PER_TOKEN = 4  # where an endpoint does not say what it used

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Retries:
    """How often a call is tried, and the bounds of the waits between: they grow exponentially, drawn at random."""

    attempts: int = 6
    first_wait_seconds: float = 1.0
    longest_wait_seconds: float = 30.0


class _Again(Exception):
    """The call may succeed when it is made again."""

    def __init__(self, outcome: str, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.outcome, self.retry_after = outcome, retry_after


class Endpoint:
    """One endpoint of the settings, for one job; its rate limits are this object's. For one event loop at a time."""

    def __init__(self, name: str, settings: EndpointSettings, ledger: Ledger, retries: Retries = Retries()) -> None:
        self.name, self.family, self.model, self.api = name, settings.family, settings.model, settings.api
        self._settings, self._ledger, self._retries = settings, ledger, retries
        self._requests = AsyncLimiter(settings.rpm, 60) if settings.rpm else None
        self._tokens = AsyncLimiter(settings.tpm, 60) if settings.tpm else None
        self._client: AsyncOpenAI | None = None
        self._unwanted: set[str] = set()
        METRICS.declare_endpoint(name)

    async def chat(self, messages: Sequence[Mapping[str, str]], sampling: Sampling, sample_index: int = 0) -> Answer:
        """Answers a conversation.

        Raises RowError where this request is refused (`rejected_by_endpoint`) or its answer is empty
        (`empty_answer`), Transient where the endpoint kept failing, JobError where no request can succeed.
        """
        return await self._ask("chat", {"messages": [dict(message) for message in messages]}, sampling, sample_index)

    async def complete(self, prompt: str, suffix: str, sampling: Sampling, sample_index: int = 0) -> Answer:
        """Fills a hole. Raises as `chat` does."""
        return await self._ask("completions", {"prompt": prompt, "suffix": suffix}, sampling, sample_index)

    async def close(self) -> None:
        """Closes the connections, on the loop that they were made on."""
        if self._client is not None:
            await self._client.close()

    async def _ask(self, api: str, request: dict[str, Any], sampling: Sampling, sample_index: int) -> Answer:
        key = call_key(self.model, {"api": api, **request, "sampling": asdict(sampling)}, sample_index)
        body = self._body(request, sampling, sample_index)
        response = await self._ledger.call(key, self.model, lambda: self._pay(api, body))
        if response.cached:
            METRICS.llm_call(self.name, "cached")
        if not response.value["text"]:
            raise RowError("empty_answer", f"{self.name} finished with {response.value['finish_reason']}")
        return Answer(
            text=response.value["text"],
            finish_reason="length" if response.value["finish_reason"] == "length" else "stop",
            prompt_tokens=response.prompt_tokens,
            completion_tokens=response.completion_tokens,
            cached=response.cached,
            cost=0.0 if response.cached else response.cost,
        )

    def _body(self, request: dict[str, Any], sampling: Sampling, sample_index: int) -> dict[str, Any]:
        body = {"model": self.model, **{name: value for name, value in request.items() if value}}
        body |= {"temperature": sampling.temperature, "max_tokens": sampling.max_tokens}
        body["seed"] = sampling.seed + sample_index  # or a server that honours it gives every sample alike
        if sampling.top_p < 1:
            body["top_p"] = sampling.top_p
        if sampling.stop:
            body["stop"] = list(sampling.stop)
        return body

    async def _pay(self, api: str, body: dict[str, Any]) -> Response:
        """Makes the call, again where that may help."""
        retries = self._retries
        jitter = tenacity.wait_random_exponential(retries.first_wait_seconds, max=retries.longest_wait_seconds)

        def wait(state: tenacity.RetryCallState) -> float:
            error = state.outcome.exception() if state.outcome else None
            asked = error.retry_after if isinstance(error, _Again) else None
            seconds = min(asked or 0.0, _LONGEST_RETRY_AFTER) + jitter(state)
            log.warning("endpoint %s: %s; trying again in %.1f s", self.name, error, seconds)
            return seconds

        try:
            async for attempt in tenacity.AsyncRetrying(
                retry=tenacity.retry_if_exception_type(_Again),
                stop=tenacity.stop_after_attempt(retries.attempts),
                wait=wait,
                reraise=True,
            ):
                with attempt:
                    return await self._try(api, body)
        except _Again as error:
            message = f"endpoint {self.name} failed {retries.attempts} times, last: {error}"
            raise Transient(message, error.retry_after) from error
        raise AssertionError("tenacity ends with a result or an error")

    async def _try(self, api: str, body: dict[str, Any]) -> Response:
        import openai

        client = self._opened()
        create = client.chat.completions if api == "chat" else client.completions
        if self._requests:
            await self._requests.acquire()
        if self._tokens:
            await self._tokens.acquire(min(_num_tokens(json.dumps(body)) + body["max_tokens"], self._settings.tpm))
        try:
            async with asyncio.timeout(self._settings.timeout_seconds):
                raw = await create.with_raw_response.create(**self._wanted(body, api), extra_headers=self._headers())
            answer = _read(raw.content, body)
        except _Again as error:
            METRICS.llm_call(self.name, error.outcome)
            raise
        except (openai.APITimeoutError, TimeoutError) as error:
            METRICS.llm_call(self.name, "timeout")
            raise _Again("timeout", f"no answer within {self._settings.timeout_seconds:g} s") from error
        except openai.APIStatusError as error:
            failure = self._failure(error)
            METRICS.llm_call(self.name, failure.outcome if isinstance(failure, _Again) else "refused")
            raise failure from error
        except openai.APIConnectionError as error:
            METRICS.llm_call(self.name, "server_error")
            cause = type(error.__cause__ or error).__name__
            raise _Again("server_error", f"the connection to {self._settings.base_url} failed ({cause})") from error
        prices = self._settings.price_input, self._settings.price_output
        cost = (answer.prompt_tokens * prices[0] + answer.completion_tokens * prices[1]) / 1e6
        METRICS.llm_call(self.name, "ok", answer.prompt_tokens, answer.completion_tokens, cost)
        value = {"text": answer.text, "finish_reason": answer.finish_reason}
        return Response(value, answer.prompt_tokens, answer.completion_tokens, cost)

    def _failure(self, error: APIStatusError) -> _Again | RowError | JobError:
        """What an HTTP error means to the call, the row or the job."""
        status, code = error.status_code, str(error.code or "")
        said = " ".join(str(error.message).split())[:300]
        if status in (401, 403):
            variable = self._settings.api_key_env
            where = f"the key in {variable}" if variable else "a call without a key; set api_key_env in its settings"
            return JobError(f"endpoint {self.name} refused {where} (HTTP {status})")
        if status in (404, 405) or code in _NO_SUCH_MODEL:
            return JobError(
                f"endpoint {self.name} has no model {self.model!r} at {self._settings.base_url} "
                f"(HTTP {status}: {said}); check [endpoints.{self.name}] in the settings"
            )
        if status == 402 or code in _SPENT:
            return JobError(f"endpoint {self.name} asks for payment (HTTP {status}: {said})")
        if status in (408, 409, 425, 429) or status >= 500:
            outcome = "rate_limited" if status == 429 else "server_error"
            return _Again(outcome, f"HTTP {status}", _retry_after(error.response.headers))
        if error.param in ("max_tokens", "seed") and error.param not in self._unwanted:
            self._unwanted.add(error.param)
            return _Again("refused", f"it does not take `{error.param}`")
        return RowError("rejected_by_endpoint", f"{self.name}: HTTP {status}: {said}")

    def _wanted(self, body: dict[str, Any], api: str) -> dict[str, Any]:
        """The body without what this endpoint has refused: reasoning models take `max_completion_tokens`, and some
        servers know no `seed`."""
        wanted = {name: value for name, value in body.items() if name not in self._unwanted}
        if "max_tokens" in self._unwanted and api == "chat":
            wanted["max_completion_tokens"] = body["max_tokens"]
        return wanted

    def _headers(self) -> dict[str, Any]:
        """Takes back what the SDK would send of its own accord, and of its own environment variables."""
        from openai import omit

        headers: dict[str, Any] = {"OpenAI-Organization": omit, "OpenAI-Project": omit}
        return headers if self._settings.api_key_env else {**headers, "Authorization": omit}

    def _opened(self) -> AsyncOpenAI:
        if self._client is None:
            from openai import AsyncOpenAI

            variable = self._settings.api_key_env
            key = os.environ.get(variable, "") if variable else ""
            if variable and not key:
                raise JobError(f"endpoint {self.name}: the environment variable {variable} is not set")
            self._client = AsyncOpenAI(
                base_url=self._settings.base_url,
                api_key=key or "none",
                max_retries=0,
                timeout=self._settings.timeout_seconds,
            )
        return self._client


@dataclass(frozen=True)
class _Read:
    text: str
    finish_reason: str
    prompt_tokens: int
    completion_tokens: int


def _read(data: bytes, body: Mapping[str, Any]) -> _Read:
    """The first choice of an answer; tokens are estimated where the endpoint does not count them."""
    try:
        answer = json.loads(data)
        choice = answer["choices"][0]
        text = choice["message"].get("content") if "message" in choice else choice["text"]
        if not isinstance(text, str | None):
            raise TypeError("the text is no string")
        text = (text or "").encode(errors="replace").decode()
        usage = answer.get("usage") or {}
        prompt_tokens = usage.get("prompt_tokens", _num_tokens(json.dumps(body.get("messages") or body.get("prompt"))))
        completion_tokens = usage.get("completion_tokens", _num_tokens(text))
        return _Read(text, str(choice.get("finish_reason") or "stop"), int(prompt_tokens), int(completion_tokens))
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError) as error:
        raise _Again("malformed", f"the answer cannot be read ({type(error).__name__})") from error


def _num_tokens(text: str) -> int:
    return len(text) // _CHARS_PER_TOKEN + 1


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """The wait that the endpoint asks for, in seconds; a date (RFC 9110, 10.2.3) is left to the jitter."""
    try:
        return max(0.0, float(headers["retry-after"]))
    except (KeyError, ValueError):
        return None
