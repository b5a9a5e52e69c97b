"""What the S3 store promises beyond every store: a message that helps for each way in which a server can refuse."""

from __future__ import annotations

import contextlib
import http.server
import threading
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from minio import Minio as Client
from pydantic import SecretStr
from solulu.core.errors import InvalidArgument, JobError, NotFound, Transient
from solulu.core.settings import Settings
from solulu.core.store import open_store
from solulu.core.store.s3 import PART_BYTES, RANGE_BYTES, S3Store
from support.minio import Minio, free_port

Answer = Callable[[http.server.BaseHTTPRequestHandler], None]


@contextlib.contextmanager
def server(answer: Answer) -> Iterator[Settings]:
    """Settings of a store whose server gives `answer` to every request."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def _any(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            answer(self)
            self.close_connection = True

        do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = _any

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as scripted:
        threading.Thread(target=scripted.serve_forever, args=(0.01,), daemon=True).start()
        try:
            yield settings(f"http://127.0.0.1:{scripted.server_port}")
        finally:
            scripted.shutdown()


def settings(endpoint: str, **more: str) -> Settings:
    values = {"store": "s3://bucket", "s3_access_key": "key", "s3_secret_key": "secret-key", "s3_endpoint": endpoint}
    return Settings.model_validate({**values, **more})


def error_answer(status: int, code: str) -> Answer:
    def answer(handler: http.server.BaseHTTPRequestHandler) -> None:
        body = f"<Error><Code>{code}</Code><Message>as told</Message></Error>".encode()
        handler.send_response(status)
        handler.send_header("Content-Type", "application/xml")
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return answer


@pytest.fixture
def bucket_url() -> str:
    return f"s3://bucket-{uuid.uuid4().hex}"


def test_the_bucket_is_made_by_the_first_write(minio_server: Minio, bucket_url: str) -> None:
    store = S3Store(minio_server.settings(bucket_url))
    store.delete("a")
    assert list(store.list("")) == []
    with pytest.raises(NotFound):
        store.open("a")

    store.put("a", b"1")

    assert list(store.list("")) == ["a"]


def test_many_first_writers_may_race_for_the_bucket(minio_server: Minio, bucket_url: str) -> None:
    stores = [S3Store(minio_server.settings(bucket_url)) for _ in range(8)]
    writers = [threading.Thread(target=store.put, args=(f"{n}", b"")) for n, store in enumerate(stores)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()

    assert list(stores[0].list("")) == [f"{n}" for n in range(8)]


def test_stores_with_different_prefixes_share_a_bucket_unseen(minio_server: Minio, bucket_url: str) -> None:
    one, other = (S3Store(minio_server.settings(f"{bucket_url}/{prefix}")) for prefix in ("team", "team-b"))
    one.put("a", b"one")
    other.put("a", b"other")

    assert list(one.list("")) == ["a"]
    assert one.open("a").read() == b"one"
    other.delete("a")
    assert one.stat("a").num_bytes == 3


@pytest.mark.parametrize("wrong", ["s3_secret_key", "s3_access_key"])
def test_wrong_keys_fail_the_job_and_name_the_settings(minio_server: Minio, bucket_url: str, wrong: str) -> None:
    store = S3Store(minio_server.settings(bucket_url).model_copy(update={wrong: SecretStr("not-this-one")}))
    operations: list[Callable[[], object]] = [
        lambda: store.put("a", b""),
        lambda: store.open("a"),
        lambda: store.stat("a"),
        lambda: store.delete("a"),
        lambda: list(store.list("")),
    ]
    for operation in operations:
        with pytest.raises(JobError, match="SOLULU_S3_SECRET_KEY") as caught:
            operation()
        assert "not-this-one" not in str(caught.value)


def test_an_object_overwritten_while_it_is_read_is_an_error_and_no_mixture(
    minio_server: Minio, bucket_url: str
) -> None:
    store = S3Store(minio_server.settings(bucket_url))
    store.put("weights", b"old" * RANGE_BYTES)
    with store.open("weights") as file:
        file.read(10)
        store.put("weights", b"new" * RANGE_BYTES)

        with pytest.raises(Transient, match="overwritten while it was read"):
            file.read()
    with store.open("weights") as file:
        store.delete("weights")

        with pytest.raises(NotFound, match="weights"):
            file.read()


def test_an_upload_in_parts_that_is_broken_off_leaves_the_old_object(minio_server: Minio, bucket_url: str) -> None:
    store = S3Store(minio_server.settings(bucket_url))
    store.put("weights", b"old")
    client = Client(
        minio_server.endpoint.removeprefix("http://"),
        minio_server.access_key,
        minio_server.secret_key,
        secure=False,
    )
    bucket = bucket_url.removeprefix("s3://")

    class Broken:
        """A file that ends before its time."""

        left = 2 * PART_BYTES

        def read(self, size: int) -> bytes:
            self.left -= size
            if self.left < 0:
                raise OSError("the disk went away")
            return bytes(size)

    with pytest.raises(OSError, match="the disk went away"):
        client.put_object(bucket, "weights", Broken(), 3 * PART_BYTES, part_size=PART_BYTES)  # type: ignore[arg-type]  # as short as a file can be

    assert store.open("weights").read() == b"old"
    assert list(store.list("")) == ["weights"]


@pytest.mark.parametrize(
    ("status", "code", "expected", "message"),
    [
        (503, "SlowDown", Transient, "SlowDown"),
        (500, "InternalError", Transient, "as told"),
        (400, "RequestTimeout", Transient, "RequestTimeout"),
        (429, "TooManyRequests", Transient, "TooManyRequests"),
        (507, "XMinioStorageFull", JobError, "disk full at http://127.0.0.1"),
        (403, "AccessDenied", JobError, "SOLULU_S3_ACCESS_KEY"),
        (403, "RequestTimeTooSkewed", JobError, "RequestTimeTooSkewed"),
        (400, "EntityTooLarge", JobError, "EntityTooLarge"),
    ],
)
def test_a_refusal_that_may_pass_is_retried_and_any_other_fails_the_job(
    status: int, code: str, expected: type[Exception], message: str
) -> None:
    with server(error_answer(status, code)) as values:
        store = S3Store(values)
        operations: list[Callable[[], object]] = [
            lambda: store.put("a", b"1"),
            lambda: store.open("a"),
            lambda: list(store.list("")),
        ]
        for operation in operations:
            with pytest.raises(expected, match=message) as caught:
                operation()
            assert type(caught.value) is expected


@pytest.mark.parametrize(("status", "expected"), [(502, Transient), (404, JobError), (401, JobError)])
def test_a_proxy_that_answers_in_html_is_told_from_s3(status: int, expected: type[Exception]) -> None:
    def answer(handler: http.server.BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        handler.send_header("Content-Type", "text/html")
        handler.end_headers()
        handler.wfile.write(b"<html>Bad</html>")

    with server(answer) as values, pytest.raises(expected, match=str(status)):
        S3Store(values).open("a")


def test_a_download_that_breaks_off_may_be_tried_again() -> None:
    def answer(handler: http.server.BaseHTTPRequestHandler) -> None:
        handler.send_response(206)
        handler.send_header("Content-Length", "1000")
        handler.send_header("Content-Range", "bytes 0-999/1000")
        handler.end_headers()
        handler.wfile.write(b"only the beginning")

    with server(answer) as values, pytest.raises(Transient, match="IncompleteRead"):
        S3Store(values).open("a")


def test_a_server_that_never_answers_is_given_up() -> None:
    done = threading.Event()

    def answer(_handler: http.server.BaseHTTPRequestHandler) -> None:
        done.wait(30)

    with server(answer) as values:
        with pytest.raises(Transient, match="cannot be reached"):
            S3Store(values, timeout_seconds=0.1).stat("a")
        done.set()


def test_a_server_that_is_not_there_may_come_back() -> None:
    with pytest.raises(Transient, match=r"http://127.0.0.1:\d+ cannot be reached"):
        S3Store(settings(f"http://127.0.0.1:{free_port()}")).put("a", b"")


def test_a_server_without_tls_where_tls_is_asked_for_fails_the_job_with_what_to_check() -> None:
    with server(lambda _handler: None) as values, pytest.raises(JobError, match="SSL_CERT_FILE"):
        S3Store(settings(values.s3_endpoint.replace("http://", "https://"))).stat("a")


@pytest.mark.parametrize("endpoint", ["127.0.0.1:9000", "http://", "http://host/path", "http://user:pass@host"])
def test_an_endpoint_that_is_no_address_is_refused_without_repeating_it(endpoint: str) -> None:
    with pytest.raises(InvalidArgument, match="SOLULU_S3_ENDPOINT") as caught:
        open_store(settings(endpoint))
    assert "pass@" not in str(caught.value)


def test_missing_keys_are_named() -> None:
    with pytest.raises(InvalidArgument, match="set SOLULU_S3_ACCESS_KEY and SOLULU_S3_SECRET_KEY"):
        open_store(settings("http://127.0.0.1:9000", s3_secret_key=""))
