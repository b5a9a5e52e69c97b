"""A real PostgreSQL on a Unix socket, for the tests of the job database; a database of its own for each."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

from solulu.core import migrations
from solulu.core.database import DatabaseAway, connect, patiently

DEBIAN = Path("/usr/lib/postgresql")
NEEDED = ("initdb", "postgres")
UNSAFE = ("fsync", "full_page_writes", "synchronous_commit")
"""What makes a database survive a power cut, and tests slow."""


def find() -> Path | None:
    """The folder of the server's programs: $SOLULU_TEST_BIN, then PATH, then where Debian puts its newest."""
    on_path = shutil.which("postgres")
    newest = sorted(DEBIAN.glob("*/bin"), key=lambda folder: float(folder.parent.name), reverse=True)
    folders = [os.environ.get("SOLULU_TEST_BIN"), on_path and Path(on_path).resolve().parent, *newest]
    return next((Path(folder) for folder in folders if folder and _has_all(Path(folder))), None)


def _has_all(folder: Path) -> bool:
    return all(os.access(folder / name, os.X_OK) for name in NEEDED)


class Server:
    """A server over a folder of its own. It refuses to run as root, so root runs it as nobody."""

    def __init__(self, programs: Path, folder: Path) -> None:
        self._programs, self._folder = programs, folder
        self._numbers = count(1)
        self._as: dict[str, Any] = {"env": {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C"}, "cwd": folder}
        if os.getuid() == 0:
            nobody = pwd.getpwnam("nobody")
            os.chown(folder, nobody.pw_uid, nobody.pw_gid)
            self._as |= {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        options = ["--username=solulu", "--auth=trust", "--encoding=UTF8", "--no-locale", "--no-sync"]
        made = subprocess.run(
            [programs / "initdb", *options, "--pgdata", folder / "data"],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, **self._as,
        )  # fmt: skip
        if made.returncode:
            raise RuntimeError(f"initdb fails: {made.stderr}")

    def url(self, name: str) -> str:
        """The URL of a database on this server."""
        return f"postgresql://solulu@/{name}?host={self._folder}"

    def start(self) -> None:
        """Starts it, and returns when it answers."""
        settings = [f"-c{name}=off" for name in UNSAFE]
        settings += ["-clisten_addresses=", f"-cunix_socket_directories={self._folder}"]
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [self._programs / "postgres", "-D", self._folder / "data", *settings],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, **self._as,
            )  # fmt: skip
        try:
            patiently(lambda: self._run("SELECT 1"))
        except DatabaseAway as error:
            self.stop()
            raise RuntimeError(f"{error}\n{(self._folder / 'log').read_text()}") from error

    def stop(self) -> None:
        """Ends every connection and the server: PostgreSQL's fast shutdown."""
        self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def add_template(self) -> None:
        """Makes the database that `database` copies."""
        self._run("CREATE DATABASE migrated")
        engine = connect(self.url("migrated"))
        migrations.upgrade(engine)
        engine.dispose()

    @contextlib.contextmanager
    def database(self, template: str = "migrated") -> Iterator[str]:
        """The URL of a new database with Solulu's tables, or of an empty one from `template0`; dropped at the end."""
        name = f"test{next(self._numbers)}"
        self._run(f"CREATE DATABASE {name} TEMPLATE {template}")
        try:
            yield self.url(name)
        finally:
            self._run(f"DROP DATABASE {name} WITH (FORCE)")

    def _run(self, statement: str) -> None:
        engine = connect(self.url("postgres"))
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql(statement)
        engine.dispose()


@contextlib.contextmanager
def running(programs: Path) -> Iterator[Server]:
    """A server in a temporary folder, which its account can reach as it cannot pytest's; gone at the end."""
    folder = Path(tempfile.mkdtemp(prefix="solulu-postgres-"))
    try:
        server = Server(programs, folder)
        server.start()
        try:
            server.add_template()
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
