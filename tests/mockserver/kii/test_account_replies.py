"""What a client of the calls around POST ownership gets to read: media types, fields, and what stands in no answer."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from ownership_contracts import specs

from tests.mockserver.documented import faults
from tests.mockserver.kii.account_script import AUTHORIZE, CREATE_GROUP, LOGIN, REGISTER_THING, REGISTER_USER, app_headers
from tests.mockserver.kii.apps import basic, bearer
from tests.mockserver.kii.test_replies import Place, assert_says, place

NOBODY = {"token": "nobody"}
ADA = {"loginName": "ada", "password": "ada-secret-word"}
LAMP = {"_vendorThingID": "made-01", "_password": "lamp-secret-word"}


def send(site: Place, method: str, path: str, headers: dict[str, str], body: Any = None, media_type: str | None = None) -> httpx.Response:
    """Send to a path below the application's; bytes as they are."""
    content: dict[str, Any] = {"content": body} if isinstance(body, bytes) else {} if body is None else {"json": body}
    typed = {} if media_type is None else {"Content-Type": media_type}
    return site.server.send(method, f"/api/apps/{site.app['id']}{path}", headers={**headers, **typed}, **content)


def anyone(site: Place) -> dict[str, str]:
    return app_headers(site.app["id"])


def register_thing(site: Place, body: Any, media_type: str = AUTHORIZE, headers: dict[str, str] | None = None) -> httpx.Response:
    return send(site, "POST", "/things", anyone(site) if headers is None else headers, body, media_type)


def register_user(site: Place, body: Any, headers: dict[str, str] | None = None) -> httpx.Response:
    return send(site, "POST", "/users", anyone(site) if headers is None else headers, body, REGISTER_USER)


def log_in(site: Place, **body: Any) -> httpx.Response:
    return send(site, "POST", "/oauth2/token", {}, body, LOGIN)


# ---------------------------------------------------------------------------------------------------- one owner


def test_head_has_no_body_and_no_content_type_in_any_answer() -> None:
    statuses = set()
    document = specs.openapi("kii")
    user = place().app["users"][0]
    for settings in ({}, {"is_owner_status": "ok"}, {"unknown_app": "unauthorized"}, {"no_credential": "wrong_token"}):
        site = place(0, **settings)
        site.add(site.admin, {"userID": site.app["users"][0]["id"]})
        other = site.server.target("kii")["apps"][1]
        for headers in (site.admin, bearer(user), bearer(NOBODY), bearer(other["admin"]), {}):
            for whom in (f"/things/{site.thing['id']}/ownership/user:{user['id']}", "/things/none/ownership/group:none"):
                answer = send(site, "HEAD", whom, headers)
                statuses.add(answer.status_code)
                assert (answer.content, answer.headers.get("content-type")) == (b"", None)
                assert not faults(document, site.server.last.operation, answer)
        unknown = site.server.send("HEAD", f"/api/apps/none/things/x/ownership/user:{user['id']}", headers=site.admin)
        assert (unknown.content, unknown.headers.get("content-type")) == (b"", None)
    assert statuses == {200, 204, 401, 403, 404}


@pytest.mark.parametrize(("pick", "option", "status"), [("removed_status", "no_content", 204), ("removed_status", "ok", 200)])
def test_an_ownership_that_ends_is_answered_without_a_body_as_is_picked(pick: str, option: str, status: int) -> None:
    site = place(0, **{pick: option})
    user = site.app["users"][0]
    site.add(site.admin, {"userID": user["id"]})
    answer = send(site, "DELETE", f"/things/{site.thing['id']}/ownership/user:{user['id']}", bearer(user))
    assert (answer.status_code, answer.content, answer.headers.get("content-type")) == (status, b"", None)


@pytest.mark.parametrize("kind", ["user", "group"])
def test_an_ownership_that_is_not_there_names_whom_the_path_names(kind: str) -> None:
    site = place()
    for named in (site.app[f"{kind}s"][0]["id"], "none"):
        told = {"appID": site.app["id"], "thingID": site.thing["id"], f"{kind}ID": named}
        for thing in (site.thing["id"], f"VENDOR_THING_ID:{site.thing['vendor_id']}"):
            answer = send(site, "DELETE", f"/things/{thing}/ownership/{kind}:{named}", site.admin)
            assert_says(site, answer, 404, "ThingOwnershipNotFoundException", errorCode="THING_OWNERSHIP_NOT_FOUND", **told)


