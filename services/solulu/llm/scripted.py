"""A scripted model: a real HTTP server that speaks OpenAI's protocol and misbehaves on request.

For tests, benchmarks and trying a pipeline without paying. The script is a Python function of the call, so an answer
can depend on the prompt, on how often it was asked, or on how many calls came before; whoever wants the server as a
process of its own puts that function into a file:

    def behave(call):
        return Fail(429, retry_after=1) if call.attempt == 1 else Say("x.append(1)")

    python -m solulu.llm.scripted --port 8080 --script FILE --log CALLS.jsonl
"""

from __future__ import annotations

import argparse
import json
import runpy
import signal
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from solulu.core.digests import canonical_json, sha256

_DATE = 1_700_000_000  # `created` of every answer, so that the same call gives the same bytes


@dataclass(frozen=True)
class Call:
    """One request, as the script sees it."""

    path: str
    body: Mapping[str, Any]
    number: int
    """1 for the server's first call."""
    attempt: int
    """1 where this body was not sent before."""
    choice: int = 0
    """Which of the `n` answers is asked for."""

    @property
    def prompt(self) -> str:
        """The prompt, or the contents of the messages, one a paragraph."""
        messages = self.body.get("messages")
        return "\n\n".join(str(m["content"]) for m in messages) if messages else str(self.body.get("prompt", ""))

    @property
    def suffix(self) -> str:
        """The suffix of a completion request."""
        return str(self.body.get("suffix") or "")


@dataclass(frozen=True)
class Say:
    """A good answer, after a while."""

    text: str
    finish_reason: str = "stop"
    after_seconds: float = 0.0


@dataclass(frozen=True)
class Fail:
    """An HTTP error with OpenAI's error object."""

    status: int
    message: str = "scripted"
    code: str | None = None
    param: str | None = None
    retry_after: float | None = None
    """Seconds, sent as Retry-After."""


@dataclass(frozen=True)
class Cut:
    """An answer whose connection is cut in the middle: of the body, or of the stream."""

    text: str = "an answer that nobody reads to its end"


@dataclass(frozen=True)
class Garbage:
    """Status 200 with something that is no answer."""

    data: bytes = b"<html>Bad gateway</html>"
    content_type: str = "application/json"


@dataclass(frozen=True)
class Hang:
    """No answer until the server is closed or the client goes."""


Reply = Say | Fail | Cut | Garbage | Hang
Behaviour = Callable[[Call], Reply | str]


def echo(call: Call) -> Reply:
    """The default script: an answer that depends on the prompt alone."""
    return Say(f"answer_{sha256(canonical_json(dict(call.body)))[:12]}()")


@dataclass(frozen=True)
class Record:
    """A call that was answered. `reply` is the class of the reply, `digest` names the body."""

    number: int
    attempt: int
    path: str
    digest: str
    reply: str


