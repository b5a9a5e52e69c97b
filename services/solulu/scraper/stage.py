"""Scraping: fill-in-the-middle contexts out of real repositories, and each repository's symbol index.

A unit is a repository. Its files are looked at before any is parsed, so that of a large one only as many are cut as its
share can need; what is kept in the end is decided over all repositories together, by shares and by lot.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from solulu.core import rules
from solulu.core.artifacts import ArtifactReader
from solulu.core.digests import sha256
from solulu.core.errors import FieldViolation, InvalidArgument, JobError, PermissionDenied, RowError
from solulu.core.records import CONTEXT
from solulu.core.settings import Settings
from solulu.core.sources import (
    MAX_FILE_BYTES,
    Source,
    SourceChanged,
    SourceFile,
    SourceUnreachable,
    is_pinned,
    open_source,
)
from solulu.core.stage import Drop, File, JobContext, Result, Row, Stage, Unit
from solulu.languages import LANGUAGES, for_path
from solulu.languages.language import Language
from solulu.scraper import files, repositories, sampling, spdx
from solulu.scraper.cutting import Knife, Origin, cut
from solulu.scraper.licenses import RepositoryLicenses, is_license_file
from solulu.scraper.repositories import Repository
from solulu.v1.scraper_pb2 import ScrapeSpec, SpanKind
from solulu.verifier import index

UNREACHABLE = "unreachable_source"
_PINNING_THREADS = 8
_MOST_OTHER_BYTES = 1_000_000

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Tools:
    """What a worker needs."""

    settings: Settings
    languages: frozenset[str]
    licenses: frozenset[str]
    """In lower case."""
    knife: Knife
    max_contexts_per_repo: int
    max_contexts_per_file: int
    max_file_bytes: int


@dataclass(frozen=True)
class Rejected:
    """A file, or a whole source, of which nothing is taken."""

    name: str
    reason: str
    detail: str


@dataclass(frozen=True)
class FileToCut:
    """A file that is worth cutting."""

    origin: Origin
    language: Language
    data: bytes
    max_contexts: int


@dataclass(frozen=True)
class RepositoryToIndex:
    """All files of a repository, whether they are cut or not."""

    repository: Repository
    files: list[SourceFile]


Item = Rejected | FileToCut | RepositoryToIndex


class Scraping(Stage[ScrapeSpec]):
    """Sources in, contexts and symbol indexes out."""

    name = "scrape"
    version = 1
    service = "solulu.v1.ScraperService"
    retried_drops = frozenset({UNREACHABLE})
    produces = CONTEXT

    def resolve(self, spec: ScrapeSpec, inputs: Mapping[str, ArtifactReader], settings: Settings) -> None:
        """Pins each source, and writes out which languages, kinds of span and licences are meant.

        A source that cannot be reached keeps its unpinned name and will be a drop; one that is not allowed, or is not a
        source, refuses the request.
        """
        spec.languages[:] = _known(spec.languages, sorted(LANGUAGES), "spec.languages")
        kinds: set[int] = {*spec.span_kinds} or {*rules.enum_names(SpanKind.DESCRIPTOR).values()}
        spec.span_kinds[:] = cast("list[SpanKind]", sorted(kinds))
        spec.licenses[:] = sorted(set(spec.licenses) or spdx.PERMISSIVE)
        spec.sources[:] = _pinned(spec.sources, "spec.sources", settings)
        spec.packages[:] = sorted(_pinned(spec.packages, "spec.packages", settings))

    def plan(self, spec: ScrapeSpec, inputs: Mapping[str, ArtifactReader]) -> Iterable[Unit]:
        """One unit a source."""
        return [
            Unit(f"{number:05d}-{repository.slug}", repository)
            for number, repository in enumerate(repositories.name_all(spec.sources, spec.packages))
        ]

    def tools(self, spec: ScrapeSpec, job: JobContext) -> Tools:
        """Settings, limits and the names of what is wanted."""
        return Tools(
            settings=job.settings.without_secrets(),
            languages=frozenset(spec.languages),
            licenses=frozenset(name.lower() for name in spec.licenses),
            knife=Knife(
                frozenset(SpanKind.Name(kind).removeprefix("SPAN_KIND_").lower() for kind in spec.span_kinds),
                spec.max_golden_chars,
                spec.seed,
            ),
            max_contexts_per_repo=min(spec.max_contexts_per_repo, spec.max_contexts),
            max_contexts_per_file=spec.max_contexts_per_file,
            max_file_bytes=spec.max_file_bytes,
        )

    def items(self, unit: Unit, tools: Tools) -> Iterator[Item]:
        """The repository's rejected files, the files to cut by path, and the repository itself."""
        repository: Repository = unit.payload
        try:
            source = _opened(repository.source, tools.settings)
            everything = list(source.files())
            if not repository.is_cut:
                yield RepositoryToIndex(repository, everything)
                return
            licenses = RepositoryLicenses(source.declared_license(), filter(_is_license, everything))
        except SourceUnreachable as error:
            yield Rejected(repository.source, UNREACHABLE, str(error))
            return
        worthy: list[tuple[SourceFile, Language, str]] = []
        seen: set[str] = set()
        for file in everything:
            language = for_path(file.path)
            if language is None or file.path.endswith(language.declaring):
                continue
            if language.name in tools.languages:
                try:
                    worthy.append((file, language, _license_if_worthy(file, language, licenses, seen, tools)))
                except RowError as error:
                    yield Rejected(f"{repository.repo}:{file.path}", error.reason, error.detail)
        yield from _to_cut(repository.repo, source.commit, worthy, tools)
        yield RepositoryToIndex(repository, everything)

    def process(self, item: Item, tools: Tools) -> Iterator[Result]:
        """The contexts of a file, or the index of a repository."""
        if isinstance(item, Rejected):
            yield Drop(item.name, item.reason, item.detail)
        elif isinstance(item, FileToCut):
            yield from cut(item.origin, item.language, item.data, tools.knife, item.max_contexts)
        else:
            symbols = index.build(item.repository.index_name, map(_indexable, item.files), names=index.KINDS)
            yield File(f"symbols/{item.repository.slug}.idx", symbols.to_bytes())

    def finish(self, spec: ScrapeSpec, parts: ArtifactReader, out: Path, job: JobContext) -> Iterator[Row | Drop]:
        """Copies of a file in other repositories are dropped; of the rest, everyone's share is kept."""
        unreachable = parts.drop_examples().get(UNREACHABLE, [])
        for text in unreachable:
            log.warning("left out: %s", text)
        if all(any(text.startswith(f"{source}: ") for text in unreachable) for source in spec.sources):
            raise JobError(f"none of the {len(spec.sources)} sources can be reached: {'; '.join(unreachable[:3])}")
        owners: dict[str, tuple[str, str, str]] = {}
        copies: dict[str, str] = {}
        places: list[sampling.Place] = []
        for row in parts.rows():
            origin = (row["repo"], row["commit"], row["path"])
            owner = owners.setdefault(sha256(f"{row['prefix']}{row['golden']}{row['suffix']}".encode()), origin)
            if owner != origin:
                copies[row["id"]] = f"the same file as {owner[0]}:{owner[2]}"
                continue
            types = tuple(row["eligible_types"])
            places.append(sampling.Place(row["id"], row["language"], row["repo"], types, row["span_kind"]))
        kept = sampling.choose(places, spec.max_contexts, spec.max_contexts_per_repo, spec.seed)
        for row in parts.rows():
            name = f"{row['repo']}:{row['path']}:{row['line']}"
            if row["id"] in kept:
                yield row
            elif row["id"] in copies:
                yield Drop(name, "duplicate_file", copies[row["id"]])
            else:
                yield Drop(name, "quota", "others of its kind were drawn")


