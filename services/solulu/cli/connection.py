"""Finding the server: --address, SOLULU_ADDRESS, or the fixed loopback port where `solulu up` listens."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from solulu.core.errors import Transient
from solulu.core.rpc import DEFAULT_ADDRESS

if TYPE_CHECKING:
    from solulu.client import Client
    from solulu.core.settings import Settings

Address = Annotated[
    str | None,
    typer.Option(
        "--address", metavar="HOST:PORT", help="The server; SOLULU_ADDRESS, else 127.0.0.1:7333.", show_default=False
    ),
]


def connect(address: str | None) -> Client:
    """A client of the server that the flag, or else the settings, name. Raises Transient where none answers."""
    from solulu.client import Unreachable
    from solulu.core.settings import load

    settings = load()
    chosen = address or settings.address or DEFAULT_ADDRESS
    client = client_of(settings, chosen)
    try:
        client.check_health()
    except Unreachable as error:
        client.close()
        raise Transient(
            f"no Solulu server answers at {chosen}\n"
            "start one with `solulu up`, or name another with --address HOST:PORT or SOLULU_ADDRESS"
        ) from error
    return client


def client_of(settings: Settings, address: str) -> Client:
    """A client with the settings' token and authorities."""
    from solulu.client import Client

    return Client(address, settings.token.get_secret_value(), settings.tls_authority)


@contextmanager
def embedded(settings: Settings) -> Iterator[Client]:
    """All services in this process on a free loopback port, with their logs in a file, for as long as the block runs.

    SIGTERM interrupts it as Ctrl-C does, so that unfinished work is given back.
    """
    from solulu.app import SERVICES, serve
    from solulu.core import logs

    os.environ.setdefault("TQDM_DISABLE", "1")  # libraries' own bars would tear ours
    path = settings.home / "logs" / "embedded.log"
    path.parent.mkdir(parents=True, exist_ok=True)
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with path.open("a", encoding="utf-8") as stream:
            logs.setup(secrets=logs.known_secrets(settings), stream=stream)
            server = serve(settings, SERVICES, "127.0.0.1:0")
            try:
                with client_of(settings, server.address) as client:
                    yield client
            finally:
                server.stop()
    finally:
        signal.signal(signal.SIGTERM, before)
