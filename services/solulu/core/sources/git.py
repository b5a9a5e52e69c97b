"""`git:URL[@REF]`: one commit of a git repository, read from a bare, shallow copy under SOLULU_HOME/cache.

Nothing is ever checked out: blobs are read from git's object database by their hash, so a link, a file name or an
attribute of the repository never touches the file system.
"""

from __future__ import annotations

import fcntl
import re
import subprocess
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property, partial
from pathlib import Path
from typing import IO
from urllib.parse import unquote, urljoin, urlsplit

from solulu.core.digests import sha256
from solulu.core.errors import InvalidArgument, JobError
from solulu.core.settings import Settings
from solulu.core.sources import git_process
from solulu.core.sources.addresses import allowed_peer, split_url
from solulu.core.sources.folder import allowed_path
from solulu.core.sources.git_process import Redirected
from solulu.core.sources.source import MAX_FILES, DeclaredLicense, SourceFile, SourceUnreachable

_COMMIT = re.compile(r"[0-9a-f]{40}")
_REF = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_./+-]*")
_MAX_REDIRECTS = 5
_FETCH_SECONDS = 1800.0


class GitRepository:
    """A repository reached by https, or a local one, at one commit."""

    def __init__(self, text: str, settings: Settings) -> None:
        """`text` is URL or URL@REF; REF is a branch, a tag or a whole commit hash.

        Raises InvalidArgument for other URLs, PermissionDenied for local paths and addresses that are not allowed.
        """
        self._settings = settings
        if "://" in text and not text.startswith("file://"):
            self.repo, self._ref = _split_remote(text)
            self._protocol = urlsplit(self.repo).scheme
        else:
            path, self._ref = _split_local(text)
            self.repo, self._protocol = allowed_path(path, settings).as_uri(), "file"
        if self._ref and (not _REF.fullmatch(self._ref) or ".." in self._ref):
            raise InvalidArgument(f"git:{text}: {self._ref!r} is not a branch, a tag or a commit")
        if self._protocol != "file":
            self._check_address()

    @cached_property
    def commit(self) -> str:
        """The commit that the ref names, 40 hex digits."""
        if self._ref and _COMMIT.fullmatch(self._ref):
            return self._ref
        listed = self._reach("ls-remote", "--", "{url}", *([self._ref, f"{self._ref}^{{}}"] if self._ref else ["HEAD"]))
        commits = {name: commit for commit, _, name in (line.partition("\t") for line in listed.splitlines())}
        ref = self._ref or "HEAD"
        for name in (ref, f"refs/tags/{ref}^{{}}", f"refs/tags/{ref}", f"refs/heads/{ref}"):
            if name in commits:
                return commits[name]
        hint = "it is empty" if not self._ref else "give a branch, a tag or a whole commit of 40 digits"
        raise SourceUnreachable(f"{self.repo} has no {ref}; {hint}")

    def pin(self) -> str:
        """`git:URL@COMMIT`. Asks the server, and fetches nothing."""
        return f"git:{self.repo}@{self.commit}"

    def files(self) -> Iterator[SourceFile]:
        """The blobs of the commit that are regular files."""
        folder = self._fetched
        blobs = _Blobs(folder)
        for path, size, blob in sorted(_tree(folder, self.commit, self.repo)):
            yield SourceFile(path, size, partial(blobs.read, blob))

    def declared_license(self) -> DeclaredLicense:
        """Nothing: a repository's licence is in its files."""
        return DeclaredLicense()

    @cached_property
    def _fetched(self) -> Path:
        """The bare copy, holding the commit."""
        cache = self._settings.home.absolute() / "cache" / "git"
        folder = cache / f"{sha256(self.repo.encode())[:32]}.git"
        with _locked(cache, folder.with_suffix(".lock")):
            if not (folder / "HEAD").exists():
                git_process.run(f"making {folder}", "init", "--quiet", "--bare", "--template=", str(folder))
            if not _has(folder, self.commit):
                self._fetch(folder)
        return folder

    def _fetch(self, folder: Path) -> None:
        options = ("fetch", "--quiet", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head", "--force")
        ours = f"refs/solulu/{self.commit}"
        try:
            self._reach(*options, "--depth=1", "--", "{url}", f"+{self.commit}:{ours}", folder=folder)
        except SourceUnreachable:
            # Old servers give only what a ref points to, not a commit by its hash.
            self._reach(*options, "--", "{url}", "+refs/heads/*:refs/solulu/heads/*", "+refs/tags/*:refs/solulu/tags/*",
                        folder=folder)  # fmt: skip
        if not _has(folder, self.commit):
            raise SourceUnreachable(f"{self.repo} has no commit {self.commit} any more")

    def _reach(self, *arguments: str, folder: Path | None = None) -> str:
        """Runs git against the URL (`{url}` in the arguments), following redirects that lead to allowed addresses."""
        url = self.repo
        for _ in range(_MAX_REDIRECTS):
            call = [url if argument == "{url}" else argument for argument in arguments]
            protocol, config = urlsplit(url).scheme, self._pinned_address(url)
            seconds = _FETCH_SECONDS if folder else 60.0
            try:
                return git_process.run(
                    self.repo, *call, folder=folder, protocol=protocol, config=config, timeout_seconds=seconds
                )
            except Redirected as redirect:
                url = urljoin(url, redirect.url)
        raise SourceUnreachable(f"{self.repo} redirects more than {_MAX_REDIRECTS} times")

    def _pinned_address(self, url: str) -> list[str]:
        if self._protocol == "file":
            return []
        resolve = allowed_peer(url, self._settings).curl_resolve
        return [f"http.curloptResolve={resolve}"] if resolve else []

    def _check_address(self) -> None:
        """Refuses a forbidden address at once; a host that cannot be looked up may be there later."""
        try:
            allowed_peer(self.repo, self._settings)
        except SourceUnreachable:
            return


class _Blobs:
    """Reads blobs by hash through one `git cat-file --batch`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, blob: str) -> bytes:
        """The blob's bytes."""
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.write(f"{blob}\n".encode())
        stdin.flush()
        header = stdout.readline().split()
        if len(header) != 3:
            raise JobError(f"{self._folder} is damaged: it lacks blob {blob}; delete the folder and run the job again")
        return stdout.read(int(header[2]) + 1)[:-1]

    @cached_property
    def _process(self) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            git_process.command("cat-file", "--batch", folder=self._folder), env=git_process.environment(),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        weakref.finalize(self, _end, process)
        return process


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.communicate()


def _tree(folder: Path, commit: str, repo: str) -> Iterator[tuple[str, int, str]]:
    """(path, size, blob) of the regular files of a commit."""
    call = git_process.command("ls-tree", "-r", "-l", "-z", "--full-tree", commit, folder=folder)
    with subprocess.Popen(
        call, env=git_process.environment(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        assert process.stdout is not None
        try:
            for number, entry in enumerate(_split_zero(process.stdout)):
                if number >= MAX_FILES:
                    raise SourceUnreachable(f"{repo} has more than {MAX_FILES:,} files; it is not read")
                about, _, path = entry.partition(b"\t")
                mode, _, blob, size = about.decode().split()
                if mode.startswith("100"):
                    yield path.decode("utf-8", "backslashreplace"), int(size), blob
            if process.wait():
                raise JobError(
                    f"{folder} is damaged: {commit} cannot be listed; delete the folder and run the job again"
                )
        finally:
            process.kill()


def _split_zero(stream: IO[bytes]) -> Iterator[bytes]:
    rest = b""
    while block := stream.read(1 << 16):
        *whole, rest = (rest + block).split(b"\0")
        yield from whole


def _has(folder: Path, commit: str) -> bool:
    """Whether the commit's tree is there; git stores a pack whole or not at all."""
    try:
        git_process.run(str(folder), "cat-file", "-e", f"{commit}^{{tree}}", folder=folder)
    except SourceUnreachable:
        return False
    return True


@contextmanager
def _locked(cache: Path, name: Path) -> Iterator[None]:
    """Holds the lock of a repository's copy against other processes."""
    cache.mkdir(parents=True, exist_ok=True)
    with name.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _split_remote(text: str) -> tuple[str, str]:
    """(URL, ref): the ref follows the first @ after the host."""
    head, slash, path = text.partition("://")[2].partition("/")
    scheme = text.partition("://")[0]
    path, _, ref = path.partition("@")
    url = f"{scheme}://{head}{slash}{path}".rstrip("/")
    split_url(url)
    if not path.strip("/"):
        raise InvalidArgument(f"git:{url} names a host and no repository")
    return url, ref


def _split_local(text: str) -> tuple[str, str]:
    """(path, ref): the ref follows the first @ before which a folder exists, as paths may hold an @ themselves."""
    path = unquote(text.removeprefix("file://")) if text.startswith("file://") else text
    if ":" in path.partition("/")[0]:
        raise InvalidArgument(f"git:{text} is not an https URL or a path; ssh is not supported")
    pieces = path.split("@")
    for number in range(1, len(pieces) + 1):
        if Path("@".join(pieces[:number])).expanduser().is_dir():
            return "@".join(pieces[:number]), "@".join(pieces[number:])
    return pieces[0], "@".join(pieces[1:])
