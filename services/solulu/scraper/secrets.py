"""Takes credentials out of scraped code: what was published by accident must not be learned by heart.

A secret's letters and digits are overwritten one for one, so the text keeps its length, its quotes and its syntax, and
every position in it stays valid. The token formats are detect-secrets' own; each is searched only where a short text
that it cannot do without occurs, since thirty patterns over every file would cost more than the parse.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from detect_secrets.plugins.artifactory import ArtifactoryDetector
from detect_secrets.plugins.aws import AWSKeyDetector
from detect_secrets.plugins.azure_storage_key import AzureStorageKeyDetector
from detect_secrets.plugins.basic_auth import BasicAuthDetector
from detect_secrets.plugins.cloudant import CloudantDetector
from detect_secrets.plugins.discord import DiscordBotTokenDetector
from detect_secrets.plugins.github_token import GitHubTokenDetector
from detect_secrets.plugins.gitlab_token import GitLabTokenDetector
from detect_secrets.plugins.mailchimp import MailchimpDetector
from detect_secrets.plugins.npm import NpmDetector
from detect_secrets.plugins.openai import OpenAIDetector
from detect_secrets.plugins.pypi_token import PypiTokenDetector
from detect_secrets.plugins.sendgrid import SendGridDetector
from detect_secrets.plugins.slack import SlackDetector
from detect_secrets.plugins.softlayer import SoftlayerDetector
from detect_secrets.plugins.square_oauth import SquareOAuthDetector
from detect_secrets.plugins.stripe import StripeDetector
from detect_secrets.plugins.telegram_token import TelegramBotTokenDetector
from detect_secrets.plugins.twilio import TwilioKeyDetector


@dataclass(frozen=True)
class _Format:
    """Patterns of one kind of secret, and clues of which one occurs wherever they match. A clue begins with a fixed
    text, which `re` looks for at 1 GB/s; an alternative at its beginning would make that 0.1."""

    clues: tuple[re.Pattern[str], ...]
    patterns: tuple[re.Pattern[str], ...]
    group: int = 0
    """The group that holds the secret itself."""


def _format(clues: str, *patterns: str | re.Pattern[str], group: int = 0) -> _Format:
    return _Format(tuple(map(re.compile, clues.split())), tuple(map(re.compile, patterns)), group)


_FORMATS = (
    _format("AKC", ArtifactoryDetector.denylist[0]),
    _format("A(?:3T|BIA|CCA|KIA|SIA) aws AWS Aws", *AWSKeyDetector.denylist),
    _format("AccountKey=", *AzureStorageKeyDetector.denylist),
    _format("://", *BasicAuthDetector.denylist, group=1),
    _format("cloudant CLOUDANT Cloudant", *CloudantDetector.denylist, group=1),
    _format("gh[pousr]_", *GitHubTokenDetector.denylist),
    _format("gl(?:pat|dt|ft|soat|rt|cbt|imt|ptt|agent|oas)- GR1348941", *GitLabTokenDetector.denylist),
    _format(":_authToken", *NpmDetector.denylist, group=1),
    _format("T3BlbkFJ", *OpenAIDetector().denylist),
    _format("pypi-Ag", *PypiTokenDetector().denylist),
    _format(r"SG\.", *SendGridDetector.denylist),
    _format("xox XOX hooks.slack.com", *SlackDetector.denylist),
    _format("softlayer SOFTLAYER Softlayer", *SoftlayerDetector.denylist, group=1),
    _format("sq0csp-", *SquareOAuthDetector.denylist),
    _format("k_live_", *StripeDetector.denylist),
    _format("-us[0-9]", *MailchimpDetector.denylist),
    _format("eyJ", r"eyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?"),
    _format("sk-", r"\bsk-(?:ant-|proj-|or-)?[\w-]{32,}"),
    _format("hf_", r"\bhf_[A-Za-z0-9]{34,}"),
    _format("AIza", r"\bAIza[\w-]{35}"),
    _format(r"PRIVATE\sKEY", r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----([\s\S]*?)(?:-----END|\Z)", group=1),
    _format("PuTTY-User-Key", r"PuTTY-User-Key-File-\d:([\s\S]*?)(?:Private-MAC: *[0-9a-f]+|\Z)", group=1),
)
_LONG_TOKENS = (DiscordBotTokenDetector, TelegramBotTokenDetector, TwilioKeyDetector)
"""Formats without a fixed text: searched only among the quoted strings that look random."""

_QUOTED = re.compile(r"""["']([A-Za-z0-9+/=_.:~-]{16,200})["']""")
_SENSITIVE_NAME = re.compile(
    r"(?i)(?:api[_-]?key|secret|token|passw(?:or)?d|passphrase|credential|(?:private|access|auth|signing|encryption)[_-]?key"
    r"|\bauth|bearer|\bpwd)\w*[\"'\])]*\s*(?::\s*\w+\s*)?(?:=|:|:=|=>|\()\s*[bru]{0,2}$"
)
_NAME_CHARS = 60
_PLACEHOLDER_MARKS = frozenset("{}<>%$*")
_REPLACED = re.compile(r"(\\.)|[A-Za-z0-9]", re.S)
_PLACEHOLDER = "REDACTED"
_HEX = frozenset("0123456789abcdefABCDEF")


def redact(text: str) -> tuple[str, list[tuple[int, int]]]:
    """The text with its secrets overwritten, of the same length, and where they were: sorted (start, stop)."""
    places = _merged(sorted(_find(text)))
    if not places:
        return text, []
    pieces, end = [], 0
    for start, stop in places:
        pieces += [text[end:start], _overwritten(text[start:stop])]
        end = stop
    return "".join([*pieces, text[end:]]), places


def _find(text: str) -> Iterator[tuple[int, int]]:
    for form in _FORMATS:
        if any(clue.search(text) for clue in form.clues):
            for pattern in form.patterns:
                for match in pattern.finditer(text):
                    start, stop = match.span(form.group if pattern.groups else 0)
                    if stop > start and _is_literal(text[start:stop]):
                        yield start, stop
    for match in _QUOTED.finditer(text):
        value = match[1]
        if _is_random(value) and (_is_sensitive(text, match.start()) or _is_long_token(value)):
            yield match.span(1)


def _is_literal(value: str) -> bool:
    """Whether a match is a value, not a place for one (`{password}`, `%s`) or a word of a name or a sentence."""
    return not _PLACEHOLDER_MARKS.intersection(value) and (any(map(str.isdigit, value)) or len(value) < 12)


def _is_random(value: str) -> bool:
    """Whether a string looks drawn, not written: digits throughout, and hex of at least 3 bits a character, or letters
    of both cases and at least 3.7."""
    if 12 * sum(map(str.isdigit, value)) < len(value):
        return False
    if _HEX.issuperset(value):
        return len(value) >= 32 and _entropy(value) >= 3.0
    has_both = any(map(str.islower, value)) and any(map(str.isupper, value))
    return has_both and _entropy(value) >= 3.7


def _is_sensitive(text: str, quote: int) -> bool:
    """Whether the string that begins at `quote` is given to a name such as `api_key` on its line."""
    line = max(text.rfind("\n", 0, quote) + 1, quote - _NAME_CHARS)
    return bool(_SENSITIVE_NAME.search(text, line, quote))


def _is_long_token(value: str) -> bool:
    return any(pattern.fullmatch(value) for plugin in _LONG_TOKENS for pattern in plugin.denylist)


def _entropy(value: str) -> float:
    """Shannon entropy in bits a character."""
    return -sum(count / len(value) * math.log2(count / len(value)) for count in Counter(value).values())


def _merged(places: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, stop in places:
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(stop, merged[-1][1]))
        else:
            merged.append((start, stop))
    return merged


def _overwritten(secret: str) -> str:
    """Letters and digits replaced one for one; escapes, quotes and punctuation stay, so the syntax does."""
    number = -1

    def replace(match: re.Match[str]) -> str:
        nonlocal number
        if match[1]:
            return match[1]
        number += 1
        return _PLACEHOLDER[number % len(_PLACEHOLDER)]

    return _REPLACED.sub(replace, secret)
