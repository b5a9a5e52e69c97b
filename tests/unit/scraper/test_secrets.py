"""Redaction: no credential stays, and nothing else of a file changes."""

from __future__ import annotations

import ast
import random
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st
from solulu.scraper.secrets import redact
from support.repositories import GO, JAVA, PYTHON

LETTERS = random.Random(7).choices(string.ascii_letters + string.digits, k=400)


def drawn(count: int, alphabet: str = "") -> str:
    """Characters that look like a token's; none of this file's texts is one."""
    return "".join(random.Random(count).choices(alphabet, k=count)) if alphabet else "".join(LETTERS[:count])


KEY = "PRIVATE " + "KEY"
UPPER, LOWER, HEX = string.ascii_uppercase + string.digits, string.ascii_lowercase + string.digits, "0123456789abcdef"
TOKENS = {
    "aws": "AKIA" + drawn(16, UPPER),
    "github": "ghp_" + drawn(36),
    "gitlab": "glpat-" + drawn(20),
    "slack": "xoxb-" + drawn(12, string.digits) + "-" + drawn(24, LOWER),
    "slack hook": "https://hooks.slack.com/services/T" + drawn(8, UPPER) + "/B" + drawn(8, UPPER) + "/" + drawn(24),
    "stripe": "sk_live_" + drawn(24),
    "sendgrid": "SG." + drawn(22) + "." + drawn(43),
    "pypi": "pypi-AgEIcHlwaS5vcmc" + drawn(80),
    "npm": "//registry.npmjs.org/:_authToken=" + "npm_" + drawn(36),
    "openai": "sk-" + drawn(20) + "T3BlbkFJ" + drawn(20),
    "openai project": "sk-proj-" + drawn(48),
    "hugging face": "hf_" + drawn(34),
    "google": "AIza" + drawn(35),
    "azure": "AccountKey=" + drawn(86) + "==",
    "square": "sq0csp-" + drawn(43),
    "mailchimp": drawn(32, HEX) + "-us12",
    "telegram": drawn(9, string.digits) + ":" + drawn(35),
    "twilio": "AC" + drawn(32, LOWER),
    "jwt": "eyJ" + drawn(30) + ".eyJ" + drawn(60) + "." + drawn(43),
}


@pytest.mark.parametrize("name", TOKENS)
def test_a_token_is_overwritten_in_place(name: str) -> None:
    token = TOKENS[name]
    code = f'client = connect("here", token="{token}")\nother = 1\n'

    redacted, places = redact(code)

    assert len(redacted) == len(code)
    assert places
    secret = max(token.replace("//registry.npmjs.org/:_authToken=", "").split("/"), key=len)[-16:]
    assert secret not in redacted
    assert redacted.startswith('client = connect("here", token="')
    assert redacted.endswith("\nother = 1\n")
    ast.parse(redacted)


def test_a_password_in_a_url_is_overwritten_and_a_place_for_one_is_not() -> None:
    redacted, _ = redact(
        'a = "postgres://me:hunter2@db/x"\nb = f"https://{user}:{password}@{host}/"\nc = "ftp://%s:%s@%s"\n'
    )

    assert (
        redacted == 'a = "postgres://me:REDACTE@db/x"\nb = f"https://{user}:{password}@{host}/"\nc = "ftp://%s:%s@%s"\n'
    )


def test_a_private_key_keeps_its_frame_and_its_lines() -> None:
    body = "\n".join(drawn(64) for _ in range(5))

    redacted, _ = redact(f'KEY = """-----BEGIN RSA {KEY}-----\n{body}\n-----END RSA {KEY}-----\n"""\n')

    assert drawn(64)[:20] not in redacted
    assert redacted.count("\n") == 8
    assert redacted.startswith('KEY = """-----BEGIN RSA ')
    assert redacted.endswith('PRIVATE KEY-----\n"""\n')


def test_escapes_inside_a_key_stay_escapes() -> None:
    body = f"{drawn(64)}\\n{drawn(30)}"
    code = f'KEY = "-----BEGIN {KEY}-----\\n{body}\\n-----END {KEY}-----"\n'

    redacted, _ = redact(code)

    assert ast.literal_eval(redacted.removeprefix("KEY = ")).count("\n") == 3
    assert drawn(30) not in redacted


@pytest.mark.parametrize(
    "name", ["api_key", "SECRET_TOKEN", "self.password", "settings['auth_token']", '"clientSecret"']
)
def test_a_random_string_is_a_secret_only_by_its_name(name: str) -> None:
    sign = ":" if name.startswith('"') else " ="

    assert drawn(32) not in redact(f'{name}{sign} "{drawn(32)}"\n')[0]
    assert redact(f'digest = "{drawn(32)}"\n')[1] == []


@pytest.mark.parametrize(
    "code",
    [
        PYTHON, GO, JAVA, 'secret_ref = "V1LocalObjectReference"\n', 'TOKEN = "a_plain_name_of_something"\n',
        'password = input("Password: ")\n', 'tokenizer = ("token2wav", "Qwen2_5OmniToken2WavModel")\n',
        'url = "https://example.org/a/b?c=d"\n', "SPDX = 'LicenseRef-scancode-public-domain'\n", "AKIA = 1\n",
        'secret: "SecretValue<AbstractSecretFactory>" = None\n', "class ACharmingClassNameThatIsLong123: ...\n",
    ],
)  # fmt: skip
def test_ordinary_code_is_left_alone(code: str) -> None:
    assert redact(code) == (code, [])


@given(
    st.lists(
        st.one_of(
            st.sampled_from(
                [*TOKENS.values(), '"', "'", "\r\n", "\n", "password = ", "://a:b@", "\\", "\u00e9", "\U0001f600"]
            ),
            st.text(max_size=20),
        ),
        max_size=12,
    )
)
def test_redaction_keeps_length_and_lines_and_happens_once(pieces: list[str]) -> None:
    code = "".join(pieces)

    redacted, places = redact(code)

    assert len(redacted) == len(code)
    assert [at for at, char in enumerate(redacted) if char in "\r\n\"'"] == [
        at for at, char in enumerate(code) if char in "\r\n\"'"
    ]
    end = 0
    for start, stop in places:
        assert end <= start < stop
        assert redacted[end:start] == code[end:start]
        end = stop
    assert redacted[end:] == code[end:]
