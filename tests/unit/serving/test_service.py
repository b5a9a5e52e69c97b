"""Checking through the service, and what it refuses."""

from __future__ import annotations

import pytest
from solulu.core.database import open_database
from solulu.core.errors import InvalidArgument, NotFound
from solulu.core.settings import Settings
from solulu.core.store import open_store
from solulu.serving.service import ServingService
from solulu.v1.serving_pb2 import CheckCase, CheckRequest, CompleteRequest


@pytest.fixture
def service(tmp_path):
    settings = Settings(home=tmp_path / "home")
    service = ServingService(settings, open_store(settings), open_database(settings.database_url))
    yield service
    service.close()


def test_each_case_has_its_verdict_in_order(service, tmp_path):
    (tmp_path / "repo").mkdir()
    (tmp_path / "repo" / "shop.py").write_text("def total(basket):\n    return sum(basket)\n")
    prefix = "import shop\n\nshop."
    cases = [
        CheckCase(id="a", path="main.py", prefix=prefix, completion="total([1])"),
        CheckCase(id="b", path="main.py", prefix=prefix, completion="average([1])"),
        CheckCase(id="c", path="main.zig", completion="x"),
    ]

    verdicts = service.Check(CheckRequest(repo=f"folder:{tmp_path / 'repo'}", cases=cases)).verdicts

    assert [(verdict.id, verdict.verdict) for verdict in verdicts] == [
        ("a", "valid"),
        ("b", "hallucinated"),
        ("c", "unknown"),
    ]
    assert (verdicts[1].symbol, verdicts[1].evidence.line) == ("average", 3)
    assert "main.zig" in verdicts[2].error


def test_an_edit_is_seen_by_the_next_request(service, tmp_path):
    (tmp_path / "repo").mkdir()
    shop = tmp_path / "repo" / "shop.py"
    shop.write_text("def total(basket):\n    return sum(basket)\n")
    (tmp_path / "repo" / "other.py").write_text("x = 1\n")
    asked = CheckCase(path="new.py", prefix="import shop\n\nshop.", completion="average([1])")
    request = CheckRequest(repo=f"folder:{tmp_path / 'repo'}", cases=[asked])

    def verdict() -> str:
        return service.Check(request).verdicts[0].verdict

    assert verdict() == "hallucinated"
    shop.write_text("def average(basket):\n    return sum(basket) / len(basket)\n")
    assert verdict() == "valid"
    shop.unlink()
    assert verdict() == "unknown"
    (tmp_path / "repo" / "shop").mkdir()
    (tmp_path / "repo" / "shop" / "__init__.py").write_text("from other import x\n")
    assert verdict() == "hallucinated"


def test_more_repositories_than_are_kept_in_memory_can_be_asked_about_in_turn(service, tmp_path):
    asked = CheckCase(path="main.py", prefix="import shop\n\nshop.", completion="total([1])")
    requests = []
    for number in range(6):
        folder = tmp_path / f"repo{number}"
        folder.mkdir()
        (folder / "shop.py").write_text("def total(basket):\n    return sum(basket)\n")
        requests.append(CheckRequest(repo=f"folder:{folder}", cases=[asked]))

    verdicts = [service.Check(request).verdicts[0].verdict for request in [*requests, *requests]]

    assert verdicts == ["valid"] * 12


def test_what_the_service_has_installed_is_no_dependency_of_the_repository(service):
    asked = CheckCase(path="main.py", prefix="import pytest\n\npytest.", completion="no_such_thing()")

    assert service.Check(CheckRequest(cases=[asked])).verdicts[0].verdict == "unknown"


def test_a_request_without_cases_is_refused_by_its_rule(service):
    with pytest.raises(InvalidArgument, match="cases: is required"):
        service.Check(CheckRequest(repo="folder:/nowhere"))


def test_completing_without_an_endpoint_says_what_makes_one(service):
    with pytest.raises(NotFound, match="there is no endpoint; `solulu deploy` makes one"):
        service.Complete(CompleteRequest(prefix="a = "))
