"""What a client of Kii's gets to read: each refusal's status, media type and fields, and what the picks of the wire choose."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from ownership_contracts import specs

from tests.mockserver.documented import faults
from tests.mockserver.in_process import InProcess, in_process
from tests.mockserver.kii.apps import ADD, CONFIRM, basic, bearer


@dataclass(frozen=True)
class Place:
    """An application of a server's default world, and its first thing."""

    server: InProcess
    app: dict[str, Any]

    @property
    def admin(self) -> dict[str, str]:
        return bearer(self.app["admin"])

    @property
    def thing(self) -> dict[str, Any]:
        found: dict[str, Any] = self.app["things"][0]
        return found

    @property
    def path(self) -> str:
        return f"/api/apps/{self.app['id']}/things/{self.thing['id']}/ownership"

    def add(self, headers: dict[str, str], body: Any) -> httpx.Response:
        return self.server.send("POST", self.path, headers={**headers, "Content-Type": ADD}, json=body)

    def owners(self, headers: dict[str, str]) -> httpx.Response:
        return self.server.send("GET", self.path, headers=headers)

    def request(self, headers: dict[str, str], whom: str) -> httpx.Response:
        return self.server.send("POST", f"{self.path}/request/{whom}", headers=headers)

    def confirm(self, headers: dict[str, str], code: Any) -> httpx.Response:
        return self.server.send("POST", f"{self.path}/confirm", headers={**headers, "Content-Type": CONFIRM}, json={"code": code})


def place(number: int = 0, **settings: Any) -> Place:
    server = in_process(kii=settings)
    return Place(server, server.target("kii")["apps"][number])


def assert_says(site: Place, answer: httpx.Response, status: int, exception: str, **fields: Any) -> None:
    """The answer has this status, the media type of this exception, and these fields beside a message and no others."""
    media_type = f"application/vnd.kii.{exception}+json" if exception else "application/json"
    assert (answer.status_code, answer.headers["content-type"]) == (status, media_type), answer.text
    body = answer.json()
    assert len(body.pop("message")) > 10
    assert body == fields
    assert not faults(specs.openapi("kii"), site.server.last.operation, answer)


# ---------------------------------------------------------------------------------------------------- the fields of each refusal


def test_a_missing_user_group_thing_and_application_are_told_apart() -> None:
    site = place()
    app = site.app["id"]
    for answer in (site.add(site.admin, {"userID": "none"}), site.request(site.admin, "user:none")):
        assert_says(site, answer, 404, "UserNotFoundException", errorCode="USER_NOT_FOUND", field="userID", value="none", appID=app)
    for answer in (site.add(site.admin, {"groupID": "none"}), site.request(site.admin, "group:none")):
        assert_says(site, answer, 404, "GroupNotFoundException", errorCode="GROUP_NOT_FOUND", groupID="none", appID=app)
    for name, field in (("VENDOR_THING_ID:none", "vendorThingID"), ("none", "thingID")):
        answer = site.server.send("GET", f"/api/apps/{app}/things/{name}/ownership", headers=site.admin)
        assert_says(site, answer, 404, "ThingNotFoundException", errorCode="THING_NOT_FOUND", field=field, value="none", appID=app)
    answer = site.server.send("GET", "/api/apps/none/things/x/ownership", headers=site.admin)
    assert_says(site, answer, 404, "AppNotFoundException", errorCode="APP_NOT_FOUND", appID="none")


def test_a_conflict_names_the_user_or_the_group_that_applies() -> None:
    site = place()
    user, group = site.app["users"][0]["id"], site.app["groups"][0]["id"]
    for body in ({"userID": user}, {"groupID": group}):
        assert site.add(site.admin, body).status_code == 204
        told = {"errorCode": "THING_OWNERSHIP_ALREADY_EXISTS", "appID": site.app["id"], "thingID": site.thing["id"], **body}
        assert_says(site, site.add(site.admin, body), 409, "ThingOwnershipAlreadyExistsException", **told)
        whom = "".join(f"{key.removesuffix('ID')}:{value}" for key, value in body.items())
        assert_says(site, site.request(site.admin, whom), 409, "ThingOwnershipAlreadyExistsException", **told)


