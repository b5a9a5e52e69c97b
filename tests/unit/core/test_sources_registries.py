"""Archives from the network: by their URL or by what a registry calls them, with the licence that they name."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from solulu.core.errors import InvalidArgument, PermissionDenied
from solulu.core.settings import Settings
from solulu.core.sources import Source, SourceChanged, SourceUnreachable, is_pinned, open_source
from support.archives import tarred, zipped
from support.repositories import SHAPES, serving_files

FILES = {f"shapes-1.0/{path}": text for path, text in SHAPES.items()}


def contents(text: str, settings: Settings) -> dict[str, bytes]:
    """The files of a source."""
    return {file.path: file.read() for file in open_source(text, settings).files()}


def packed(folder: Path, files: Mapping[str, str], settings: Settings) -> Source:
    """An archive of these files."""
    (folder / "packed.zip").write_bytes(zipped(files))
    return open_source(f"archive:{folder / 'packed.zip'}", settings)


@pytest.fixture
def settings(home: Path) -> Settings:
    return Settings(home=home)


class TestDownloads:
    """`archive:URL`."""

    @pytest.fixture
    def on_loopback(self, home: Path) -> Settings:
        """Settings under which 127.0.0.1, and no other address of this machine, may be fetched from."""
        return Settings(home=home, allowed_networks=["127.0.0.1/32"])

    def test_an_archive_is_read_over_http_once(self, on_loopback: Settings) -> None:
        with serving_files({"/x/shapes-1.0.tgz": tarred(FILES)}) as server:
            pinned = open_source(f"archive:{server.url}/x/shapes-1.0.tgz", on_loopback).pin()
            assert pinned.startswith(f"archive:{server.url}/x/shapes-1.0.tgz#")

        assert set(contents(pinned, on_loopback)) == set(SHAPES)
        assert server.asked == ["/x/shapes-1.0.tgz"]

    def test_other_content_at_the_same_url_is_noticed(self, on_loopback: Settings, tmp_path: Path) -> None:
        with serving_files({"/a.tgz": tarred(FILES)}) as server:
            pinned = open_source(f"archive:{server.url}/a.tgz", on_loopback).pin()
            server.files["/a.tgz"] = tarred({"other.py": ""})

            with pytest.raises(SourceChanged):
                contents(pinned, on_loopback.model_copy(update={"home": tmp_path / "elsewhere"}))

    def test_redirects_are_followed_to_allowed_addresses_only(self, on_loopback: Settings) -> None:
        files = {"/a.tgz": tarred(FILES), "/to-a": "/a.tgz", "/loop": "/loop", "/out": "http://127.0.0.2:1/a.tgz"}
        with serving_files(files) as server:
            assert set(contents(f"archive:{server.url}/to-a", on_loopback)) == set(SHAPES)
            with pytest.raises(SourceUnreachable, match="redirects more than"):
                contents(f"archive:{server.url}/loop", on_loopback)
            with pytest.raises(PermissionDenied):
                contents(f"archive:{server.url}/out", on_loopback)

    def test_what_is_not_there_is_unreachable(self, on_loopback: Settings) -> None:
        with serving_files({}) as server, pytest.raises(SourceUnreachable, match="404"):
            contents(f"archive:{server.url}/a.tgz", on_loopback)
        with pytest.raises(SourceUnreachable):
            contents(f"archive:{server.url}/a.tgz", on_loopback)

    @pytest.mark.parametrize(
        "url", ["https://127.0.0.1/a.tgz", "https://169.254.169.254/a.tgz", "http://10.0.0.1/a.tgz"]
    )
    def test_private_addresses_are_refused(self, url: str, settings: Settings) -> None:
        with pytest.raises(PermissionDenied):
            open_source(f"archive:{url}", settings)

    @pytest.mark.parametrize("url", ["https://user:word@example.org/a.tgz", "https://example.org/a?b=c", "ftp://x/a.tgz",
                                     "https://example.org"])  # fmt: skip
    def test_other_urls_and_credentials_are_refused(self, url: str, settings: Settings) -> None:
        with pytest.raises(InvalidArgument):
            open_source(f"archive:{url}", settings)


class TestRegistries:
    """`npm:NAME@VERSION` and its like."""

    @pytest.mark.parametrize(
        ("text", "path"),
        [
            ("npm:left-pad@1.3.0", "/left-pad/-/left-pad-1.3.0.tgz"),
            ("npm:@types/node@20.1.0", "/@types/node/-/node-20.1.0.tgz"),
            ("crate:anyhow@1.0.80", "/anyhow/anyhow-1.0.80.crate"),
            ("maven:org.jsoup:jsoup@1.17.2", "/org/jsoup/jsoup/1.17.2/jsoup-1.17.2-sources.jar"),
            ("gomod:github.com/BurntSushi/toml@v1.3.2", "/github.com/!burnt!sushi/toml/@v/v1.3.2.zip"),
        ],
    )
    def test_a_package_is_found_where_its_registry_has_it(self, text: str, path: str, home: Path) -> None:
        with serving_files({path: zipped(FILES)}) as server:
            kinds = dict.fromkeys(["npm", "crate", "maven", "gomod"], server.url)
            settings = Settings(home=home, allowed_networks=["127.0.0.1/32"], registries=kinds)
            source = open_source(text, settings)
            pinned = source.pin()

        assert pinned.startswith(f"{text}#")
        assert is_pinned(pinned)
        assert source.commit == text
        assert set(contents(pinned, settings)) == set(SHAPES)

    def test_an_sdist_is_found_through_the_index(self, home: Path) -> None:
        page = (
            '<a href="../../files/w.whl">shapes_kit-1.0-py3-none-any.whl</a><br/>\n'
            '<a href="../../files/shapes_kit-1.0.tar.gz#sha256=0" rel="x">shapes_kit-1.0.tar.gz</a>'
        )
        files = {"/simple/shapes-kit/": page.encode(), "/files/shapes_kit-1.0.tar.gz": tarred(FILES)}
        with serving_files(files) as server:
            settings = Settings(
                home=home, allowed_networks=["127.0.0.1/32"], registries={"sdist": f"{server.url}/simple"}
            )
            assert set(contents("sdist:Shapes.Kit==1.0", settings)) == set(SHAPES)
            with pytest.raises(SourceUnreachable, match=r"no sdist of version 2\.0"):
                contents("sdist:shapes-kit==2.0", settings)

    @pytest.mark.parametrize("text", ["npm:left-pad", "npm:../x@1", "crate:a/b@1", "maven:jsoup@1", "sdist:x@1",
                                      "gomod:a/../b@v1", "npm:x@1/../../y", "gomod:x@v1?y"])  # fmt: skip
    def test_what_names_no_release_is_refused(self, text: str, settings: Settings) -> None:
        with pytest.raises(InvalidArgument, match="not of the form"):
            open_source(text, settings)


@pytest.mark.parametrize(
    ("path", "text", "expression"),
    [
        ("package.json", '{"license": "MIT"}', "MIT"), ("package.json", '{"license": ["MIT"]}', ""),
        ("package.json", "{", ""), ("Cargo.toml", '[package]\nlicense = "MIT/Apache-2.0"\n', "MIT OR Apache-2.0"),
        ("PKG-INFO", "Metadata-Version: 2.4\nLicense-Expression: BSD-3-Clause\n", "BSD-3-Clause"),
        ("x-1.dist-info/METADATA", "Metadata-Version: 2.4\nLicense-Expression: MIT\n", "MIT"),
    ],
)  # fmt: skip
def test_a_package_tells_its_licence(path: str, text: str, expression: str, tmp_path: Path, settings: Settings) -> None:
    source = packed(tmp_path, {path: text, "a.py": ""}, settings)

    assert source.declared_license().expression == expression


def test_a_pom_names_its_licence(tmp_path: Path, settings: Settings) -> None:
    pom = "<project><name>Shapes</name><licenses><license><name>MIT License</name></license></licenses></project>"
    source = packed(tmp_path, {"META-INF/maven/org.x/shapes/pom.xml": pom, "A.java": ""}, settings)

    assert source.declared_license().text == "MIT License"
