"""Licences: read where they are nearest, recognised by their words, and accepted only where they allow use."""

from __future__ import annotations

import importlib.metadata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from solulu.core.settings import Settings
from solulu.core.sources import DeclaredLicense, SourceFile, open_source
from solulu.scraper import spdx
from solulu.scraper.licenses import RepositoryLicenses, is_license_file
from support.repositories import MIT

PERMISSIVE = frozenset(name.lower() for name in spdx.PERMISSIVE)
APACHE = "                Apache License\n          Version 2.0, January 2004\n http://www.apache.org/licenses/\n"
GPL = "GNU GENERAL PUBLIC LICENSE\n   Version 3, 29 June 2007\n ... GNU Affero General Public License ..."
BSD = """Redistribution and use in source and binary forms, with or without
modification, are permitted provided that the following conditions are met:
1. Redistributions of source code must retain the above copyright notice.
2. Redistributions in binary form must reproduce the above copyright notice.
"""
BSD3 = BSD + "3. Neither the name of the copyright holder may be used to endorse or promote products.\n"


def repository(files: dict[str, str], declared: DeclaredLicense | None = None) -> RepositoryLicenses:
    """Licences of a repository with these licence files."""
    listed = [SourceFile(path, len(text), text.encode().__bytes__) for path, text in files.items()]
    return RepositoryLicenses(declared or DeclaredLicense(), listed)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("pytest", "MIT"), ("rich", "MIT"), ("jinja2", "BSD-3-Clause"), ("click", "BSD-3-Clause"),
        ("packaging", "Apache-2.0 OR BSD-2-Clause"), ("typing-extensions", "PSF-2.0"), ("hypothesis", "MPL-2.0"),
        ("pathspec", "MPL-2.0"), ("pyyaml", "MIT"), ("minio", "Apache-2.0"), ("psutil", "BSD-3-Clause"),
        ("shellingham", "ISC"), ("protobuf", "BSD-3-Clause"), ("numpy", "BSD-3-Clause AND "),
    ],
)  # fmt: skip
def test_installed_distributions_have_the_licence_they_say(name: str, expected: str, settings: Settings) -> None:
    try:
        importlib.metadata.distribution(name)
    except importlib.metadata.PackageNotFoundError:
        pytest.skip(f"{name} is not installed")
    declared = open_source(f"dist:{name}", settings).declared_license()

    assert RepositoryLicenses(declared, []).of("a.py", b"").startswith(expected)


@pytest.fixture
def settings(home) -> Settings:
    return Settings(home=home)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (MIT, "MIT"), (MIT.replace("\n", "\r\n"), "MIT"), ("# " + MIT.replace("\n", "\n# "), "MIT"),
        (APACHE, "Apache-2.0"), (GPL, "GPL-3.0-only"), (BSD, "BSD-2-Clause"),
        (BSD3, "BSD-3-Clause"), (MIT + APACHE, "Apache-2.0 AND MIT"),
        ("GNU AFFERO GENERAL PUBLIC LICENSE\nVersion 3, 19 November 2007", "AGPL-3.0-only"),
        ("GNU LESSER GENERAL PUBLIC LICENSE\nVersion 2.1, February 1999", "LGPL-2.1-only"),
        ("Mozilla Public License Version 2.0\n====", "MPL-2.0"),
        ("This is free and unencumbered software released into the public domain.", "Unlicense"),
        ("All rights reserved. You may look at this and nothing else.", "NOASSERTION"), ("", "NOASSERTION"),
    ],
)  # fmt: skip
def test_a_licence_is_told_by_its_text(text: str, expected: str) -> None:
    assert spdx.of_text(text) == expected


@pytest.mark.parametrize(
    ("expression", "accepted"),
    [
        ("MIT", True), ("mit", True), ("GPL-3.0-only", False), ("MIT OR GPL-3.0-only", True),
        ("MIT AND GPL-3.0-only", False),
        ("Apache-2.0 WITH LLVM-exception", True), ("MPL-2.0 AND (Apache-2.0 OR MIT)", False),
        ("(MIT OR GPL-2.0-only) AND ISC", True), ("NOASSERTION", False), ("LicenseRef-Proprietary", False), ("", False),
        ("MIT OR", False), ("((MIT", False), ("MIT MIT", False), ("(" * 500 + "MIT" + ")" * 500, False),
    ],
)  # fmt: skip
def test_an_expression_is_accepted_where_it_allows_use(expression: str, accepted: bool) -> None:
    assert spdx.accepts(expression, PERMISSIVE) is accepted


