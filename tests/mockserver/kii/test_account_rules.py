"""Kii's rules of things, users and groups as pure functions: who may make and end them, and what ends with them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import permutations
from typing import Any

import pytest
from ownership_contracts.mockserver.kii.entities import Owner, ThingRef

from tests.mockserver.kii.homes import ANN, BEN, CLUB, DOOR, FAMILY, FAN, LAMP, NO_THING, START, Home, home, permitted, refused

INSIDERS = {"admin", "ann", "ben", "oda", "mia", "max", "lamp", "fan", "anonymous"}
USERS = {"ann", "ben", "oda", "mia", "max"}
NEW = ThingRef("vendorThingID", "new-01")


def known(place: Home, token: str | None) -> bool:
    return token is not None and place.world.principal_of(token) is not None


def family(*joined: str, **settings: Any) -> Home:
    """A home whose family has these members beside mia, its owner."""
    place = home(**settings)
    for user in joined:
        place.join(user)
    return place


# ---------------------------------------------------------------------------------------------------- things


def test_whoever_calls_for_the_application_registers_things_and_users() -> None:
    assert permitted(lambda place: place.register_thing) == INSIDERS
    assert permitted(lambda place: place.register_user) == INSIDERS


def test_a_registered_thing_is_there_under_both_names_unowned_and_with_the_time() -> None:
    place = home()
    thing, token = place.register_thing("anonymous", _thingType="lamp", colour={"warm": [1, 2]})
    assert (thing.vendor_id, thing.password, thing.created) == ("new-01", "new-secret", START)
    assert thing.fields == {"_thingType": "lamp", "colour": {"warm": [1, 2]}}
    for ref in (NEW, ThingRef("thingID", thing.id)):
        assert place.owners("admin", ref) == ([], [])
        assert place.read_thing(str(token), ref) is thing


def test_a_token_is_made_with_the_thing_only_where_one_is_asked_for() -> None:
    place = home()
    before = set(place.world.tokens)
    thing, token = place.register_thing("admin", authorize=False)
    assert (token, set(place.world.tokens)) == (None, before)
    second, own = place.register_thing("admin", _vendorThingID="new-02")
    assert place.who(str(own)).id == second.id != thing.id


def test_fields_that_are_the_vendors_are_not_kept_as_the_callers_own() -> None:
    reserved: dict[str, Any] = dict.fromkeys(("_thingID", "_created", "_disabled", "_accessToken"), "forged")
    thing, _ = home().register_thing("anonymous", **reserved)
    assert thing.fields == {}
    assert thing.id != "forged"
    user = home().register_user("anonymous", userID="forged", displayName="New")
    assert (user.fields, user.id != "forged") == ({"displayName": "New"}, True)


def test_a_vendor_thing_id_and_a_login_name_are_taken_once_in_each_application() -> None:
    place = home()
    no = refused(place.register_thing, "admin", _vendorThingID="fan-01")
    assert (no.kind, no.facts) == ("thing_exists", {"app_id": "home", "field": "vendorThingID", "value": "fan-01"})
    no = refused(place.register_user, "admin", loginName="ann")
    assert (no.kind, no.facts) == ("user_exists", {"app_id": "home", "field": "loginName", "value": "ann"})
    # Names that differ in case are two, and another application's are its own.
    place.register_thing("admin", _vendorThingID="FAN-01")
    place.register_user("admin", loginName="Ann")
    Home(place.world, "office").register_user("zoe", loginName="ben")
    Home(place.world, "office").register_thing("zoe", _vendorThingID="fan-01")


@pytest.mark.parametrize(("picked", "more"), [("unauthorized", set()), ("allowed", USERS)])
def test_a_thing_is_read_by_the_administrator_itself_its_owners_and_strangers_as_is_picked(picked: str, more: set[str]) -> None:
    assert permitted(lambda place: place.read_thing, strangers_read=picked) == {"admin", "lamp", "oda"} | more
    assert permitted(lambda place: place.read_thing, FAN, strangers_read=picked) == {"admin", "fan"} | more
    if picked == "unauthorized":
        assert refused(home().read_thing, "ann").clause == "kii-pick.strangers-read"
        assert refused(home().read_thing, "fan").clause is None


def test_a_member_of_an_owning_group_reads_and_deletes_the_thing_until_he_leaves() -> None:
    place = family("ben")
    place.put("admin", FAMILY)
    place.read_thing("ben")
    place.remove_member("ben", "ben")
    assert refused(place.read_thing, "ben").kind == refused(place.delete_thing, "ben").kind == "unauthorized"
    place.delete_thing("mia")


def test_a_thing_is_deleted_by_the_administrator_and_its_owners_and_not_by_itself() -> None:
    assert permitted(lambda place: place.delete_thing) == {"admin", "oda"}
    assert permitted(lambda place: place.delete_thing, FAN) == {"admin"}


def test_with_a_thing_go_its_ownerships_flows_codes_and_tokens() -> None:
    place = home()
    _, token = place.register_thing("anonymous")
    place.put("ann", ANN, NEW)
    code = place.request("ben", BEN, NEW)
    more = place.log_in(username="VENDOR_THING_ID:new-01", password="new-secret").token
    assert known(place, token)
    assert known(place, more)
    place.delete_thing("ann", NEW)
    assert not known(place, token)
    assert not known(place, more)
    assert known(place, "lamp")
    assert known(place, "ann")
    assert refused(place.read_thing, "admin", NEW).kind == "thing_missing"
    again, fresh = place.register_thing("anonymous")
    assert place.owners("admin", NEW) == ([], [])
    assert refused(place.confirm, "admin", code, NEW).clause == "kii-pick.wrong-code"
    assert (again.flows, fresh != token) == ({}, True)


@pytest.mark.parametrize("ref", [NO_THING, DOOR, ThingRef("thingID", "")])
def test_a_thing_that_the_application_does_not_have_is_neither_read_nor_deleted(ref: ThingRef) -> None:
    for rule in (home().read_thing, home().delete_thing):
        no = refused(rule, "admin", ref)
        assert (no.kind, no.facts) == ("thing_missing", {"app_id": "home", "field": ref.field, "value": ref.value})


# ---------------------------------------------------------------------------------------------------- users


def test_a_registered_user_logs_in_and_reads_himself() -> None:
    place = home()
    user = place.register_user("anonymous", displayName="New")
    token = place.log_in(username="new", password="new-secret").token
    assert place.read_self(token) is user
    assert (user.login, user.fields) == ("new", {"displayName": "New"})


def test_only_users_of_the_application_have_a_self() -> None:
    assert permitted(lambda place: place.read_self) == USERS
    assert {home().read_self(user).id for user in USERS} == USERS


def test_a_user_is_deleted_by_the_administrator_and_himself() -> None:
    for user in ("ann", "mia"):
        assert permitted(lambda place: place.delete_user, user) == {"admin", user}


def test_with_a_user_go_his_tokens_and_memberships_and_his_login() -> None:
    place = family("ann")
    second = place.log_in(username="ann", password="ann-secret").token
    place.delete_user("ann")
    assert not known(place, "ann")
    assert not known(place, second)
    assert known(place, "other-ann"), "the namesake of another application stays"
    assert place.world.apps["home"].groups["family"].members == ["mia"]
    assert refused(place.log_in, username="ann", password="ann-secret").clause == "kii-pick.login-refused"
    assert refused(place.delete_user, "admin", "ann").facts == {"app_id": "home", "id": "ann"}
    assert place.register_user("anonymous", loginName="ann").id != "ann"


def test_a_group_whose_owner_is_deleted_stays_and_has_none() -> None:
    place = family("ben")
    place.delete_user("mia", "mia")
    group = place.world.apps["home"].groups["family"]
    assert (group.owner, group.members) == (None, ["ben"])
    assert refused(place.delete_group, "ben").kind == "unauthorized"
    place.add_member("admin", "ann")
    place.delete_group("admin")


@pytest.mark.parametrize(("picked", "left"), [("removed", (["oda"], [])), ("kept", (["oda", "ann"], ["club"]))])
def test_what_a_deleted_user_or_group_owned_is_as_is_picked(picked: str, left: tuple[list[str], list[str]]) -> None:
    place = home(deleted_owner=picked)
    place.put("admin", ANN)
    place.put("admin", CLUB)
    place.put("admin", ANN, FAN)
    place.delete_user("ann")
    place.delete_group("max", "club")
    assert place.owners() == left
    assert place.owners(ref=FAN) == (["ann"] if picked == "kept" else [], [])
    assert refused(place.read_thing, "max").kind == "unauthorized"


@pytest.mark.parametrize("picked", ["removed", "kept"])
def test_a_flow_of_a_deleted_user_or_group_stays_and_finds_nobody(picked: str) -> None:
    place = home(deleted_owner=picked)
    codes = [place.request("lamp", owner) for owner in (ANN, CLUB)]
    place.delete_user("ann")
    place.delete_group("max", "club")
    assert [refused(place.confirm, "admin", code).kind for code in codes] == ["user_missing", "group_missing"]


# ---------------------------------------------------------------------------------------------------- groups


def test_a_group_is_made_by_a_user_for_himself_and_by_the_administrator_for_anyone() -> None:
    assert permitted(lambda place: place.create_group, "ann") == {"admin", "ann"}
    assert permitted(lambda place: place.create_group, "mia", ["ann"]) == {"admin", "mia"}


def test_a_group_without_a_named_owner_is_its_makers_and_an_administrators_is_nobodys() -> None:
    for user in USERS:
        group, missing = home().create_group(user)
        assert (group.owner, group.members, missing) == (user, [user], [])
    group, _ = home().create_group("admin", members=["ben"])
    assert (group.owner, group.members) == (None, ["ben"])
    others = ("lamp", "fan", "anonymous", "office-admin", "zoe", "other-ann", "door", "office-anonymous")
    assert {refused(home().create_group, caller).kind for caller in others} == {"unauthorized"}


@pytest.mark.parametrize(
    ("members", "kept", "missing"),
    [
        ([], ["ann"], []),
        (["ben"], ["ann", "ben"], []),
        (["ann", "ben"], ["ann", "ben"], []),
        (["ben", "ann", "ben", "ann"], ["ann", "ben"], []),
        (["none", "ben", "zoe"], ["ann", "ben"], ["none", "zoe"]),
        (["none", "none", "", ""], ["ann"], ["none", ""]),
        (["ben", "family"], ["ann", "ben"], ["family"]),
    ],
)
def test_a_group_has_its_owner_and_each_named_user_once_and_tells_whom_it_did_not_find(
    members: list[str], kept: list[str], missing: list[str]
) -> None:
    place = home()
    group, told = place.create_group("ann", members=members)
    assert (group.members, told) == (kept, missing)
    place.put("ann", Owner("group", group.id))
    place.check("admin", Owner("group", group.id))


@pytest.mark.parametrize("owner", ["none", "zoe", "", "family"])
def test_a_group_for_an_owner_who_does_not_exist_is_not_made(owner: str) -> None:
    no = refused(home().create_group, "admin", owner)
    assert (no.kind, no.facts) == ("user_missing", {"app_id": "home", "id": owner})


def test_a_group_is_run_by_the_administrator_and_its_owner() -> None:
    assert permitted(lambda place: place.delete_group) == {"admin", "mia"}
    assert permitted(lambda place: place.add_member, "ann") == {"admin", "mia"}

    def joined(place: Home) -> Callable[..., None]:
        place.join("ann")
        place.join("ben")
        return place.remove_member

    assert permitted(joined, "ann") == {"admin", "mia", "ann"}
    assert permitted(joined, "mia") == {"admin", "mia"}


def test_a_deleted_group_is_gone_and_its_members_stay() -> None:
    place = family("ann")
    place.delete_group("mia")
    assert refused(place.delete_group, "admin").kind == "group_missing"
    assert refused(place.put, "mia", FAMILY).kind == "group_missing"
    assert known(place, "mia")
    assert place.read_self("ann").id == "ann"


def test_who_is_added_is_a_member_once_and_may_what_a_member_may() -> None:
    place = home()
    assert refused(place.put, "ann", FAMILY).kind == "unauthorized"
    for _ in range(2):
        place.add_member("mia", "ann")
    assert place.world.apps["home"].groups["family"].members == ["mia", "ann"]
    place.put("ann", FAMILY)
    place.remove_member("ann", "ann")
    assert place.world.apps["home"].groups["family"].members == ["mia"]
    assert refused(place.remove, "ann", FAMILY).kind == "unauthorized"


def test_a_group_or_user_that_is_not_there_is_told() -> None:
    place = home()
    assert refused(place.add_member, "mia", "none").facts == {"app_id": "home", "id": "none"}
    assert refused(place.add_member, "mia", "zoe").kind == "user_missing"
    for rule in (place.add_member, place.remove_member):
        no = refused(rule, "admin", "ann", "none")
        assert (no.kind, no.facts) == ("group_missing", {"app_id": "home", "id": "none"})
    assert refused(place.delete_group, "admin", "staff").kind == "group_missing"


@pytest.mark.parametrize("user", ["ann", "none", "zoe"])
def test_to_take_out_who_is_no_member_gets_what_is_picked(user: str) -> None:
    no = refused(home().remove_member, "mia", user)
    assert (no.kind, no.clause, no.facts) == ("user_missing", "kii-pick.removed-stranger", {"app_id": "home", "id": user})
    place = home(removed_stranger="no_content")
    for caller in ("mia", "admin"):
        place.remove_member(caller, user)
    assert place.world.apps["home"].groups["family"].members == ["mia"]
    assert refused(place.remove_member, "ben", user).kind == "unauthorized"


# ---------------------------------------------------------------------------------------------------- all alike


def test_callers_of_another_application_get_401_on_every_call() -> None:
    place = family("ann")
    for caller in ("office-admin", "zoe", "door", "office-anonymous", "other-ann", "other-lamp"):
        calls: list[tuple[Callable[..., Any], tuple[Any, ...]]] = [
            (place.register_thing, ()),
            (place.read_thing, ()),
            (place.delete_thing, ()),
            (place.register_user, ()),
            (place.read_self, ()),
            (place.delete_user, ("ann",)),
            (place.create_group, ()),
            (place.create_group, ("ann",)),
            (place.delete_group, ()),
            (place.add_member, ("ben",)),
            (place.remove_member, ("ann",)),
        ]
        for rule, given in calls:
            assert refused(rule, caller, *given).kind == "unauthorized", (caller, rule)


@pytest.mark.parametrize(("picked", "kind"), [("not_found", "app_missing"), ("unauthorized", "unauthorized")])
def test_an_application_that_is_not_there_gets_what_is_picked(picked: str, kind: str) -> None:
    place = home("none", unknown_app=picked)
    rules: list[Callable[..., Any]] = [place.register_thing, place.read_thing, place.delete_thing, place.register_user, place.read_self]
    rules += [place.delete_user, place.create_group, place.delete_group]
    for rule in rules:
        no = refused(rule, "admin")
        assert (no.kind, no.clause) == (kind, "kii-pick.unknown-app")
    for rule in (place.add_member, place.remove_member):
        assert refused(rule, "admin", "ann").clause == "kii-pick.unknown-app"
    assert refused(place.log_in, username="ann", password="ann-secret").kind == kind


SORTS = ("invalid", "missing", "unauthorized", "conflict")


def several(place: Home) -> Iterator[tuple[set[str], Callable[..., Any], tuple[Any, ...], dict[str, Any]]]:
    """Calls that earn several sorts of refusal."""
    yield {"unauthorized", "conflict"}, place.register_thing, ("zoe",), {"_vendorThingID": "fan-01"}
    yield {"unauthorized", "conflict"}, place.register_user, ("zoe",), {"loginName": "ann"}
    yield {"missing", "unauthorized"}, place.read_thing, ("ben", NO_THING), {}
    yield {"missing", "unauthorized"}, place.delete_thing, ("lamp", NO_THING), {}
    yield {"missing", "unauthorized"}, place.delete_user, ("ben", "none"), {}
    yield {"missing", "unauthorized"}, place.create_group, ("ben", "none"), {}
    yield {"missing", "unauthorized"}, place.delete_group, ("mia", "none"), {}
    yield {"missing", "unauthorized"}, place.add_member, ("ben", "none"), {}
    yield {"missing", "unauthorized"}, place.add_member, ("mia", "ann", "none"), {}
    yield {"missing", "unauthorized"}, place.remove_member, ("ben", "ann"), {}


@pytest.mark.parametrize("order", list(permutations(SORTS)), ids=" ".join)
def test_of_several_refusals_the_first_in_the_picked_order_is_sent(order: tuple[str, ...]) -> None:
    for sorts, rule, given, named in several(home(precedence=list(order))):
        assert refused(rule, *given, **named).sort == next(sort for sort in order if sort in sorts), (sorts, given)


def test_the_view_shows_who_was_made_and_the_target_those_with_a_token() -> None:
    place = home()
    thing, _ = place.register_thing("anonymous", colour="warm")
    user = place.register_user("anonymous")

    def rows(table: str, world: Any) -> list[str]:
        return [row["id"] for row in world["apps"][0][table]]

    assert (thing.id in rows("things", place.world.view()), user.id in rows("users", place.world.view())) == (True, True)
    assert (thing.id in rows("things", place.world.target("", "")), user.id in rows("users", place.world.target("", ""))) == (True, False)
    place.log_in(username="new", password="new-secret")
    assert user.id in rows("users", place.world.target("", ""))
    place.log_in(client_id="home", client_secret="home-key")
    assert "home anonymous" in {who for who, header in place.world.principals() if header.startswith("Authorization: Bearer")}
    assert place.world.target("", "")["apps"][0]["admin"]["token"] == "admin"
    place.log_in(client_id="home-client", client_secret="home-client-secret")
    assert place.world.target("", "")["apps"][0]["admin"]["token"] == "admin"
    assert LAMP.value in rows("things", place.world.target("", ""))
