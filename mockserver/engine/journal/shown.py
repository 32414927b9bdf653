"""What is shown of the journal: all that is kept, with the secrets masked or as they are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ....specs import Json
from ..vendor import Secrets
from .entries import Entry, Happening, Message
from .masking import Masking


def full(entry: Entry, secrets: Mapping[str, Secrets] | None) -> dict[str, Any]:
    """Return all that is kept of a request and its answer, as JSON. secrets: where they stand, by vendor, to be masked; None: nothing is.

    The body of a message is its JSON value. One that has none, or is not kept whole, is null and shown by its size alone; unmasked it is
    the text that is kept.
    """
    kept: dict[str, Any] = {
        "number": entry.number, "at": entry.at, "vendor": entry.vendor, "method": entry.method, "path": entry.path,
        "operation": entry.operation, "principal": entry.principal, "status": entry.status, "decided": entry.decided,
        "complaint": entry.complaint, "off_contract": entry.off_contract, "line": entry.line, "happened": list(entry.happened),
        "sent": entry.sent, "seconds": entry.seconds,
    }  # fmt: skip
    messages = {"request": entry.request, "answer": entry.answer}
    if secrets is None:
        bare = {name: _message(part.headers, _text(part) if part.json is None else part.json) for name, part in messages.items()}
        return _sized({**kept, "parameters": dict(entry.parameters), "query": dict(entry.query), **bare}, entry)
    masking = Masking(secrets.get(entry.vendor, Secrets()))
    # First each secret is found where it is known to stand: one of the answer may be part of the request's path.
    headers = {name: masking.headers(part.headers) for name, part in messages.items()}
    bodies = {name: masking.fields(part.json) for name, part in messages.items()}
    parameters, query = masking.fields(dict(entry.parameters)), masking.query(entry.query_string)
    for part in messages.values():
        if part.json is None:
            masking.broken(part.body)
    said = {name: masking.elsewhere(kept[name]) for name in ("path", "principal", "complaint", "off_contract")}
    masked = {
        name: _message([(field, str(masking.elsewhere(value))) for field, value in headers[name]], masking.elsewhere(bodies[name]))
        for name in messages
    }
    return _sized({**kept, **said, "parameters": masking.elsewhere(parameters), "query": masking.elsewhere(query), **masked}, entry)


def told(happening: Happening, secrets: Mapping[str, Secrets] | None) -> dict[str, Any]:
    """Return what happened without a request, as JSON. secrets: as for `full`."""
    shown: dict[str, Any] = {**vars(happening), "arguments": dict(happening.arguments)}
    if secrets is None or happening.event is None:
        return shown
    masking = Masking(secrets.get(happening.event.partition(".")[0], Secrets()))
    arguments = masking.fields(shown["arguments"])
    return {**shown, "arguments": masking.elsewhere(arguments), "complaint": masking.elsewhere(shown["complaint"])}


def _message(fields: Iterable[tuple[str, str]], body: Json) -> dict[str, Any]:
    headers: dict[str, str] = {}
    for name, value in fields:
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return {"headers": headers, "body": body}


def _sized(shown: dict[str, Any], entry: Entry) -> dict[str, Any]:
    shown["request"]["size"], shown["answer"]["size"] = entry.request.size, entry.answer.size
    return shown


def _text(kept: Message) -> str | None:
    return kept.body.decode("utf-8", "replace") if kept.size else None