def test_a_conflict_names_the_thing_by_its_thing_id_under_either_name() -> None:
    site = place()
    user = site.app["users"][0]["id"]
    site.add(site.admin, {"userID": user})
    path = f"/api/apps/{site.app['id']}/things/VENDOR_THING_ID:{site.thing['vendor_id']}/ownership"
    answer = site.server.send("POST", path, headers={**site.admin, "Content-Type": ADD}, json={"userID": user})
    assert answer.json()["thingID"] == site.thing["id"]


def test_a_code_that_completes_nothing_is_a_conflict_of_its_own_kind() -> None:
    site = place()
    told = {"errorCode": "INVALID_THING_OWNERSHIP_CODE", "appID": site.app["id"], "thingID": site.thing["id"]}
    assert_says(site, site.confirm(site.admin, "none"), 409, "InvalidThingOwnershipCodeException", **told)


def test_who_may_not_is_named_where_he_is_a_user_or_a_thing() -> None:
    site = place()
    app = site.app["id"]
    user, other, things = site.app["users"][0], site.app["users"][1], site.app["things"]
    for caller in (user, things[1]):
        told = {"errorCode": "UNAUTHORIZED", "authenticatedAppID": app, "authenticatedPrincipalID": caller["id"]}
        sent = bearer(caller)
        for answer in (site.add(sent, {"userID": other["id"]}), site.owners(sent), site.request(sent, f"user:{other['id']}")):
            assert_says(site, answer, 401, "UnauthorizedAccessException", **told)


@pytest.mark.parametrize(("picked", "named"), [("omitted", False), ("named", True)])
def test_an_administrator_who_may_not_is_named_as_is_picked(picked: str, named: bool) -> None:
    site = place(principal_of_admin=picked)
    other = site.server.target("kii")["apps"][1]
    answer = site.owners(bearer(other["admin"]))
    assert answer.status_code == 401
    assert answer.json()["authenticatedAppID"] == other["id"]
    assert ("authenticatedPrincipalID" in answer.json()) == named


def test_a_wrong_password_is_told_from_a_missing_right() -> None:
    site = place(1)
    user = site.app["users"][0]
    told = {"errorCode": "UNAUTHORIZED", "authenticatedAppID": site.app["id"], "authenticatedPrincipalID": user["id"]}
    wrong = site.add(bearer(user), {"userID": user["id"], "thingPassword": "wrong"})
    not_his = site.add(bearer(user), {"userID": site.app["users"][1]["id"], "thingPassword": site.thing["password"]})
    for answer in (wrong, not_his):
        assert_says(site, answer, 401, "UnauthorizedAccessException", **told)
    assert "password" in wrong.json()["message"]
    assert "password" not in not_his.json()["message"]
    assert site.thing["password"] not in wrong.text


def test_no_answer_shows_the_token_or_the_key_that_was_sent() -> None:
    site = place()
    for headers in (bearer({"token": "secret-token"}), basic(f"{site.app['id']}:secret-key")):
        answer = site.add(headers, {"userID": "x"})
        assert answer.status_code in (401, 403)
        assert "secret" not in answer.text


def test_neither_and_both_are_one_code_with_two_messages() -> None:
    site = place()
    user, group = site.app["users"][0]["id"], site.app["groups"][0]["id"]
    answers = [site.add(site.admin, {}), site.add(site.admin, {"userID": user, "groupID": group})]
    for answer in answers:
        assert_says(site, answer, 400, "ValidationException", errorCode="INVALID_INPUT_DATA")
    assert answers[0].json()["message"] != answers[1].json()["message"]
    assert [entry.decided for entry in site.server.worlds.get("default").journal.entries] == ["kii-post.400-neither", "kii-post.400-both"]


