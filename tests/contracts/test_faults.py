"""The suite turns red, and cites the right clause, where a server breaks a rule."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.serving import CONTRACTS, serving

SERVER = Path(__file__).parent / "faulty_server.py"
# Each fault, the vendor that it is of, a clause that must be broken by it, and pytest's words for the rows that are played.
CITED = {
    "outsider_may_add": ("kii", "kii-post.nobody-else", "post"),
    "thing_may_add": ("kii", "kii-post.nobody-else", "post"),
    "member_of_any_group_counts": ("kii", "kii-request-group.nobody-else", "request"),
    "password_flag_ignored": ("kii", "kii-post.401-password", "post"),
    "password_compared_by_prefix": ("kii", "kii-post.401-password", "post"),
    "code_of_another_thing_accepted": ("kii", "kii-confirm.verifies-code", "confirm"),
    "any_code_confirms": ("kii", "kii-confirm.verifies-code", "confirm"),
    "either_side_may_confirm": ("kii", "kii-confirm.not-the-side-that-started", "confirm"),
    "users_and_groups_swapped": ("kii", "kii-list.200", "list"),
    "anybody_may_list": ("kii", "kii-list.nobody-else", "list"),
    "added_but_not_stored": ("kii", "kii-post.purpose", "post"),
    "members_do_not_count": ("kii", "kii-ownership.members-of-owning-group-are-owners", "owner"),
    "member_who_left_still_counts": ("kii", "kii-is-owner.until-he-leaves", "owner"),
    "thing_may_remove": ("kii", "kii-remove.thing-may-not", "remove"),
    "put_needs_no_right": ("kii", "kii-put.nobody-else", "put"),
    "any_password_logs_in": ("kii", "kii-pick.login-refused", "token"),
    "tokens_outlive_their_thing": ("kii", "kii-thing.delete", "thing"),
    "flow_of_a_deleted_user_completes": ("kii", "kii-confirm.404-user", "confirm"),
    "anyone_may_delete_a_thing": ("kii", "kii-thing.delete-401", "thing"),
    "error_field_missing": ("kii", "kii-post.404-thing", "post"),
    # With a life of 0 both rules hold: rows that turn the clock see it.
    "code_lives_twice_as_long": ("kii", "kii-pick.code-life", "code"),
    "enabling_ends_too_soon": ("connhex", "connhex-pick.enable-life", "enabling"),
    "deny_ignored": ("connhex", "connhex-public.deny-wins", ""),
    "action_checked_without_its_resource": ("connhex", "connhex-post.required-resource", ""),
    "unknown_device_claimed": ("connhex", "connhex-post.validates-device", ""),
    "resource_without_grant": ("connhex", "connhex-post.updates-policies", ""),
    "cookie_not_accepted": ("connhex", "connhex-public.either-scheme", ""),
    "wrong_password_signs_in": ("connhex", "connhex-public.login", "login"),
    "login_flow_serves_twice": ("connhex", "connhex-pick.unknown-flow", "login"),
    "ended_session_counts": ("connhex", "connhex-pick.session-life", "session"),
}


@pytest.mark.parametrize("fault", CITED)
def test_a_fault_turns_the_clause_red_that_it_breaks(fault: str, tmp_path: Path, run: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    vendor, clause, words = CITED[fault]
    report = tmp_path / "report.json"
    target = tmp_path / "target.toml"
    with serving(tmp_path, "--vendor", vendor, "--write-target", str(target), command=[sys.executable, str(SERVER), fault]):
        ended = run(*CONTRACTS, "run", "--target", str(target), "--no-properties", "-k", words, "--json", str(report))
    verdicts = {row["clause"]: row["verdict"] for row in json.loads(report.read_text())["clauses"]}
    broken = sorted(name for name, verdict in verdicts.items() if verdict == "fail")
    assert ended.returncode == 1
    assert clause in broken, broken