class ScriptedServer:
    """The server, in threads of its own, from `with` to its end (or `start` to `close`)."""

    def __init__(
        self,
        behave: Behaviour = echo,
        port: int = 0,
        model: str = "scripted",
        log: Path | None = None,
        api_key: str = "",
    ) -> None:
        self.model, self.api_key = model, api_key
        self._behave = behave
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._num_calls = 0
        self._attempts: dict[str, int] = {}
        self._records: list[Record] = []
        self._log = log.open("a", encoding="utf-8", buffering=1) if log else None
        self._http = _Server(("127.0.0.1", port), self)
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    @property
    def url(self) -> str:
        """What an endpoint's `base_url` is set to."""
        return f"http://127.0.0.1:{self._http.server_port}/v1"

    @property
    def records(self) -> list[Record]:
        """Every call answered or hung so far, in the order of their replies."""
        with self._lock:
            return list(self._records)

    @property
    def num_calls(self) -> int:
        """Calls received so far."""
        with self._lock:
            return self._num_calls

    @property
    def repeated_calls(self) -> int:
        """Calls that had been given a good answer before: what a client paid for twice."""
        good = [record.digest for record in self.records if record.reply == "Say"]
        return len(good) - len(set(good))

    def start(self) -> ScriptedServer:
        """Begins to answer."""
        self._thread.start()
        return self

    def close(self) -> None:
        """Stops answering; hanging calls are dropped."""
        self._closing.set()
        self._http.shutdown()
        self._http.server_close()
        if self._log:
            self._log.close()

    def __enter__(self) -> ScriptedServer:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.close()

    def take(self, path: str, body: Mapping[str, Any]) -> Call:
        """Numbers a request."""
        digest = _digest(path, body)
        with self._lock:
            self._num_calls += 1
            self._attempts[digest] = self._attempts.get(digest, 0) + 1
            return Call(path, body, self._num_calls, self._attempts[digest])

    def reply_to(self, call: Call) -> Reply:
        """What the script says; recorded before it is sent, since the model has worked by then."""
        said = self._behave(call)
        reply = Say(said) if isinstance(said, str) else said
        if isinstance(reply, Say) and reply.after_seconds:
            self._closing.wait(reply.after_seconds)
        record = Record(call.number, call.attempt, call.path, _digest(call.path, call.body), type(reply).__name__)
        with self._lock:
            self._records.append(record)
            if self._log and not self._log.closed:
                self._log.write(json.dumps(asdict(record)) + "\n")
        return reply

    def choices(self, call: Call, first: Say) -> list[Say]:
        """The `n` answers to a call."""
        rest = (self._behave(replace(call, choice=number)) for number in range(1, int(call.body.get("n") or 1)))
        return [first, *(said if isinstance(said, Say) else Say(str(said)) for said in rest)]

    def hang(self) -> None:
        """Waits for the end of the server."""
        self._closing.wait()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def __init__(self, address: tuple[str, int], scripted: ScriptedServer) -> None:
        self.scripted = scripted
        super().__init__(address, _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that was killed is no error."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def do_GET(self) -> None:
        """Lists the one model."""
        if self.path.rstrip("/") == "/v1/models":
            entry = {"id": self.server.scripted.model, "object": "model", "created": _DATE, "owned_by": "solulu"}
            self._send_json(200, {"object": "list", "data": [entry]})
        else:
            self._send_error(Fail(404, f"no such path: {self.path}"))

    def do_POST(self) -> None:
        """Answers a completion or a chat completion as the script wants it."""
        data = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path not in ("/v1/completions", "/v1/chat/completions"):
            return self._send_error(Fail(404, f"no such path: {self.path}"))
        if (
            self.server.scripted.api_key
            and self.headers.get("Authorization") != f"Bearer {self.server.scripted.api_key}"
        ):
            return self._send_error(Fail(401, "wrong key"))
        try:
            body = json.loads(data)
        except ValueError:
            return self._send_error(Fail(400, "the body is no JSON"))
        call = self.server.scripted.take(self.path, body)
        reply = self.server.scripted.reply_to(call)
        if isinstance(reply, Fail):
            return self._send_error(reply)
        if isinstance(reply, Garbage):
            return self._send(200, reply.data, reply.content_type)
        if isinstance(reply, Hang):
            self.server.scripted.hang()
            self.close_connection = True
            return None
        says = [Say(reply.text)] if isinstance(reply, Cut) else self.server.scripted.choices(call, reply)
        if body.get("stream"):
            return self._stream(call, says, cut=isinstance(reply, Cut))
        answer = json.dumps(_answer(call, says)).encode()
        return self._send(
            200, answer, "application/json", num_bytes=len(answer) // 2 if isinstance(reply, Cut) else None
        )

    def _stream(self, call: Call, says: list[Say], cut: bool) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        events = list(_events(call, says))
        for event in events[: len(events) // 2] if cut else events:
            self._chunk(b"data: " + json.dumps(event).encode() + b"\n\n")
        if cut:
            self._cut()
        else:
            self._chunk(b"data: [DONE]\n\n")
            self._chunk(b"")

    def _chunk(self, data: bytes) -> None:
        """RFC 9112, 7.1; an empty chunk is the last."""
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")

    def _send_error(self, fail: Fail) -> None:
        error = {"message": fail.message, "type": "scripted", "code": fail.code, "param": fail.param}
        headers = {} if fail.retry_after is None else {"Retry-After": f"{fail.retry_after:g}"}
        self._send_json(fail.status, {"error": error}, headers)

    def _send_json(self, status: int, value: Any, headers: Mapping[str, str] | None = None) -> None:
        self._send(status, json.dumps(value).encode(), "application/json", headers)

    def _send(
        self,
        status: int,
        data: bytes,
        content_type: str,
        headers: Mapping[str, str] | None = None,
        num_bytes: int | None = None,
    ) -> None:
        """Sends `data`, or promises it and cuts the connection after `num_bytes`."""
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(data)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data[:num_bytes])
        if num_bytes is not None:
            self._cut()

    def _cut(self) -> None:
        self.wfile.flush()
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, format: str, *args: Any) -> None:
        """Calls are in the log file."""


