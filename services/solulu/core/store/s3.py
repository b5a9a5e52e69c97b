"""The store as a bucket: MinIO, Amazon S3 or whatever speaks its protocol, by the minio client.

Objects are read by range, so that a Parquet reader fetches the columns it wants; every range asks for the version
that was opened, so an object overwritten meanwhile is an error and never a mixture.
"""

from __future__ import annotations

import contextlib
import io
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast
from urllib.parse import urlsplit

import urllib3
from minio import Minio
from minio.error import InvalidResponseError, MinioException, S3Error, ServerError
from minio.helpers import check_bucket_name

from solulu.core.errors import InvalidArgument, JobError, NotFound, SoluluError, Transient
from solulu.core.settings import Settings
from solulu.core.store import Stat
from solulu.core.store.names import check_name, check_prefix, is_name
from solulu.core.store.sources import num_bytes, open_source

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

RANGE_BYTES = 4 << 20
"""Read at once: most parts are smaller and cost one request, and a larger file is read ahead by this much."""
PART_BYTES = 16 << 20
"""A larger object is uploaded in parts of this size, two at a time; S3 allows 10,000 of them, 156 GiB."""
MAX_PARTS = 10_000

_ABSENT = {"NoSuchKey", "NoSuchBucket", "ResourceNotFound"}
_FULL = {"XMinioStorageFull", "XMinioAdminBucketQuotaExceeded", "QuotaExceeded", "InsufficientCapacity"}
_FORBIDDEN = {"AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidTokenId", "ExpiredToken"}
_PASSING = {
    "InternalError", "ServiceUnavailable", "SlowDown", "SlowDownRead", "SlowDownWrite", "RequestTimeout",
    "OperationAborted", "BadDigest", "IncompleteBody", "XAmzContentSHA256Mismatch", "XMinioServerNotInitialized",
    "TooManyRequests", "NoSuchUpload",
}  # fmt: skip
_PASSING_STATUS = {408, 429, 500, 502, 503, 504}


