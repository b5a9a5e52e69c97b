"""Panels: a name stands for the same model from Submit to the last call, or the job fails saying so."""

from __future__ import annotations

from pathlib import Path

import pytest
from solulu.core import settings
from solulu.core.database import open_database
from solulu.core.errors import InvalidArgument, JobError
from solulu.core.ledger import Ledger
from solulu.core.settings import Settings
from solulu.llm.panel import open_endpoint, pin_model, pins


def with_endpoints(home: Path, **models: str) -> Settings:
    endpoints = {name: {"base_url": "http://127.0.0.1:9/v1", "model": m, "family": "f"} for name, m in models.items()}
    return settings.load(home=home, endpoints=endpoints)


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(open_database(f"sqlite:///{tmp_path / 'jobs.db'}"), "job")


def test_a_pin_names_the_model_and_the_prompt_and_neither_address_nor_key(home: Path) -> None:
    ours = with_endpoints(home, frontier="gpt-9")
    assert pin_model("frontier", ours, "d1") == "chat:f/gpt-9 prompt:d1"
    assert pin_model("local:random:tiny", ours, "d1") == "local:random:tiny"
    assert pin_model("frontier", with_endpoints(home, frontier="gpt-10"), "d1") != pin_model("frontier", ours, "d1")


def test_an_unknown_member_and_one_that_is_named_twice_are_refused_by_their_places(home: Path) -> None:
    ours = with_endpoints(home, frontier="gpt-9")
    with pytest.raises(InvalidArgument) as caught:
        pins(["frontier", "fronteer", "frontier", "local:random:huge"], lambda name: pin_model(name, ours, "d"))
    violations = {violation.field: violation.description for violation in caught.value.violations}
    assert list(violations) == ["spec.panel[1]", "spec.panel[2]", "spec.panel[3]"]
    assert "frontier" in violations["spec.panel[1]"]
    assert "already" in violations["spec.panel[2]"]
    assert "random:tiny" in violations["spec.panel[3]"]


def test_an_endpoint_opens_as_what_it_was_pinned_for(home: Path, ledger: Ledger) -> None:
    ours = with_endpoints(home, frontier="gpt-9")
    opened = open_endpoint("frontier", pin_model("frontier", ours, "d"), ours, ledger)
    assert (opened.name, opened.model, opened.family, opened.api) == ("frontier", "gpt-9", "f", "chat")


def test_an_endpoint_that_changed_since_the_job_was_submitted_fails_the_job(home: Path, ledger: Ledger) -> None:
    pinned = pin_model("frontier", with_endpoints(home, frontier="gpt-9"), "d")
    with pytest.raises(JobError, match=r"stands for chat:f/gpt-10 now.*submitted for chat:f/gpt-9 "):
        open_endpoint("frontier", pinned, with_endpoints(home, frontier="gpt-10"), ledger)
    with pytest.raises(JobError, match="not in the settings any more"):
        open_endpoint("frontier", pinned, with_endpoints(home), ledger)
