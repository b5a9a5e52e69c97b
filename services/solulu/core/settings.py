"""What an installation decides, and no spec may: addresses, secrets, limits, endpoints.

Environment variables `SOLULU_*` win over `$SOLULU_HOME/settings.toml`; lists and tables are JSON in the environment.
Settings choose adapters (which store, which database), never results: the same spec gives the same artifact under any.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from solulu.core.errors import InvalidArgument


class EndpointSettings(BaseModel):
    """An OpenAI-compatible endpoint, `[endpoints.NAME]` in settings.toml."""

    model_config = ConfigDict(extra="forbid")

    base_url: str
    """Up to and including `/v1`."""
    model: str
    api: Literal["chat", "completions"] = "chat"
    api_key_env: str | None = None
    """Name of the environment variable that holds the key; none is sent where unset."""
    family: str
    """Model family: a judge never rates its own."""
    price_input: float = 0.0
    price_output: float = 0.0
    """US dollars for a million tokens."""
    rpm: int = Field(default=0, ge=0)
    tpm: int = Field(default=0, ge=0)
    """Requests and tokens a minute; 0 sets no limit."""
    timeout_seconds: float = Field(default=120.0, gt=0)


class Settings(BaseSettings):
    """Everything a process needs to know about where it runs."""

    model_config = SettingsConfigDict(env_prefix="SOLULU_", extra="forbid", env_ignore_empty=True)

    home: Path = Path(".solulu")
    """Where state lives unless `store` and `database` say otherwise."""
    store: str = ""
    """`file:///path` or `s3://bucket/prefix`; a folder under home where empty."""
    database: str = ""
    """`sqlite:///path` or `postgresql://user@host/name` (PGPASSWORD counts too); SQLite under home where empty."""
    s3_endpoint: str = ""
    """`http://host:port` of an S3-compatible server; Amazon's where empty."""
    s3_access_key: SecretStr = SecretStr("")
    s3_secret_key: SecretStr = SecretStr("")
    s3_region: str = "us-east-1"
    store_patience_seconds: float = Field(default=60.0, ge=0)
    """For which a job waits for a store that is away, such as for a restart on another node."""

    address: str = ""
    """`host:port` of a running server that clients talk to."""
    token: SecretStr = SecretStr("")
    """Bearer token: servers require it and clients send it, where set."""
    tls_certificate: Path | None = None
    tls_key: Path | None = None
    """PEM files; a server with both speaks TLS."""
    tls_authority: Path | None = None
    """PEM file of the authorities a client trusts; with it, a client speaks TLS."""
    metrics_port: int = Field(default=0, ge=0, le=65535)
    """Prometheus port, on the host that the services listen on; 0 serves no metrics."""

    workers: int = Field(default_factory=lambda: os.cpu_count() or 1, ge=1)
    """Worker processes for plain stages."""
    executor: Literal["processes", "ray"] = "processes"
    """Where plain stages work: in processes of this host, or on a Ray cluster."""
    ray_address: str = "auto"
    """`ray://host:10001` of a cluster; `auto` is the one that this host is a node of."""
    pod_template: str = ""
    """Name of the Kubernetes PodTemplate that the pods of this service are made from: those that train, where it is
    the trainer, and those that serve a model. Where empty, they are processes of this host."""
    threads: int = Field(default_factory=lambda: os.cpu_count() or 1, ge=1)
    """Threads of a local model. They change float bits, so keep them the same where bytes must be."""
    local_roots: list[Path] | None = None
    """Folders under which `folder:` sources and models may lie; None allows any (embedded)."""
    allowed_networks: list[str] = []
    """CIDR blocks that may be fetched from although they are private, loopback or link-local."""
    registries: dict[str, str] = {}
    """Addresses of mirrors to use instead of the public registries, by kind: npm, crate, maven, gomod, sdist."""
    endpoints: dict[str, EndpointSettings] = {}

    @property
    def store_url(self) -> str:
        """The store's URL, with the default filled in."""
        return self.store or (self.home.absolute() / "store").as_uri()

    @property
    def database_url(self) -> str:
        """The database's URL, with the default filled in."""
        return self.database or f"sqlite:///{self.home.absolute() / 'jobs.db'}"

    def without_secrets(self) -> Settings:
        """The same without what opens store, database and server, for workers that may be on a cluster of others."""
        none = SecretStr("")
        return self.model_copy(
            update={"store": "", "database": "", "s3_access_key": none, "s3_secret_key": none, "token": none}
        )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments over environment over settings.toml."""
        home = Path(os.environ.get("SOLULU_HOME") or ".solulu")
        toml = TomlConfigSettingsSource(settings_cls, toml_file=home / "settings.toml")
        return init_settings, env_settings, toml


def load(**overrides: object) -> Settings:
    """Settings of this process. Raises InvalidArgument naming every wrong entry and where it may be set."""
    try:
        return Settings(**overrides)  # type: ignore[arg-type]  # pydantic checks them
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise InvalidArgument(f"settings are wrong: {wrong}; see SOLULU_* and $SOLULU_HOME/settings.toml") from error
    except ValueError as error:
        raise InvalidArgument(
            f"settings cannot be read: {error}; see SOLULU_* and $SOLULU_HOME/settings.toml"
        ) from error
