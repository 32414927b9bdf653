"""Kii's rules of logins as pure functions: who gets a token, whose it is, and for how long it serves."""

from __future__ import annotations

from typing import Any

import pytest
from ownership_contracts.mockserver.kii import logins
from ownership_contracts.mockserver.kii.entities import Principal

from tests.mockserver.kii.homes import ANN, START, Home, home, later, refused

ANNS = {"username": "ann", "password": "ann-secret"}
FANS = {"username": "VENDOR_THING_ID:fan-01", "password": "fan-secret"}
ADMINS = {"client_id": "home-client", "client_secret": "home-client-secret"}
APPS = {"client_id": "home", "client_secret": "home-key"}
RIGHT: dict[str, tuple[dict[str, str], Principal]] = {
    "user": (ANNS, Principal("user", "home", "ann")),
    "thing": (FANS, Principal("thing", "home", "th.fan")),
    "administrator": (ADMINS, Principal("admin", "home", "adm")),
    "anonymous caller": (APPS, Principal("anonymous", "home", None)),
}
MS = 1000
LATEST = 8_640_000_000_000_000


@pytest.mark.parametrize("kind", RIGHT)
def test_a_right_login_gives_a_token_of_ones_own(kind: str) -> None:
    body, who = RIGHT[kind]
    place = home()
    login = place.log_in(**body, grant_type="client_credentials", more="ignored")
    assert (login.id, login.expires_in) == (who.id or "home", 86400)
    assert place.world.principal_of(login.token) == who


@pytest.mark.parametrize("kind", RIGHT)
def test_each_login_gives_a_token_of_its_own_and_earlier_ones_serve_on(kind: str) -> None:
    body, who = RIGHT[kind]
    place = home()
    tokens = [place.log_in(**body).token for _ in range(3)]
    assert len(set(tokens)) == 3
    assert {place.world.principal_of(token) for token in tokens} == {who}
    assert place.world.principal_of("ann") == RIGHT["user"][1], "nor does a token of the scenario's end"


WRONG: dict[str, dict[str, str]] = {
    "another password": {**ANNS, "password": "ben-secret"},
    "an empty password": {**ANNS, "password": ""},
    "a password in another case": {**ANNS, "password": "ANN-SECRET"},
    "a part of the password": {**ANNS, "password": "ann-secre"},
    "another user": {**ANNS, "username": "none"},
    "another user without a password": {"username": "none", "password": ""},
    "a user of another application": {"username": "zoe", "password": "zoe-secret"},
    "a login name in another case": {**ANNS, "username": "Ann"},
    "an empty login name": {**ANNS, "username": ""},
    "a vendorThingID without the words before it": {**FANS, "username": "fan-01"},
    "another client secret": {**ADMINS, "client_secret": "home-key"},
    "another client id": {**ADMINS, "client_id": "home"},
    "an empty client secret": {**ADMINS, "client_secret": ""},
    "another key": {**APPS, "client_secret": "office-key"},
    "the key of another application": {"client_id": "office", "client_secret": "office-key"},
    "half a character": {**ANNS, "password": "\ud800"},
}
WRONG_THINGS: dict[str, dict[str, str]] = {
    "another password": {**FANS, "password": "lamp-secret"},
    "an empty password": {**FANS, "password": ""},
    "another thing": {**FANS, "username": "VENDOR_THING_ID:none"},
    "no thing": {"username": "VENDOR_THING_ID:", "password": ""},
    "its thingID": {**FANS, "username": "VENDOR_THING_ID:th.fan"},
    "a thing of another application": {"username": "VENDOR_THING_ID:door", "password": "door-secret"},
}


@pytest.mark.parametrize("picked", ["invalid_grant", "unauthorized"])
@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_login_gets_what_is_picked(case: str, picked: str) -> None:
    no = refused(home(login_refused=picked).log_in, **WRONG[case])
    assert (no.kind, no.clause, no.facts) == (picked, "kii-pick.login-refused", {})


@pytest.mark.parametrize("picked", ["invalid_grant", "unauthorized"])
@pytest.mark.parametrize("case", WRONG_THINGS)
def test_a_wrong_login_of_a_things_is_an_invalid_grant_whatever_is_picked(case: str, picked: str) -> None:
    no = refused(home(login_refused=picked).log_in, **WRONG_THINGS[case])
    assert (no.kind, no.clause, no.facts) == ("invalid_grant", "kii-token.400-thing", {})


PAIRLESS: list[dict[str, Any]] = [
    {},
    {"username": "ann"},
    {"password": "ann-secret"},
    {"client_id": "home-client"},
    {"client_secret": "home-client-secret"},
    {"username": "ann", "client_secret": "home-client-secret"},
    {"grant_type": "client_credentials"},
    {**ANNS, **ADMINS},
]


@pytest.mark.parametrize(("picked", "kind"), [("invalid_input", "invalid"), ("invalid_grant", "invalid_grant")])
@pytest.mark.parametrize("body", [*PAIRLESS, *({**ANNS, "expiresAt": at} for at in (START * MS, START * MS - 1, 0, -1, -(10**400)))])
def test_a_login_without_one_whole_pair_or_with_an_end_that_is_past_gets_what_is_picked(body: dict[str, Any], picked: str, kind: str) -> None:
    no = refused(home(malformed_login=picked).log_in, **body)
    assert (no.kind, no.clause) == (kind, "kii-pick.malformed-login")