def test_success_has_no_body_but_where_one_is_documented() -> None:
    site = place()
    user, group = site.app["users"][0], site.app["groups"][0]["id"]
    added = site.add(bearer(user), {"userID": user["id"]})
    assert (added.status_code, added.content, added.headers.get("content-type")) == (204, b"", None)
    started = site.request(bearer(site.thing), f"group:{group}")
    assert (started.status_code, started.headers["content-type"]) == (200, "application/vnd.kii.ThingOwnershipRequestResponse+json")
    confirmed = site.confirm(site.admin, started.json()["code"])
    assert (confirmed.status_code, confirmed.content) == (204, b"")
    listed = site.owners(site.admin)
    assert (listed.status_code, listed.headers["content-type"]) == (200, "application/vnd.kii.ThingOwnershipRetrievalResponse+json")
    assert listed.json() == {"users": [user["id"]], "groups": [group]}


# ---------------------------------------------------------------------------------------------------- picks of the wire

UNAUTHORIZED: tuple[int, str, str] = (401, "UnauthorizedAccessException", "UNAUTHORIZED")
WRONG_TOKEN = (403, "WrongTokenException", "WRONG_TOKEN")
CREDENTIALS = {"unauthorized": UNAUTHORIZED, "wrong_token": WRONG_TOKEN}
INVALID = (400, "ValidationException", "INVALID_INPUT_DATA")
UNSUPPORTED = {"unsupported": (415, "", "UNSUPPORTED_MEDIA_TYPE"), "invalid": INVALID}
# What is sent beside the administrator's token, or another Authorization in its place; and the answer by option.
WIRE: dict[str, tuple[dict[str, str], bytes, dict[str, tuple[int, str, str]]]] = {
    "no_credential": ({"Authorization": "", "Content-Type": ADD}, b"{}", CREDENTIALS),
    "malformed_basic": ({"Authorization": "Basic !", "Content-Type": ADD}, b"{}", CREDENTIALS),
    "wrong_basic_key": ({**basic("a1open01:wrong"), "Content-Type": ADD}, b"{}", CREDENTIALS),
    "malformed_json": ({"Content-Type": ADD}, b"{", {"invalid_json": (400, "ValidationException", "INVALID_JSON"), "invalid_input": INVALID}),
    "wrong_content_type": ({"Content-Type": "application/json"}, b"{}", UNSUPPORTED),
    "absent_content_type": ({}, b"{}", UNSUPPORTED),
    "non_string_field": ({"Content-Type": ADD}, b'{"userID": 5}', {"invalid": INVALID}),
}


@pytest.mark.parametrize(("pick", "option"), [(pick, option) for pick in WIRE for option in specs.ledger("kii").picks[pick].options or ()])
def test_what_no_operation_judges_gets_what_is_picked(pick: str, option: str) -> None:
    headers, content, answers = WIRE[pick]
    site = place(0, **{pick: option})
    answer = site.server.send("POST", site.path, headers=site.admin | headers, content=content)
    status, exception, code = answers[option]
    told = {"errorCode": code, **({"appID": site.app["id"]} if code == "WRONG_TOKEN" else {})}
    assert_says(site, answer, status, exception, **told)
    assert site.server.last.decided == f"kii-pick.{pick.replace('_', '-')}"


def test_an_unknown_token_is_403_whatever_is_picked_for_none() -> None:
    for picked in CREDENTIALS:
        site = place(no_credential=picked)
        assert_says(site, site.owners(bearer({"token": "nobody"})), 403, "WrongTokenException", errorCode="WRONG_TOKEN", appID=site.app["id"])
        assert site.server.last.decided == "kii-public.unknown-token"


def test_basic_of_another_application_may_nothing_here() -> None:
    site = place(anonymous_post="allowed")
    other = site.server.target("kii")["apps"][1]
    answer = site.add(basic(f"{other['id']}:{other['key']}"), {"userID": site.app["users"][0]["id"]})
    assert_says(site, answer, 401, "UnauthorizedAccessException", errorCode="UNAUTHORIZED", authenticatedAppID=other["id"])


def test_a_key_with_a_colon_and_an_application_id_are_split_at_the_first_colon() -> None:
    site = place(anonymous_post="allowed")
    user = {"userID": site.app["users"][0]["id"]}
    assert site.add(basic(f"{site.app['id']}:{site.app['key']}"), user).status_code == 204
    assert site.add(basic(f"{site.app['id']}:{site.app['key']}:"), user).status_code == 401
    assert site.add(basic(f"{site.app['id']}:"), user).status_code == 401
    assert site.add(basic(":"), user).status_code == 401
