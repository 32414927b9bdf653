"""A secret is masked however it is spelt."""

from __future__ import annotations

import base64
import html
import json
from urllib.parse import quote

import pytest
from ownership_contracts.contracts.veil import CUT, STARS, Veil, cut, hidden, hide, hiding

SECRET = 's3cr3t/Tökén+%&=<0123456789-abcdef"x'

SPELLINGS = {
    "plain": SECRET,
    "upper": SECRET.upper(),
    "lower": SECRET.lower(),
    "json": json.dumps(SECRET),
    "json-slash": json.dumps(SECRET).replace("/", "\\/"),
    "json-utf8": json.dumps(SECRET, ensure_ascii=False),
    "json-all": "".join(f"\\u{ord(letter):04x}" for letter in SECRET),
    "json-upper": "".join(f"\\u{ord(letter):04X}" for letter in SECRET),
    "json-twice": json.dumps(json.dumps(SECRET)),
    "url": quote(SECRET),
    "url-whole": quote(SECRET, safe=""),
    "url-all": "".join(f"%{byte:02x}" for byte in SECRET.encode()),
    "html": html.escape(SECRET),
    "html-decimal": "".join(f"&#{ord(letter)};" for letter in SECRET),
    "html-hexadecimal": "".join(f"&#x{ord(letter):X};" for letter in SECRET),
    "python": repr(SECRET),
    "bytes": repr(SECRET.encode("latin-1")),
    "hexadecimal": SECRET.encode().hex(),
    "base64": base64.b64encode(SECRET.encode()).decode(),
    "base64-after-1": base64.b64encode(f"u{SECRET}".encode()).decode(),
    "base64-after-5": base64.b64encode(f"user:{SECRET}:x".encode()).decode(),
    "base64-url": base64.urlsafe_b64encode(f"us{SECRET}".encode()).decode(),
    "cut": cut(f"the token is {SECRET} and more", 30),
    "cut-json": cut("the token is " + json.dumps(SECRET), 40),
    "cut-base64": cut(base64.b64encode(SECRET.encode()).decode(), 25),
    "cut-upper": cut(f"the token is {SECRET.upper()} and more", 30),
    "cut-escaped": cut("the token is " + "".join(f"\\u{ord(letter):04x}" for letter in SECRET), 64),
    "cut-decimal": cut("the token is " + "".join(f"&#{ord(letter)};" for letter in SECRET), 64),
}


@pytest.mark.parametrize("spelling", SPELLINGS.values(), ids=SPELLINGS)
def test_a_secret_is_masked_however_it_is_spelt(spelling: str) -> None:
    shown = Veil([SECRET])(f"before {spelling} after")
    assert STARS in shown
    assert shown.startswith("before ")
    assert shown.endswith(" after")
    # What an encoding shares with what stands beside the secret is no part of it.
    left = shown.removeprefix("before ").removesuffix(" after").replace("the token is", "").replace(STARS, "").strip(f"{CUT} \"\\'b")
    assert len(left) <= 12, shown


@pytest.mark.parametrize("text", ["", "nothing of it", f"s3c{CUT}", "the end is s3cr", "100%", "\\u00zz", "token abc"])
def test_other_texts_stay_as_they_are(text: str) -> None:
    assert Veil([SECRET, "abd", "token-of-alice"])(text) == text


def test_a_short_secret_is_masked_as_it_stands_alone() -> None:
    assert Veil(["Pass"])("Pass passes as pass") == "*** passes as pass"


def test_of_secrets_that_hold_each_other_the_longer_goes_first() -> None:
    assert Veil(["token-1", "token-1-long"])("token-1-long token-1") == "*** ***"


def test_a_command_hides_what_its_own_targets_told_and_nothing_that_was_told_before_it() -> None:
    with hiding():
        hide(["told before"])
        with hiding():
            hide(["told within"])
            assert hidden("told before, told within") == f"told before, {STARS}"
        assert hidden("told before, told within") == f"{STARS}, told within"
