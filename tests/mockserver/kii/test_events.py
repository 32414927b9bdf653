"""What can happen in a Kii world: each event does what it says, or says why it cannot."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any, cast

import httpx
import pytest
from jsonschema import Draft202012Validator
from ownership_contracts import specs
from ownership_contracts.mockserver.engine.journal.shown import full
from ownership_contracts.mockserver.engine.script import Line
from ownership_contracts.mockserver.engine.vendor import EventError
from ownership_contracts.mockserver.engine.worlds import DEFAULT
from ownership_contracts.mockserver.kii import SECRETS
from ownership_contracts.mockserver.kii.entities import Group, User
from ownership_contracts.mockserver.kii.events import EVENTS
from ownership_contracts.mockserver.kii.world import KiiWorld

from tests.mockserver.in_process import InProcess, in_process
from tests.mockserver.kii.apps import bearer
from tests.mockserver.kii.homes import ANN, BEN, FAMILY, FAN, LAMP, ODA, Home, home, later, refused
from tests.mockserver.kii.script import script
from tests.mockserver.player import Player

Act = Callable[[Home], object]


def happens(place: Home, event: str, **said: Any) -> None:
    """Make it happen as the engine does: with arguments that the event's schema takes."""
    Draft202012Validator(EVENTS[event].arguments).validate(said)
    EVENTS[event].happen(place.world, {"app": place.app, **said})


def cannot(place: Home, event: str, **said: Any) -> str:
    """Why it cannot happen; nothing may have changed."""
    before = deepcopy(place.world)
    with pytest.raises(EventError) as caught:
        happens(place, event, **said)
    assert place.world == before
    return str(caught.value)


# ---------------------------------------------------------------------------------------------------- what an event does

# What has happened before; the event; and the rule that an event of this kind stands for.
LIKE_A_RULE: dict[str, tuple[Act, dict[str, Any], Act]] = {
    "member_leaves": (lambda p: None, {"group": "family", "user": "mia"}, lambda p: p.remove_member("admin", "mia")),
    "member_joins": (lambda p: None, {"group": "family", "user": "ann"}, lambda p: p.add_member("admin", "ann")),
    "user_deleted": (lambda p: p.join("oda"), {"user": "oda"}, lambda p: p.delete_user("admin", "oda")),
    "group_deleted": (lambda p: p.add("admin", FAMILY), {"group": "family"}, lambda p: p.delete_group("admin", "family")),
    "thing_deleted": (lambda p: None, {"thing": "lamp"}, lambda p: p.delete_thing("admin", LAMP)),
    "owner_added": (lambda p: None, {"thing": "lamp", "group": "family"}, lambda p: p.add("admin", FAMILY)),
    "owner_removed": (lambda p: None, {"thing": "lamp", "user": "oda"}, lambda p: p.remove("admin", ODA)),
    "flow_started": (lambda p: None, {"thing": "fan", "user": "ann", "by": "thing"}, lambda p: p.request("fan", ANN, FAN)),
    "flow_confirmed": (lambda p: p.request("lamp", ANN), {"thing": "lamp", "user": "ann"}, lambda p: p.confirm("admin", newest(p))),
}


def newest(place: Home) -> str:
    return list(place.world.apps[place.app].things[LAMP.value].flows)[-1]


@pytest.mark.parametrize("event", LIKE_A_RULE)
@pytest.mark.parametrize("deleted_owner", ["removed", "kept"])
def test_an_event_leaves_the_world_as_the_rule_does_that_it_stands_for(event: str, deleted_owner: str) -> None:
    before, said, rule = LIKE_A_RULE[event]
    places = [home(deleted_owner=deleted_owner) for _ in range(2)]
    for place in places:
        before(place)
    untouched = deepcopy(places[0].world)
    happens(places[0], event, **said)
    rule(places[1])
    assert places[0].world == places[1].world != untouched


@pytest.mark.parametrize(("by", "may"), [("thing", "ann"), ("owner", "lamp"), ("admin", "admin")])
def test_a_flow_that_starts_is_confirmed_with_its_code_by_the_side_that_did_not_start_it(by: str, may: str) -> None:
    place = home()
    happens(place, "flow_started", thing="lamp", user="ann", by=by, code="known-code")
    others = {"ann", "lamp", "admin"} - {may, "admin"}
    assert {refused(place.confirm, other, "known-code").kind for other in others} == {"unauthorized"}
    place.confirm(may, "known-code")
    assert place.owners() == (["oda", "ann"], [])


