"""The client of the control API, against the mock's own and against servers that answer otherwise."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from ownership_contracts.contracts.control import Control, ControlError, UnverifiedError, World
from ownership_contracts.contracts.reached import probe_from_here, world_from_here

from tests.serving import Running

from .stub import Reply, Request, reply, stub

TOKEN = "the-token-of-the-control-api"
LISTED = "/api/apps/a1open01/things/VENDOR_THING_ID:lamp-01/ownership"
OUTAGE = {"name": "outage", "when": {"operation": "listOwners*"}, "answer": {"status": 503}, "off_contract": True}


@pytest.fixture(scope="module")
def control(mock: Running) -> Iterator[Control]:
    with Control(f"{mock.url}/_mock/api") as made:
        yield made


@pytest.fixture
def lent(control: Control) -> Iterator[World]:
    with control.world() as world:
        yield world


def ask(world: World, **headers: str) -> int:
    """List a lamp's owners as the administrator."""
    (app,) = [app for app in world.target["kii"]["apps"] if app["id"] == "a1open01"]
    sent = {"Authorization": f"Bearer {app['admin']['token']}", **headers}
    return httpx.get(f"{world.base_url}{LISTED}", headers=sent, trust_env=False).status_code


# ---------------------------------------------------------------------------------------------------- worlds


def test_the_api_says_what_it_serves(control: Control) -> None:
    assert {"kii", "connhex"} <= set(control.health()["vendors"])
    assert "default" in control.worlds()


def test_a_world_is_there_while_its_block_lasts(control: Control) -> None:
    with control.world("mine-for-now") as world:
        assert (world.name, "mine-for-now" in control.worlds(), ask(world)) == ("mine-for-now", True, 200)
        assert set(world.target) == {"kii", "connhex"}
        assert set(world.read()["state"]) == {"kii", "connhex"}
    assert "mine-for-now" not in control.worlds()


def test_a_world_is_made_as_it_is_told(control: Control) -> None:
    settings = {"kii": {"code_life": 77}}
    tables = []
    for _ in range(2):
        with control.world(scenario="default", seed="s", settings=settings, clock={"now": datetime(2026, 1, 1, tzinfo=UTC), "frozen": True}) as world:
            tables.append(json.dumps(world.target).replace(world.name, "NAME"))
            assert world.target["kii"]["picks"]["code_life"] == 77
            assert world.now() == datetime(2026, 1, 1, tzinfo=UTC).timestamp()
    assert tables[0] == tables[1]


def test_a_world_can_be_made_of_a_scenario_written_here(control: Control) -> None:
    with control.world(scenario={"summary": "An outage.", "script": [OUTAGE]}) as world:
        assert ask(world) == 503


def test_moments_may_be_datetimes_wherever_they_stand(control: Control) -> None:
    began = datetime(2026, 1, 1, tzinfo=UTC)  # what YAML makes of 2026-01-01T00:00:00Z
    line = {"at": {"time": began + timedelta(hours=1)}, "happen": [{"kii.thing_deleted": {"app": "a1open01", "thing": "lamp-01"}}]}
    with control.world(scenario={"summary": "Mine.", "clock": {"now": began, "frozen": True}, "script": [line]}) as world:
        assert (world.now(), ask(world)) == (began.timestamp(), 200)
        assert world.advance(timedelta(hours=1)) == began.timestamp() + 3600
        assert ask(world) == 404


def test_what_a_block_failed_with_is_told_also_where_its_world_is_gone(control: Control) -> None:
    def fail() -> None:
        with control.world() as world:
            world.delete()
            raise LookupError("the block's own trouble")

    with pytest.raises(LookupError) as told:
        fail()
    assert told.value.__context__ is None


def test_a_world_is_shown_by_its_name_alone(lent: World) -> None:
    assert repr(lent) == f"World({lent.name!r}, {lent.base_url!r})"


# ---------------------------------------------------------------------------------------------------- begin again


def test_a_world_that_is_reset_is_as_it_was_made(lent: World) -> None:
    before = lent.target
    lent.load(OUTAGE)
    assert ask(lent) == 503
    lent.reset()
    assert (ask(lent), lent.target) == (200, before)
    lent.reset(settings={"kii": {"code_life": 77}}, clock={"now": datetime(2026, 1, 1, tzinfo=UTC), "frozen": True})
    assert (lent.target["kii"]["picks"]["code_life"], lent.now()) == (77, datetime(2026, 1, 1, tzinfo=UTC).timestamp())


