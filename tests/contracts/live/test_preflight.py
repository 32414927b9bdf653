"""What a run looks at before it begins: each thing that can be wrong is told, all at once, with what to do, and nothing is played."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from email.utils import formatdate
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import tomli_w

from tests.contracts.commands import main
from tests.contracts.live.deployment import Change, Deployment, told
from tests.contracts.misbehaving import Seen, troubles
from tests.contracts.misbehaving.exchange import Exchange
from tests.contracts.stub import reply, stub
from tests.serving import Running


def is_a_reading(seen: Seen) -> bool:
    return seen.method == "GET" or seen.path.endswith("/oauth2/token") or "/self-service/login" in seen.path


def test_what_is_right_is_told_and_what_nobody_can_read_too(deployment: Deployment, tmp_path: Path) -> None:
    ended = main("check", "--target", str(deployment.file(tmp_path, mode="fixtures")))
    said = told(deployment, ended)
    assert ended.code == 0, said
    assert {line.split("│")[3].strip() for line in said.splitlines() if line.startswith("│")} == {"ok", "not checked"}
    for field in ("kii.apps[0].require_password", "kii.apps[0].groups", "connhex.users ", "connhex.devices"):
        assert re.search(rf"{re.escape(field)} .*not checked", said), field
    assert deployment.rig.seen
    assert all(map(is_a_reading, deployment.rig.seen))


def _nobodys_token(document: dict[str, Any]) -> None:
    document["kii"]["apps"][0]["users"][0]["token"] = "nobody-has-this"
    for user in document["kii"]["apps"][0]["users"]:
        user.pop("login", None)


def _administrator(document: dict[str, Any]) -> None:
    app = document["kii"]["apps"][0]
    app["admin"] = {"token": app["users"][0]["token"]}


def _wrong_secret(document: dict[str, Any]) -> None:
    admin = document["kii"]["apps"][0]["admin"]
    admin.pop("token")
    admin["client_secret"] = "not-his-secret"


def _crossed(document: dict[str, Any]) -> None:
    first, second = document["kii"]["apps"][0]["things"][:2]
    first["vendor_id"], second["vendor_id"] = second["vendor_id"], first["vendor_id"]


def _ended(document: dict[str, Any]) -> None:
    user = document["connhex"]["users"][0]
    user["token"] = "ory_st_ended"
    user.pop("identifier", None)


WRONG: dict[str, tuple[Change, str, str]] = {
    "a token of nobody": (_nobodys_token, "kii.apps[0].users[0]", "403"),
    "another user's": (lambda d: d["kii"]["apps"][0]["users"][0].update(id="somebody-else"), "kii.apps[0].users[0]", "is that of user"),
    "no administrator": (_administrator, "kii.apps[0].admin", "401"),
    "a wrong secret": (_wrong_secret, "kii.apps[0].admin", "400"),
    "a thing's token": (lambda d: d["kii"]["apps"][0]["things"][0].update(id="th.another"), "kii.apps[0].things[0]", "404"),
    "a thing twice": (lambda d: d["kii"]["apps"][0]["things"].append(d["kii"]["apps"][0]["things"][0]), "kii.apps[0].things[6]", "listed twice"),
    "two things' ids": (_crossed, "kii.apps[0].things[0].vendor_id", "has the id"),
    "a wrong key": (lambda d: d["kii"]["apps"][0].update(key="no-key-at-all"), "kii.apps[0].key", "400"),
    "another app": (lambda d: d["kii"]["apps"][0].update(id="a9999999"), "kii.apps[0].admin", "404"),
    "an ended session": (_ended, "connhex.users[0]", "401"),
    "another cookie": (lambda d: d["connhex"]["users"][0].update(cookie="made-up-cookie"), "connhex.users[0]", "401"),
    "another's session": (lambda d: d["connhex"]["users"][1].update(id="u-else"), "connhex.users[1]", "is that of user"),
    "a device twice": (lambda d: d["connhex"]["devices"].append(d["connhex"]["devices"][0]), "connhex.devices[", "listed twice"),
}


@pytest.mark.parametrize("name", WRONG)
def test_each_thing_that_is_wrong_stops_a_run_with_its_field(name: str, deployment: Deployment, tmp_path: Path) -> None:
    change, field, says = WRONG[name]
    file = str(deployment.file(tmp_path, change))
    ended = main("check", "--target", file)
    lines = [line for line in told(deployment, ended).splitlines() if "│ wrong" in line]
    assert ended.code == 2
    assert [line for line in lines if field in line and says in line], lines
    assert all(map(is_a_reading, deployment.rig.seen))


@pytest.mark.parametrize("change", [_administrator, _wrong_secret])
def test_an_administrator_who_is_refused_is_told_once(change: Change, deployment: Deployment, tmp_path: Path) -> None:
    said = told(deployment, main("check", "--target", str(deployment.file(tmp_path, change)), "--vendor", "kii"))
    assert len([line for line in said.splitlines() if "│ wrong" in line]) == 1
    assert said.count("the administrator has no credential that is accepted") == len(deployment.described["kii"]["apps"][0]["things"])


def test_a_token_that_is_of_no_use_is_told_though_the_login_is_good(deployment: Deployment, tmp_path: Path) -> None:
    file = deployment.file(tmp_path, lambda d: d["connhex"]["users"][0].update(token="ory_st_ended"))
    ended = main("check", "--target", str(file), "--vendor", "connhex")
    (line,) = [line for line in told(deployment, ended).splitlines() if "│ signed in instead" in line]
    assert ended.code == 0
    assert "connhex.users[0]" in line
    assert "the file's token is not accepted" in line


def test_a_run_that_cannot_begin_tells_all_that_is_wrong_and_plays_nothing(deployment: Deployment, tmp_path: Path) -> None:
    def change(document: dict[str, Any]) -> None:
        _administrator(document)
        document["connhex"]["users"][0]["cookie"] = "made-up-cookie"

    ended = main("run", "--target", str(deployment.file(tmp_path, change)), "--no-properties", "-k", "list")
    said = told(deployment, ended)
    assert (ended.code, ended.out) == (2, "")
    assert "is not ready for a run, and nothing was played" in said
    assert re.search(r"(?m)^- kii\.apps\[0\]\.admin, the administrator of app .*; is this the administrator", said)
    assert re.search(r"(?m)^- connhex\.users\[0\], user .* by his cookie: ", said)
    assert all(map(is_a_reading, deployment.rig.seen))


@pytest.mark.parametrize(("skew", "code"), [(-3_600, 2), (90, 2), (5, 0)])
def test_clocks_may_differ_by_so_much(skew: float, code: int, deployment: Deployment, tmp_path: Path) -> None:
    deployment.rig.trouble = troubles.skewed(skew)
    ended = main("check", "--target", str(deployment.file(tmp_path)))
    said = told(deployment, ended)
    assert ended.code == code, said
    assert ("limits.clock_skew" in said and "[limits]" in said) == bool(code) or code == 0


def test_a_date_that_names_no_zone_is_one_of_utc(deployment: Deployment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def trouble(exchange: Exchange) -> None:
        answer = await exchange.forward()
        await exchange.answer(replace(answer, headers={**answer.headers, "date": formatdate(time.time())}))

    deployment.rig.trouble = trouble
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        ended = main("check", "--target", str(deployment.file(tmp_path)), "--vendor", "connhex")
    finally:
        monkeypatch.undo()
        time.tzset()
    assert ended.code == 0, told(deployment, ended)


def test_a_page_for_people_on_every_answer_is_told(deployment: Deployment, tmp_path: Path) -> None:
    deployment.rig.trouble = troubles.html()
    ended = main("run", "--target", str(deployment.file(tmp_path)), "-k", "list")
    assert ended.code == 2
    assert "no JSON object (text/html" in told(deployment, ended)
    assert not deployment.rig.forwarded


@pytest.mark.parametrize("status", [302, 307])
def test_a_redirect_takes_no_credential_to_another_host(status: int, deployment: Deployment, tmp_path: Path) -> None:
    with stub(lambda request: reply(200, {})) as elsewhere:
        deployment.rig.trouble = troubles.redirect(elsewhere.url, status)
        ended = main("run", "--target", str(deployment.file(tmp_path)), "-k", "list")
    assert ended.code == 2
    assert f"was answered {status}" in told(deployment, ended)
    assert elsewhere.seen == []


def test_a_login_that_leads_to_another_host_gets_no_password(deployment: Deployment, tmp_path: Path) -> None:
    with stub(lambda request: reply(200, {"session_token": "ory_st_theirs"})) as elsewhere:

        async def trouble(exchange: Any) -> None:
            answer = await exchange.forward()
            body = re.sub(rb'"action": ?"https?://[^/]*', b'"action":"' + elsewhere.url.encode(), answer.body)
            await exchange.answer(type(answer)(answer.status, body, answer.headers))

        def change(document: dict[str, Any]) -> None:
            document["connhex"]["users"][0].pop("token")

        deployment.rig.trouble, deployment.rig.concerns = trouble, lambda seen: seen.path.endswith("/login/api")
        ended = main("check", "--target", str(deployment.file(tmp_path, change)), "--vendor", "connhex")
    assert ended.code == 2
    assert "the password was not" in told(deployment, ended)
    assert elsewhere.seen == []
    assert not [seen for seen in deployment.rig.seen if seen.method == "POST"]


def test_users_may_sign_in_below_a_path_of_another_place(mock: Running, deployment: Deployment, tmp_path: Path) -> None:
    accounts = mock.world()

    def change(document: dict[str, Any]) -> None:
        table = document["connhex"]
        table["accounts_url"] = deployment.rig.url + accounts["base_url"].removeprefix(mock.url)
        table["users"] = [{name: row[name] for name in ("id", "identifier", "password")} for row in accounts["connhex"]["users"][:2]]

    file = deployment.file(tmp_path, change)
    ended = main("check", "--target", str(file), "--vendor", "connhex")
    assert ended.code == 0, told(deployment, ended)
    assert told(deployment, ended).count("signed in") == 2
    below = urlsplit(accounts["base_url"]).path
    posted = {seen.path.partition("?")[0] for seen in deployment.rig.seen if seen.method == "POST"}
    assert posted == {f"{below}/auth/self-service/login"}


def test_one_that_takes_no_requests_or_drops_them_is_told_soon(deployment: Deployment, tmp_path: Path) -> None:
    limits = {"timeout": 2}
    for trouble, says in (
        (troubles.too_many("600"), "600 s"),
        (troubles.drop_before(), "does not answer"),
        (troubles.slow(4), "not over within 2 s"),
    ):
        deployment.rig.seen.clear()
        deployment.rig.trouble = trouble
        ended = main("run", "--target", str(deployment.file(tmp_path, limits=limits)), "-k", "list")
        assert ended.code == 2
        assert says in told(deployment, ended)
        assert len(deployment.rig.seen) <= 3


def test_one_that_goes_away_meanwhile_is_not_asked_for_all_that_is_left(deployment: Deployment, tmp_path: Path) -> None:
    deployment.rig.trouble, deployment.rig.concerns = troubles.drop_before(), lambda seen: "/users/" in seen.path
    ended = main("check", "--target", str(deployment.file(tmp_path)))
    assert ended.code == 2
    assert "not asked: the deployment does not answer any more" in told(deployment, ended)
    assert len({seen.path for seen in deployment.rig.seen}) <= 5


def test_a_mock_is_asked_for_nothing_but_an_answer(mock: Running, tmp_path: Path) -> None:
    made = mock.world()
    document = {"base_url": mock.url, "control": f"{mock.url}/_mock/api", "kii": made["kii"]}
    (tmp_path / "target.toml").write_text(tomli_w.dumps(document))
    ended = main("check", "--target", str(tmp_path / "target.toml"))
    assert (ended.code, ended.err) == (0, "")
    assert "It has a control API" in ended.out
