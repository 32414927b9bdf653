"""What befalls a run on its way: no misfortune of the deployment's, of the network's or of a credential's is told as a broken clause."""

from __future__ import annotations

import json
from collections import Counter
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ownership_contracts.contracts.live import retry
from ownership_contracts.contracts.live.ledger import Ledger
from ownership_contracts.contracts.live.mode import Mode
from ownership_contracts.contracts.live.watch import Watch
from ownership_contracts.contracts.play import Player
from ownership_contracts.contracts.result import Verdict
from ownership_contracts.contracts.target import Target

from tests.contracts.commands import Ended, main
from tests.contracts.live.deployment import Change, Deployment, told
from tests.contracts.misbehaving import Exchange, Seen, Trouble, troubles
from tests.contracts.samples import CREATED, PASSWORD, TOKEN, connhex_table, kii_app, row
from tests.contracts.stub import Reply, Request, reply, stub

LISTS = ("--vendor", "kii", "--layer", "case", "-k", "list")
"""Rows of which some act as the administrator, and some as others, who are refused."""


def run(
    deployment: Deployment, folder: Path, *words: str, change: Change = lambda document: None, **changed: Any
) -> tuple[Ended, list[dict[str, Any]]]:
    """A run, and its results. Neither what it says nor its report has a secret or a traceback in it."""
    file, report = deployment.file(folder, change, **changed), folder / "report.json"
    report.unlink(missing_ok=True)
    ended = main("run", "--target", str(file), "--json", str(report), *words)
    text = report.read_text() if report.exists() else '{"results": []}'
    told(deployment, Ended(ended.code, ended.out, ended.err + text))
    return ended, json.loads(text)["results"]


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retry, "BROKEN", 0.001)


def verdicts(results: list[dict[str, Any]]) -> Counter[str]:
    return Counter(result["verdict"] for result in results)


def logins(deployment: Deployment) -> list[Seen]:
    return [seen for seen in deployment.rig.seen if seen.path.endswith("/oauth2/token")]


def shown(deployment: Deployment, token: str) -> int:
    return sum(token in value for seen in deployment.rig.seen for value in seen.headers.values())


def admin_of(deployment: Deployment) -> str:
    return str(deployment.described["kii"]["apps"][0]["admin"]["token"])


def without_admins_login(document: dict[str, Any]) -> None:
    document["kii"]["apps"][0]["admin"] = {"token": document["kii"]["apps"][0]["admin"]["token"]}


def without_tokens(document: dict[str, Any]) -> None:
    app = document["kii"]["apps"][0]
    for somebody in (app["admin"], *app["users"], *app["things"]):
        somebody.pop("token", None)
    for user in document["connhex"]["users"]:
        user.pop("token", None)


def revoked_after(deployment: Deployment, folder: Path, rows: int) -> Trouble:
    """The administrator's token is revoked when the preflight and so many uses of it more are over."""
    main("check", "--target", str(deployment.file(folder)), "--vendor", "kii")
    before = shown(deployment, admin_of(deployment))
    deployment.rig.seen.clear()
    return troubles.revoked(admin_of(deployment), before + rows)


def test_no_row_has_one_thing_as_two(deployment: Deployment, tmp_path: Path) -> None:
    ended, results = run(deployment, tmp_path, "--vendor", "kii", "-k", "list-a-refusal-names-the-thing or list-by-thing-id-by-a-user")
    assert (ended.code, verdicts(results)) == (0, {"pass": 2}), ended.out


def test_who_has_no_token_signs_in_once(deployment: Deployment, tmp_path: Path) -> None:
    ended, results = run(deployment, tmp_path, "--layer", "case", "-k", "list or whoami", change=without_tokens)
    assert ended.code == 0, ended.out + ended.err
    assert verdicts(results)["pass"] > 20
    app = deployment.described["kii"]["apps"][0]
    # One for each, one for the key, and one that is a row's own.
    assert len(logins(deployment)) == 1 + len(app["users"]) + len(app["things"]) + 1 + 1
    assert len({seen.body for seen in logins(deployment)}) == len(logins(deployment))


def test_a_token_that_is_revoked_meanwhile_is_replaced_where_the_login_is_known(deployment: Deployment, tmp_path: Path) -> None:
    deployment.rig.trouble = revoked_after(deployment, tmp_path, 3)
    ended, results = run(deployment, tmp_path, *LISTS)
    assert ended.code == 0, ended.out
    assert set(verdicts(results)) == {"pass", "skipped"}
    (note,) = [note for result in results for note in result["notes"] if "signed in again" in note]
    assert "the administrator of app" in note
    assert len([seen for seen in logins(deployment) if b"client_secret" in seen.body and b"client-open" in seen.body]) == 1