def test_a_pair_beside_half_of_the_other_is_whole() -> None:
    assert home().log_in(**ANNS, client_id="home-client").id == "ann"


# ---------------------------------------------------------------------------------------------------- how long it serves


def refused_token(place: Home, token: str) -> bool:
    no = refused(place.read_self, token)
    return (no.kind, no.clause, no.facts) == (place.world.settings["expired_token"], "kii-pick.expired-token", {})


@pytest.mark.parametrize(("life", "age", "lives"), [(86400, 86399.9, True), (86400, 86400, False), (1, 0.5, True), (1, 1, False), (0, 0, False)])
@pytest.mark.parametrize("picked", ["wrong_token", "unauthorized"])
def test_a_token_serves_while_less_than_its_life_has_passed(life: int, age: float, lives: bool, picked: str) -> None:
    place = home(token_life=life, expired_token=picked)
    login = place.log_in(**ANNS)
    assert login.expires_in == life
    later(place, age)
    if lives:
        assert place.read_self(login.token).id == "ann"
    else:
        assert refused_token(place, login.token)
        assert place.read_self("ann").id == "ann", "the scenario's token has no end"


@pytest.mark.parametrize(("ends", "told"), [(1, 0), (999, 0), (1000, 1), (1001, 1), (60_000, 60), (90_000_000_000, 90_000_000)])
def test_a_token_serves_until_the_moment_that_its_login_names(ends: int, told: int) -> None:
    place = home(token_life=5)
    login = place.log_in(**ANNS, expiresAt=int(START) * MS + ends)
    assert login.expires_in == told
    later(place, ends / MS - 0.0005)
    assert place.read_self(login.token).id == "ann"
    later(place, ends / MS)
    assert refused_token(place, login.token)


@pytest.mark.parametrize("ends", [LATEST, LATEST + 1, 10**30, 10**400])
def test_an_end_beyond_all_time_is_the_last_moment(ends: int) -> None:
    login = home(token_life=5).log_in(**ANNS, expiresAt=ends)
    assert login.expires_in == LATEST // MS - int(START)


@pytest.mark.parametrize("life", [10**9, 10**13, 10**400])
def test_a_life_of_any_length_can_be_picked(life: int) -> None:
    place = home(token_life=life)
    login = place.log_in(**ANNS)
    assert login.expires_in == min(life, LATEST // MS)
    later(place, 10**8)
    assert place.read_self(login.token).id == "ann"


@pytest.mark.parametrize("life", [1, 86400, 400_000_000, 10**10])
@pytest.mark.parametrize("now", [0.1, 1_700_000_000.123456, 1_834_847_319.436621])
def test_the_life_is_told_in_whole_seconds_at_any_moment(life: int, now: float) -> None:
    place = home(token_life=life)
    place.world.clock.frozen = now
    assert place.log_in(**ANNS).expires_in == life


def test_each_token_ends_at_its_own_time() -> None:
    place = home(token_life=100)
    first = place.log_in(**ANNS).token
    later(place, 50)
    second = place.log_in(**ANNS).token
    later(place, 100)
    assert refused_token(place, first)
    assert place.read_self(second).id == "ann"
    later(place, 150)
    assert refused_token(place, second)


def test_an_ended_token_is_no_ones_on_any_rule() -> None:
    place = home()
    token = place.log_in(**ANNS, expiresAt=int(START) * MS + 1).token
    place.add(token, ANN)
    later(place, 1)
    for rule, given in ((place.check, (ANN,)), (place.remove, (ANN,)), (place.request, (ANN,)), (place.delete_user, ("ann",))):
        assert refused(rule, token, *given).clause == "kii-pick.expired-token"


def test_a_thing_that_registered_has_a_token_without_an_end() -> None:
    place = home(token_life=0)
    thing, token = place.register_thing("anonymous")
    later(place, 10**9)
    assert place.who(str(token)).id == thing.id


def test_an_anonymous_token_gives_no_more_right_than_anonymous_access() -> None:
    place = home()
    token = place.log_in(**APPS).token
    for rule in (place.owners, place.read_thing, place.read_self, place.delete_user, place.create_group, place.delete_group):
        assert refused(rule, token).kind == "unauthorized"
    assert refused(place.add, token, ANN).kind == "unauthorized"
    place.register_user(token)
    allowing = home(anonymous_post="allowed")
    allowing.add(allowing.log_in(**APPS).token, ANN)


def test_of_more_logins_than_are_kept_those_are_forgotten_that_end_first(monkeypatch: pytest.MonkeyPatch) -> None:
    place = home()
    given = len(place.world.tokens)
    monkeypatch.setattr(logins, "MOST", given + 20)
    tokens = []
    for second in range(60):
        later(place, second)
        tokens.append(place.log_in(username="ann", password="ann-secret").token)
        assert len(place.world.tokens) <= given + 20
    assert place.world.principal_of(tokens[0]) is None
    assert place.world.principal_of(tokens[-1]) == place.who("ann")
