"""Real repositories made on the spot: folders of files, git histories of them, and a server that serves them."""

from __future__ import annotations

import contextlib
import os
import subprocess
import threading
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

MIT = """MIT License

Copyright (c) 2026 Somebody

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
documentation files (the "Software"), to deal in the Software without restriction, including without limitation the
rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software.

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the
Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED.
"""

PYTHON = '''"""Shapes and what they cover."""

import math


class Circle:
    """All points at one distance from a center."""

    def __init__(self, radius):
        self.radius = radius
        self.center = (0.0, 0.0)

    def area(self):
        return math.pi * self.radius ** 2

    def scaled(self, factor):
        return Circle(radius=self.radius * factor)


def total_area(circles):
    areas = [circle.area() for circle in circles]
    return math.fsum(areas)
'''

GO = """package shapes

import (
\t"fmt"
\t"strings"
)

type Square struct {
\tSide float64
}

func (s Square) Area() float64 {
\treturn s.Side * s.Side
}

func Describe(names []string, square Square) string {
\tjoined := strings.Join(names, ", ")
\treturn fmt.Sprintf("%s: %f", joined, square.Area())
}
"""

JAVA = """package shapes;

import java.util.List;
import java.util.ArrayList;

public class Polygon {
    private final List<Double> sides = new ArrayList<>();

    public void addSide(double length) {
        sides.add(length);
    }

    public double perimeter() {
        double total = 0.0;
        for (Double side : sides) {
            total = Math.max(total, side.doubleValue());
        }
        return total;
    }
}
"""

SHAPES: Mapping[str, str] = {
    "LICENSE": MIT, "shapes/circle.py": PYTHON, "go/square.go": GO, "java/Polygon.java": JAVA,
}  # fmt: skip
"""A small repository with a file of each language."""


def write_files(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    """Writes files below a folder, which is made; text as UTF-8 with its line ends as they are."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


def git(folder: Path, *arguments: str, stdin: bytes = b"") -> str:
    """Runs git in a folder, as a person nobody configured anything for."""
    environment = {
        "PATH": os.environ["PATH"], "HOME": "/nonexistent", "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_AUTHOR_NAME": "A", "GIT_AUTHOR_EMAIL": "a@example.org", "GIT_AUTHOR_DATE": "2026-01-01T00:00:00Z",
        "GIT_COMMITTER_NAME": "A", "GIT_COMMITTER_EMAIL": "a@example.org", "GIT_COMMITTER_DATE": "2026-01-01T00:00:00Z",
    }  # fmt: skip
    command = ["git", "-C", str(folder), *arguments]
    return (
        subprocess.run(command, input=stdin, env=environment, check=True, capture_output=True).stdout.decode().strip()
    )


def make_git(folder: Path, files: Mapping[str, str | bytes]) -> str:
    """Makes a git repository of the files, on branch main, and returns its commit."""
    write_files(folder, files)
    if not (folder / ".git").exists():
        git(folder, "init", "--quiet", "--initial-branch=main")
    return commit(folder)


def commit(folder: Path) -> str:
    """Commits whatever lies in the folder and returns the commit."""
    git(folder, "add", "--all", "--force")
    git(folder, "commit", "--quiet", "--allow-empty", "--message", "as it is")
    return git(folder, "rev-parse", "HEAD")


@contextlib.contextmanager
def serving(folder: Path, redirects: Mapping[str, str] | None = None) -> Iterator[str]:
    """Serves the repositories below a folder by git's own HTTP backend on loopback; yields the base URL. A path that
    begins with a key of `redirects` is sent to its value with the rest of the path."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            for start, target in (redirects or {}).items():
                if self.path.startswith(start):
                    self.send_response(302)
                    self.send_header("Location", target + self.path.removeprefix(start))
                    self.end_headers()
                    return
            self._backend(b"")

        def do_POST(self) -> None:
            self._backend(self.rfile.read(int(self.headers.get("Content-Length") or 0)))

        def _backend(self, body: bytes) -> None:
            path, _, query = self.path.partition("?")
            environment = {
                "PATH": os.environ["PATH"], "GIT_PROJECT_ROOT": str(folder), "GIT_HTTP_EXPORT_ALL": "1",
                "PATH_INFO": path, "QUERY_STRING": query, "REQUEST_METHOD": self.command,
                "CONTENT_TYPE": self.headers.get("Content-Type") or "", "CONTENT_LENGTH": str(len(body)),
                "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding") or "",
                "GIT_PROTOCOL": self.headers.get("Git-Protocol") or "",
                "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull,
            }  # fmt: skip
            answer = subprocess.run(
                ["git", "http-backend"], input=body, env=environment, capture_output=True, check=True
            ).stdout
            head, _, content = answer.partition(b"\r\n\r\n")
            headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
            self.send_response(int(headers.pop("Status", "200").split()[0]))
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *arguments: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class FileServer:
    """What `serving_files` serves, and what it was asked for."""

    def __init__(self, files: Mapping[str, bytes | str]) -> None:
        self.files = dict(files)
        self.asked: list[str] = []
        self.url = ""


@contextlib.contextmanager
def serving_files(files: Mapping[str, bytes | str]) -> Iterator[FileServer]:
    """A real HTTP server on 127.0.0.1: bytes are answers, a string is where a path redirects to."""
    server = FileServer(files)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            server.asked.append(self.path)
            found = server.files.get(self.path)
            self.send_response(404 if found is None else 302 if isinstance(found, str) else 200)
            if isinstance(found, str):
                self.send_header("Location", found)
            body = found if isinstance(found, bytes) else b""
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        server.url = f"http://127.0.0.1:{listening.server_port}"
        threading.Thread(target=listening.serve_forever, daemon=True).start()
        try:
            yield server
        finally:
            listening.shutdown()