def test_put_says_what_post_says_of_the_same() -> None:
    site = place()
    app, user, group = site.app["id"], site.app["users"][0], site.app["groups"][0]["id"]
    path = f"/things/{site.thing['id']}/ownership"
    assert (send(site, "PUT", f"{path}/user:{user['id']}", bearer(user)).content, site.server.last.status) == (b"", 204)
    exists = {"errorCode": "THING_OWNERSHIP_ALREADY_EXISTS", "appID": app, "thingID": site.thing["id"], "userID": user["id"]}
    assert_says(site, send(site, "PUT", f"{path}/user:{user['id']}", site.admin), 409, "ThingOwnershipAlreadyExistsException", **exists)
    refused = {"errorCode": "UNAUTHORIZED", "authenticatedAppID": app, "authenticatedPrincipalID": user["id"]}
    assert_says(site, send(site, "PUT", f"{path}/group:{group}", bearer(user)), 401, "UnauthorizedAccessException", **refused)
    missing = {"errorCode": "GROUP_NOT_FOUND", "groupID": "none", "appID": app}
    assert_says(site, send(site, "PUT", f"{path}/group:none", site.admin), 404, "GroupNotFoundException", **missing)
    body = send(site, "PUT", f"{path}/group:{group}", site.admin, b"{}", "application/json")
    assert_says(site, body, 400, "ValidationException", errorCode="INVALID_INPUT_DATA")
    typed = send(site, "PUT", f"{path}/group:{group}", site.admin, None, "application/json")
    assert typed.status_code == 204


# ---------------------------------------------------------------------------------------------------- things


def test_the_location_of_a_registered_thing_leads_to_it_and_its_token_is_its_own() -> None:
    site = place()
    answer = register_thing(site, {**LAMP, "colour": "warm"})
    made = answer.json()
    assert (answer.status_code, answer.headers["content-type"]) == (
        201,
        "application/vnd.kii.ThingRegistrationAndAuthorizationResponse+json",
    )
    assert answer.headers["location"] == f"/api/apps/{site.app['id']}/things/{made['_thingID']}"
    assert set(made) == {"_thingID", "_vendorThingID", "_created", "_disabled", "_accessToken"}
    read = site.server.send("GET", answer.headers["location"], headers=bearer({"token": made.pop("_accessToken")}))
    assert (read.status_code, read.headers["content-type"]) == (200, "application/vnd.kii.ThingRetrievalResponse+json")
    assert read.json() == {**made, "colour": "warm"}


@pytest.mark.parametrize("spelled", [REGISTER_THING, REGISTER_THING.upper(), f"{REGISTER_THING}; charset=utf-8"])
def test_the_media_type_that_asks_for_no_token_gets_none(spelled: str) -> None:
    answer = register_thing(place(), LAMP, spelled)
    assert (answer.status_code, answer.headers["content-type"]) == (201, "application/vnd.kii.ThingRegistrationResponse+json")
    assert set(answer.json()) == {"_thingID", "_vendorThingID", "_created", "_disabled"}


@pytest.mark.parametrize("spelled", [AUTHORIZE.upper(), f"{AUTHORIZE};charset=UTF-8"])
def test_the_media_type_that_asks_for_a_token_is_known_however_it_is_spelled(spelled: str) -> None:
    assert "_accessToken" in register_thing(place(), LAMP, spelled).json()


def test_a_things_own_fields_come_back_and_override_nothing() -> None:
    site = place()
    own = {"_thingType": "lamp", "nested": {"a": [1, None, True, "ü", 1.5]}, "password": "own-field", "name": "", "_custom": 0}
    forged = {"_thingID": "forged", "_created": "forged", "_disabled": True, "_accessToken": "forged"}
    made = register_thing(site, {**LAMP, **own, **forged}).json()
    token = made.pop("_accessToken")
    assert "forged" not in json.dumps(made)
    read = send(site, "GET", "/things/VENDOR_THING_ID:made-01", bearer({"token": token})).json()
    assert read == {**own, **made}
    assert (read["_disabled"], type(read["_created"])) == (False, int)