def test_the_newest_flow_of_an_owner_is_the_one_that_is_confirmed() -> None:
    place = home(second_request="keeps")
    first, second = (place.request("lamp", ANN) for _ in range(2))
    happens(place, "flow_confirmed", thing="lamp", user="ann")
    thing = place.world.apps["home"].things["th.lamp"]
    assert (list(thing.flows), list(thing.used_codes)) == ([first], [second])


def test_a_password_that_changes_is_the_one_that_counts() -> None:
    place = home("shed", require_password_default=True)
    happens(place, "password_changes", thing="saw", password="new")
    assert place.world.apps["shed"].things["th.saw"].password == "new"


def test_the_flag_is_set() -> None:
    place = home()
    happens(place, "flag_changes", require_password=True)
    assert refused(place.add, "ann", ANN).kind == "password"
    happens(place, "flag_changes", require_password=False)
    place.add("ann", ANN)


@pytest.mark.parametrize(("said", "token"), [({"user": "ann"}, "ann"), ({"thing": "lamp"}, "lamp"), ({"admin": True}, "admin")])
def test_every_token_of_the_one_who_is_named_is_revoked_and_no_other(said: dict[str, Any], token: str) -> None:
    place = home()
    logged_in = place.log_in(username="ann", password="ann-secret").token
    happens(place, "token_revoked", **said)
    gone = {token} | ({logged_in} if token == "ann" else set())
    assert {
        text for text in ("ann", "lamp", "admin", "ben", "other-ann", "office-admin", logged_in) if place.world.principal_of(text) is None
    } == gone
    assert cannot(place, "token_revoked", **said).endswith("has no token")


def test_an_administrator_whose_token_is_revoked_is_described_without_one_and_can_log_in() -> None:
    place = home()
    happens(place, "token_revoked", admin=True)
    described = place.world.target("", "")["apps"][0]["admin"]
    assert described == {"client_id": "home-client", "client_secret": "home-client-secret"}
    assert place.world.principal_of(place.log_in(**described).token) is not None


def test_the_codes_of_a_thing_expire_from_now_on() -> None:
    place = home(second_request="keeps")
    codes = [place.request("lamp", ANN), place.request("lamp", BEN)]
    elsewhere = place.request("fan", ANN, FAN)
    happens(place, "code_expires", thing="lamp")
    assert [refused(place.confirm, "admin", code).clause for code in codes] == ["kii-pick.expired-code"] * 2
    place.confirm("admin", place.request("lamp", ANN))
    place.confirm("admin", elsewhere, FAN)


def test_the_codes_of_one_owner_expire_alone() -> None:
    place = home()
    dead, alive = place.request("lamp", ANN), place.request("lamp", BEN)
    happens(place, "code_expires", thing="lamp", user="ann")
    assert refused(place.confirm, "admin", dead).clause == "kii-pick.expired-code"
    place.confirm("admin", alive)


@pytest.mark.parametrize("life", [1, 10**23, 10**400])
def test_a_code_expires_however_long_it_would_have_lived(life: int) -> None:
    place = home(code_life=life)
    code = place.request("lamp", ANN)
    happens(place, "code_expires", thing="lamp")
    later(place, -100)
    assert refused(place.confirm, "admin", code).clause == "kii-pick.expired-code"


def test_every_event_is_shown_above() -> None:
    others = {"password_changes", "flag_changes", "token_revoked", "code_expires"}
    assert set(EVENTS) == LIKE_A_RULE.keys() | others


def test_a_user_who_is_deleted_while_he_asks_is_nobody() -> None:
    """A line of a script that asks who calls deletes him when he has been authenticated already."""
    server = in_process()
    alice = server.target("kii")["apps"][0]["users"][0]
    when = {"operation": "readSelf", "principal": "*"}
    line = {"when": when, "happen": [{"kii.user_deleted": {"app": "a1open01", "user": alice["id"]}}]}
    server.worlds.get(DEFAULT).script.load([Line("late", line, 0)])
    answer = server.send("GET", "/api/apps/a1open01/users/me", headers=bearer(alice))
    assert (answer.status_code, answer.json()["errorCode"]) == (403, "WRONG_TOKEN")
    assert (server.last.happened, server.last.complaint) == (("kii.user_deleted",), None)


# ---------------------------------------------------------------------------------------------------- who is meant


@pytest.mark.parametrize("name", ["th.fan", "fan-01", "fan"])
def test_a_thing_is_named_by_its_id_its_vendor_id_or_its_label(name: str) -> None:
    place = home()
    happens(place, "thing_deleted", thing=name)
    assert set(place.world.apps["home"].things) == {"th.lamp"}


