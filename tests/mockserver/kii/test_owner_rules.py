"""Kii's rules of PUT, HEAD and DELETE of one owner as pure functions: who may, what is refused, and what they change."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import permutations
from typing import Any

import pytest
from ownership_contracts.mockserver.kii.entities import Owner, ThingRef
from ownership_contracts.mockserver.kii.refusals import No

from tests.mockserver.kii.homes import (
    ANN,
    BEN,
    CALLERS,
    CLUB,
    DOOR,
    FAMILY,
    FAN,
    LAMP,
    NO_THING,
    ODA,
    SAW,
    Home,
    allowed,
    home,
    permitted,
    refused,
)

MIA, MAX, ZOE, NOBODY, NO_GROUP = (
    *(Owner("user", name) for name in ("mia", "max", "zoe", "none")),
    Owner("group", "none"),
)
INSIDERS = {"admin", "ann", "ben", "oda", "mia", "max", "lamp", "fan", "anonymous"}


def owned(*owners: Owner, **settings: Any) -> Home:
    """A home whose lamp is also owned by these."""
    place = home(**settings)
    place.world.apps["home"].things["th.lamp"].owners.extend(owners)
    return place


# ---------------------------------------------------------------------------------------------------- PUT


@pytest.mark.parametrize(("owner", "may"), [(ANN, {"admin", "ann"}), (BEN, {"admin", "ben"}), (FAMILY, {"admin", "mia"}), (CLUB, {"admin", "max"})])
def test_an_owner_is_put_by_the_administrator_the_user_himself_and_members_of_the_group(owner: Owner, may: set[str]) -> None:
    assert permitted(lambda place: place.put, owner) == may
    # An anonymous caller's pick is for POST alone.
    assert permitted(lambda place: place.put, owner, anonymous_post="allowed") == may


def test_who_is_put_owns_the_thing_and_no_other() -> None:
    place = home()
    place.put("mia", FAMILY)
    place.put("admin", ANN)
    assert (place.owners(), place.owners(ref=FAN)) == ((["oda", "ann"], ["family"]), ([], []))


@pytest.mark.parametrize(("flag", "app", "ref", "user"), [(False, "home", LAMP, "ann"), (True, "office", DOOR, "zoe"), (None, "shed", SAW, "sue")])
@pytest.mark.parametrize("default", [True, False])
def test_where_a_password_is_required_nobody_can_be_put(flag: bool | None, app: str, ref: ThingRef, user: str, default: bool) -> None:
    place = home(app, require_password_default=default)
    if flag or (flag is None and default):
        no = refused(place.put, user, Owner("user", user), ref)
        assert (no.kind, no.clause) == ("password", None)
    else:
        place.put(user, Owner("user", user), ref)


@pytest.mark.parametrize("binds", [True, False])
def test_the_password_binds_the_administrator_who_puts_as_is_picked(binds: bool) -> None:
    place = home("office", password_binds_admin=binds)
    if binds:
        assert refused(place.put, "office-admin", ZOE, DOOR).kind == "password"
    else:
        place.put("office-admin", ZOE, DOOR)
        assert place.owners("door", DOOR) == (["zoe"], [])
    assert refused(home("office", password_binds_admin=binds).put, "zoe", ZOE, DOOR).kind == "password"


@pytest.mark.parametrize("owner", [ODA, CLUB])
def test_who_owns_the_thing_is_not_put_again(owner: Owner) -> None:
    no = refused(owned(CLUB).put, "admin", owner)
    assert (no.kind, no.facts) == ("already_owner", {"app_id": "home", "thing_id": "th.lamp", "owner": owner})


@pytest.mark.parametrize(("picked", "answer"), [("added", None), ("already_owner", "already_owner")])
def test_a_member_of_an_owning_group_who_puts_himself_gets_what_is_picked(picked: str, answer: str | None) -> None:
    place = owned(CLUB, member_adds_self=picked)
    if answer is None:
        place.put("max", MAX)
        assert place.owners() == (["oda", "max"], ["club"])
    else:
        assert refused(place.put, "max", MAX).kind == answer
    place.put("admin", MIA)


@pytest.mark.parametrize(("picked", "kind"), [("invalid", "invalid"), ("ignored", None)])
def test_a_body_of_put_gets_what_is_picked(picked: str, kind: str | None) -> None:
    place = home(request_body=picked)
    if kind is None:
        place.put("admin", ANN, with_body=True)
        assert place.owners() == (["oda", "ann"], [])
    else:
        no = refused(place.put, "admin", ANN, with_body=True)
        assert (no.kind, no.clause) == (kind, "kii-pick.request-body")


@pytest.mark.parametrize(("owner", "kind"), [(NOBODY, "user_missing"), (NO_GROUP, "group_missing"), (ZOE, "user_missing")])
def test_whom_the_application_does_not_have_is_not_put(owner: Owner, kind: str) -> None:
    no = refused(home().put, "admin", owner)
    assert (no.kind, no.facts) == (kind, {"app_id": "home", "id": owner.id})


# ---------------------------------------------------------------------------------------------------- HEAD

ASKERS = {ANN: {"ann"}, BEN: {"ben"}, MIA: {"mia"}, FAMILY: {"mia"}, CLUB: {"max"}, NOBODY: set(), NO_GROUP: set()}


def answers(owner: Owner, place: Callable[[], Home]) -> dict[str, str]:
    """What each caller learns of this owner: yes, or the kind of the refusal."""
    found = {}
    for caller in CALLERS:
        here = place()
        before = here.owners()
        try:
            here.check(caller, owner)
            found[caller] = "yes"
        except No:
            found[caller] = refused(here.check, caller, owner).kind
        assert here.owners() == before
    return found


@pytest.mark.parametrize("owner", ASKERS, ids=lambda owner: owner.id)
@pytest.mark.parametrize("picked", ["not_found", "unauthorized"])
def test_of_one_who_is_no_owner_those_are_told_who_may_ask(owner: Owner, picked: str) -> None:
    told = {caller for caller, kind in answers(owner, lambda: home(not_owner_asks=picked)).items() if kind == "not_owner"}
    assert told == {"admin", "lamp", "oda"} | (ASKERS[owner] if picked == "not_found" else set())
    assert "yes" not in answers(owner, home).values()


@pytest.mark.parametrize("owner", [ODA, CLUB, MAX], ids=lambda owner: owner.id)
def test_of_an_owner_those_are_told_who_may_ask(owner: Owner) -> None:
    """The club owns the lamp too, so max does, through it."""
    found = answers(owner, lambda: owned(CLUB))
    assert {caller for caller, kind in found.items() if kind == "yes"} == {"admin", "lamp", "oda", "max"}
    assert {kind for kind in found.values() if kind != "yes"} == {"unauthorized"}


def test_an_answer_to_one_who_asks_of_himself_is_decided_by_its_pick() -> None:
    for picked in ("not_found", "unauthorized"):
        place = home(not_owner_asks=picked)
        assert refused(place.check, "ann", ANN).clause == refused(place.check, "mia", FAMILY).clause == "kii-pick.not-owner-asks"
        assert refused(place.check, "oda", ANN).clause is None
        assert refused(place.check, "admin", ANN).clause is None
        assert refused(place.check, "ben", ANN).clause is None


def test_a_member_counts_as_an_owner_until_he_leaves() -> None:
    place = owned(CLUB)
    place.join("ben", "club")
    place.check("ben", BEN)
    place.check("admin", BEN)
    place.remove_member("ben", "ben", "club")
    for caller in ("ben", "admin", "max"):
        assert refused(place.check, caller, BEN).kind == "not_owner"
    assert refused(place.check, "ben", CLUB).kind == "unauthorized"
    place.check("max", MAX)


def test_a_group_counts_as_an_owner_only_where_it_owns_itself() -> None:
    place = owned(MIA)
    assert refused(place.check, "mia", FAMILY).kind == "not_owner"
    place.check("mia", MIA)


def test_a_user_and_a_group_of_one_id_are_two() -> None:
    place = owned(CLUB)
    assert refused(place.check, "admin", Owner("user", "club")).kind == "not_owner"
    assert refused(place.check, "admin", Owner("group", "oda")).kind == "not_owner"
    assert refused(place.remove, "admin", Owner("user", "club")).kind == "ownership_missing"


def test_to_start_a_flow_makes_nobody_an_owner_to_ask_about() -> None:
    place = home()
    code = place.request("lamp", ANN)
    assert refused(place.check, "ann", ANN).kind == "not_owner"
    place.confirm("ann", code)
    place.check("ann", ANN)


# ---------------------------------------------------------------------------------------------------- DELETE


@pytest.mark.parametrize(
    ("owner", "picked", "may"),
    [
        (ODA, "allowed", {"admin", "oda", "mia", "max", "ann"}),
        (CLUB, "allowed", {"admin", "oda", "mia", "max", "ann"}),
        (ODA, "unauthorized", {"admin", "oda"}),
        (CLUB, "unauthorized", {"admin", "max"}),
        (ANN, "unauthorized", {"admin", "ann"}),
        (FAMILY, "unauthorized", {"admin", "mia"}),
    ],
)
def test_an_ownership_is_ended_by_the_administrator_and_owners_and_not_by_the_thing(owner: Owner, picked: str, may: set[str]) -> None:
    assert {caller for caller in CALLERS if allowed(owned(CLUB, FAMILY, ANN, removes_another=picked).remove, caller, owner)} == may


def test_what_refuses_an_owner_another_ones_ownership_is_the_pick() -> None:
    place = owned(ANN, removes_another="unauthorized")
    assert refused(place.remove, "oda", ANN).clause == "kii-pick.removes-another"
    assert refused(place.remove, "ben", ANN).clause is None


def test_the_ownership_that_is_named_ends_and_no_other() -> None:
    place = owned(CLUB, ANN)
    place.put("admin", ANN, FAN)
    place.remove("admin", ANN)
    assert (place.owners(), place.owners(ref=FAN)) == ((["oda"], ["club"]), (["ann"], []))
    place.remove("max", CLUB)
    assert place.owners() == (["oda"], [])
    place.put("max", CLUB)
    assert place.owners() == (["oda"], ["club"])


@pytest.mark.parametrize("owner", [ANN, FAMILY, NOBODY, NO_GROUP, ZOE, MAX], ids=lambda owner: owner.id)
def test_who_does_not_own_the_thing_himself_has_no_ownership_to_end(owner: Owner) -> None:
    """Max owns it through his club alone."""
    no = refused(owned(CLUB).remove, "admin", owner)
    assert (no.kind, no.facts) == ("ownership_missing", {"app_id": "home", "thing_id": "th.lamp", "owner": owner})


def test_an_ownership_ends_once() -> None:
    place = home()
    place.remove("oda", ODA)
    assert refused(place.remove, "admin", ODA).kind == "ownership_missing"
    assert not allowed(place.delete_thing, "oda")


def test_a_code_that_was_used_says_already_owner_only_while_its_ownership_lasts() -> None:
    place = home(used_code="already_owner")
    code = place.request("lamp", ANN)
    place.confirm("ann", code)
    assert refused(place.confirm, "admin", code).kind == "already_owner"
    place.remove("ann", ANN)
    no = refused(place.confirm, "admin", code)
    assert (no.kind, no.clause) == ("bad_code", "kii-pick.used-code")


# ---------------------------------------------------------------------------------------------------- the three alike


@pytest.mark.parametrize("ref", [NO_THING, ThingRef("thingID", "none"), DOOR, ThingRef("thingID", "")])
def test_a_thing_that_the_application_does_not_have_is_missing(ref: ThingRef) -> None:
    for rule in (home().put, home().check, home().remove):
        no = refused(rule, "admin", ODA, ref)
        assert (no.kind, no.facts) == ("thing_missing", {"app_id": "home", "field": ref.field, "value": ref.value})


@pytest.mark.parametrize(("picked", "kind"), [("not_found", "app_missing"), ("unauthorized", "unauthorized")])
def test_an_application_that_is_not_there_gets_what_is_picked(picked: str, kind: str) -> None:
    place = home("none", unknown_app=picked)
    for rule in (place.put, place.check, place.remove):
        no = refused(rule, "admin", ODA)
        assert (no.kind, no.clause) == (kind, "kii-pick.unknown-app")


def test_callers_of_another_application_may_nothing() -> None:
    place = owned(ANN)
    for caller in set(CALLERS) - INSIDERS:
        for rule in (place.put, place.check, place.remove):
            assert refused(rule, caller, BEN if rule == place.put else ANN).kind == "unauthorized"


SORTS = ("invalid", "missing", "unauthorized", "conflict")


def several(place: Home) -> Iterator[tuple[set[str], Callable[..., Any], tuple[Any, ...], dict[str, Any]]]:
    """Calls that earn several sorts of refusal."""
    body = {"with_body": True}
    yield {"invalid", "missing"}, place.put, ("admin", ANN, NO_THING), body
    yield {"invalid", "unauthorized"}, place.put, ("ben", ANN), body
    yield {"invalid", "conflict"}, place.put, ("admin", ODA), body
    yield {"missing", "unauthorized"}, place.put, ("ben", NOBODY), {}
    yield {"missing", "unauthorized"}, place.put, ("ben", ANN, NO_THING), {}
    yield {"unauthorized", "conflict"}, place.put, ("ben", ODA), {}
    yield {"missing", "unauthorized"}, place.check, ("ben", ANN, NO_THING), {}
    yield {"missing", "unauthorized"}, place.remove, ("ben", ANN), {}
    yield {"missing", "unauthorized"}, place.remove, ("lamp", NOBODY), {}
    yield {"missing", "unauthorized"}, place.remove, ("ben", ODA, NO_THING), {}


@pytest.mark.parametrize("order", list(permutations(SORTS)), ids=" ".join)
def test_of_several_refusals_the_first_in_the_picked_order_is_sent(order: tuple[str, ...]) -> None:
    for sorts, rule, given, named in several(home(precedence=list(order))):
        assert refused(rule, *given, **named).sort == next(sort for sort in order if sort in sorts), (sorts, given)


def test_to_a_stranger_the_head_of_somebody_unknown_says_no_more_than_of_an_owner() -> None:
    assert {refused(home().check, "ben", owner).kind for owner in (ODA, ANN, NOBODY, NO_GROUP)} == {"unauthorized"}
