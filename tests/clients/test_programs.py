"""Without its programs the suite of real clients fails: a run that skipped it would show nothing."""

from __future__ import annotations

import pytest

from tests.clients.programs import WHERE, program


@pytest.mark.parametrize("name", WHERE)
def test_a_program_that_is_missing_fails_its_tests_and_says_where_it_comes_from(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(pytest.fail.Exception, match=f"{name} is not in the PATH.*Debian's package"):
        program(name)