def test_a_snapshot_is_restored_in_the_world_and_in_another(lent: World, control: Control) -> None:
    lent.load(OUTAGE)
    taken = lent.snapshot()
    lent.drop()
    assert ask(lent) == 200
    lent.restore(taken)
    assert ask(lent) == 503
    with control.world(snapshot=taken) as other:
        assert ask(other) == 503


# ---------------------------------------------------------------------------------------------------- time


def test_the_clock_stands_is_turned_and_goes_on(lent: World) -> None:
    lent.freeze(datetime(2026, 1, 1, tzinfo=UTC))
    began = lent.now()
    assert began == 1767225600
    assert lent.advance(90.5) == lent.now() == began + 90.5
    lent.freeze("2026-01-02T00:00:00Z")
    assert lent.now() == began + 86400
    lent.freeze(began)
    assert lent.now() == began
    lent.run()
    seen = lent.now()
    assert seen > began
    lent.freeze()
    assert seen <= lent.now() == lent.now()


# ---------------------------------------------------------------------------------------------------- what came


def test_the_journal_is_read_by_filters_verified_and_cleared(lent: World) -> None:
    ask(lent)
    ask(lent, Authorization="Bearer of-nobody")
    assert [entry["status"] for entry in lent.journal()["requests"]] == [200, 403]
    (refused,) = lent.journal(status=403, vendor="kii", last=1)["requests"]
    assert "of-nobody" not in json.dumps(refused)
    (bare,) = lent.journal(status=403, secrets=True)["requests"]
    assert "of-nobody" in json.dumps(bare)
    assert lent.verify(operation="listOwners*") == 2
    assert lent.verify(exactly=1, status=200, path={"vendorThingID": "lamp-01"}) == 1
    assert lent.verify(at_most=1, operation="addOwner*") == 0
    lent.clear(status=403)
    assert [entry["status"] for entry in lent.journal()["requests"]] == [200]


