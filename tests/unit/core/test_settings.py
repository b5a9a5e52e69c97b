"""Settings come from the environment over a file, are checked at once, and never show a secret."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from solulu.core.errors import InvalidArgument
from solulu.core.settings import Settings, load


def write(home: Path, text: str) -> None:
    home.mkdir(parents=True, exist_ok=True)
    (home / "settings.toml").write_text(text)


def test_without_any_setting_everything_lies_under_home(home: Path) -> None:
    settings = load()

    assert settings.store_url == (home / "store").as_uri()
    assert settings.database_url == f"sqlite:///{home / 'jobs.db'}"
    assert settings.address == ""
    assert settings.endpoints == {}
    assert not home.exists()


def test_a_relative_home_gives_absolute_addresses(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SOLULU_HOME")

    settings = load()

    assert settings.store_url == (tmp_path / ".solulu" / "store").as_uri()
    assert settings.database_url == f"sqlite:///{tmp_path}/.solulu/jobs.db"


def test_the_environment_wins_over_the_file(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(home, 'store = "file:///from-the-file"\nworkers = 3\nthreads = 5\n')
    monkeypatch.setenv("SOLULU_WORKERS", "7")

    settings = load()

    assert (settings.store, settings.workers, settings.threads) == ("file:///from-the-file", 7, 5)


def test_an_argument_wins_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOLULU_WORKERS", "7")

    assert load(workers=2).workers == 2


def test_an_empty_variable_counts_as_unset(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOLULU_STORE", "")

    assert load().store_url == (home / "store").as_uri()


def test_lists_and_tables_are_json_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    endpoint = {"base_url": "http://127.0.0.1:1/v1", "model": "m", "family": "f", "rpm": 60}
    monkeypatch.setenv("SOLULU_ALLOWED_NETWORKS", '["10.0.0.0/8"]')
    monkeypatch.setenv("SOLULU_LOCAL_ROOTS", '["/data"]')
    monkeypatch.setenv("SOLULU_ENDPOINTS", json.dumps({"fast": endpoint}))

    settings = load()

    assert settings.allowed_networks == ["10.0.0.0/8"]
    assert settings.local_roots == [Path("/data")]
    assert settings.endpoints["fast"].rpm == 60


def test_endpoints_are_tables_of_the_file(home: Path) -> None:
    write(
        home,
        """
        [endpoints.frontier]
        base_url = "https://example.com/v1"
        model = "large-1"
        family = "large"
        api_key_env = "FRONTIER_KEY"
        price_input = 2.5
        """,
    )
    endpoint = load().endpoints["frontier"]

    assert (endpoint.api, endpoint.api_key_env, endpoint.price_input, endpoint.price_output) == (
        "chat", "FRONTIER_KEY", 2.5, 0.0,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("wrokers = 1", "wrokers"),
        ("workers = 0", "workers"),
        ('workers = "many"', "workers"),
        ("metrics_port = 70000", "metrics_port"),
        ('[endpoints.e]\nbase_url = "http://x/v1"\nmodel = "m"', "endpoints.e.family"),
        ('[endpoints.e]\nbase_url = "x"\nmodel = "m"\nfamily = "f"\napi_key = "sk-live-1"', "endpoints.e.api_key"),
        ("not toml", "settings.toml"),
    ],
)
def test_a_wrong_entry_is_named_with_where_it_may_be_set(home: Path, text: str, named: str) -> None:
    write(home, text)

    with pytest.raises(InvalidArgument, match=r"\$SOLULU_HOME/settings.toml") as caught:
        load()

    assert named in str(caught.value)


def test_every_wrong_entry_is_named_at_once(home: Path) -> None:
    write(home, "workers = 0\nthreads = 0\n")

    with pytest.raises(InvalidArgument, match=r"(?s)workers.*threads|threads.*workers"):
        load()


@pytest.mark.parametrize("text", ['token = "hunter-22"', 's3_secret_key = "hunter-22"', 's3_access_key = "hunter-22"'])
def test_a_secret_is_not_shown_when_settings_are_printed_or_wrong(home: Path, text: str) -> None:
    write(home, text)
    assert "hunter-22" not in repr(load())
    assert "hunter-22" not in load().model_dump_json()

    write(home, text + "\nworkers = 0")
    with pytest.raises(InvalidArgument) as caught:
        load()
    assert "hunter-22" not in str(caught.value)


def test_settings_can_be_given_to_worker_processes_as_they_are() -> None:
    settings = Settings.model_validate({"store": "s3://bucket", "s3_secret_key": "key"})

    assert Settings.model_validate(settings.model_dump()) == settings