def test_a_thing_that_exists_is_named_in_the_refusal_by_its_vendor_thing_id() -> None:
    site = place()
    named = site.thing["vendor_id"]
    told = {"errorCode": "THING_ALREADY_EXISTS", "field": "vendorThingID", "value": named, "appID": site.app["id"]}
    assert_says(site, register_thing(site, {**LAMP, "_vendorThingID": named}), 409, "ThingAlreadyExistsException", **told)


WRONG_THINGS: list[Any] = [
    {},
    {"_vendorThingID": "a"},
    {"_password": "a"},
    *({**LAMP, "_vendorThingID": bad} for bad in ("", "a b", "ü", "a/b", "a\n", "a" * 201, 5, None)),
    *({**LAMP, "_password": bad} for bad in ("", "a\nb", "a\n", "a\x7f", "a" * 201, 5, None, ["x"])),
    {**LAMP, "_thingType": 5},
]


@pytest.mark.parametrize("body", WRONG_THINGS, ids=str)
def test_a_thing_of_another_form_is_not_registered(body: Any) -> None:
    site = place()
    assert_says(site, register_thing(site, body), 400, "ValidationException", errorCode="INVALID_INPUT_DATA")
    assert site.server.last.decided == "kii-thing.400"


@pytest.mark.parametrize("password", [" ", "a" * 200, "ü ñ 漢", "%41\\\"'"])
def test_a_things_password_may_be_any_200_printable_characters(password: str) -> None:
    site = place()
    assert register_thing(site, {**LAMP, "_password": password}).status_code == 201
    assert log_in(site, username="VENDOR_THING_ID:made-01", password=password).status_code == 200


# ---------------------------------------------------------------------------------------------------- users and groups


def test_a_registered_user_reads_himself_with_his_own_fields_which_override_nothing() -> None:
    site = place()
    own = {"displayName": "Ada", "nested": {"a": [1, None]}, "_password": "own-field"}
    made = register_user(site, {**ADA, **own, "userID": "forged"})
    assert (made.status_code, made.headers["content-type"]) == (201, "application/vnd.kii.RegistrationResponse+json")
    token = log_in(site, username="ada", password=ADA["password"]).json()
    assert token["id"] == made.json()["userID"] != "forged"
    read = send(site, "GET", "/users/me", bearer({"token": token["access_token"]}))
    assert (read.status_code, read.headers["content-type"]) == (200, "application/vnd.kii.UserDataRetrievalResponse+json")
    assert read.json() == {**own, "userID": token["id"], "loginName": "ada"}


def test_a_user_who_exists_is_named_in_the_refusal_by_his_login_name() -> None:
    site = place()
    told = {"errorCode": "USER_ALREADY_EXISTS", "field": "loginName", "value": "alice", "appID": site.app["id"]}
    assert_says(site, register_user(site, {**ADA, "loginName": "alice"}), 409, "UserAlreadyExistsException", **told)


@pytest.mark.parametrize(
    "body",
    [{}, {"loginName": "a"}, {"password": "a"}, *({**ADA, key: bad} for key in ADA for bad in ("", 5, None)), {**ADA, "loginName": "a\n"}],
    ids=str,
)
def test_a_user_without_a_name_or_a_password_is_not_registered(body: Any) -> None:
    site = place()
    assert_says(site, register_user(site, body), 400, "ValidationException", errorCode="INVALID_INPUT_DATA")
    assert site.server.last.decided == "kii-user.400"


@pytest.mark.parametrize(
    "body", [{}, {"name": ""}, {"name": 5}, {"name": "x", "owner": 5}, {"name": "x", "members": "y"}, {"name": "x", "members": [5]}]
)
def test_a_group_of_another_form_is_not_made(body: Any) -> None:
    site = place()
    answer = send(site, "POST", "/groups", bearer(site.app["users"][0]), body, CREATE_GROUP)
    assert_says(site, answer, 400, "ValidationException", errorCode="INVALID_INPUT_DATA")
    assert site.server.last.decided == "kii-group.create-400"


