"""`solulu up`: the services in one process, until it is told to stop."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from typing import Annotated, Any

import typer

from solulu.cli.output import console, notes
from solulu.core.rpc import DEFAULT_ADDRESS


def up(
    address: Annotated[
        str, typer.Option(metavar="HOST:PORT", help="Where to listen; port 0 takes a free one.")
    ] = DEFAULT_ADDRESS,
    service: Annotated[
        list[str] | None, typer.Option(help="Only this service; may be repeated.", show_default="all seven")
    ] = None,
) -> None:
    """Serve, in this process. Stops on Ctrl-C or SIGTERM and gives unfinished work back, to be continued later."""
    from solulu.app import SERVICES, serve
    from solulu.core import logs
    from solulu.core.settings import load

    _on_signal(signal.default_int_handler)  # until it serves, while it waits for a database perhaps, it just ends
    settings, services = load(), service or list(SERVICES)
    logs.setup(secrets=logs.known_secrets(settings))
    server = serve(settings, services, address)
    try:
        stopped = threading.Event()
        _on_signal(lambda *_: stopped.set())
        console().print(f"solulu serves {', '.join(services)} at {server.address}", soft_wrap=True)
        notes().print(f"state lies in {settings.home.absolute()}; Ctrl-C stops it", style="dim")
        while not stopped.wait(3600):
            pass
        notes().print("stopping")
    finally:
        server.stop()


def _on_signal(handler: Callable[..., Any]) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, handler)
