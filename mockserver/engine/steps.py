"""The steps of a request's way that Connexion's middleware list does not have."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from connexion.middleware.abstract import ROUTING_CONTEXT
from connexion.validators import JSONRequestBodyValidator
from connexion.validators.parameter import ParameterValidator
from jsonschema import Draft4Validator
from jsonschema.exceptions import ValidationError, best_match
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Receive, Scope, Send

from .contract import Contract, Taken
from .exchange import EXCHANGE, Exchange, WorldExchange
from .strict import DEEPEST, DEEPEST_DOCUMENT, read_json
from .vendor import Trouble, TroubleError

LONGEST_COMPLAINT = 300
"""How much is said of what does not fit a schema: it quotes the body."""

MOST_ERRORS = 100
"""So many things that do not fit a schema are looked at, to tell of the one that matters most."""


class Routed:
    """Finds the request's operation, for the exchange and for Connexion's later steps.

    In place of Connexion's own routing: Starlette's mounts do not match a path with a line break in it, redirect where a slash is at
    the end, and tell the methods of the first route alone. TroubleError: what the exchange brings, unknown_path, wrong_method.
    """

    def __init__(self, app: ASGIApp, contract: Contract) -> None:
        self.app = app
        self.contract = contract

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what the spec has."""
        if scope["type"] == "http":
            exchange: Exchange = scope[EXCHANGE]
            if exchange.trouble is not None:
                raise TroubleError(exchange.trouble)
            routes = self.contract.routes(exchange.segments)
            if not routes:
                raise TroubleError(Trouble("unknown_path", "There is nothing at this path."))
            if exchange.method not in routes:
                allow = ", ".join(sorted(routes))
                raise TroubleError(Trouble("wrong_method", f"This path does not take {exchange.method}; it takes {allow}.", {"allow": allow}))
            exchange.operation, exchange.parameters = routes[exchange.method]
            scope["path_params"] = dict(exchange.parameters)
            scope.setdefault("extensions", {})[ROUTING_CONTEXT] = {"api_base_path": "", "operation_id": exchange.operation}
        await self.app(scope, receive, send)


class MediaTypeFits:
    """Stops a body whose media type the operation does not take, and a request without the body that it needs.

    TroubleError: absent_content_type, wrong_content_type, malformed_json. An operation that declares no body is passed on: whether it
    minds one is for its rule.
    """

    def __init__(self, app: ASGIApp, contract: Contract) -> None:
        self.app = app
        self.contract = contract

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what fits."""
        if scope["type"] == "http":
            exchange: Exchange = scope[EXCHANGE]
            taken = self.contract.taken.get(exchange.operation or "", Taken((), required=False))
            if taken.required and not exchange.body:
                raise TroubleError(Trouble("malformed_json", "The request has no body, and this operation needs one."))
            if not taken.media_types:
                # The body is the rule's to mind; Connexion would try to parse it by its type, and fail on one that it cannot.
                del MutableHeaders(scope=scope)["content-type"]
            elif exchange.body:
                if exchange.unreadable is not None:
                    raise TroubleError(Trouble("wrong_content_type", exchange.unreadable))
                spelled = self._check(Headers(scope=scope).get("content-type"), taken.media_types)
                # Connexion compares media types as they are spelled.
                MutableHeaders(scope=scope)["content-type"] = spelled
        await self.app(scope, receive, send)

    @staticmethod
    def _check(sent: str | None, taken: tuple[str, ...]) -> str:
        if sent is None:
            raise TroubleError(Trouble("absent_content_type", f"The request has a body and no Content-Type; expected: {', '.join(taken)}."))
        by_lower = {media_type.lower(): media_type for media_type in taken}
        if sent not in by_lower:
            raise TroubleError(Trouble("wrong_content_type", f"Content-Type {sent} is not taken here; expected: {', '.join(taken)}."))
        return by_lower[sent]


class Parameters(ParameterValidator):  # type: ignore[misc]  # Connexion ships no types
    """Connexion's validation of parameters with our own account of what is wrong. TroubleError: invalid_body."""

    def validate_request(self, request: Any) -> None:
        """Return where every parameter fits."""
        if self.strict_validation:
            self._check_known(request)
        super().validate_request(request)

    def _check_known(self, request: Any) -> None:
        known = sorted({parameter["name"] for parameter in self.parameters.get("query", ())})
        odd = sorted(set(request.query_params) - set(known))
        if odd:
            there = f"there is {', '.join(known)}" if known else "this operation takes none"
            raise TroubleError(Trouble("invalid_body", f"There is no query parameter {odd[0]!r} here; {there}."[:LONGEST_COMPLAINT]))

    @staticmethod
    def validate_parameter(parameter_type: str, value: Any, param: Any, _: str | None = None) -> str | None:
        """Return what is wrong with a value, or None."""
        if value is None:
            return f"The {parameter_type} parameter {param['name']} is missing." if param.get("required") else None
        error = _misfit(param["schema"], value)
        if error is None:
            return None
        # A pattern is not for people.
        wrong = f"{value!r} is none of this: {param['schema'].get('description')}" if error.validator == "pattern" else _told(error)
        return f"The {parameter_type} parameter {param['name']}: {wrong}"[:LONGEST_COMPLAINT].rstrip(".") + "."


