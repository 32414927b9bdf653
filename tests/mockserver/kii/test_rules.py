"""Kii's rules as pure functions: who may do what, in which order refusals come, and what codes are."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import permutations
from typing import Any

import pytest
from ownership_contracts import specs
from ownership_contracts.mockserver.engine.clock import Clock
from ownership_contracts.mockserver.engine.settings import settle
from ownership_contracts.mockserver.engine.supply import Supply
from ownership_contracts.mockserver.kii.entities import Owner, Principal, ThingRef
from ownership_contracts.mockserver.kii.setup import build

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
    START,
    Home,
    allowed,
    home,
    later,
    refused,
)

# ---------------------------------------------------------------------------------------------------- who may

MAY_ADD = {ANN: {"admin", "ann"}, BEN: {"admin", "ben"}, FAMILY: {"admin", "mia"}, CLUB: {"admin", "max"}}


@pytest.mark.parametrize("owner", MAY_ADD, ids=lambda owner: owner.id)
def test_an_owner_is_added_by_the_administrator_the_user_himself_and_members_of_the_group(owner: Owner) -> None:
    assert {caller for caller in CALLERS if allowed(home().add, caller, owner)} == MAY_ADD[owner]


def test_the_owners_are_listed_by_the_administrator_and_the_thing() -> None:
    assert {caller for caller in CALLERS if allowed(home().owners, caller)} == {"admin", "lamp"}
    assert {caller for caller in CALLERS if allowed(home().owners, caller, FAN)} == {"admin", "fan"}


MAY_REQUEST = {ANN: {"admin", "lamp", "ann"}, BEN: {"admin", "lamp", "ben"}, FAMILY: {"admin", "lamp", "mia"}, CLUB: {"admin", "lamp", "max"}}


@pytest.mark.parametrize("owner", MAY_REQUEST, ids=lambda owner: owner.id)
def test_a_flow_is_started_by_the_administrator_the_thing_the_user_himself_and_members_of_the_group(owner: Owner) -> None:
    assert {caller for caller in CALLERS if allowed(home().request, caller, owner)} == MAY_REQUEST[owner]


@pytest.mark.parametrize(
    ("starter", "owner", "picked", "may"),
    [
        ("lamp", ANN, "admin_only", {"admin", "ann"}),
        ("lamp", FAMILY, "admin_only", {"admin", "mia"}),
        ("ann", ANN, "admin_only", {"admin", "lamp"}),
        ("mia", FAMILY, "admin_only", {"admin", "lamp"}),
        ("admin", ANN, "admin_only", {"admin"}),
        ("admin", FAMILY, "admin_only", {"admin"}),
        ("admin", ANN, "either_side", {"admin", "lamp", "ann"}),
        ("admin", FAMILY, "either_side", {"admin", "lamp", "mia"}),
        ("lamp", ANN, "either_side", {"admin", "ann"}),
        ("ann", ANN, "either_side", {"admin", "lamp"}),
        ("mia", FAMILY, "either_side", {"admin", "lamp"}),
    ],
)
def test_a_flow_is_completed_by_the_side_that_did_not_start_it(starter: str, owner: Owner, picked: str, may: set[str]) -> None:
    def confirmed(caller: str) -> bool:
        place = home(admin_flow=picked)
        return allowed(place.confirm, caller, place.request(starter, owner))

    assert {caller for caller in CALLERS if confirmed(caller)} == may


def test_of_a_code_that_is_wrong_only_those_are_told_who_might_have_had_a_right_one() -> None:
    """Any user of the application may be the one to be added; another thing, an anonymous caller and a stranger cannot be a side of the flow."""
    kinds = {caller: refused(home().confirm, caller, "none").kind for caller in CALLERS}
    told = {caller for caller, kind in kinds.items() if kind == "bad_code"}
    assert told == {"admin", "ann", "ben", "oda", "mia", "max", "lamp"}
    assert {kind for caller, kind in kinds.items() if caller not in told} == {"unauthorized"}


def test_every_member_of_the_group_may_complete_a_flow_of_the_things() -> None:
    place = home()
    code = place.request("lamp", FAMILY)
    place.world.apps["home"].groups["family"].members.append("ben")
    place.confirm("ben", code)
    assert place.owners() == (["oda"], ["family"])


def test_the_right_to_a_group_ends_with_leaving_it() -> None:
    place = home()
    code = place.request("lamp", FAMILY)
    place.world.apps["home"].groups["family"].members.remove("mia")
    assert refused(place.confirm, "mia", code).kind == "unauthorized"
    assert refused(place.request, "mia", FAMILY).kind == "unauthorized"
    assert refused(place.add, "mia", FAMILY).kind == "unauthorized"


def test_an_anonymous_caller_adds_anyone_where_that_is_picked_and_does_nothing_else() -> None:
    for owner in (ANN, FAMILY):
        assert refused(home().add, "anonymous", owner).kind == "unauthorized"
        assert allowed(home(anonymous_post="allowed").add, "anonymous", owner)
    place = home(anonymous_post="allowed")
    assert refused(place.add, "office-anonymous", ANN).kind == "unauthorized"
    assert refused(place.owners, "anonymous").kind == "unauthorized"
    assert refused(place.request, "anonymous", ANN).kind == "unauthorized"
    assert refused(place.confirm, "anonymous", place.request("lamp", ANN)).kind == "unauthorized"


def test_an_anonymous_caller_is_bound_by_the_rule_of_the_password() -> None:
    place = home("office", anonymous_post="allowed")
    assert refused(place.add, "office-anonymous", Owner("user", "zoe"), DOOR).kind == "password"
    place.add("office-anonymous", Owner("user", "zoe"), DOOR, "door-secret")


def test_a_thing_under_either_name_is_one_thing() -> None:
    place = home()
    place.add("admin", ANN, ThingRef("vendorThingID", "fan-01"))
    assert place.owners("fan", ThingRef("vendorThingID", "fan-01")) == place.owners("fan", FAN) == (["ann"], [])
    assert refused(place.owners, "admin", ThingRef("vendorThingID", "th.fan")).kind == "thing_missing"
    assert refused(place.owners, "admin", ThingRef("thingID", "fan-01")).kind == "thing_missing"


def test_a_label_of_the_scenario_is_the_things_vendor_id_where_none_is_given() -> None:
    assert home().owners("lamp", ThingRef("vendorThingID", "lamp")) == (["oda"], [])


# ---------------------------------------------------------------------------------------------------- owners


def test_owners_are_listed_in_the_order_in_which_they_became_so() -> None:
    place = home()
    place.add("max", CLUB)
    place.add("ben", BEN)
    place.confirm("lamp", place.request("mia", FAMILY))
    place.confirm("ann", place.request("lamp", ANN))
    assert place.owners() == (["oda", "ben", "ann"], ["club", "family"])


def test_owners_of_one_thing_own_no_other() -> None:
    place = home()
    place.add("ann", ANN, FAN)
    assert (place.owners(ref=FAN), place.owners()) == ((["ann"], []), (["oda"], []))


@pytest.mark.parametrize("owner", [ODA, CLUB], ids=lambda owner: owner.id)
def test_who_owns_the_thing_is_not_added_or_asked_for_again(owner: Owner) -> None:
    place = home()
    if owner == CLUB:
        place.add("admin", CLUB)
    no = refused(place.add, "admin", owner)
    assert (no.kind, no.facts) == ("already_owner", {"app_id": "home", "thing_id": "th.lamp", "owner": owner})
    assert refused(place.request, "lamp", owner).facts == no.facts


def test_a_flow_that_was_overtaken_is_a_conflict() -> None:
    place = home()
    code = place.request("lamp", ANN)
    place.add("ann", ANN)
    no = refused(place.confirm, "ann", code)
    assert (no.kind, no.clause, no.facts["owner"]) == ("already_owner", None, ANN)


def test_to_start_a_flow_makes_nobody_an_owner() -> None:
    place = home()
    place.request("lamp", ANN)
    place.request("mia", FAMILY)
    assert place.owners() == (["oda"], [])


def test_a_flow_adds_the_one_that_it_was_started_for_and_no_other() -> None:
    place = home()
    code = place.request("mia", FAMILY)
    place.request("ann", ANN)
    place.confirm("lamp", code)
    assert place.owners() == (["oda"], ["family"])


@pytest.mark.parametrize(("picked", "answer"), [("added", None), ("already_owner", "already_owner")])
def test_a_member_of_an_owning_group_who_adds_himself_gets_what_is_picked(picked: str, answer: str | None) -> None:
    place = home(member_adds_self=picked)
    place.add("max", CLUB)
    if answer is None:
        place.add("max", Owner("user", "max"))
        assert place.owners() == (["oda", "max"], ["club"])
    else:
        assert refused(place.add, "max", Owner("user", "max")).kind == answer
    # Neither the administrator nor somebody of another group is meant.
    place.add("admin", Owner("user", "mia"))
    place.add("ann", ANN)


def test_a_member_of_an_owning_group_adds_another_group_of_his_whatever_is_picked() -> None:
    place = home(member_adds_self="already_owner")
    place.world.apps["home"].groups["family"].members.append("max")
    place.add("max", CLUB)
    place.add("max", FAMILY)
    assert place.owners() == (["oda"], ["club", "family"])


def test_an_owner_deleted_in_mid_flow_is_missing_at_confirm() -> None:
    place = home()
    codes = {owner: place.request("lamp", owner) for owner in (ANN, FAMILY)}
    del place.world.apps["home"].users["ann"], place.world.apps["home"].groups["family"]
    assert refused(place.confirm, "admin", codes[ANN]).kind == "user_missing"
    assert refused(place.confirm, "admin", codes[FAMILY]).kind == "group_missing"


# ---------------------------------------------------------------------------------------------------- what is refused, and how


@pytest.mark.parametrize(
    ("owner", "kind", "facts"),
    [
        (Owner("user", "none"), "user_missing", {"app_id": "home", "id": "none"}),
        (Owner("group", "none"), "group_missing", {"app_id": "home", "id": "none"}),
        (Owner("user", "zoe"), "user_missing", {"app_id": "home", "id": "zoe"}),
        (Owner("group", "staff"), "group_missing", {"app_id": "home", "id": "staff"}),
        (Owner("user", "family"), "user_missing", {"app_id": "home", "id": "family"}),
        (Owner("group", "ann"), "group_missing", {"app_id": "home", "id": "ann"}),
        (Owner("user", ""), "user_missing", {"app_id": "home", "id": ""}),
    ],
)
def test_an_owner_that_the_application_does_not_have_is_missing(owner: Owner, kind: str, facts: dict[str, str]) -> None:
    for no in (refused(home().add, "admin", owner), refused(home().request, "lamp", owner)):
        assert (no.kind, no.facts) == (kind, facts)


@pytest.mark.parametrize("ref", [NO_THING, ThingRef("thingID", "none"), DOOR, ThingRef("thingID", "")])
def test_a_thing_that_the_application_does_not_have_is_missing(ref: ThingRef) -> None:
    facts = {"app_id": "home", "field": ref.field, "value": ref.value}
    for rule, given in ((home().add, ("admin", ANN, ref)), (home().owners, ("admin", ref)), (home().request, ("admin", ANN, ref))):
        no = refused(rule, *given)
        assert (no.kind, no.facts) == ("thing_missing", facts)
    assert refused(home().confirm, "admin", "code", ref).facts == facts


@pytest.mark.parametrize(("picked", "kind"), [("not_found", "app_missing"), ("unauthorized", "unauthorized")])
def test_an_application_that_is_not_there_gets_what_is_picked(picked: str, kind: str) -> None:
    place = home("none", unknown_app=picked)
    for no in (
        refused(place.add, "admin", ANN),
        refused(place.owners, "admin"),
        refused(place.request, "admin", ANN),
        refused(place.confirm, "admin", "code"),
    ):
        assert (no.kind, no.clause) == (kind, "kii-pick.unknown-app")


def test_neither_and_both_are_two_causes() -> None:
    place = home()
    assert refused(place.add, "admin", []).kind == "neither"
    assert refused(place.add, "admin", [ANN, FAMILY]).kind == "both"


def test_a_member_who_names_a_user_and_his_group_may_do_so_for_himself_alone() -> None:
    place = home(precedence=["unauthorized", "invalid", "missing", "conflict"])
    assert refused(place.add, "mia", [ANN, FAMILY]).kind == "unauthorized"
    assert refused(place.add, "mia", [Owner("user", "mia"), CLUB]).kind == "unauthorized"
    assert refused(place.add, "mia", [Owner("user", "mia"), FAMILY]).kind == "both"


@pytest.mark.parametrize(
    ("app", "ref", "user", "password", "lets"),
    [
        ("home", LAMP, "ann", None, True),
        ("home", LAMP, "ann", "wrong", True),
        ("home", LAMP, "ann", "", True),
        ("office", DOOR, "zoe", None, False),
        ("office", DOOR, "zoe", "wrong", False),
        ("office", DOOR, "zoe", "", False),
        ("office", DOOR, "zoe", "door-secre", False),
        ("office", DOOR, "zoe", "door-secret ", False),
        ("office", DOOR, "zoe", "Door-secret", False),
        ("office", DOOR, "zoe", "lamp-secret", False),
        ("office", DOOR, "zoe", "\ud800", False),
        ("office", DOOR, "zoe", "door-secret", True),
    ],
)
def test_the_password_is_looked_at_where_the_application_requires_it(app: str, ref: ThingRef, user: str, password: str | None, lets: bool) -> None:
    place = home(app)
    if lets:
        place.add(user, Owner("user", user), ref, password)
        assert user in place.world.apps[app].things[ref.value].owners[-1].id
    else:
        assert refused(place.add, user, Owner("user", user), ref, password).kind == "password"


@pytest.mark.parametrize(("picked", "lets"), [(False, True), (True, False)])
def test_an_application_that_never_set_the_flag_has_the_picked_one(picked: bool, lets: bool) -> None:
    place = home("shed", require_password_default=picked)
    if lets:
        place.add("sue", Owner("user", "sue"), SAW)
    else:
        assert refused(place.add, "sue", Owner("user", "sue"), SAW).kind == "password"
        place.add("sue", Owner("user", "sue"), SAW, "saw-secret")
    # A flag that is set is not touched by the pick.
    home("home", require_password_default=picked).add("ann", ANN)
    assert refused(home("office", require_password_default=picked).add, "zoe", Owner("user", "zoe"), DOOR).kind == "password"


@pytest.mark.parametrize("binds", [True, False])
def test_the_password_binds_the_administrator_as_is_picked_and_every_other_always(binds: bool) -> None:
    place = home("office", password_binds_admin=binds)
    assert refused(place.add, "zoe", Owner("user", "zoe"), DOOR, "wrong").kind == "password"
    if binds:
        assert refused(place.add, "office-admin", Owner("user", "zoe"), DOOR).kind == "password"
        place.add("office-admin", Owner("user", "zoe"), DOOR, "door-secret")
    else:
        place.add("office-admin", Owner("user", "zoe"), DOOR)


def test_a_flow_asks_for_no_password() -> None:
    place = home("office")
    place.confirm("door", place.request("zoe", Owner("user", "zoe"), DOOR), DOOR)
    assert place.owners("door", DOOR) == (["zoe"], [])


@pytest.mark.parametrize(("picked", "kind"), [("invalid", "invalid"), ("ignored", None)])
def test_a_body_of_a_request_operation_gets_what_is_picked(picked: str, kind: str | None) -> None:
    place = home(request_body=picked)
    if kind is None:
        assert place.request("lamp", ANN, with_body=True)
    else:
        no = refused(place.request, "lamp", ANN, with_body=True)
        assert (no.kind, no.clause) == (kind, "kii-pick.request-body")


# ---------------------------------------------------------------------------------------------------- which refusal comes first

SORTS = ("invalid", "missing", "unauthorized", "conflict")


def several(place: Home) -> Iterator[tuple[set[str], Callable[..., Any], tuple[Any, ...]]]:
    """Calls that earn several sorts of refusal."""
    place.add("admin", ANN)
    yield {"invalid", "missing"}, place.add, ("admin", [], NO_THING)
    yield {"invalid", "unauthorized"}, place.add, ("lamp", [])
    yield {"invalid", "missing", "unauthorized"}, place.add, ("lamp", [], NO_THING)
    yield {"missing", "unauthorized"}, place.add, ("ben", Owner("user", "none"))
    yield {"missing", "unauthorized"}, place.owners, ("ben", NO_THING)
    yield {"missing", "unauthorized"}, place.request, ("ben", ANN, NO_THING)
    yield {"unauthorized", "conflict"}, place.add, ("ben", ANN)
    yield {"unauthorized", "conflict"}, place.request, ("ben", ANN)
    yield {"unauthorized", "conflict"}, place.confirm, ("fan", "none")
    yield {"invalid", "missing"}, place.confirm, ("admin", "", NO_THING)
    yield {"invalid", "unauthorized"}, place.confirm, ("fan", 5)


@pytest.mark.parametrize("order", list(permutations(SORTS)), ids=" ".join)
def test_of_several_refusals_the_first_in_the_picked_order_is_sent(order: tuple[str, ...]) -> None:
    for sorts, rule, given in several(home(precedence=list(order))):
        assert refused(rule, *given).sort == next(sort for sort in order if sort in sorts), (sorts, given)


def test_the_order_holds_for_callers_of_another_application_too() -> None:
    calls: list[tuple[set[str], tuple[Any, ThingRef]]] = [
        ({"invalid", "unauthorized"}, ([], LAMP)),
        ({"missing", "unauthorized"}, (ANN, NO_THING)),
        ({"unauthorized", "conflict"}, (ODA, LAMP)),
    ]
    for order in permutations(SORTS):
        place = home(precedence=list(order))
        for sorts, given in calls:
            assert refused(place.add, "office-admin", *given).sort == next(sort for sort in order if sort in sorts), (order, sorts, given)


# ---------------------------------------------------------------------------------------------------- codes


@pytest.mark.parametrize("length", [1, 2, 16, 64])
@pytest.mark.parametrize("alphabet", ["ab", "0123456789", "abcdefghjkmnpqrstuvwxyz23456789"])
def test_a_code_has_the_picked_length_and_letters_of_the_picked_alphabet(length: int, alphabet: str) -> None:
    place = home(code_length=length, code_alphabet=alphabet)
    codes = [place.request("lamp", ANN) for _ in range(60)]
    assert {len(code) for code in codes} == {length}
    assert set("".join(codes)) <= set(alphabet)
    # 60 letters and more: to miss one of two, or most of thirty, would be no chance.
    assert len(set("".join(codes))) > len(alphabet) / 2


def test_codes_of_the_default_kind_do_not_repeat() -> None:
    place = home(second_request="keeps")
    codes = [place.request("lamp", owner) for _ in range(500) for owner in (ANN, FAMILY)]
    assert len(set(codes)) == len(codes)


LIVES = [(3600, 0, True), (3600, 3599.9, True), (3600, 3600, False), (3600, 9999, False), (0, 0, False), (1, 0.5, True)]


@pytest.mark.parametrize(("life", "age", "serves"), LIVES)
def test_a_code_serves_while_less_than_its_life_has_passed(life: int, age: float, serves: bool) -> None:
    place = home(code_life=life)
    code = place.request("lamp", ANN)
    later(place, age)
    if serves:
        place.confirm("ann", code)
        assert place.owners() == (["oda", "ann"], [])
    else:
        no = refused(place.confirm, "ann", code)
        assert (no.kind, no.clause) == ("bad_code", "kii-pick.expired-code")


BAD = {"conflict": "bad_code", "unauthorized": "unauthorized", "invalid": "invalid", "already_owner": "already_owner"}


def bad_codes(place: Home) -> dict[str, Any]:
    """A code of each bad kind for the lamp, by the name of the pick that answers it."""
    used = place.request("lamp", FAMILY)
    place.confirm("mia", used)
    foreign = place.request("fan", ANN, FAN)
    expired = place.request("lamp", ANN)
    later(place, 7200)
    return {"wrong_code": "none", "foreign_code": foreign, "used_code": used, "expired_code": expired, "malformed_code": ""}


PICKS = specs.ledger("kii").picks


@pytest.mark.parametrize(("pick", "option"), [(name, option) for name in PICKS if name.endswith("_code") for option in PICKS[name].options or ()])
def test_each_kind_of_bad_code_gets_what_is_picked(pick: str, option: str) -> None:
    place = home(**{pick: option})
    codes = bad_codes(place)
    no = refused(place.confirm, "ann", codes[pick])
    assert (no.kind, no.clause) == (BAD[option], f"kii-pick.{pick.replace('_', '-')}")
    if option == "already_owner":
        assert no.facts == {"app_id": "home", "thing_id": "th.lamp", "owner": FAMILY}
    elif option == "conflict":
        assert no.facts == {"app_id": "home", "thing_id": "th.lamp"}
    for other in set(codes) - {pick}:
        assert refused(place.confirm, "ann", codes[other]).kind == BAD[PICKS[other].default]


@pytest.mark.parametrize("code", [None, "", 5, True, [], {}, ["x"]])
def test_a_code_that_is_no_text_is_malformed(code: Any) -> None:
    assert refused(home().confirm, "admin", code).clause == "kii-pick.malformed-code"


@pytest.mark.parametrize("code", ["none", " ", "\ud800", "a" * 100_000])
def test_a_text_that_was_never_a_code_is_a_wrong_code(code: str) -> None:
    assert refused(home().confirm, "admin", code).clause == "kii-pick.wrong-code"


def test_a_code_is_compared_as_a_whole_and_in_its_case() -> None:
    place = home()
    code = place.request("lamp", ANN)
    for near in (code[:-1], code + "x", code.upper(), f" {code}", code[::-1]):
        assert refused(place.confirm, "ann", near).clause == "kii-pick.wrong-code"
    place.confirm("ann", code)


def test_the_code_of_another_applications_thing_is_foreign() -> None:
    place = home()
    code = home_of(place, "office").request("door", Owner("user", "zoe"), DOOR)
    assert refused(place.confirm, "admin", code).clause == "kii-pick.foreign-code"


def home_of(place: Home, app: str) -> Home:
    """The same world, called under another application."""
    return Home(place.world, app)


def test_a_code_serves_once() -> None:
    place = home()
    code = place.request("lamp", ANN)
    place.confirm("ann", code)
    assert refused(place.confirm, "admin", code).clause == "kii-pick.used-code"
    assert place.owners() == (["oda", "ann"], [])


def test_a_refused_confirm_does_not_use_the_code_up() -> None:
    place = home()
    code = place.request("lamp", ANN)
    for caller in ("lamp", "ben", "fan", "zoe"):
        refused(place.confirm, caller, code)
    place.confirm("ann", code)


def test_a_second_request_replaces_the_first_code() -> None:
    place = home()
    first, second = place.request("lamp", ANN), place.request("lamp", ANN)
    assert refused(place.confirm, "ann", first).clause == "kii-pick.wrong-code"
    place.confirm("ann", second)


def test_a_second_request_of_the_other_side_replaces_the_first_code_too() -> None:
    place = home()
    first, second = place.request("lamp", ANN), place.request("ann", ANN)
    assert refused(place.confirm, "ann", first).clause == "kii-pick.wrong-code"
    assert refused(place.confirm, "ann", second).kind == "unauthorized"
    place.confirm("lamp", second)


def test_where_codes_are_kept_both_serve() -> None:
    for number in (0, 1):
        place = home(second_request="keeps")
        codes = [place.request("lamp", ANN) for _ in range(2)]
        place.confirm("ann", codes[number])
        assert refused(place.confirm, "ann", codes[1 - number]).kind == "already_owner"


def test_a_request_for_another_owner_or_thing_replaces_no_code() -> None:
    place = home()
    code = place.request("lamp", ANN)
    place.request("lamp", FAMILY)
    place.request("fan", ANN, FAN)
    place.confirm("ann", code)


def test_the_side_that_started_is_kept_with_the_flow() -> None:
    place = home()
    started = {starter: place.request(starter, owner) for starter, owner in (("lamp", ANN), ("mia", FAMILY), ("admin", BEN))}
    flows = place.world.apps["home"].things["th.lamp"].flows
    assert {starter: (flows[code].started_by, flows[code].at) for starter, code in started.items()} == {
        "lamp": ("thing", START),
        "mia": ("owner", START),
        "admin": ("admin", START),
    }


# ---------------------------------------------------------------------------------------------------- from a scenario's data


def drawn(seed: str) -> list[Any]:
    """What a world draws that leaves everything open, and the codes of three flows."""
    data = {"apps": {"a": {"key": "k", "users": {"u": {}, "v": {}}, "groups": {"g": {"members": ["u"]}}, "things": {"t": {"password": "p"}}}}}
    world = build(data, settle("kii", {}), Supply(seed), Clock(START))
    app = world.apps["a"]
    (thing,) = app.things.values()
    admin = Principal("admin", "a", app.admin_id)
    codes = [world.request(admin, "a", ThingRef("thingID", thing.id), Owner("user", user), with_body=False) for user in app.users]
    return [list(world.tokens), app.admin_id, list(app.users), list(app.groups), thing.id, codes]


def test_a_seed_gives_the_same_ids_tokens_and_codes_again() -> None:
    assert drawn("one") == drawn("one")
    assert all(one != two for one, two in zip(drawn("one"), drawn("two"), strict=True))


def test_codes_do_not_move_where_other_things_are_drawn_in_between() -> None:
    plain, busy = home(), home()
    busy.world.supply.text("kii/user", 12)
    busy.world.supply.uuid4("other")
    assert plain.request("lamp", ANN) == busy.request("lamp", ANN)


def test_thing_ids_have_the_form_that_the_vendors_have() -> None:
    assert re.fullmatch(r"th\.[a-z0-9]{12}-[a-z0-9]{4}-[a-z0-9]{4}-[a-z0-9]{4}-[a-z0-9]{8}", drawn("x")[4])


def app(**parts: Any) -> dict[str, Any]:
    return {"apps": {"a": {"key": "k", **parts}}}


def owned(**owners: list[str]) -> dict[str, Any]:
    return app(users={"u": {}}, things={"t": {"password": "p", "owners": owners}})


def two_things(**same: str) -> dict[str, Any]:
    return app(things={name: {"password": "p", **same} for name in ("s", "t")})


DANGLING: dict[str, tuple[dict[str, Any], list[str]]] = {
    "a member": (app(users={"u": {}}, groups={"g": {"members": ["u", "ghost"]}}), ["kii.apps.a.groups.g.members", "'ghost'", "u"]),
    "a user who owns": (owned(users=["ghost"]), ["kii.apps.a.things.t.owners", "'ghost'"]),
    "a group that owns": (owned(groups=["ghost"]), ["kii.apps.a.things.t.owners", "'ghost'", "nothing"]),
    "two things of one id": (two_things(id="same"), ["kii.apps.a.things.t", "id"]),
    "two things of one vendor_id": (two_things(vendor_id="same"), ["kii.apps.a.things.t", "vendor_id"]),
    "two users of one id": (app(users={name: {"id": "same"} for name in ("u", "v")}), ["kii.apps.a.users.v"]),
    "two groups of one id": (app(groups={name: {"id": "same", "members": []} for name in ("g", "h")}), ["kii.apps.a.groups.h"]),
    "two of one token": (app(users={name: {"token": "same"} for name in ("u", "v")}), ["kii.apps.a", "'same'"]),
}


@pytest.mark.parametrize("kind", DANGLING)
def test_data_that_do_not_hold_together_are_refused_and_the_message_says_where(kind: str) -> None:
    data, told = DANGLING[kind]
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - its words are looked at below
        build(data, settle("kii", {}), Supply("seed"), Clock(START))
    assert not [word for word in told if word not in str(caught.value)]


# ---------------------------------------------------------------------------------------------------- how it looks from outside


def test_the_view_shows_owners_flows_and_every_principal() -> None:
    place = home()
    code = place.request("lamp", ANN)
    view = place.world.view()
    shown = next(thing for row in view["apps"] for thing in row["things"] if thing["id"] == "th.lamp")
    assert shown["owners"] == [{"kind": "user", "id": "oda"}]
    assert shown["flows"] == [{"code": code, "owner": {"kind": "user", "id": "ann"}, "started_by": "thing", "at": START, "expired": False}]
    assert {row["credential"].split()[-1] for row in view["principals"]} >= {"admin", "ann", "lamp", "door"}


def test_the_target_calls_a_thing_fresh_that_has_no_owner_and_no_flow() -> None:
    place = home()
    place.request("fan", ANN, FAN)
    fresh = [[(thing["id"], thing["fresh"]) for thing in row["things"]] for row in place.world.target("", "")["apps"]]
    assert fresh == [[("th.lamp", False), ("th.fan", False)], [("th.door", True), ("th.lamp", True)], [("th.saw", True)]]


def test_the_target_leaves_the_flag_out_where_it_was_never_set() -> None:
    assert [row.get("require_password") for row in home().world.target("", "")["apps"]] == [False, True, None]
    assert "require_password" not in home().world.target("", "")["apps"][2]
