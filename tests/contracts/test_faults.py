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
    "error_field_missing": ("kii", "kii-post.404-thing"),
    "deny_ignored": ("connhex", "connhex-public.deny-wins"),
    "action_checked_without_its_resource": ("connhex", "connhex-post.required-resource"),
    "unknown_device_claimed": ("connhex", "connhex-post.validates-device"),
    "resource_without_grant": ("connhex", "connhex-post.updates-policies"),
    "cookie_not_accepted": ("connhex", "connhex-public.either-scheme"),
}


@pytest.mark.parametrize("fault", CITED)
def test_a_fault_turns_the_clause_red_that_it_breaks(fault: str, tmp_path: Path, run: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    vendor, clause = CITED[fault]
    report = tmp_path / "report.json"
    target = tmp_path / "target.toml"
    with serving(tmp_path, "--vendor", vendor, "--write-target", str(target), command=[sys.executable, str(SERVER), fault]):
        ended = run(*CONTRACTS, "run", "--target", str(target), "--no-properties", "--json", str(report))
    verdicts = {row["clause"]: row["verdict"] for row in json.loads(report.read_text())["clauses"]}
    broken = sorted(name for name, verdict in verdicts.items() if verdict == "fail")
    assert ended.returncode == 1
    assert clause in broken, broken