def _digest(path: str, body: Mapping[str, Any]) -> str:
    return sha256(canonical_json([path, dict(body)]))[:32]


def _num_tokens(text: str) -> int:
    return len(text) // 4 + 1


def _usage(call: Call, says: list[Say]) -> dict[str, int]:
    prompt, completion = _num_tokens(call.prompt + call.suffix), sum(_num_tokens(say.text) for say in says)
    return {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}


def _head(call: Call, kind: str) -> dict[str, Any]:
    identity = f"scripted-{_digest(call.path, call.body)[:12]}"
    return {"id": identity, "object": kind, "created": _DATE, "model": str(call.body.get("model", ""))}


def _answer(call: Call, says: list[Say]) -> dict[str, Any]:
    is_chat = call.path.endswith("/chat/completions")
    choices = [
        {"index": number, "finish_reason": say.finish_reason}
        | ({"message": {"role": "assistant", "content": say.text}} if is_chat else {"text": say.text})
        for number, say in enumerate(says)
    ]
    kind = "chat.completion" if is_chat else "text_completion"
    return {**_head(call, kind), "choices": choices, "usage": _usage(call, says)}


def _events(call: Call, says: list[Say]) -> Iterator[dict[str, Any]]:
    is_chat = call.path.endswith("/chat/completions")
    head = _head(call, "chat.completion.chunk" if is_chat else "text_completion")
    for number, say in enumerate(says):
        for start in range(0, len(say.text), 8):
            piece = say.text[start : start + 8]
            delta: dict[str, Any] = {"delta": {"content": piece}} if is_chat else {"text": piece}
            yield {**head, "choices": [{"index": number, "finish_reason": None, **delta}]}
        last: dict[str, Any] = {"delta": {}} if is_chat else {"text": ""}
        yield {**head, "choices": [{"index": number, "finish_reason": say.finish_reason, **last}]}
    yield {**head, "choices": [], "usage": _usage(call, says)}


def main() -> None:
    """Runs the server until SIGTERM or Ctrl-C, and prints its URL first."""
    parser = argparse.ArgumentParser(description="A scripted model that speaks OpenAI's protocol.")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--script", type=Path, help="a Python file that defines behave(call)")
    parser.add_argument("--model", default="scripted", help="name in /v1/models")
    parser.add_argument("--log", type=Path, help="a JSON line is appended for every call")
    args = parser.parse_args()
    names = {kind.__name__: kind for kind in (Say, Fail, Cut, Garbage, Hang)}
    behave = runpy.run_path(str(args.script), init_globals=names)["behave"] if args.script else echo
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    with ScriptedServer(behave, args.port, args.model, args.log) as server:
        print(server.url, flush=True)  # noqa: T201  # whoever started it needs the port
        ended.wait()


if __name__ == "__main__":
    main()