def test_an_id_counts_before_a_label() -> None:
    place = home()
    app = place.world.apps["home"]
    app.add_user(User("someone", label="ann", login="someone", password="x"))
    app.groups["other"] = Group("other", label="family", members=[])
    happens(place, "user_deleted", user="ann")
    happens(place, "group_deleted", group="family")
    assert ("ann" in app.users, "family" in app.groups) == (False, False)
    assert ("someone" in app.users, "other" in app.groups) == (True, True)


def test_a_label_that_two_have_names_neither() -> None:
    place = home()
    for number in (1, 2):
        place.world.apps["home"].groups[f"g{number}"] = Group(f"g{number}", label="twins", members=[])
    assert cannot(place, "group_deleted", group="twins") == "more than one group of application home is called 'twins': give an id, g1, g2"


def test_the_application_may_be_left_out_where_there_is_one() -> None:
    place = home()
    with pytest.raises(EventError, match="say which application with `app`; there is home, office, shed"):
        EVENTS["thing_deleted"].happen(place.world, {"thing": "lamp"})
    for name in ("office", "shed"):
        del place.world.apps[name]
    EVENTS["thing_deleted"].happen(place.world, {"thing": "lamp"})
    assert set(place.world.apps["home"].things) == {"th.fan"}


CANNOT: list[tuple[str, dict[str, Any], str]] = [
    ("user_deleted", {"app": "none", "user": "ann"}, "there is no application 'none'; there is home, office, shed"),
    ("user_deleted", {"user": "zoe"}, "application home has no user 'zoe'; it has ann, ben, mia, max, oda"),
    ("member_joins", {"group": "staff", "user": "ann"}, "application home has no group 'staff'; it has family, club"),
    ("password_changes", {"thing": "door", "password": "x"}, "application home has no thing 'door'; it has lamp, fan"),
    ("member_leaves", {"group": "family", "user": "ann"}, "user ann is no member of group family; its members are mia"),
    ("member_joins", {"group": "family", "user": "mia"}, "user mia is a member of group family already"),
    ("owner_added", {"thing": "lamp", "user": "oda"}, "user oda owns thing lamp already"),
    ("owner_removed", {"thing": "lamp", "user": "ann"}, "user ann does not own thing lamp; its owners are user oda"),
    ("owner_removed", {"thing": "fan", "group": "family"}, "group family does not own thing fan; its owners are none"),
    ("flow_started", {"thing": "lamp", "user": "oda", "by": "thing"}, "user oda owns thing lamp already"),
    ("flow_confirmed", {"thing": "fan", "user": "ann"}, "thing fan has no pending flow that would add user ann; it has none"),
    ("code_expires", {"thing": "fan"}, "thing fan has no pending flow; it has none"),
]


@pytest.mark.parametrize(("event", "said", "why"), CANNOT, ids=[f"{event}-{number}" for number, (event, _, _) in enumerate(CANNOT)])
def test_what_cannot_happen_is_said_with_what_there_is(event: str, said: dict[str, Any], why: str) -> None:
    assert cannot(home(), event, **said) == why


def test_a_flow_is_pending_while_its_code_serves() -> None:
    place = home()
    place.request("lamp", ANN)
    others = "thing lamp has no pending flow that would add user ben; it has that of user ann"
    assert cannot(place, "flow_confirmed", thing="lamp", user="ben") == others
    later(place, 3600)
    assert cannot(place, "flow_confirmed", thing="lamp", user="ann") == "thing lamp has no pending flow that would add user ann; it has none"


def test_an_owner_is_not_confirmed_twice() -> None:
    place = home()
    place.request("lamp", ANN)
    place.add("ann", ANN)
    assert cannot(place, "flow_confirmed", thing="lamp", user="ann") == "user ann owns thing lamp already"


def test_a_code_of_ones_own_is_given_once_to_a_thing() -> None:
    place = home()
    happens(place, "flow_started", thing="lamp", user="ann", by="thing", code="mine")
    again = {"thing": "lamp", "user": "ben", "by": "thing", "code": "mine"}
    assert cannot(place, "flow_started", **again) == "thing lamp has had a flow with the code 'mine' already"
    place.confirm("ann", "mine")
    assert cannot(place, "flow_started", **again) == "thing lamp has had a flow with the code 'mine' already"


def test_of_many_names_some_are_shown() -> None:
    place = home()
    for number in range(30):
        place.register_user("anonymous", loginName=f"user-{number}")
    assert cannot(place, "user_deleted", user="zoe").endswith("user-14 and 15 more")