def test_one_that_is_revoked_while_things_are_made_is_replaced_and_nothing_is_left(deployment: Deployment, tmp_path: Path) -> None:
    deployment.rig.trouble = revoked_after(deployment, tmp_path, 12)
    ended, results = run(deployment, tmp_path, *LISTS, mode="fixtures", change=lambda document: document["kii"]["apps"][0].update(things=[]))
    assert ended.code == 0, ended.out
    assert set(verdicts(results)) == {"pass", "skipped"}
    assert not [note for result in results for note in result["notes"] if "left behind" in note]
    assert [note for result in results for note in result["notes"] if "signed in again" in note]


def test_one_that_nobody_can_renew_is_an_error_and_who_acts_so_is_skipped(deployment: Deployment, tmp_path: Path) -> None:
    deployment.rig.trouble = revoked_after(deployment, tmp_path, 3)
    ended, results = run(deployment, tmp_path, *LISTS, change=without_admins_login)
    assert ended.code == 3, ended.out
    (error,) = [result for result in results if result["verdict"] == "error"]
    why = f"the credential of the administrator of app {deployment.described['kii']['apps'][0]['id']} is no longer accepted"
    assert error["reason"].startswith(why)
    after = results[results.index(error) + 1 :]
    assert [result for result in after if result["verdict"] == "skipped" and result["reason"].startswith(why)]
    # Others act on.
    assert len([result for result in after if result["verdict"] == "pass"]) > 3
    assert verdicts(results)["fail"] == 0


REFUSED = {
    "vendor": "kii",
    "clause": "kii-list.nobody-else",
    "effect": "none",
    "needs": {"thing": "fresh", "user": "any"},
    "as": "user",
    "call": "listOwners",
    "with": None,
    "expect": {"status": 401},
}


@pytest.mark.parametrize(("known", "verdict"), [(True, Verdict.PASS), (False, Verdict.ERROR)])
def test_a_refusal_that_is_expected_shows_nothing_where_nobody_knows_who_asks(known: bool, verdict: Verdict) -> None:
    def answer(request: Request) -> Reply:
        if request.path.endswith("/users/me"):
            return reply(200, {"userID": "app1-alice"}) if known else reply(403, {"errorCode": "WRONG_TOKEN"})
        told = {"errorCode": "UNAUTHORIZED", "message": "No.", "authenticatedAppID": "app1", "authenticatedPrincipalID": "app1-alice"}
        return replace(reply(401, told), media="application/vnd.kii.UnauthorizedAccessException+json")

    with stub(answer) as running:
        target = Target(running.url, {"kii": {"apps": [kii_app()]}})
        watch = Watch(target)
        with watch.client:
            player = Player(target, watch.client, watch=watch)
            result, again = player.play(row(**REFUSED)), player.play(row(**REFUSED))
    assert result.verdict is verdict
    asked = [request.path for request in running.seen].count("/api/apps/app1/users/me")
    if known:
        # What was known a moment ago is not asked again.
        assert (again.verdict, asked) == (Verdict.PASS, 1)
    else:
        why = "the credential of user app1-alice of app app1 is no longer accepted (GET /api/apps/app1/users/me was answered 403 WRONG_TOKEN)"
        assert result.reason == why
        assert (again.verdict, again.reason, asked) == (Verdict.SKIPPED, result.reason, 1)
        assert len(running.seen) == 2


def test_who_is_not_known_any_more_uses_nothing_up(tmp_path: Path) -> None:
    table = connhex_table(users=[{"id": "u-ada", "token": TOKEN, "permission": "allowed"}])
    with stub(lambda request: reply(401)) as running:
        target = Target(running.url, {"connhex": table}, mode=Mode.FIXTURES, ledger=tmp_path)
        with closing(Ledger(target)) as ledger:
            watch = Watch(target, ledger)
            with watch.client:
                player = Player(target, watch.client, ledger=ledger, watch=watch)
                found = [player.play(row()) for _ in range(3)]
            written = ledger.file.read_text()
    assert [result.verdict for result in found] == [Verdict.ERROR, Verdict.SKIPPED, Verdict.SKIPPED]
    assert {result.reason.partition(" (")[0] for result in found} == {"the credential of user u-ada is no longer accepted"}
    assert "D-1" in written
    assert "D-2" not in written


def test_a_login_that_is_refused_is_tried_once() -> None:
    table = connhex_table(users=[{"id": "u-ada", "identifier": "ada@x", "password": PASSWORD, "permission": "allowed"}])

    def answer(request: Request) -> Reply:
        action = f"http://{request.headers['host']}/auth/self-service/login?flow=f"
        return reply(200, {"ui": {"action": action}}) if request.path.endswith("/login/api") else reply(400)

    with stub(answer) as running:
        target = Target(running.url, {"connhex": table})
        watch = Watch(target)
        with watch.client:
            player = Player(target, watch.client, watch=watch)
            found = [player.play(row(effect="none")) for _ in range(3)]
    assert {result.reason for result in found} == {"nobody can sign in as user u-ada: POST /auth/self-service/login was answered 400"}
    assert [request.method for request in running.seen] == ["GET", "POST"]