class JsonBody(JSONRequestBodyValidator):  # type: ignore[misc]  # Connexion ships no types
    """Connexion's body validation with our own account of what is wrong. TroubleError: malformed_json, invalid_body."""

    _value_shown = False

    async def _parse(self, stream: Any, scope: Scope) -> Any:
        content = b"".join([chunk async for chunk in stream])
        if not content:
            return None
        exchange: Exchange = scope[EXCHANGE]
        try:
            value = read_json(content, DEEPEST if isinstance(exchange, WorldExchange) else DEEPEST_DOCUMENT)
        except ValueError as error:
            raise TroubleError(Trouble("malformed_json", f"The body is not JSON as it is read here: {error}.")) from None
        exchange.parsed = value
        self._value_shown = not isinstance(exchange, WorldExchange)
        return value

    def _validate(self, body: Any) -> None:
        if body is None and not self._required:
            return
        error = _misfit(self._schema, body)
        if error is not None:
            wrong = _told(error) if self._value_shown else _wrong(error)
            raise TroubleError(Trouble("invalid_body", f"At {error.json_path}: {wrong}"[:LONGEST_COMPLAINT] + "."))


# By the schema's id, which stays the schema's own as long as that is kept here. Connexion makes what asks with it at each request anew.
_VALIDATORS: dict[int, tuple[Any, Draft4Validator]] = {}


def _misfit(schema: Any, value: Any) -> ValidationError | None:
    """Return what of the value does not fit the schema, one of a spec's, or None."""
    cached = _VALIDATORS.get(id(schema))
    if cached is None or cached[0] is not schema:
        cached = _VALIDATORS[id(schema)] = (schema, Draft4Validator(schema))
    error: ValidationError | None = best_match(_first(cached[1].iter_errors(value)))
    return error


def _first(errors: Iterator[ValidationError]) -> Iterator[ValidationError]:
    """Yield the first errors, as far as it is worth the time: a body may have a million; and none of what is in a list that is too long."""
    for error in islice(errors, MOST_ERRORS):
        yield error
        if error.validator == "maxItems":
            return


def _told(error: ValidationError) -> str:
    """Return what is wrong with a value, in whose words it is quoted where it is not too long."""
    return error.message if len(error.message) <= LONGEST_COMPLAINT else _wrong(error)


def _wrong(error: ValidationError) -> str:
    """Return what a value of a vendor's body breaks. The value itself is left out, as it could be a password."""
    return error.message if error.validator in ("required", "additionalProperties") else f"{error.validator} {error.validator_value} is not met"