def test_a_group_tells_its_id_and_whom_it_did_not_find() -> None:
    site = place()
    owner, member = site.app["users"][0], site.app["users"][1]["id"]
    answer = send(site, "POST", "/groups", bearer(owner), {"name": "ours", "members": ["none", member]}, CREATE_GROUP)
    assert (answer.status_code, answer.headers["content-type"]) == (201, "application/vnd.kii.GroupCreationResponse+json")
    made = answer.json()
    assert (set(made), made["notFoundUsers"]) == ({"groupID", "notFoundUsers"}, ["none"])
    for method in ("PUT", "DELETE"):
        changed = send(site, method, f"/groups/{made['groupID']}/members/{member}", bearer(owner), None, "application/json")
        assert (changed.status_code, changed.content, changed.headers.get("content-type")) == (204, b"", None)
    gone = send(site, "DELETE", f"/groups/{made['groupID']}/members/{member}", bearer(owner))
    told = {"errorCode": "USER_NOT_FOUND", "field": "userID", "value": member, "appID": site.app["id"]}
    assert_says(site, gone, 404, "UserNotFoundException", **told)
    assert send(site, "DELETE", f"/groups/{made['groupID']}", bearer(owner)).status_code == 204
    told = {"errorCode": "GROUP_NOT_FOUND", "groupID": made["groupID"], "appID": site.app["id"]}
    assert_says(site, send(site, "DELETE", f"/groups/{made['groupID']}", bearer(owner)), 404, "GroupNotFoundException", **told)


# ---------------------------------------------------------------------------------------------------- tokens, and who calls


def test_a_login_tells_whose_token_it_is_and_how_long_it_serves() -> None:
    site = place(token_life=77)
    user = site.app["users"][0]
    answer = log_in(site, username="alice", password=user["password"])
    told = answer.json()
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    assert len(told.pop("access_token")) > 20
    assert told == {"id": user["id"], "expires_in": 77, "token_type": "Bearer"}


def test_a_refused_login_is_an_invalid_grant_of_the_same_words_for_everyone() -> None:
    site = place()
    answers = [
        log_in(site, username=name, password="wrong")
        for name in ("alice", "nobody", f"VENDOR_THING_ID:{site.thing['vendor_id']}", "VENDOR_THING_ID:x")
    ]
    answers.append(log_in(site, client_id=site.app["admin"]["client_id"], client_secret="wrong"))
    for answer in answers:
        assert (answer.status_code, answer.headers["content-type"]) == (400, "application/json")
        assert set(answer.json()) == {"errorCode", "error", "error_description"}
        assert answer.json()["errorCode"] == answer.json()["error"] == "invalid_grant"
    assert len({answer.content for answer in answers}) == 1


def test_a_refused_login_that_is_picked_to_be_401_names_no_one() -> None:
    site = place(login_refused="unauthorized")
    assert_says(site, log_in(site, username="alice", password="x"), 401, "UnauthorizedAccessException", errorCode="UNAUTHORIZED")


@pytest.mark.parametrize(("picked", "status"), [("wrong_token", 403), ("unauthorized", 401)])
def test_an_ended_token_is_refused_as_is_picked_and_tells_nothing_of_its_holder(picked: str, status: int) -> None:
    site = place(token_life=0, expired_token=picked)
    token = log_in(site, username="alice", password=site.app["users"][0]["password"]).json()["access_token"]
    other = site.server.target("kii")["apps"][1]["id"]
    for app in (site.app["id"], other):
        answer = site.server.send("GET", f"/api/apps/{app}/users/me", headers=bearer({"token": token}))
        if picked == "wrong_token":
            assert_says(site, answer, status, "WrongTokenException", errorCode="WRONG_TOKEN", appID=app)
        else:
            assert_says(site, answer, status, "UnauthorizedAccessException", errorCode="UNAUTHORIZED")
        assert site.server.last.decided == "kii-pick.expired-token"


KEYLESS = ["/things", "/users"]


def keyless(site: Place, path: str, headers: dict[str, str]) -> httpx.Response:
    return register_thing(site, LAMP, headers=headers) if path == "/things" else register_user(site, ADA, headers)


@pytest.mark.parametrize("path", KEYLESS)
def test_a_credential_in_authorization_counts_before_the_headers_that_name_the_app(path: str) -> None:
    for other, status in ((bearer(NOBODY), 403), (basic("none:x"), 404), ({"Authorization": "Basic !"}, 401)):
        site = place()
        assert keyless(site, path, anyone(site) | other).status_code == status
    for other in (bearer(place().app["users"][0]), {"Authorization": "Digest a=b"}, {"Authorization": ""}, {"Authorization": "Bearer"}):
        site = place()
        assert keyless(site, path, anyone(site) | other).status_code == 201
    site = place()
    foreign = site.server.target("kii")["apps"][1]
    assert keyless(site, path, anyone(site) | bearer(foreign["admin"])).status_code == 401


