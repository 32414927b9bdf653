"""What a step keeps of an answer: out of its body, or out of a header."""

from __future__ import annotations

import pytest
from ownership_contracts.contracts.contract import Answer
from ownership_contracts.contracts.fixtures import Binding
from ownership_contracts.contracts.kept import GivenFailed, kept
from ownership_contracts.contracts.request import request_of

CREATED = Answer(201, {"location": "https://host/api/apps/a/things/th.1"}, b'{"id": 42}')
LAST = {"header": "location", "pattern": "/things/([^/]+)$"}


def test_part_of_a_header_is_kept() -> None:
    assert kept(CREATED, LAST, "given 1") == "th.1"


@pytest.mark.parametrize("answer", [Answer(201, {}, b""), Answer(201, {"location": "/api/apps/a/things/th.1/"}, b"")])
def test_a_header_that_is_not_there_or_has_no_such_part_keeps_nothing(answer: Answer) -> None:
    with pytest.raises(GivenFailed, match="given 1: the answer 201 has no header location"):
        kept(answer, LAST, "given 1")


def test_what_was_kept_goes_out_as_text_though_a_wrong_server_sent_a_number() -> None:
    binding = Binding(values={"app": {"id": "a"}, "id": kept(CREATED, "/id", "given 1")}, principals={"nobody": {}})
    step = {"as": "nobody", "call": "deleteGroup", "with": {"path": {"groupID": "$id"}, "headers": {"X-Id": "$id"}, "raw": "$id"}}
    asked = request_of("kii", step, binding)
    assert (asked.path, asked.headers["X-Id"], asked.content) == ("/api/apps/a/groups/42", "42", b"42")