def _pinned(sources: Iterable[str], field: str, settings: Settings) -> list[str]:
    """The sources, each pinned and once. Raises InvalidArgument for those that are refused, all at once."""
    with ThreadPoolExecutor(_PINNING_THREADS) as pool:
        pinned = list(pool.map(lambda text: _pin(text, settings), sources))
    refused = [(number, error) for number, (_, error) in enumerate(pinned) if error is not None]
    rules.refuse([FieldViolation(f"{field}[{number}]", str(error)) for number, error in refused])
    return list(dict.fromkeys(text for text, _ in pinned))


def _pin(text: str, settings: Settings) -> tuple[str, Exception | None]:
    """The pinned source and, where the request must be refused, why."""
    try:
        return open_source(text, settings).pin(), None
    except SourceUnreachable as error:
        log.warning("%s cannot be reached and will be left out: %s", text, error)
        return text, None
    except (InvalidArgument, PermissionDenied, SourceChanged) as error:
        return text, error


def _known(given: Iterable[str], known: list[str], field: str) -> list[str]:
    """The given names, or all known ones where none is given. Raises InvalidArgument for an unknown one."""
    names = sorted({name.lower() for name in given})
    rules.refuse(
        [
            FieldViolation(field, f"{name!r} is not supported{rules.suggestion(name, known)}; use {', '.join(known)}")
            for name in names
            if name not in known
        ]
    )
    return names or known