class S3Store:
    """Objects under `s3://bucket/prefix`; the bucket is made by the first `put` where it is missing.

    What it cannot promise: a killed upload of a large object leaves parts that no `list` shows, which the server keeps
    until its own limit (MinIO: a day) or a lifecycle rule AbortIncompleteMultipartUpload; `list` is as fresh as the
    server's, which is at once on Amazon and MinIO; that the server stores whole objects or nothing is the protocol's
    promise, each upload carrying a digest that the server checks, and a manifest's sha256 is what finds a server that
    breaks it.
    """

    def __init__(self, settings: Settings, timeout_seconds: float = 60.0) -> None:
        self.url = settings.store_url
        self._bucket, self._prefix = _address(self.url)
        self._endpoint = settings.s3_endpoint or "https://s3.amazonaws.com"
        access_key, secret_key = settings.s3_access_key.get_secret_value(), settings.s3_secret_key.get_secret_value()
        if not (access_key and secret_key):
            raise InvalidArgument(f"store {self.url}: set SOLULU_S3_ACCESS_KEY and SOLULU_S3_SECRET_KEY")
        server = urlsplit(self._endpoint)
        if server.scheme not in ("http", "https") or not server.hostname or server.path.strip("/") or server.username:
            raise InvalidArgument("SOLULU_S3_ENDPOINT must be http://host:port or https://host:port, and no more")
        self._client = Minio(
            server.netloc,
            access_key=access_key,
            secret_key=secret_key,
            secure=server.scheme == "https",
            region=settings.s3_region,
            http_client=urllib3.PoolManager(
                maxsize=32,
                timeout=urllib3.Timeout(connect=min(5.0, timeout_seconds), read=timeout_seconds),
                # One quick repetition, for a pooled connection that the server has closed; patience is the caller's.
                retries=urllib3.Retry(total=1, backoff_factor=0.1, redirect=0),
            ),
        )

    def open(self, name: str) -> BinaryIO:
        """The object at this moment. Reading raises Transient where it was overwritten or deleted meanwhile."""
        key = self._key(name)
        with self._explained(name):
            try:
                first, num_bytes, version = self._fetch(key, 0, RANGE_BYTES)
            except S3Error as error:
                if error.code == "InvalidRange":  # no range of an empty object is satisfiable
                    return io.BytesIO(b"")
                raise
        if len(first) == num_bytes:
            return io.BytesIO(first)

        def fetch(start: int, length: int) -> bytes:
            with self._explained(name):
                return self._fetch(key, start, length, version)[0]

        return cast(BinaryIO, io.BufferedReader(_Ranges(fetch, num_bytes), RANGE_BYTES))

    def put(self, name: str, data: bytes | Path) -> None:
        """Uploads the object, which is there once the server has all of it."""
        key = self._key(name)
        with open_source(data) as source, self._explained(name):
            try:
                self._upload(key, source)
            except S3Error as error:
                if error.code != "NoSuchBucket":
                    raise
                self._make_bucket()
                self._upload(key, source)

    def list(self, prefix: str) -> Iterator[str]:
        """Names as the server lists them: sorted by their UTF-8 bytes. None where there is no bucket yet."""
        return self._list(self._prefix + check_prefix(prefix))

    def delete(self, name: str) -> None:
        """Removes the object."""
        key = self._key(name)
        with contextlib.suppress(NotFound), self._explained(name):
            self._client.remove_object(self._bucket, key)

    def stat(self, name: str) -> Stat:
        """Size and age by the server's clock."""
        key = self._key(name)
        with self._explained(name):
            found = self._client.stat_object(self._bucket, key)
        return Stat(found.size or 0, found.last_modified.timestamp() if found.last_modified else 0.0)

    def _key(self, name: str) -> str:
        return self._prefix + check_name(name)

    def _fetch(self, key: str, start: int, length: int, version: str = "") -> tuple[bytes, int, str]:
        """Bytes of a range, the object's size and its version (ETag)."""
        conditions: dict[str, str | list[str] | tuple[str]] = {"If-Match": version} if version else {}
        response = self._client.get_object(self._bucket, key, start, length, conditions)
        try:
            data = response.read()
        finally:
            response.close()
            response.release_conn()
        size = response.headers.get("Content-Range", "").rpartition("/")[2]
        return data, int(size) if size.isdigit() else len(data), response.headers.get("ETag", "")

    def _upload(self, key: str, source: BinaryIO) -> None:
        length = num_bytes(source)
        part_size = max(PART_BYTES, -(-length // MAX_PARTS))
        self._client.put_object(self._bucket, key, source, length, part_size=part_size, num_parallel_uploads=2)

    def _make_bucket(self) -> None:
        try:
            self._client.make_bucket(self._bucket)
        except S3Error as error:
            if error.code != "BucketAlreadyOwnedByYou":  # another process was faster
                raise

    def _list(self, prefix: str) -> Iterator[str]:
        with contextlib.suppress(NotFound), self._explained(prefix):
            for found in self._client.list_objects(self._bucket, prefix, recursive=True):
                name = (found.object_name or "").removeprefix(self._prefix)
                if is_name(name):
                    yield name

    @contextlib.contextmanager
    def _explained(self, name: str) -> Iterator[None]:
        try:
            yield
        except (MinioException, urllib3.exceptions.HTTPError) as error:
            raise self._meaning(error, name) from error

    def _meaning(self, error: Exception, name: str) -> SoluluError:
        what = f"{name or 'the top folder'} in the store {self.url} at {self._endpoint}"
        if isinstance(error, S3Error):
            return self._answer(error, name, what)
        if isinstance(error, ServerError):
            return Transient(f"{what}: {error}")
        if isinstance(error, InvalidResponseError):
            status = int(error.args[0].partition("code: ")[2].partition(",")[0])  # which it has, but only in words
            if status in _PASSING_STATUS:
                return Transient(f"{what}: the server answered {status}")
            return JobError(f"{what}: HTTP {status}, and not as S3 does; is SOLULU_S3_ENDPOINT right?")
        if isinstance(getattr(error, "reason", error), urllib3.exceptions.SSLError | ssl.SSLError):
            return JobError(f"{what}: {error}; name the authority's certificates in SSL_CERT_FILE")
        return Transient(f"{what} cannot be reached: {error}")

    def _answer(self, error: S3Error, name: str, what: str) -> SoluluError:
        """What the server's own error code means to a job."""
        said = f"{error.code}: {error.message}"
        if error.code in _ABSENT:
            return NotFound(f"{name} is not in the store {self.url}")
        if error.code in _FULL:
            return JobError(f"disk full at {self._endpoint} ({said}): free some space in {self.url}")
        if error.code in _FORBIDDEN:
            return JobError(
                f"{what}: {said}; check SOLULU_S3_ACCESS_KEY, SOLULU_S3_SECRET_KEY and the rights they have"
            )
        if error.code == "PreconditionFailed":
            return Transient(f"{what} was overwritten while it was read")
        if error.code in _PASSING or error.response.status in _PASSING_STATUS:
            return Transient(f"{what}: {said}")
        return JobError(f"{what}: {said}")


class _Ranges(io.RawIOBase):
    """A seekable file whose reads are range requests; to be buffered."""

    def __init__(self, fetch: Callable[[int, int], bytes], num_bytes: int) -> None:
        self._fetch = fetch
        self._num_bytes = num_bytes
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._num_bytes}[whence]
        self._position = max(0, base + offset)
        return self._position

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        target = memoryview(buffer)
        length = min(len(target), self._num_bytes - self._position)
        if length <= 0:
            return 0
        target[:length] = self._fetch(self._position, length)
        self._position += length
        return length

    def readall(self) -> bytes:
        """The rest in one request; the inherited method would ask for 8 KiB at a time."""
        length = max(0, self._num_bytes - self._position)
        data = self._fetch(self._position, length) if length else b""
        self._position += length
        return data


def _address(url: str) -> tuple[str, str]:
    """Bucket and prefix (empty, or ending with a slash) of `s3://bucket/prefix`."""
    parts = urlsplit(url)
    prefix = parts.path.strip("/")
    if parts.username or parts.password:
        raise InvalidArgument("a store's URL holds no credentials: set SOLULU_S3_ACCESS_KEY and SOLULU_S3_SECRET_KEY")
    if parts.query or parts.fragment:
        raise InvalidArgument(f"store {url!r}: use s3://bucket/prefix, and no more")
    try:
        check_bucket_name(parts.netloc, strict=True)
    except ValueError as error:
        raise InvalidArgument(f"store {url!r}: {error}") from error
    return parts.netloc, check_name(prefix) + "/" if prefix else ""