def dies_after(count: int, then: Trouble) -> Trouble:
    """Everything from so many requests on is answered so."""
    seen = 0

    async def trouble(exchange: Exchange) -> None:
        nonlocal seen
        seen += 1
        await (then if seen > count else troubles.nothing)(exchange)

    return trouble


def test_a_deployment_that_goes_away_ends_the_run_soon(deployment: Deployment, tmp_path: Path) -> None:
    begun = len_of_preflight(deployment, tmp_path)
    for then in (troubles.drop_before(), troubles.answering(502)):
        deployment.rig.seen.clear()
        deployment.rig.trouble = dies_after(begun + 5, then)
        ended, results = run(deployment, tmp_path, *LISTS)
        found = verdicts(results)
        assert ended.code == 3, ended.out
        assert (found["fail"], found["error"]) == (0, 5)
        gone = [result for result in results if "does not answer any more: 5 rows in a row had no answer" in result["reason"]]
        assert len(gone) >= 5
        assert {result["verdict"] for result in gone} == {"skipped"}
        # Each of five rows and one question, three times each, and rows that may be asked again three times that.
        assert len(deployment.rig.seen) <= begun + 5 + 5 * 9 + 3


def len_of_preflight(deployment: Deployment, folder: Path) -> int:
    main("check", "--target", str(deployment.file(folder)), "--vendor", "kii")
    count = len(deployment.rig.seen)
    deployment.rig.seen.clear()
    return count


def test_some_rows_without_an_answer_are_no_end(deployment: Deployment, tmp_path: Path) -> None:
    deployment.rig.trouble, deployment.rig.concerns = troubles.drop_before(), lambda seen: "no-such-thing" in seen.path or "0nosuchapp" in seen.path
    ended, results = run(deployment, tmp_path, *LISTS)
    assert ended.code == 3
    assert 0 < verdicts(results)["error"] < 5
    assert verdicts(results)["pass"] > 10
    assert "does not answer any more" not in ended.out


def test_one_that_takes_no_more_requests_is_not_pressed(deployment: Deployment, tmp_path: Path) -> None:
    begun = len_of_preflight(deployment, tmp_path)
    deployment.rig.trouble = dies_after(begun + 5, troubles.too_many("3600"))
    ended, results = run(deployment, tmp_path, *LISTS)
    assert ended.code == 3
    assert verdicts(results)["fail"] == 0
    assert len(deployment.rig.seen) <= begun + 5 + 6
    assert "3,600 s" in ended.out


def test_what_is_left_when_the_limits_are_spent_is_skipped_at_once(deployment: Deployment, tmp_path: Path) -> None:
    limit = len_of_preflight(deployment, tmp_path) + 5
    ended, results = run(deployment, tmp_path, *LISTS, mode="fixtures", limits={"requests": limit})
    spent = [result for result in results if f"the run has sent the {limit} requests" in result["reason"]]
    # Some rows hold, and a run that is cut off is not enough all the same.
    assert (ended.code, verdicts(results)["error"]) == (3, 1)
    assert verdicts(results)["pass"]
    assert len(spent) > 5
    assert len(deployment.rig.seen) == limit
    # Nothing is drawn for them: who leases a thing cannot ask for it any more.
    (ledger,) = (tmp_path / ".ownership-contracts" / "ledger").glob("*.jsonl")
    assert ledger.read_text().count('"lease"') <= len(results) - len(spent) + 1
    assert verdicts(results)["fail"] == 0


def test_a_row_that_is_played_again_has_what_it_had(tmp_path: Path) -> None:
    """A device of a pool that was not claimed, for nobody knew who asked, is not used up."""
    known = {TOKEN}
    users = [{"id": "u-ada", "token": "ory_st_ended", "identifier": "ada@x", "password": PASSWORD, "permission": "allowed"}]

    def answer(request: Request) -> Reply:
        if request.path.endswith("/login/api"):
            return reply(200, {"ui": {"action": f"http://{request.headers['host']}/auth/self-service/login?flow=f"}})
        if "/self-service/login?" in request.path:
            return reply(200, {"session_token": TOKEN})
        if request.headers.get("authorization", "").removeprefix("Bearer ") not in known:
            return reply(401)
        return reply(200, {"active": True, "identity": {"id": "u-ada"}}) if request.path.endswith("/whoami") else reply(201, CREATED)

    with stub(answer) as running:
        target = Target(running.url, {"connhex": connhex_table(users=users)}, mode=Mode.FIXTURES, ledger=tmp_path)
        with closing(Ledger(target)) as ledger:
            watch = Watch(target, ledger)
            with watch.client:
                result = Player(target, watch.client, ledger=ledger, watch=watch).play(row())
            written = ledger.file.read_text()
    assert result.verdict is Verdict.PASS, result
    assert "D-2" not in written
    assert [json.loads(request.body) for request in running.seen if request.path == "/ownerships"] == [{"deviceId": "D-1"}] * 2
    assert len([note for note in result.notes if "signed in again" in note]) == 1
    assert TOKEN not in str(result)
    assert TOKEN not in written
