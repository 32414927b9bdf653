"""The suite turns red, at the right clause, where a server breaks a rule."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from ownership_contracts.contracts.case import cases
from ownership_contracts.contracts.connection import connection
from ownership_contracts.contracts.play import Player
from ownership_contracts.contracts.result import Verdict
from ownership_contracts.contracts.target import Target, choose

from tests.serving import READY

SERVER = Path(__file__).parent / "faulty_server.py"
Start = Callable[[str, str], Target]
# Each fault, the vendor that it is of, and a clause that must be broken by it.
CITED = {
    "outsider_may_add": ("kii", "kii-post.nobody-else"),
    "thing_may_add": ("kii", "kii-post.nobody-else"),
    "member_of_any_group_counts": ("kii", "kii-request-group.nobody-else"),
    "password_flag_ignored": ("kii", "kii-post.401-password"),
    "password_compared_by_prefix": ("kii", "kii-post.401-password"),
    "code_of_another_thing_accepted": ("kii", "kii-confirm.verifies-code"),
    "any_code_confirms": ("kii", "kii-confirm.verifies-code"),
    "either_side_may_confirm": ("kii", "kii-confirm.not-the-side-that-started"),
    "users_and_groups_swapped": ("kii", "kii-list.200"),
    "anybody_may_list": ("kii", "kii-list.nobody-else"),
    "added_but_not_stored": ("kii", "kii-post.purpose"),
    "members_do_not_count": ("kii", "kii-ownership.members-of-owning-group-are-owners"),
    "member_who_left_still_counts": ("kii", "kii-is-owner.until-he-leaves"),
    "thing_may_remove": ("kii", "kii-remove.thing-may-not"),
    "put_needs_no_right": ("kii", "kii-put.nobody-else"),
    "any_password_logs_in": ("kii", "kii-pick.login-refused"),
    "tokens_outlive_their_thing": ("kii", "kii-thing.delete"),
    "flow_of_a_deleted_user_completes": ("kii", "kii-confirm.404-user"),
    "anyone_may_delete_a_thing": ("kii", "kii-thing.delete-401"),
    "error_field_missing": ("kii", "kii-post.404-thing"),
    # With a life of 0 both rules hold: rows that turn the clock see it.
    "code_lives_twice_as_long": ("kii", "kii-pick.code-life"),
    "enabling_ends_too_soon": ("connhex", "connhex-pick.enable-life"),
    "deny_ignored": ("connhex", "connhex-public.deny-wins"),
    "action_checked_without_its_resource": ("connhex", "connhex-post.required-resource"),
    "unknown_device_claimed": ("connhex", "connhex-post.validates-device"),
    "resource_without_grant": ("connhex", "connhex-post.updates-policies"),
    "cookie_not_accepted": ("connhex", "connhex-public.either-scheme"),
    "wrong_password_signs_in": ("connhex", "connhex-public.login"),
    "login_flow_serves_twice": ("connhex", "connhex-pick.unknown-flow"),
    "ended_session_counts": ("connhex", "connhex-pick.session-life"),
}


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Start]:
    """Start a server of a vendor with a fault; the one before has ended."""
    folder = tmp_path_factory.mktemp("faults")
    file, errors = folder / "target.toml", folder / "errors"

    def with_fault(fault: str, vendor: str) -> Target:
        assert servers.stdin is not None
        assert servers.stdout is not None
        servers.stdin.write(f"{fault} serve --port 0 --vendor {vendor} --write-target {file}\n")
        servers.stdin.flush()
        assert any(READY.search(line) for line in servers.stdout), errors.read_text()
        return choose(file, None, [])

    with errors.open("w") as log:
        servers = subprocess.Popen([sys.executable, str(SERVER)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True)
        try:
            yield with_fault
        finally:
            servers.communicate(timeout=30)
    assert (servers.returncode, "Traceback" in errors.read_text()) == (0, False)


# One process starts all the servers: it is to be there once.
@pytest.mark.xdist_group("faults")
@pytest.mark.parametrize("fault", CITED)
def test_a_fault_turns_the_clause_red_that_it_breaks(fault: str, start: Start) -> None:
    """What a red row does to the command is shown on such a server in test_grades_on_other_targets."""
    vendor, clause = CITED[fault]
    target = start(fault, vendor)
    with connection(target) as client:
        player = Player(target, client)
        verdicts = {case.id: player.play(case).verdict for case in cases(vendor) if case.clause.id == clause}
    assert Verdict.FAIL in verdicts.values(), verdicts
    assert Verdict.ERROR not in verdicts.values(), verdicts
