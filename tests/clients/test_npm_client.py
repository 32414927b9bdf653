"""The vendor's npm client, unmodified, against the mock: it gets what it asks for, and understands what it is refused."""

from __future__ import annotations

import re

import pytest

from tests.clients.conftest import Driven

GRANTED = {
    "admin login": "string",
    "register group": "string",
    "thing login": True,
    "own with the right password": "done",
    "own with the right password by vendorThingID": "done",
    "is owner before": False,
    "is owner": True,
    "is owner by vendorThingID": True,
    "the group owns": "done",
    "the group is owner": True,
    "is owner through the group": True,
    "the group is no owner of another": False,
    "unregister": "done",
    "is owner after": False,
    "a stranger is no owner": False,
    "add member": "done",
    "a member is owner": True,
    "leave": "done",
    "who has left is no owner": False,
    "delete user": "done",
    "delete thing": "done",
    "delete group": "done",
    "delete oneself": "done",
    "PUT": "done",
    "PUT as admin by thingID": "done",
    "PUT as admin by vendorThingID": "done",
    "PUT by vendorThingID": "done",
    "a thing with a token": "done",
    "a thing with a token is owned": True,
    "a thing with a token is left": "done",
    "a thing with a token is owned no more": False,
}
REFUSED = {
    "register user again": (409, "USER_ALREADY_EXISTS"),
    "user login with a wrong password": (400, "invalid_grant"),
    "user login of nobody": (400, "invalid_grant"),
    "a deleted user's login": (400, "invalid_grant"),
    "admin login with a wrong secret": (400, "invalid_grant"),
    "register thing again": (409, "THING_ALREADY_EXISTS"),
    "register a thing by no good name": (400, "INVALID_INPUT_DATA"),
    "own with a wrong password": (401, "UNAUTHORIZED"),
    "own with a wrong password by vendorThingID": (401, "UNAUTHORIZED"),
    "own again": (409, "THING_OWNERSHIP_ALREADY_EXISTS"),
    "own again by vendorThingID": (409, "THING_OWNERSHIP_ALREADY_EXISTS"),
    # A percent sign that comes back in the body: see test_quirks.
    "own as a user whose id is no good name": (404, "USER_NOT_FOUND"),
    "own by PUT where a password is needed": (401, "UNAUTHORIZED"),
    "unregister again as admin": (404, "THING_OWNERSHIP_NOT_FOUND"),
    "load a deleted thing": (404, "THING_NOT_FOUND"),
    "delete group again": (404, "GROUP_NOT_FOUND"),
    "PUT again": (409, "THING_OWNERSHIP_ALREADY_EXISTS"),
    "PUT of nobody": (404, "USER_NOT_FOUND"),
}
# Steps that have a test of their own.
OTHERS = {
    "register user",
    "user login",
    "register thing",
    "thing login with a wrong password",
    "thing login of nobody",
    "own with an empty password",
}


def test_every_step_of_the_story_is_judged(driven: Driven) -> None:
    assert set(driven.steps) == set(GRANTED) | set(REFUSED) | OTHERS


@pytest.mark.parametrize("step", GRANTED)
def test_the_client_gets_what_it_asks_for(step: str, driven: Driven) -> None:
    assert driven.given(step) == GRANTED[step]


@pytest.mark.parametrize("step", REFUSED)
def test_the_clients_own_parser_reads_why_it_is_refused(step: str, driven: Driven) -> None:
    assert driven.refused(step) == REFUSED[step]


def test_a_user_who_registers_is_logged_in(driven: Driven) -> None:
    made = driven.given("register user")
    assert made["login"].startswith("ann-")
    assert made["id"] == driven.given("user login")


def test_a_thing_that_is_registered_has_what_the_client_keeps_of_it(driven: Driven) -> None:
    made = driven.given("register thing")
    assert made.pop("vendorID").startswith("lamp-")
    assert re.fullmatch(r"th\.[a-z0-9]{12}-[a-z0-9]{4}-[a-z0-9]{4}-[a-z0-9]{4}-[a-z0-9]{8}", made.pop("id"))
    assert made == {"disabled": False, "token": "string"}


@pytest.mark.parametrize("step", ["thing login with a wrong password", "thing login of nobody"])
def test_a_failed_thing_login_is_an_invalid_grant(step: str, driven: Driven) -> None:
    """In the client's words alone: its parser wants a message there, and the documented body has none."""
    assert driven.steps[step]["error"] == "authenticate as thing failed. statusCode: 400 error code: invalid_grant"


def test_an_empty_password_is_refused_by_the_client_itself(driven: Driven) -> None:
    assert driven.steps["own with an empty password"]["error"] == "password is null or empty"


def test_a_world_is_joined_by_its_base_url_alone(driven: Driven) -> None:
    assert driven.world not in driven.before
    assert {sent.target.startswith(f"{driven.base}/api/") for sent in driven.requests} == {True}
    assert driven.apart
    made = [thing["vendor_id"] for app in driven.after["state"]["kii"]["apps"] for thing in app["things"]]
    assert [name for name in made if name.startswith("lamp-") and len(name) > len("lamp-01")]


def test_nothing_of_the_story_was_held_back_by_the_guard(driven: Driven) -> None:
    assert driven.after["requests"]
    assert [row for row in driven.after["requests"] if row["complaint"]] == []