def _opened(text: str, settings: Settings) -> Source:
    """The source of a pinned string. One that could not be pinned is not read even if it could be now: the artifact's
    key says that it was left out."""
    source = open_source(text, settings)
    if not is_pinned(text):
        source.pin()
        raise SourceUnreachable("it could not be reached when the job was submitted; submit the job again")
    return source


def _is_license(file: SourceFile) -> bool:
    return file.size <= MAX_FILE_BYTES and is_license_file(file.path)


def _license_if_worthy(
    file: SourceFile, language: Language, licenses: RepositoryLicenses, seen: set[str], tools: Tools
) -> str:
    """The file's licence. Raises RowError where it is not to be cut; adds its digest to `seen`."""
    if file.size > min(tools.max_file_bytes, MAX_FILE_BYTES):
        raise RowError("too_large", f"{file.size:,} bytes; at most {tools.max_file_bytes:,} are read")
    data = file.read()
    if not language.is_of(file.path, data):
        raise RowError("other_language", f"it says nothing that {language.name} alone knows")
    files.check(language, data)
    license = licenses.of(file.path, data)
    if not spdx.accepts(license, tools.licenses):
        raise RowError("license", f"{license} is not among the accepted licences")
    digest = sha256(data)
    if digest in seen:
        raise RowError("duplicate_file", "the repository holds the same file before")
    seen.add(digest)
    return license


def _to_cut(repo: str, commit: str, worthy: list[tuple[SourceFile, Language, str]], tools: Tools) -> Iterator[Item]:
    """As many files, by lot, and as many contexts of each as the repository's share needs, with some to choose from."""
    budget = sampling.OVERSAMPLING * tools.max_contexts_per_repo
    drawn = sorted(worthy, key=lambda entry: sampling.lot(tools.knife.seed, repo, entry[0].path))[:budget]
    taken = {file.path for file, _, _ in drawn}
    each = min(math.ceil(budget / max(len(taken), 1)), tools.max_contexts_per_file)
    for file, language, license in worthy:
        if file.path in taken:
            yield FileToCut(Origin(repo, commit, file.path, license), language, file.read(), each)
        else:
            yield Rejected(f"{repo}:{file.path}", "quota", "other files of its repository were drawn")


def _indexable(file: SourceFile) -> tuple[str, bytes | None]:
    """A file as the index wants it: what the verifier reads in full, other text for its words, anything else by its
    name alone."""
    is_code = index.is_read(file.path)
    data = file.read() if file.size <= (MAX_FILE_BYTES if is_code else _MOST_OTHER_BYTES) else None
    return file.path, data if data is None or is_code or b"\0" not in data else None