def test_moments_of_datetime_and_nobody_are_asked_for_in_the_journal_and_verified_alike(lent: World) -> None:
    ask(lent)
    ask(lent, Authorization="Bearer of-nobody")
    past, future = datetime(2020, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
    assert len(lent.journal(since=past, until=future)["requests"]) == lent.verify(since=past, until=future) == 2
    assert lent.verify(since=future, exactly=0) == 0
    assert [entry["status"] for entry in lent.journal(principal=None)["requests"]] == [403]
    assert lent.verify(principal=None, exactly=1) == 1
    lent.clear(principal=None)
    assert [entry["status"] for entry in lent.journal()["requests"]] == [200]


def test_what_cannot_be_verified_fails_a_test_with_what_came(lent: World) -> None:
    ask(lent)
    with pytest.raises(UnverifiedError, match="listOwners") as told:
        lent.verify(exactly=2, operation="listOwners*")
    assert isinstance(told.value, AssertionError)
    with pytest.raises(UnverifiedError):
        lent.verify(operation="addOwner*")


# ---------------------------------------------------------------------------------------------------- what is to come


def test_lines_are_loaded_and_dropped(lent: World) -> None:
    later = {"name": "later", "when": {"nth": 5}, "delay": 1}
    assert [line["name"] for line in lent.load(OUTAGE, later)["lines"]] == ["outage", "later"]
    assert ask(lent) == 503
    assert lent.script()["lines"][0]["fitted"] == 1
    lent.drop("outage")
    assert ([line["name"] for line in lent.script()["lines"]], ask(lent)) == (["later"], 200)
    lent.drop()
    assert lent.script()["lines"] == []


def test_something_happens_in_the_world(lent: World) -> None:
    (app,) = [app for app in lent.target["kii"]["apps"] if app["id"] == "a1open01"]
    answer = lent.happen("kii.thing_deleted", app=app["id"], thing="lamp-01")
    assert "kii" in answer["state"]
    assert ask(lent) == 404
    with pytest.raises(ControlError, match="lamp-01") as told:
        lent.happen("kii.thing_deleted", app=app["id"], thing="lamp-01")
    assert told.value.status == 409


# ---------------------------------------------------------------------------------------------------- what goes wrong


def test_what_is_refused_is_told_with_the_answers_own_words(control: Control, lent: World) -> None:
    with pytest.raises(ControlError, match=r"POST /worlds was answered 409 .*there is a world") as told:
        control.world(lent.name)
    assert told.value.status == 409
    with pytest.raises(ControlError, match="no-such-scenario"):
        control.world(scenario="no-such-scenario")
    with pytest.raises(ControlError, match=r"400 .*seconds"):
        lent.advance(-1)


def test_a_name_stays_one_step_of_the_path(control: Control) -> None:
    with pytest.raises(ControlError) as told:
        World(control, {"name": "../worlds", "base_url": "http://x"}).delete()
    assert told.value.status in (400, 404)


def test_an_api_that_does_not_answer_is_named() -> None:
    with (
        Control("http://127.0.0.1:9/_mock/api") as nobody,
        pytest.raises(ControlError, match=r"http://127\.0\.0\.1:9/_mock/api did not answer") as told,
    ):
        nobody.health()
    assert told.value.status is None


@pytest.mark.parametrize("answer", [reply(201, {"name": "w"}), reply(201, []), reply(201), Reply(201, b"<html>")])
def test_an_answer_that_names_no_world_is_an_error(answer: Reply) -> None:
    with stub(lambda request: answer) as running, Control(running.url) as control, pytest.raises(ControlError):
        control.world()


@pytest.mark.parametrize("asked", ["now", "advance", "verify", "journal", "snapshot"])
@pytest.mark.parametrize("answer", [reply(200, {"some": "thing"}), reply(200, "text"), reply(204)])
def test_an_answer_without_what_was_asked_for_is_an_error(asked: str, answer: Reply) -> None:
    words = {"advance": [3]}.get(asked, [])
    with stub(lambda request: answer) as running, Control(running.url) as control:
        world = World(control, {"name": "w", "base_url": running.url})
        if answer.status == 200 and answer.body.startswith(b"{") and asked in ("journal", "snapshot"):
            assert getattr(world, asked)() == {"some": "thing"}
            return
        with pytest.raises(ControlError):
            getattr(world, asked)(*words)


# ---------------------------------------------------------------------------------------------------- the token


def guarded(request: Request) -> Reply:
    """A control API that wants the token, and says what it was shown."""
    shown = request.headers.get("authorization")
    if shown == f"Bearer {TOKEN}":
        return reply(200, {"status": "ok", "vendors": [], "scenarios": []})
    return reply(401, {"title": "A control token is needed", "status": 401, "detail": f"You sent {shown}."})


def test_a_token_goes_with_every_request() -> None:
    with stub(guarded) as running, Control(f"{running.url}/_mock/api/", TOKEN) as control:
        assert control.health()["status"] == "ok"
        assert [request.headers["authorization"] for request in running.seen] == [f"Bearer {TOKEN}"]


@pytest.mark.parametrize(("token", "told"), [(None, "was given none"), ("another-token", "is not the server's")])
def test_a_token_that_lacks_or_is_another_is_told_and_not_shown(token: str | None, told: str) -> None:
    with stub(guarded) as running, Control(running.url, token) as control, pytest.raises(ControlError, match=told) as error:
        control.health()
    assert "another-token" not in str(error.value)
    assert error.value.status == 401


@pytest.mark.parametrize(
    ("url", "sent"),
    [
        ("http://127.0.0.1:8080/_mock/api", True),
        ("http://127.0.0.1:8080/_mock/api/worlds/w", True),
        ("http://127.0.0.1:8080/_mock/apis", False),
        ("http://127.0.0.1:8080/ownerships", False),
        ("http://127.0.0.1:80801/_mock/api/worlds", False),
        ("http://127.0.0.2:8080/_mock/api/worlds", False),
        ("https://127.0.0.1:8080/_mock/api/worlds", False),
        ("http://127.0.0.1:8080@evil.invalid/_mock/api/worlds", False),
    ],
)
def test_the_token_is_for_the_control_api_and_what_lies_below_it(url: str, sent: bool) -> None:
    with Control("http://127.0.0.1:8080/_mock/api", TOKEN) as control:
        assert control.admission(url) == ({"Authorization": f"Bearer {TOKEN}"} if sent else {})


def test_the_token_follows_no_redirect() -> None:
    def elsewhere(request: Request) -> Reply:
        return Reply(307, headers={"Location": f"http://{request.headers['host']}/away"})

    with stub(elsewhere) as running, Control(running.url, TOKEN) as control, pytest.raises(ControlError, match="307"):
        control.health()
    assert len(running.seen) == 1


def test_no_token_is_in_what_a_control_or_a_world_is_shown_as() -> None:
    with Control("http://127.0.0.1:9", TOKEN) as control:
        assert TOKEN not in repr(control) + repr(World(control, {"name": "w", "base_url": "http://x", "kii": {"secret": TOKEN}}))


def test_a_moment_that_is_none_is_refused(lent: World) -> None:
    with pytest.raises(ControlError, match="400"):
        lent.freeze("no time")


# ---------------------------------------------------------------------------------------------------- what cannot be asked


@pytest.mark.parametrize("settings", [{"kii": {"code_life": {1, 2}}}, {"kii": {"code_life": float("nan")}}, {"kii": object()}])
def test_what_is_no_json_is_not_sent(settings: Any, control: Control) -> None:
    with pytest.raises(ControlError, match="POST /worlds was not asked: what it was to be sent is no JSON") as told:
        control.world(settings=settings)
    assert told.value.status is None


def test_a_clock_that_is_none_is_refused(control: Control) -> None:
    with pytest.raises(ControlError, match=r"400 .*\$\.clock"):
        control.world(clock="2026-01-01T00:00:00Z")  # type: ignore[arg-type]  # as somebody who does not check types may write


@pytest.mark.parametrize("token", [f"{TOKEN}\n", f"two {TOKEN}", f"{TOKEN}ü"])
def test_a_token_that_no_header_can_carry_is_told_and_not_shown(token: str) -> None:
    with pytest.raises(ControlError, match="the control token cannot be sent") as told:
        Control("http://127.0.0.1:9/_mock/api", token)
    assert TOKEN not in str(told.value)


def test_a_misspelt_filter_is_seen_by_the_type_checker_and_by_the_server(lent: World) -> None:
    for misspelt in (
        lambda: lent.verify(operaton="listOwners"),  # type: ignore[call-arg]  # without this mark mypy says so
        lambda: lent.journal(operaton="listOwners"),  # type: ignore[call-arg]  # as above
        lambda: lent.reset(sed="s"),  # type: ignore[call-arg]  # as above
    ):
        with pytest.raises(ControlError, match="400"):
            misspelt()


def test_an_operation_that_there_is_not_is_never_verified(lent: World) -> None:
    for wrong in ("listOwnres", "listOwnres*", ["listOwners", "listOwnres"]):
        with pytest.raises(ControlError, match=r"400 .*listOwnres.*did you mean listOwners"):
            lent.verify(operation=wrong, exactly=0)
    for vendor in ("kiii", ""):
        with pytest.raises(ControlError, match=r"400 .*there is connhex, kii"):
            lent.verify(vendor=vendor, exactly=0)
    with pytest.raises(ControlError, match=r"400 .*listOwnres"):
        lent.journal(operation="listOwnres")
    assert lent.verify(operation="listOwners*", vendor="kii", exactly=0) == 0


# ---------------------------------------------------------------------------------------------------- behind a proxy


@pytest.mark.parametrize(
    ("control", "told", "seen"),
    [
        ("http://127.0.0.1:1/_mock/api", "http://127.0.0.1:1/worlds/w", "http://127.0.0.1:1/worlds/w"),
        ("http://127.0.0.1:1/pre/_mock/api", "http://127.0.0.1:1/worlds/w", "http://127.0.0.1:1/pre/worlds/w"),
        ("https://localhost/pre/_mock/api", "http://127.0.0.1:1/worlds/w", "https://localhost/pre/worlds/w"),
        ("http://127.0.0.1:1/pre/_mock/api", "http://127.0.0.1:1/pre/worlds/w", "http://127.0.0.1:1/pre/worlds/w"),
        ("http://127.0.0.1:1/elsewhere", "http://127.0.0.1:2/worlds/w", "http://127.0.0.1:2/worlds/w"),
    ],
)
def test_a_world_lies_below_the_server_as_its_control_api_is_reached(control: str, told: str, seen: str) -> None:
    assert world_from_here(control, told) == seen


@pytest.mark.parametrize(
    ("probe", "seen"),
    [
        ("http://127.0.0.1:1/_mock/api/worlds/w", "https://localhost/pre/_mock/api/worlds/w"),
        ("http://127.0.0.1:1/_mock/apis", "http://127.0.0.1:1/_mock/apis"),
        ("http://127.0.0.1:2/state", "http://127.0.0.1:2/state"),
    ],
)
def test_a_probe_at_the_control_api_is_asked_where_that_is_reached(probe: str, seen: str) -> None:
    assert probe_from_here("https://localhost/pre/_mock/api", probe) == seen
