"""Where in a target file something is wrong: the line that an error names is the one that a reader has to look at."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from ownership_contracts.contracts.target import TargetError, load
from ownership_contracts.contracts.targets.places import Places

EVERY_FORM = """\
top = 1
"quoted name".dotted.'key' = 2 # a comment

[plain]
list = [
  1, # one
  {inline = {deep = 3}},
  [4,
   5],
]
text = '''
[not.a.table]
top = 6
'''

[[outer]]
name = 7
[outer.table]
in_table = 8
[[outer.inner]]
first = 9
[[outer.inner]]
second = 10
[[outer]]
[[outer.inner]]
third = 11
[plain.below]
last = 12
"""
LINES = {
    ("top",): 1,
    ("quoted name", "dotted", "key"): 2,
    ("plain",): 4,
    ("plain", "list"): 5,
    ("plain", "list", 0): 6,
    ("plain", "list", 1, "inline", "deep"): 7,
    ("plain", "list", 2, 1): 9,
    ("plain", "text"): 11,
    ("outer",): 16,
    ("outer", 0, "name"): 17,
    ("outer", 0, "table", "in_table"): 19,
    ("outer", 0, "inner", 0, "first"): 21,
    ("outer", 0, "inner", 1): 22,
    ("outer", 0, "inner", 1, "second"): 23,
    ("outer", 1): 24,
    ("outer", 1, "inner", 0, "third"): 26,
    ("plain", "below", "last"): 28,
}


def paths(node: Any, path: tuple[str | int, ...] = ()) -> set[tuple[str | int, ...]]:
    """Every field of a document."""
    found = {path} if path else set()
    steps = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return found.union(*(paths(value, (*path, step)) for step, value in steps))


def test_each_form_of_a_field_is_found_in_its_line() -> None:
    places = Places(EVERY_FORM)
    assert {path: places.line(path) for path in LINES} == LINES


def test_every_field_of_the_document_is_found_itself_and_no_other() -> None:
    assert set(Places(EVERY_FORM)._lines) == paths(tomllib.loads(EVERY_FORM))


def test_a_field_that_is_not_there_is_looked_for_where_it_would_be() -> None:
    places = Places(EVERY_FORM)
    assert places.line(("outer", 1, "name")) == 24
    assert places.line(("absent", "below")) is None


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize(
    ("wrong", "line", "told"),
    [
        ("mode = 'wordls'", 2, "at $.mode: 'wordls' is none of read-only, fixtures"),
        ("client_key = 'key.pem'", 2, "at $.client_key: 'client_key' is of no use without 'client_certificate'"),
        ("limits = {requests_per_secnd = 2}", 2, "at $.limits: there is no field 'requests_per_secnd' here; did you mean 'requests_per_second'?"),
        ("[limits]\nseconds = 10\ntimeout = nan", 4, "at $.limits.timeout: nan is no number"),
        ("[limits]\nseconds = inf", 3, "at $.limits.seconds: inf is to be at most 1000000000"),
        ("[limits]\nrequests = 0", 3, "at $.limits.requests: 0 is to be at least 1"),
        ("[limits]\nrequests = true", 3, "at $.limits.requests: True is to be a whole number"),
        ("[headers]\nX-A = 1", 3, 'at $.headers["X-A"]: it is to be a text'),
        ("[connhex]\ncontract = 0", 3, "at $.connhex.contract: 0 is to be at least 1"),
        ("[connhex]\nusers = 'ada'", 3, "at $.connhex.users: 'ada' is to be a list"),
        ("[connhex]\n[[connhex.users]]\nid = 'u'", 3, "at $.connhex.users[0]: it is to have 'token', or 'cookie', or 'identifier' and 'password'"),
        # What is misspelt is told before what is missing.
        ("[connhex]\n[[connhex.users]]\nid = 'u'\ntokn = 't'", 5, "at $.connhex.users[0]: there is no field 'tokn' here; did you mean 'token'?"),
        ("[[kii.apps]]\nid = 'a'\nadmin = {client_id = 'c'}", 4, "at $.kii.apps[0].admin: it is to have 'token', or 'client_id' and 'client_secret'"),
        (
            "[[kii.apps]]\nid = 'a'\nadmin = {token = 't'}\n[[kii.apps.users]]\nid = 'u'\nlogin = 'l'",
            5,
            "at $.kii.apps[0].users[0]: it is to have 'token', or 'login' and 'password'",
        ),
        (
            "[[kii.apps]]\nid = 'a'\nadmin = {token = 't'}\n[kii.picks]\nwrong_code = 'no'",
            6,
            "at $.kii.picks.wrong_code: 'no' is none of conflict, unauthorized",
        ),
    ],
)
def test_an_error_names_the_line_and_the_field(wrong: str, line: int, told: str, end: str, tmp_path: Path) -> None:
    file = tmp_path / "target.toml"
    file.write_bytes(f'base_url = "http://127.0.0.1:9"\n{wrong}\n'.replace("\n", end).encode())
    with pytest.raises(TargetError) as refused:
        load(file)
    assert str(refused.value) == f"target {file}: line {line}, {told}"