# ---------------------------------------------------------------------------------------------------- how it is written


@pytest.mark.parametrize("event", EVENTS)
def test_an_events_arguments_are_a_closed_schema_whose_fields_are_described(event: str) -> None:
    schema = EVENTS[event].arguments
    Draft202012Validator.check_schema(schema)
    assert (schema["type"], schema["additionalProperties"]) == ("object", False)
    assert {name for name, field in schema["properties"].items() if field.get("description", "").endswith(".")} == set(schema["properties"])
    assert EVENTS[event].says.endswith(".")


@pytest.mark.parametrize(
    ("event", "said"),
    [
        ("member_leaves", {"group": "family"}),
        ("member_leaves", {"group": "family", "user": "mia", "thing": "lamp"}),
        ("owner_added", {"thing": "lamp"}),
        ("owner_added", {"thing": "lamp", "user": "ann", "group": "family"}),
        ("flow_started", {"thing": "lamp", "user": "ann"}),
        ("flow_started", {"thing": "lamp", "user": "ann", "by": "nobody"}),
        ("token_revoked", {}),
        ("token_revoked", {"admin": False}),
        ("token_revoked", {"admin": True, "user": "ann"}),
        ("code_expires", {"thing": "lamp", "user": "ann", "group": "family"}),
        ("flag_changes", {"require_password": "yes"}),
        ("password_changes", {"thing": "lamp", "password": ""}),
    ],
)
def test_arguments_that_do_not_fit_are_refused_by_the_schema(event: str, said: dict[str, Any]) -> None:
    assert not Draft202012Validator(EVENTS[event].arguments).is_valid(said)


# ---------------------------------------------------------------------------------------------------- secrets

# Every field of a message, and every header with a credential, has to be told apart here: a new one of the spec fails the test.
TELLS_NOTHING = {
    "userID", "groupID", "users", "groups", "errorCode", "message", "field", "value", "appID", "thingID", "invalidFields",
    "authenticatedAppID", "authenticatedPrincipalID", "username", "client_id", "grant_type", "expiresAt", "id", "expires_in", "token_type",
    "error", "error_description", "_vendorThingID", "_thingType", "_thingID", "_created", "_disabled", "loginName", "displayName", "name",
    "owner", "members", "notFoundUsers",
}  # fmt: skip


def fields(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        properties = node.get("properties")
        yield from properties if isinstance(properties, dict) else ()
        for value in node.values():
            yield from fields(value)
    elif isinstance(node, list):
        for value in node:
            yield from fields(value)


def test_every_field_of_the_spec_is_a_secret_or_tells_nothing() -> None:
    document = specs.openapi("kii")
    assert set(fields(document)) == SECRETS.fields | TELLS_NOTHING
    assert not SECRETS.fields & TELLS_NOTHING


def test_every_header_that_carries_a_credential_is_a_secret() -> None:
    schemes = specs.openapi("kii")["components"]["securitySchemes"]
    carried = {"authorization" if scheme["type"] == "http" else scheme["name"].lower() for scheme in schemes.values()}
    # The application's id stands in every path.
    assert carried - {"x-kii-appid"} <= SECRETS.headers
    assert "x-kii-appid" not in SECRETS.headers


class Client:
    """Sends a script's requests to a server in this process."""

    def __init__(self, server: InProcess) -> None:
        self.server, self.cookies = server, httpx.Cookies()

    def request(self, method: str, path: str, **sent: Any) -> httpx.Response:
        return self.server.send(method, path, **sent)


def test_no_secret_of_a_world_is_in_its_masked_journal() -> None:
    """Tokens, passwords, client secrets, keys and codes that a whole script of requests has sent and been told."""
    server = in_process()
    script(Player(cast("httpx.Client", Client(server)), "", server.target("kii")))
    world = server.worlds.get(DEFAULT)
    state: KiiWorld = world.states["kii"]  # type: ignore[assignment]  # the column's own
    secrets = {*state.tokens}
    for app in state.apps.values():
        secrets |= {app.key, app.client_secret, *(user.password for user in app.users.values())}
        for thing in app.things.values():
            secrets |= {thing.password, *thing.flows, *thing.used_codes}
    # A shorter one may be a part of another word.
    secrets = {secret for secret in secrets if len(secret) > 6}
    kept = list(world.journal.entries)
    bare, masked = ("\n".join(str(full(entry, shown)) for entry in kept) for shown in (None, {"kii": SECRETS}))
    assert len([secret for secret in secrets if secret in bare]) > 30
    assert [secret for secret in secrets if secret in masked] == []
