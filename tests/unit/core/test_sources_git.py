"""Git sources: pinned to a commit, read without a checkout, and only from where the settings allow."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest
from solulu.core.errors import InvalidArgument, PermissionDenied
from solulu.core.settings import Settings
from solulu.core.sources import SourceUnreachable, is_pinned, open_source
from solulu.core.sources.addresses import allowed_peer
from support.repositories import SHAPES, git, make_git, serving, write_files


def contents(text: str, settings: Settings) -> dict[str, bytes]:
    """The files of a source."""
    return {file.path: file.read() for file in open_source(text, settings).files()}


@pytest.fixture
def settings(home: Path) -> Settings:
    return Settings(home=home)


@pytest.fixture
def on_loopback(home: Path) -> Settings:
    """Settings under which 127.0.0.1, and no other address of this machine, may be fetched from."""
    return Settings(home=home, allowed_networks=["127.0.0.1/32"])


def test_a_branch_is_pinned_to_its_commit_and_stays_there(tmp_path: Path, settings: Settings) -> None:
    first = make_git(tmp_path / "shapes", SHAPES)
    pinned = open_source(f"git:{tmp_path / 'shapes'}@main", settings).pin()
    second = make_git(tmp_path / "shapes", {"new.py": "later\n"})

    assert pinned == f"git:{(tmp_path / 'shapes').as_uri()}@{first}"
    assert is_pinned(pinned)
    assert set(contents(pinned, settings)) == set(SHAPES)
    assert open_source(f"git:{tmp_path / 'shapes'}", settings).pin().endswith(second)


def test_tags_and_whole_commits_are_refs(tmp_path: Path, settings: Settings) -> None:
    first = make_git(tmp_path / "shapes", SHAPES)
    git(tmp_path / "shapes", "tag", "--annotate", "--message", "one", "v1.0")
    make_git(tmp_path / "shapes", {"new.py": "later\n"})

    for ref in ("v1.0", first):
        assert open_source(f"git:{tmp_path / 'shapes'}@{ref}", settings).commit == first
        assert set(contents(f"git:{tmp_path / 'shapes'}@{ref}", settings)) == set(SHAPES)


def test_what_was_fetched_once_needs_no_server_again(tmp_path: Path, settings: Settings) -> None:
    make_git(tmp_path / "shapes", SHAPES)
    pinned = open_source(f"git:{tmp_path / 'shapes'}", settings).pin()
    before = contents(pinned, settings)

    (tmp_path / "shapes").rename(tmp_path / "elsewhere")

    assert contents(pinned, settings) == before


@pytest.mark.parametrize("ref", ["nope", "0" * 40, "v1.0"])
def test_a_ref_that_is_not_there_is_unreachable(ref: str, tmp_path: Path, settings: Settings) -> None:
    make_git(tmp_path / "shapes", SHAPES)

    with pytest.raises(SourceUnreachable, match=ref):
        contents(f"git:{tmp_path / 'shapes'}@{ref}", settings)


def test_a_folder_without_a_repository_is_unreachable(tmp_path: Path, settings: Settings) -> None:
    write_files(tmp_path / "shapes", SHAPES)
    make_git(tmp_path / "empty", {})
    git(tmp_path / "empty", "update-ref", "-d", "HEAD")

    for name in ("shapes", "empty", "nothing"):
        with pytest.raises(SourceUnreachable):
            open_source(f"git:{tmp_path / name}", settings).pin()


@pytest.mark.parametrize(
    "url",
    [
        "https://user:word@example.org/x", "https://token@example.org/x", "https://example.org/x?access_token=1",
        "ssh://git@example.org/x", "git@example.org:x/y", "ftp://example.org/x", "https://example.org", "https:///x",
        "https://example.org:port/x", "ext::sh -c date", "https://example.org/x@--upload-pack=date",
    ],
)  # fmt: skip
def test_other_urls_and_credentials_are_refused(url: str, settings: Settings) -> None:
    with pytest.raises(InvalidArgument) as refusal:
        open_source(f"git:{url}", settings)
    assert "word" not in str(refusal.value).replace("password", "")


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "10.1.2.3", "169.254.169.254", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "2130706433"]
)
def test_private_loopback_and_link_local_addresses_are_refused(host: str, settings: Settings) -> None:
    with pytest.raises(PermissionDenied, match="SOLULU_ALLOWED_NETWORKS"):
        open_source(f"git:https://{host}/x", settings)


def test_listed_networks_may_be_fetched_from(home: Path) -> None:
    settings = Settings(home=home, allowed_networks=["10.0.0.0/8", "::1/128"])

    assert allowed_peer("https://10.1.2.3:8443/x", settings).curl_resolve == "10.1.2.3:8443:10.1.2.3"
    assert allowed_peer("https://[::1]/x", settings).curl_resolve == "::1:443:[::1]"
    with pytest.raises(PermissionDenied):
        allowed_peer("https://192.168.1.1/x", settings)


def test_plain_http_is_for_listed_networks_alone(settings: Settings) -> None:
    with pytest.raises(PermissionDenied, match="plain http"):
        open_source("git:http://93.184.215.14/x", settings)


def test_a_repository_is_read_over_http(tmp_path: Path, on_loopback: Settings) -> None:
    first = make_git(tmp_path / "served" / "shapes", SHAPES)
    make_git(tmp_path / "served" / "shapes", {"new.py": "later\n"})

    with serving(tmp_path / "served") as url:
        assert "new.py" in contents(f"git:{url}/shapes/.git", on_loopback)
        assert set(contents(f"git:{url}/shapes/.git@{first}", on_loopback)) == set(SHAPES)


def test_a_redirect_is_followed_only_where_the_settings_allow(tmp_path: Path, on_loopback: Settings) -> None:
    make_git(tmp_path / "served" / "shapes", SHAPES)

    with serving(tmp_path / "served") as url:
        port = url.rpartition(":")[2]
        redirects = {"/moved": f"{url}/shapes", "/inside": f"http://127.0.0.2:{port}/shapes", "/file": "file:///etc"}
        with serving(tmp_path / "served", redirects) as front:
            assert set(contents(f"git:{front}/moved/.git", on_loopback)) == set(SHAPES)
            with pytest.raises(PermissionDenied, match=r"127\.0\.0\.2"):
                open_source(f"git:{front}/inside/.git", on_loopback).pin()
            with pytest.raises(InvalidArgument):
                open_source(f"git:{front}/file/.git", on_loopback).pin()


def test_links_submodules_and_strange_names_of_a_repository_are_harmless(tmp_path: Path, settings: Settings) -> None:
    folder = tmp_path / "hostile"
    write_files(tmp_path, {"secret.py": "secret"})
    write_files(folder, {"a.py": b"\xff\x00", "new\nline.py": "1", ".gitattributes": "* text=auto\n"})
    (folder / "link.py").symlink_to(tmp_path / "secret.py")
    make_git(folder, {})
    git(folder, "update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},module")
    blob = git(folder, "hash-object", "-w", "--stdin", stdin=b"2")
    git(folder, "update-index", "-z", "--index-info", stdin=b"100644 " + blob.encode() + b"\t\xff.py\0")
    git(folder, "commit", "--quiet", "--message", "hostile")

    files = contents(f"git:{folder}", settings)

    assert files.keys() == {".gitattributes", "\\xff.py", "a.py", "new\nline.py"}
    assert files["\\xff.py"] == b"2"
    assert files["a.py"] == b"\xff\x00"


def test_nothing_of_a_repository_is_executed(tmp_path: Path, settings: Settings) -> None:
    folder, witness = tmp_path / "hostile", tmp_path / "executed"
    make_git(folder, SHAPES)
    for hook in ("post-checkout", "post-upload-pack", "reference-transaction", "pre-receive"):
        path = folder / ".git" / "hooks" / hook
        write_files(folder, {f".git/hooks/{hook}": f"#!/bin/sh\ntouch {witness}\n"})
        path.chmod(0o755)
    git(folder, "config", "core.fsmonitor", f"touch {witness}")
    git(folder, "config", "uploadpack.packObjectsHook", f"touch {witness};")

    assert set(contents(f"git:{folder}", settings)) == set(SHAPES)
    assert not witness.exists()


def test_the_callers_own_git_configuration_does_not_count(
    tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_git(tmp_path / "shapes", SHAPES)
    write_files(
        tmp_path / "me", {".gitconfig": f'[url "file://{tmp_path}/nowhere"]\n\tinsteadOf = file://{tmp_path}/shapes\n'}
    )
    monkeypatch.setenv("HOME", str(tmp_path / "me"))
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "nowhere"))

    assert set(contents(f"git:{tmp_path / 'shapes'}", settings)) == set(SHAPES)


def test_a_sparse_giant_in_a_repository_is_listed_and_not_read(tmp_path: Path, settings: Settings) -> None:
    write_files(tmp_path / "big", {"a.py": "a"})
    with (tmp_path / "big" / "huge.py").open("wb") as huge:
        huge.truncate(100 * 1024 * 1024)
    make_git(tmp_path / "big", {})

    sizes = {file.path: file.size for file in open_source(f"git:{tmp_path / 'big'}", settings).files()}

    assert sizes == {"a.py": 1, "huge.py": 100 * 1024 * 1024}


def test_a_path_of_hundreds_of_folders_is_only_a_path(tmp_path: Path, settings: Settings) -> None:
    folder = tmp_path / "deep"
    make_git(folder, {})
    blob = git(folder, "hash-object", "-w", "--stdin", stdin=b"1")
    tree = git(folder, "mktree", stdin=f"100644 blob {blob}\ta.py\n".encode())
    for _ in range(300):
        tree = git(folder, "mktree", stdin=f"040000 tree {tree}\td\n".encode())
    git(folder, "update-ref", "HEAD", git(folder, "commit-tree", "-m", "deep", tree))

    assert contents(f"git:{folder}", settings) == {"d/" * 300 + "a.py": b"1"}


def test_two_readers_at_once_share_one_copy(tmp_path: Path, settings: Settings) -> None:
    for name in ("one", "two"):
        make_git(tmp_path / "shapes", {"name.py": name})
        git(tmp_path / "shapes", "branch", name)
    found: list[bytes] = []

    def read(ref: str) -> None:
        found.append(contents(f"git:{tmp_path / 'shapes'}@{ref}", settings)["name.py"])

    threads = [threading.Thread(target=read, args=(ref,)) for ref in ("one", "two", "one", "two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(found) == [b"one", b"one", b"two", b"two"]
    assert len(list((settings.home / "cache" / "git").glob("*.git"))) == 1


def test_an_unreachable_server_says_so_and_shows_no_trace(on_loopback: Settings) -> None:
    with pytest.raises(SourceUnreachable) as failure:
        open_source("git:http://127.0.0.1:9/x", on_loopback).pin()

    assert "127.0.0.1" in str(failure.value)
    assert "Recv header" not in str(failure.value)
    assert os.linesep not in str(failure.value)
