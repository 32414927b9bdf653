"""Fixtures: variables, pools, and what each vendor's needs bind."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from ownership_contracts import specs
from ownership_contracts.contracts.case import Case, cases
from ownership_contracts.contracts.columns import column
from ownership_contracts.contracts.contract import operations
from ownership_contracts.contracts.fixtures import VARIABLE, Binding, Pool, UnboundError, draw
from ownership_contracts.contracts.shown import printable
from ownership_contracts.contracts.unavailable import Unavailable

from .samples import COOKIE, PASSWORD, TOKEN, connhex_table, kii_app

# ---------------------------------------------------------------------------------------------------- variables

BINDING = Binding(
    {},
    {"code": "k7p", "count": 3, "none": None, "thing": {"id": "th.1", "tags": ["a", "b"], "deep": {"er": True}}, "under_score": {"vendor_id": "v"}},
)


@pytest.mark.parametrize(
    ("node", "filled"),
    [
        ("$code", "k7p"),
        ("$thing.id", "th.1"),
        ("$under_score.vendor_id", "v"),
        ("$thing.deep.er", True),
        ("$count", 3),
        ("$none", None),
        ("$thing.tags", ["a", "b"]),
        ("/things/$thing.id/code/$code", "/things/th.1/code/k7p"),
        ("$code$code", "k7pk7p"),
        ("$code.", "k7p."),
        ("$code-$count", "k7p-3"),
        ("$code$", "k7p$"),
        ("costs 3 $", "costs 3 $"),
        ("$UPPER and $1", "$UPPER and $1"),
        (["$code", {"a": "$count"}], ["k7p", {"a": 3}]),
        ({"$code": "$code"}, {"$code": "k7p"}),
        (7, 7),
        (None, None),
        (False, False),
    ],
)
def test_variables_are_filled_in(node: Any, filled: Any) -> None:
    made = BINDING.fill(node)
    assert made == filled
    assert type(made) is type(filled)


@pytest.mark.parametrize("node", ["$thnig.id", "$thing.name", "$code.id", "$thing.deep.er.more", "at $thnig.id now", {"a": ["$thnig"]}])
def test_a_variable_that_nothing_binds_is_an_error_that_names_it(node: Any) -> None:
    with pytest.raises(UnboundError) as told:
        BINDING.fill(node)
    assert "is not bound" in str(told.value)
    assert str(told.value).startswith("$")


def test_filling_leaves_what_it_was_given_as_it_was() -> None:
    node = {"a": ["$code"]}
    BINDING.fill(node)
    assert node == {"a": ["$code"]}


# ---------------------------------------------------------------------------------------------------- what must not be shown

SECRETIVE = Binding(
    {
        "user": {"Authorization": "Bearer tok.en+1"},
        "by_cookie": {"Cookie": "session=tok.en+12"},
        "anonymous": {"Authorization": "Basic YXBwOmtleTI="},
        "nobody": {},
    },
    {
        "app": {"id": "app1", "key": "app-key-77"},
        "thing": {"id": "th.1", "password": "pass(word", "password_cut": "pass(wor"},
        "code": "k7p",
        "pin": {"password": "123"},
    },
)


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("Bearer tok.en+1 and tok.en+12", "Bearer *** and ***"),
        ("tokXen+1", "tokXen+1"),
        ("YXBwOmtleTI= of app1", "*** of app1"),
        ("app-key-77", "***"),
        ('{"thingPassword": "pass(word"}', '{"thingPassword": "***"}'),
        ("pass(wor", "***"),
        ("th.1 k7p word", "th.1 k7p word"),
        ("1234", "1234"),
        ("", ""),
    ],
)
def test_credentials_and_passwords_are_masked(text: str, masked: str) -> None:
    assert SECRETIVE.masked(text) == masked


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31m", "\\x1b[31m"),
        ("a\r\nb", "a\\r\\nb"),
        ("\x9b", "\\x9b"),
        ("\u202e", "\\u202e"),
        ("\ud800", "\\ud800"),
        ("größe € 🙂", "größe € 🙂"),
        ("a\\b", "a\\b"),
    ],
)
def test_what_a_terminal_might_obey_is_escaped(text: str, shown: str) -> None:
    assert printable(text) == shown
    assert SECRETIVE.masked(text) == shown


def test_what_an_answer_tells_of_secrets_is_masked_from_then_on() -> None:
    binding = Binding({}, {"pick": {"expired_token": "wrong_token"}})
    told = '{"access_token": "tok-7788", "token_type": "Bearer", "id": "u-12", "more": [{"_accessToken": "tok-99"}]}'
    assert binding.masked(told) == told
    binding.learn(told.encode())
    binding.learn(b"no JSON: tok-00", "session=cookie-5566; Path=/")
    assert binding.masked(told) == '{"access_token": "***", "token_type": "Bearer", "id": "u-12", "more": [{"_accessToken": "***"}]}'
    assert binding.masked("wrong_token tok-00 cookie-5566; Path=/") == "wrong_token tok-00 ***; Path=/"


# ---------------------------------------------------------------------------------------------------- pools

ROWS: list[Mapping[str, Any]] = [{"id": f"D-{number}"} for number in range(7)]


def drawn(pool: Pool, rows: list[Mapping[str, Any]]) -> Iterator[str]:
    """What the pool deals out until it has no more; it is asked once more than it has rows."""
    for _ in range(len(rows) + 1):
        try:
            yield pool.fresh("device", rows, "id")["id"]
        except Unavailable:
            return


def test_a_fresh_row_is_dealt_once() -> None:
    assert list(drawn(Pool({}), ROWS)) == [row["id"] for row in ROWS]


def test_a_row_that_is_not_fresh_is_not_dealt() -> None:
    rows: list[Mapping[str, Any]] = [{"id": "used", "fresh": False}, {"id": "new", "fresh": True}, {"id": "unsaid"}]
    assert list(drawn(Pool({}), rows)) == ["new", "unsaid"]


def test_an_exhausted_pool_says_what_is_left_and_of_how_many() -> None:
    pool = Pool({})
    assert len(list(drawn(pool, ROWS[:2]))) == 2
    with pytest.raises(Unavailable, match="no fresh device is left among the 2 that the target lists"):
        pool.fresh("device", ROWS[:2], "id")


@pytest.mark.parametrize("of", [1, 2, 3, 7, 9])
def test_shares_of_a_pool_do_not_overlap_and_leave_nothing(of: int) -> None:
    shares = [list(drawn(Pool({}, (turn, of)), ROWS)) for turn in range(of)]
    assert sorted(name for share in shares for name in share) == [row["id"] for row in ROWS]


def test_shares_of_a_pool_are_of_one_size_as_far_as_they_can() -> None:
    sizes = [len(list(drawn(Pool({}, (turn, 3)), ROWS))) for turn in range(3)]
    assert max(sizes) - min(sizes) <= 1


# ---------------------------------------------------------------------------------------------------- Connhex's needs


def connhex(needs: dict[str, Any], **changed: Any) -> Binding:
    return draw(column("connhex"), needs, Pool(connhex_table(**changed)))


def lacking(vendor: str, needs: dict[str, Any], table: dict[str, Any]) -> str:
    with pytest.raises(Unavailable) as told:
        draw(column(vendor), needs, Pool(table))
    return str(told.value)


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_a_connhex_user_calls_by_token_by_cookie_or_by_both() -> None:
    binding = connhex({"user": "allowed"})
    cookie = {"Cookie": f"chx_auth_session={COOKIE}"}
    assert binding.principals["user"] == bearer(TOKEN)
    assert binding.principals["user_by_cookie"] == cookie
    assert binding.principals["user_by_both"] == {**bearer(TOKEN), **cookie}
    assert binding.values["user"] == {"id": "u-ada"}


def test_a_connhex_user_without_a_cookie_calls_by_token_alone() -> None:
    binding = connhex({"user": "allowed"}, users=[{"id": "u", "token": "t", "permission": "allowed"}])
    assert [name for name in binding.principals if name.startswith("user")] == ["user"]


@pytest.mark.parametrize("permission", ["nothing", "denied", "team", "wildcard_all"])
def test_a_connhex_user_has_the_permission_that_the_row_needs(permission: str) -> None:
    users = [
        {"id": "u-1", "token": "t-1"},
        {"id": "u-2", "token": "t-2", "permission": "allowed"},
        {"id": "u-3", "token": "t-3", "permission": permission},
    ]
    assert connhex({"user": permission}, users=users).values["user"] == {"id": "u-3"}
    assert permission in lacking("connhex", {"user": permission}, connhex_table())


def test_another_connhex_user_is_another() -> None:
    binding = connhex({"user": "allowed", "other_user": "allowed"})
    assert (binding.values["user"], binding.values["other_user"]) == ({"id": "u-ada"}, {"id": "u-bob"})
    assert binding.principals["conflicting"] == {**bearer(TOKEN), "Cookie": "chx_auth_session=session-secret-of-bob"}
    one = [{"id": "u", "token": "t", "permission": "allowed"}]
    assert "other user whose permission is allowed" in lacking("connhex", {"user": "allowed", "other_user": "allowed"}, connhex_table(users=one))


def test_another_connhex_user_may_stand_beside_one_of_another_permission() -> None:
    users = [{"id": "u-0", "token": "t", "permission": "nothing"}, {"id": "u-1", "token": "t", "permission": "allowed"}]
    assert connhex({"user": "nothing", "other_user": "allowed"}, users=users).values["other_user"] == {"id": "u-1"}


LOGIN = {"identifier": "one@x", "password": "password-of-one"}


def test_a_connhex_user_of_a_row_that_signs_in_has_an_identifier_and_a_password() -> None:
    needs = {"user": "allowed", "login": True}
    users = [{"id": "u-0", "permission": "allowed", "identifier": "zero@x"}, {"id": "u-1", "permission": "allowed", **LOGIN}]
    assert connhex(needs, users=users).values["user"] == {"id": "u-1", **LOGIN}
    assert connhex({"user": "allowed"}, users=users).values["user"] == {"id": "u-0"}
    assert "with an identifier and a password" in lacking("connhex", needs, connhex_table(users=users[:1]))
    assert "other user whose permission is allowed with" in lacking("connhex", {**needs, "other_user": "allowed"}, connhex_table())
    assert connhex(needs, users=users).masked("as one@x with password-of-one") == "as one@x with ***"


DEVICES = [{"id": "gone", "enabled": True, "fresh": False}, {"id": "made-1"}, {"id": "on-1", "enabled": True}, {"id": "made-2", "enabled": False}]


def test_a_connhex_device_is_fresh_and_as_the_row_needs_it() -> None:
    assert connhex({"device": "enabled"}, devices=DEVICES).values["device"] == {"id": "on-1", "other_case": "ON-1"}
    assert connhex({"device": "manufactured"}, devices=DEVICES).values["device"]["id"] == "made-1"


def test_two_connhex_devices_are_two() -> None:
    values = connhex({"device": "manufactured", "other_device": "manufactured"}, devices=DEVICES).values
    assert (values["device"]["id"], values["other_device"]["id"]) == ("made-1", "made-2")


@pytest.mark.parametrize(("state", "devices"), [("enabled", DEVICES[:2]), ("manufactured", DEVICES[2:3]), ("enabled", None)])
def test_a_connhex_device_that_is_not_there_is_named(state: str, devices: list[dict[str, Any]] | None) -> None:
    assert f"{state} device" in lacking("connhex", {"device": state}, connhex_table(devices=devices))


def test_connhex_principals_without_rights_are_always_there() -> None:
    principals = connhex({}).principals
    assert principals["nobody"] == {}
    assert {"unknown_token", "unknown_cookie", "malformed_token"} <= set(principals)
    secrets = {TOKEN, COOKIE, "ory_st_secret-of-bob", "session-secret-of-bob"}
    assert not [name for name, headers in principals.items() if any(secret in value for value in headers.values() for secret in secrets)]


# ---------------------------------------------------------------------------------------------------- Kii's needs


def kii_table(*apps: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"apps": list(apps or (kii_app(),)), **more}


def kii(needs: dict[str, Any], *apps: dict[str, Any]) -> Binding:
    return draw(column("kii"), needs, Pool(kii_table(*apps)))


APPS = (kii_app("unset", require_password=None), kii_app("on", require_password=True), kii_app("off", require_password=False))


@pytest.mark.parametrize(("needs", "found"), [({}, "off"), ({"app": "open"}, "off"), ({"app": "locked"}, "on"), ({"app": "default"}, "unset")])
def test_a_kii_app_has_the_flag_that_the_row_needs(needs: dict[str, Any], found: str) -> None:
    assert kii(needs, *APPS).values["app"] == {"id": found, "key": f"key-of-{found}"}


@pytest.mark.parametrize("flag", ["open", "locked", "default"])
def test_a_kii_app_that_is_not_there_is_named_by_its_flag(flag: str) -> None:
    others = [app for app, other in zip(APPS, ("default", "locked", "open"), strict=True) if other != flag]
    assert flag in lacking("kii", {"app": flag}, kii_table(*others))


def test_a_kii_app_has_its_administrator_and_its_anonymous_caller() -> None:
    principals = kii({}).principals
    assert principals["admin"] == bearer("app1-token-of-admin")
    scheme, _, text = principals["anonymous"]["Authorization"].partition(" ")
    assert (scheme, base64.b64decode(text)) == ("Basic", b"app1:key-of-app1")
    assert principals["nobody"] == {}


def test_kii_principals_without_rights_hold_no_credential_of_the_targets() -> None:
    principals = kii({}).principals
    wrong = base64.b64decode(principals["wrong_key"]["Authorization"].partition(" ")[2])
    assert wrong.startswith(b"app1:")
    assert wrong != b"app1:key-of-app1"
    assert principals["unknown_token"]["Authorization"].startswith("Bearer ")
    assert "app1" not in principals["unknown_token"]["Authorization"]
    with pytest.raises(ValueError, match=r"."):
        base64.b64decode(principals["malformed_basic"]["Authorization"].partition(" ")[2], validate=True)


def test_a_kii_thing_is_fresh_and_calls_by_its_own_token() -> None:
    things = kii_app()["things"]
    binding = kii({"thing": "fresh", "other_thing": "fresh"}, kii_app(things=[{**things[0], "id": "th.gone", "fresh": False}, *things]))
    assert (binding.values["thing"]["id"], binding.values["other_thing"]["id"]) == ("th.app1-1", "th.app1-2")
    assert binding.values["thing"]["vendor_id"] == "app1-lamp-1"
    assert binding.principals["thing"] == bearer("app1-token-of-1")
    assert binding.principals["other_thing"] == bearer("app1-token-of-2")


def test_a_kii_thing_has_its_password_and_what_looks_like_it() -> None:
    thing = kii({"thing": "fresh"}).values["thing"]
    assert thing["password"] == "Secret-1"
    assert thing["password_cut"] == "Secret-"
    assert thing["password_in_other_case"] == "sECRET-1"


def test_kii_users_are_two_and_in_no_group() -> None:
    binding = kii({"user": "any", "other_user": "any"})
    assert (binding.values["user"], binding.values["other_user"]) == ({"id": "app1-alice"}, {"id": "app1-bob"})
    assert binding.principals["other_user"] == bearer("app1-token-of-bob")


def test_a_kii_member_is_of_the_group_and_an_outsider_of_another() -> None:
    binding = kii({"group": {"with": "member"}, "outsider": "any"})
    assert (binding.values["group"], binding.values["member"]) == ({"id": "app1-family"}, {"id": "app1-carol"})
    assert (binding.values["other_group"]["id"], binding.values["outsider"]["id"]) == ("app1-neighbours", "app1-dave")
    assert (binding.principals["member"], binding.principals["outsider"]) == (bearer("app1-token-of-carol"), bearer("app1-token-of-dave"))


def test_a_kii_outsider_is_no_member_of_the_group_either() -> None:
    groups = [{"id": "g1", "members": ["app1-carol"]}, {"id": "g2", "members": ["app1-carol", "app1-dave"]}]
    assert kii({"outsider": "any"}, kii_app(groups=groups)).values["outsider"]["id"] == "app1-dave"


def erins(**changed: Any) -> dict[str, Any]:
    """An app with a group whose owner and one more member are listed as users, and with logins of the two who are in none."""
    users = [
        {"id": "alice", "token": "t-alice"},
        {"id": "bob", "token": "t-bob", "login": "bob@example.com", "password": "Bob-Secret"},
        {"id": "carol", "token": "t-carol"},
        {"id": "dora", "token": "t-dora"},
        {"id": "erin", "token": "t-erin"},
        {"id": "zoe", "token": "t-zoe", "fresh": True},
    ]
    groups = [{"id": "lone", "members": ["erin"]}, {"id": "family", "members": ["erin", "carol", "dora"], "owner": "erin"}]
    return kii_app(**{"users": users, "groups": groups, **changed})


def test_a_kii_group_with_its_owner_binds_him_and_another_member() -> None:
    binding = kii({"group": {"with": "owner"}}, erins())
    assert (binding.values["group_owner"], binding.values["member"]) == ({"id": "erin"}, {"id": "carol"})
    assert (binding.principals["group_owner"], binding.principals["member"]) == (bearer("t-erin"), bearer("t-carol"))
    assert "other_member" not in binding.values


def test_kii_members_are_two_who_do_not_own_the_group() -> None:
    values = kii({"group": {"with": "members"}}, erins()).values
    assert (values["group"]["id"], values["member"]["id"], values["other_member"]["id"]) == ("family", "carol", "dora")


def test_the_owner_of_a_kii_group_is_a_member_where_there_is_no_other() -> None:
    users = [user for user in erins()["users"] if user["id"] != "dora"]
    values = kii({"group": {"with": "members"}}, erins(users=users)).values
    assert (values["member"]["id"], values["other_member"]["id"]) == ("carol", "erin")
    alone = kii({"group": {"with": "member"}}, erins(users=[{"id": "erin", "token": "t"}], groups=[{"id": "g", "members": [], "owner": "erin"}]))
    assert alone.values["member"]["id"] == "erin"


def test_a_kii_user_whose_login_the_row_needs_is_one_whose_login_is_listed() -> None:
    user = kii({"user": "login"}, erins()).values["user"]
    assert (user["id"], user["login"], user["password"]) == ("bob", "bob@example.com", "Bob-Secret")
    assert kii({"user": "any"}, erins()).values["user"] == {"id": "alice"}
    assert "login" in lacking("kii", {"user": "login", "other_user": "login"}, kii_table(erins()))


def test_a_kii_user_or_group_is_used_up_only_where_the_list_says_so() -> None:
    pool = Pool(kii_table(erins(groups=[{**group, "fresh": group["id"] == "family"} for group in erins()["groups"]])))
    assert draw(column("kii"), {"user": "fresh"}, pool).values["user"]["id"] == "zoe"
    assert draw(column("kii"), {"group": {"with": "owner", "fresh": True}}, pool).values["group"]["id"] == "family"
    assert pool.used == {"zoe", "family"}
    for needs in ({"user": "fresh"}, {"group": {"with": "owner", "fresh": True}}, {"group": {"with": "owner"}}):
        with pytest.raises(Unavailable, match="in app app1"):
            draw(column("kii"), needs, pool)


def test_a_kii_fixture_that_one_worker_may_use_up_is_no_other_workers() -> None:
    users = [{"id": f"u-{number}", "token": "t", "fresh": True} for number in (1, 2)]
    for turn in (0, 1):
        pool = Pool(kii_table(erins(users=users)), (turn, 2))
        for need in ("any", "fresh"):
            assert draw(column("kii"), {"user": need}, pool).values["user"]["id"] == f"u-{turn + 1}"


def test_the_login_of_a_kii_administrator_is_bound_where_it_is_listed() -> None:
    admin = {"token": "t", "client_id": "c-id", "client_secret": "c-secret"}
    binding = kii({"admin": "credentials"}, kii_app(admin=admin))
    assert binding.values["admin"] == {"client_id": "c-id", "client_secret": "c-secret"}
    assert binding.masked("c-id has c-secret") == "c-id has ***"
    assert "client_secret" in lacking("kii", {"admin": "credentials"}, kii_table(kii_app(admin={"token": "t", "client_id": "c-id"})))


def test_what_is_new_is_new_for_every_row() -> None:
    one, other = kii({}).values["new"], kii({}).values["new"]
    assert set(one) == {"vendor_thing", "thing_password", "login", "password", "name"}
    assert len({*one.values(), *other.values()}) == 10
    assert re.fullmatch(r"[a-zA-Z0-9_.-]{1,200}", one["vendor_thing"])
    assert kii({}).masked("User-") == "User-"
    masking = kii({})
    assert masking.masked(f"{masking.values['new']['password']} {masking.values['new']['thing_password']}") == "*** ***"


def test_foreign_principals_are_those_of_another_kii_app() -> None:
    binding = kii({"foreign": True}, kii_app("one"), kii_app("two"))
    assert binding.values["foreign"] == {"app_id": "two"}
    assert binding.values["foreign_user"]["id"] == "two-alice"
    assert binding.values["foreign_group"]["id"] == "two-family"
    assert binding.values["foreign_thing"]["vendor_id"] == "two-lamp-1"
    assert binding.principals["foreign_admin"] == bearer("two-token-of-admin")
    assert binding.principals["foreign_thing"] == bearer("two-token-of-1")


def test_a_foreign_thing_has_a_vendor_id_that_the_kii_app_has_not() -> None:
    two = kii_app("two")
    two["things"] = [{**two["things"][0], "vendor_id": "one-lamp-1"}, two["things"][1]]
    assert kii({"foreign": True}, kii_app("one"), two).values["foreign_thing"]["vendor_id"] == "two-lamp-2"


ONE_GROUP = [{"id": "g", "members": ["app1-carol"]}]
KII_LACKS: dict[str, tuple[dict[str, Any], list[dict[str, Any]], str]] = {
    "no thing": ({"thing": "fresh"}, [kii_app(things=None)], "thing in app app1"),
    "one thing of two": ({"thing": "fresh", "other_thing": "fresh"}, [kii_app(things=kii_app()["things"][:1])], "thing in app app1"),
    "no user": ({"user": "any"}, [kii_app(users=None, groups=None)], "user .*in app app1"),
    "no user outside of groups": ({"user": "any"}, [kii_app(users=kii_app()["users"][2:])], "user .*in app app1"),
    "one user of two": ({"user": "any", "other_user": "any"}, [kii_app(users=kii_app()["users"][:1])], "other_user"),
    "no group": ({"group": {"with": "member"}}, [kii_app(groups=None)], "group with a member .*in app app1"),
    "a group of nobody": ({"group": {"with": "member"}}, [kii_app(groups=[{"id": "g", "members": []}])], "group with a member .*in app app1"),
    "a member who is not listed": ({"group": {"with": "member"}}, [kii_app(users=kii_app()["users"][:2])], "member"),
    "one group of two": ({"outsider": "any"}, [kii_app(groups=ONE_GROUP)], "second group"),
    "one app of two": ({"foreign": True}, [kii_app()], "second app"),
    "another app without users": ({"foreign": True}, [kii_app(), kii_app("app2", users=None)], "user in app app2"),
    "another app without groups": ({"foreign": True}, [kii_app(), kii_app("app2", groups=None)], "group in app app2"),
    "another app without things": ({"foreign": True}, [kii_app(), kii_app("app2", things=None)], "thing in app app2"),
}


@pytest.mark.parametrize("lack", KII_LACKS)
def test_what_a_kii_target_lacks_is_named(lack: str) -> None:
    needs, apps, named = KII_LACKS[lack]
    assert re.search(named, lacking("kii", needs, kii_table(*apps)))


@pytest.mark.parametrize(
    ("vendor", "table"), [("kii", kii_table(kii_app(groups=None))), ("connhex", connhex_table(users=connhex_table()["users"][:1]))]
)
def test_a_row_that_cannot_be_asked_uses_nothing_up(vendor: str, table: dict[str, Any]) -> None:
    needs: dict[str, Any] = (
        {"thing": "fresh", "group": {"with": "member"}} if vendor == "kii" else {"user": "allowed", "other_user": "allowed", "device": "enabled"}
    )
    pool = Pool(table)
    with pytest.raises(Unavailable):
        draw(column(vendor), needs, pool)
    assert pool.used == set()


# ---------------------------------------------------------------------------------------------------- every vendor's


@pytest.mark.parametrize("vendor", specs.vendors())
def test_every_table_of_these_tests_is_one_of_a_target_file(vendor: str) -> None:
    table = {"kii": kii_table(*APPS, picks={}), "connhex": connhex_table(devices=DEVICES, picks={})}[vendor]
    assert not list(Draft202012Validator(column(vendor).table_schema).iter_errors(table))


def names_in(node: Any) -> Iterator[str]:
    if isinstance(node, str):
        yield from (found[1] for found in VARIABLE.finditer(node))
    for child in node.values() if isinstance(node, dict) else node if isinstance(node, list | tuple) else ():
        yield from names_in(child)


def unbound(case: Case, pool: Pool) -> list[str]:
    """What the row names and its needs do not bind."""
    needs = {name: need for name, need in case.needs.items() if name != "settings"}
    binding = draw(column(case.vendor), needs, pool)
    # Whoever plays the row adds the picks.
    known = {*binding.values, "pick"}
    missing = []
    for step in (*case.given, case.step, *case.then):
        if "as" in step and step["as"] not in binding.principals:
            missing.append(f"{case.id}: {step['as']}")
        # A step's expectations are filled in before it keeps anything: what it keeps is for the steps after it.
        missing += [f"{case.id}: ${name}" for name in names_in({key: value for key, value in step.items() if key != "keep"}) if name not in known]
        known |= set(step.get("keep", {}))
    return missing


@pytest.mark.parametrize("vendor", specs.vendors())
def test_every_row_names_only_what_its_needs_bind(vendor: str, world: dict[str, Any]) -> None:
    assert [name for case in cases(vendor) for name in unbound(case, Pool(world[vendor]))] == []


def test_there_is_no_column_of_a_vendor_that_there_is_not() -> None:
    with pytest.raises(ValueError, match="no vendor 'acme'; there is kii, connhex"):
        column("acme")


# ---------------------------------------------------------------------------------------------------- seeds


def test_kii_seeds_are_the_ids_of_an_open_app_and_its_administrator() -> None:
    seeds = column("kii").seeds(Pool(kii_table(*APPS)))
    assert seeds.parameters["path.appID"] == ["off"]
    assert seeds.parameters["path.vendorThingID"] == ["off-lamp-1", "off-lamp-2"]
    assert seeds.credentials == {"bearer": {"bearer": "off-token-of-admin"}, "basic": {"username": "off", "password": "key-of-off"}}
    assert 401 not in seeds.expected
    assert 403 not in seeds.expected


def test_kii_logs_in_as_everyone_the_target_knows_a_secret_of() -> None:
    admin = {"token": "t", "client_id": "c-id", "client_secret": "c-secret"}
    app = erins(admin=admin)
    seeds = column("kii").seeds(Pool(kii_table(app)))
    assert seeds.operations["issueToken"].bodies == (
        {"username": "bob@example.com", "password": "Bob-Secret"},
        {"username": "VENDOR_THING_ID:app1-lamp-1", "password": "Secret-1"},
        {"client_id": "c-id", "client_secret": "c-secret"},
        {"client_id": "app1", "client_secret": "key-of-app1"},
    )
    assert seeds.operations["readSelf"].credential == {"bearer": "t-bob"}


@pytest.mark.parametrize("vendor", specs.vendors())
def test_what_a_column_says_of_operations_it_says_of_those_that_there_are(vendor: str, world: dict[str, Any]) -> None:
    found = column(vendor)
    seeds = found.seeds(Pool(world[vendor]))
    assert {*found.makes, *found.uses_up, *seeds.operations} <= set(operations(vendor))
    assert all(reason for own in seeds.operations.values() for reason in own.unchecked.values())


def test_connhex_seeds_are_its_devices_and_one_who_may_claim() -> None:
    seeds = column("connhex").seeds(Pool(connhex_table()))
    assert seeds.parameters == {"body.deviceId": ["D-1", "D-2", "D-3"], "body.identifier": ["ada@x"], "body.password": [PASSWORD]}
    assert seeds.credentials == {"bearer": {"bearer": TOKEN}}
    for expected in (seeds.expected, *(own.expected or () for own in seeds.operations.values())):
        assert 401 not in expected
        assert 403 not in expected


@pytest.mark.parametrize(
    ("vendor", "table", "named"),
    [
        ("kii", kii_table(*APPS[:2]), "open"),
        ("kii", kii_table(kii_app(things=None)), "app1"),
        ("kii", kii_table(kii_app(users=[{"id": "u", "token": "t"}])), "login and password"),
        ("kii", kii_table(kii_app(users=None)), "app1"),
        ("kii", kii_table(kii_app(groups=None)), "app1"),
        ("connhex", connhex_table(devices=None), "device"),
        ("connhex", connhex_table(users=[{"id": "u", "cookie": "c", "permission": "allowed", **LOGIN}]), "bearer token"),
        ("connhex", connhex_table(users=[{"id": "u", "token": "t", "permission": "allowed"}]), "an identifier and a password"),
        ("connhex", connhex_table(users=[{"id": "u", "token": "t", "permission": "nothing"}]), "allowed"),
    ],
)
def test_a_target_with_too_little_to_start_from_is_told_what_is_missing(vendor: str, table: dict[str, Any], named: str) -> None:
    with pytest.raises(Unavailable, match=named):
        column(vendor).seeds(Pool(table))
