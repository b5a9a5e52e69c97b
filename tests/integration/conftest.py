"""What tests of several modules ask."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from support.small_service import SmallService


@pytest.fixture(scope="module")
def small_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallService]:
    """One server for all tests of a module: what is asked for again is there already."""
    service = SmallService(tmp_path_factory.mktemp("server") / "home")
    yield service
    service.stop()