@pytest.mark.parametrize("path", KEYLESS)
def test_any_key_serves_and_no_half_of_the_two_headers(path: str) -> None:
    for headers in (basic("a1open01:any"), basic("a1open01:"), app_headers("a1open01", "any"), app_headers("a1open01", "")):
        assert keyless(place(), path, headers).status_code == 201
    for headers in ({}, {"X-Kii-AppID": "a1open01"}, {"X-Kii-AppKey": "any"}):
        site = place()
        assert_says(site, keyless(site, path, headers), 401, "UnauthorizedAccessException", errorCode="UNAUTHORIZED")
        assert site.server.last.decided == "kii-pick.no-credential"
    site = place()
    told = {"errorCode": "UNAUTHORIZED", "authenticatedAppID": "b2lock02"}
    assert_says(site, keyless(site, path, app_headers("b2lock02")), 401, "UnauthorizedAccessException", **told)
    assert_says(site, keyless(site, path, app_headers("none")), 404, "AppNotFoundException", errorCode="APP_NOT_FOUND", appID="none")


def test_a_token_beside_the_headers_does_not_touch_a_login() -> None:
    site = place()
    body = {"username": "alice", "password": site.app["users"][0]["password"]}
    for more in ({}, bearer(NOBODY), bearer(site.app["users"][1])):
        headers = anyone(site) | more | {"Content-Type": "application/json"}
        answer = site.server.send("POST", "/api/oauth2/token", headers=headers, json=body)
        assert (answer.status_code, answer.json().get("id")) == (200, site.app["users"][0]["id"])


def test_the_headers_that_name_the_app_are_no_credential_elsewhere() -> None:
    site = place()
    answers = [site.owners(anyone(site)), site.add(anyone(site), {"userID": "x"}), send(site, "GET", "/users/me", anyone(site))]
    for answer in answers:
        assert_says(site, answer, 401, "UnauthorizedAccessException", errorCode="UNAUTHORIZED")


def test_any_key_of_basic_serves_only_where_no_token_is_needed() -> None:
    site = place(anonymous_post="allowed")
    assert site.add(basic("a1open01:any"), {"userID": site.app["users"][0]["id"]}).status_code == 401


# ---------------------------------------------------------------------------------------------------- secrets


def test_no_answer_shows_a_password_a_key_or_a_token_that_was_sent() -> None:
    site = place()
    secret = "Secret-Word-17"
    pairs = [
        {"username": "alice", "password": secret},
        {"username": "VENDOR_THING_ID:x", "password": secret},
        {"client_id": "x", "client_secret": secret},
    ]
    answers = [log_in(site, **pair) for pair in pairs]
    answers += [log_in(site, **pair, expiresAt=1) for pair in pairs]
    answers += [log_in(site, username="alice", password=[secret]), log_in(site, client_id=5, client_secret=secret)]
    answers += [send(site, "POST", "/oauth2/token", {}, f'{{"password": "{secret}'.encode(), LOGIN)]
    answers += [send(site, "POST", "/oauth2/token", {}, f'{{"password": "{secret}\\ud800"}}'.encode(), LOGIN)]
    unfit: list[Any] = [secret + "\n", [secret], {secret: 1}, secret * 20]
    answers += [register_thing(site, {**LAMP, "_password": bad}) for bad in unfit]
    for bad in unfit[1:3]:
        answers += [register_user(site, {**ADA, "password": bad}), register_user(site, [bad])]
    assert {answer.status_code for answer in answers} == {400}
    thing = register_thing(site, {**LAMP, "_password": secret})
    answers += [thing, register_thing(site, {**LAMP, "_password": secret}), register_user(site, {**ADA, "password": secret})]
    answers += [register_user(site, {**ADA, "password": secret}), log_in(site, username="ada", password=secret)]
    itself = bearer({"token": answers[-1].json()["access_token"]})
    answers += [send(site, "GET", "/users/me", itself), send(site, "GET", "/things/VENDOR_THING_ID:made-01", site.admin)]
    for headers in (bearer({"token": secret}), basic(f"none:{secret}"), app_headers("none", secret)):
        answers += [register_user(site, ADA, headers), site.owners(headers)]
    for answer in answers:
        assert "Secret-Word" not in answer.text + str(answer.headers)
    assert site.app["key"] not in "".join(answer.text for answer in answers)
