"""The JSON Schema of a script's line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..vendor import Vendor

Json = dict[str, Any]
LONGEST_DELAY = 300
MOST_EVENTS = 100
"""How many events may happen at one place of a line."""
_NAME = r"^[a-z0-9]+(-[a-z0-9]+)*$(?!\n)"
_NAME_MEANT = "a name of a-z and 0-9, its words joined by -"
MOMENT: Json = {
    "type": "string",
    "pattern": r"^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?([Zz]|[+-]\d\d:\d\d)$(?!\n)",
    "patternErrorMessage": "a moment in ISO 8601 with its zone was expected, such as 2026-01-01T00:00:00Z",
}
TIMED = ("name", "at", "happen", "state")
"""The fields that a line which fires by the clock may have."""
LINE_FIELDS = frozenset(
    {"when", "answer", "serve", "afterwards", "delay", "drop", "cut", "garble", "off_contract", *TIMED},
)
"""The fields that a line may have."""
KINDS_OF_LINE: Json = {
    "oneOf": [
        {"required": ["when"], "not": {"required": ["at"]}},
        {"required": ["at"], "propertyNames": {"enum": list(TIMED)}},
    ]
}
"""A line has `when` or `at`, in the words of a schema."""


def _ref(name: str, **more: Any) -> Json:
    return {**more, "$ref": f"#/$defs/{name}"}


def _closed(properties: Json, **more: Any) -> Json:
    return {**more, "type": "object", "additionalProperties": False, "properties": properties}


def line(vendors: Sequence[Vendor]) -> Json:
    """Return the schema of a line; its definitions are those of `definitions`."""
    return _closed(
        {
            "name": _name("What the line is called in the journal and over the control API. Left out: line-1 for the first, and so on."),
            "when": _when(vendors),
            "at": _AT,
            "happen": _ref("events", description="What happens in the world before the operation runs, or when the moment has come, in this order."),
            "answer": _ANSWER,
            "serve": {
                "description": "With `answer` or `drop`: whether the operation runs all the same, so that only its answer is replaced or lost.",
                "type": "boolean",
            },
            "afterwards": _ref("events", description="What happens in the world after the operation has run, before the answer leaves."),
            "delay": _DELAY,
            "drop": _only_true("The connection closes without an answer. Without `serve: true` the operation does not run."),
            "cut": {"description": "So many bytes of the answer's body come, and then the connection closes.", "type": "integer", "minimum": 0},
            "garble": _only_true("The second half of the answer's body is no text. `off_contract: true` has to stand beside it."),
            "state": _name("The state that the script is in from then on. It is entered when the line acts, before the operation runs."),
            "off_contract": _only_true("The answer may be one that the vendor's spec does not document."),
        },
        description="What happens on a request (`when`), or when the world's clock comes to a moment (`at`).",
    )


def definitions(vendors: Sequence[Vendor]) -> Json:
    """Return the definitions that a line refers to."""
    events = {
        f"{vendor.name}.{name}": {"description": event.says, **event.arguments} for vendor in vendors for name, event in sorted(vendor.events.items())
    }
    event = _closed(events, minProperties=1, maxProperties=1, description="One event: VENDOR.EVENT, and to whom it happens.")
    names = [name for vendor in vendors for name in vendor.operations]
    operation = {"anyOf": [{"type": "string", "enum": names}, {"type": "string", "pattern": r"\*", "patternErrorMessage": "`*` stands for any text"}]}
    return {"event": event, "events": {"type": "array", "minItems": 1, "maxItems": MOST_EVENTS, "items": _ref("event")}, "operation": operation}


def _name(says: str) -> Json:
    return {"description": says, "type": "string", "pattern": _NAME, "patternErrorMessage": f"{_NAME_MEANT} was expected"}


def _only_true(says: str) -> Json:
    return {"description": says, "const": True}


def _when(vendors: Sequence[Vendor]) -> Json:
    texts = {"type": "object", "additionalProperties": {"type": "string"}}
    operations = {"type": "array", "minItems": 1, "items": _ref("operation")}
    return _closed(
        {
            "vendor": {"description": "Whose operation it is.", "enum": [vendor.name for vendor in vendors]},
            "operation": {
                "description": "The operation that is called, or a list: operationIds of the vendors' specs. `*` stands for any text.",
                "anyOf": [_ref("operation"), operations],
            },
            "principal": {
                "description": "Who calls, as the journal names it; `*` stands for any text, null for nobody. Such a line acts once the request is "
                "known to be good, so that null is for operations that want no credential.",
                "type": ["string", "null"],
            },
            "path": {"description": "Parameters of the path, and their values.", **texts},
            "query": {"description": "Parameters of the query, and their values.", **texts},
            "body": {
                "description": "Fields that the body has at least, and their values. Such a line acts once the request is known to be good.",
                "type": "object",
            },
            "state": _name("The line acts only while the script is in this state. Every script begins in `start`."),
            "nth": _NTH,
        },
        description="Which requests the line is about: all that is said has to hold. {} stands for every request of every operation.",
    )


_COUNT: Json = {"type": "integer", "minimum": 1}
_NTH: Json = {
    "description": "Which of the requests that fit it is: the second, say, or from the second to the fifth. It is counted from when the line's "
    "state was entered, where it has one.",
    "anyOf": [
        _COUNT,
        _closed(
            {
                "from": {"description": "The first that is meant. Left out: the very first.", **_COUNT},
                "to": {"description": "The last that is meant. Left out, there is no last.", **_COUNT},
            },
            minProperties=1,
        ),
    ],
}
_AT: Json = _closed(
    {
        "after": {
            "description": "So many seconds of world time after the world began, or the line was loaded; with `state`: after that was entered.",
            "type": "number",
            "minimum": 0,
        },
        "state": _name("The line fires only while the script is in this state, and again each time that it is entered."),
        "time": {"description": "The moment, in ISO 8601 with its zone.", **MOMENT},
    },
    description="When the line fires by the world's clock. Such a line has name, happen and state beside it, and nothing else.",
    minProperties=1,
)
_SECONDS: Json = {"type": "number", "minimum": 0, "maximum": LONGEST_DELAY}
_DELAY: Json = {
    "description": f"By how many real seconds the answer is late, at most {LONGEST_DELAY}; or {{request, answer}}: by how many the request waits "
    "before it is served, and its answer afterwards.",
    "anyOf": [
        _SECONDS,
        _closed(
            {
                "request": {"description": "How long the request waits before it is served.", **_SECONDS},
                "answer": {"description": "How long the answer waits before it leaves.", **_SECONDS},
            },
            minProperties=1,
        ),
    ],
}
_ANSWER: Json = _closed(
    {
        "status": {"description": "The HTTP status.", "type": "integer", "minimum": 200, "maximum": 599},
        "headers": {
            "description": "Header fields. What frames the answer, Content-Type among them, is not for a line to say.",
            "type": "object",
            "propertyNames": {
                "pattern": r"^[A-Za-z0-9!#$%&'*+.^_`|~-]+$(?!\n)",
                "patternErrorMessage": "the name of a header field was expected",
            },
            "additionalProperties": {
                "type": "string",
                "pattern": r"^[ -~]*$(?!\n)",
                "patternErrorMessage": "a value that can be sent was expected: printable ASCII characters on one line",
            },
        },
        "media_type": {
            "description": "The body's media type. Left out: application/json.",
            "type": "string",
            "pattern": r"^[!-~]+/[ -~]+$(?!\n)",
            "patternErrorMessage": "a media type was expected, such as application/json",
        },
        "body": {"description": "The body, a JSON value; left out or null: none. A text is sent as it is where media_type is none of JSON."},
    },
    description="The answer in the operation's place, which then does not run, unless `serve: true` stands beside it.",
    required=["status"],
)