@given(st.text(alphabet="() ANDORWITHMIT-2.0+", max_size=60))
def test_any_text_is_an_expression_or_is_not(text: str) -> None:
    try:
        expression = spdx.canonical(text)
    except spdx.NotAnExpression:
        assert not spdx.accepts(text, PERMISSIVE)
    else:
        assert spdx.canonical(expression) == expression
        assert spdx.accepts(expression, PERMISSIVE) == spdx.accepts(text, PERMISSIVE)


def test_the_nearest_licence_file_counts() -> None:
    licenses = repository({"LICENSE": MIT, "vendor/gpl/COPYING": GPL, "vendor/odd/LICENSE.txt": "ask us first"})

    assert licenses.of("a/b/c.py", b"") == "MIT"
    assert licenses.of("vendor/gpl/deep/x.go", b"") == "GPL-3.0-only"
    assert licenses.of("vendor/odd/x.go", b"") == "NOASSERTION"


def test_a_licence_in_an_archives_own_folder_is_about_the_whole_archive() -> None:
    licenses = repository({"META-INF/LICENSE.txt": MIT, "vendor/LICENSES/MIT.txt": MIT})

    assert licenses.of("org/acme/Tool.java", b"") == "MIT"
    assert repository({"vendor/LICENSES/MIT.txt": MIT}).of("vendor/a/b.go", b"") == "MIT"
    assert repository({"vendor/LICENSES/MIT.txt": MIT}).of("a.go", b"") == "NOASSERTION"


def test_the_files_own_header_counts_most() -> None:
    licenses = repository({"LICENSE": MIT})

    assert licenses.of("a.py", b"# SPDX-License-Identifier: GPL-2.0-or-later\n") == "GPL-2.0-or-later"
    assert licenses.of("a.java", b"/* SPDX-License-Identifier: apache-2.0 or MIT */\n") == "Apache-2.0 OR MIT"
    assert licenses.of("a.html", b"<!-- SPDX-License-Identifier: ISC -->\n") == "ISC"
    assert licenses.of("a.py", b"# SPDX-License-Identifier: ask the lawyers\n") == "NOASSERTION"


def test_metadata_speaks_for_the_root_and_not_for_vendored_folders() -> None:
    licenses = repository({"kit/_vendor/LICENSE": GPL}, DeclaredLicense(expression="Apache-2.0"))

    assert licenses.of("kit/a.py", b"") == "Apache-2.0"
    assert licenses.of("kit/_vendor/a.py", b"") == "GPL-3.0-only"


@pytest.mark.parametrize(
    ("declared", "expected"),
    [
        (DeclaredLicense(text="Apache 2.0"), "Apache-2.0"),
        (DeclaredLicense(text="MIT OR Apache-2.0"), "MIT OR Apache-2.0"),
        (DeclaredLicense(text=MIT), "MIT"),
        (DeclaredLicense(text="Dual License", files=(("LICENSE", BSD3.encode()),)), "BSD-3-Clause"),
        (DeclaredLicense(classifiers=("License :: OSI Approved :: MIT License",)), "MIT"),
        (DeclaredLicense(classifiers=("License :: OSI Approved :: BSD License",)), "NOASSERTION"),
        (DeclaredLicense(text="UNKNOWN"), "NOASSERTION"),
        (DeclaredLicense(expression="see the website"), "NOASSERTION"),
    ],
)
def test_packaging_metadata_is_understood(declared: DeclaredLicense, expected: str) -> None:
    assert repository({}, declared).of("a.py", b"") == expected


def test_code_about_licences_is_no_licence() -> None:
    assert is_license_file("LICENSE")
    assert is_license_file("x/COPYING.txt")
    assert is_license_file("LICENSE-APACHE")
    assert is_license_file("license.md")
    assert not is_license_file("license.py")
    assert not is_license_file("src/License.java")
    assert not is_license_file("licensing_server.go")
