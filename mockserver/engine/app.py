"""An API of the engine's → an ASGI app."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import partial
from typing import Any

import connexion
from connexion import AsyncApp
from connexion.lifecycle import ConnexionRequest, ConnexionResponse
from connexion.middleware.context import ContextMiddleware
from connexion.middleware.exceptions import ExceptionMiddleware
from connexion.middleware.lifespan import LifespanMiddleware
from connexion.middleware.request_validation import RequestValidationMiddleware
from connexion.middleware.security import SecurityMiddleware
from connexion.options import SwaggerUIOptions
from connexion.resolver import Resolver
from starlette.types import ASGIApp

from .acting import Acting, Asking
from .contract import Contract, of_requests
from .exchange import EXCHANGE, Exchange
from .guard import Guard
from .held import Held
from .steps import JsonBody, MediaTypeFits, Parameters, Routed
from .vendor import Api, Call, Refusal, Reply, Trouble, TroubleError


def api_app(api: Api) -> ASGIApp:
    """Return the ASGI app of one API. It expects the exchange in the scope, and a regular request."""
    app = AsyncApp(__name__, middlewares=_way(Contract(api.spec)))
    # Connexion checks all of a document, at length, and no answer against it: that is the guard's.
    app.add_api(
        of_requests(api.spec),
        base_path="",
        name=api.name,
        resolver=Resolver(partial(_view, api)),
        validator_map={"body": JsonBodies(), "parameter": Parameters},
        strict_validation=api.closed_query,
        security_map=dict(api.security_map),
        swagger_ui_options=SwaggerUIOptions(serve_spec=False, swagger_ui=False),
    )
    app.add_error_handler(TroubleError, _on_trouble)
    app.add_error_handler(Refusal, _on_refusal)
    app.add_error_handler(connexion.exceptions.ProblemException, _on_problem)
    app.add_error_handler(Exception, _on_bug)
    asgi: ASGIApp = app
    return asgi


def _way(contract: Contract) -> list[Callable[..., Any]]:
    """Return the steps of a request's way, the outermost first."""
    return [
        partial(Guard, contract=contract),
        ExceptionMiddleware,
        partial(Routed, contract=contract),
        Acting,
        SecurityMiddleware,
        partial(MediaTypeFits, contract=contract),
        RequestValidationMiddleware,
        Asking,
        LifespanMiddleware,
        ContextMiddleware,
    ]


class JsonBodies(dict[str, Any]):
    """Every media type's body validator: the vendors send and take JSON under many names."""

    def __getitem__(self, media_type: str) -> Any:
        """Return the same for each."""
        return JsonBody


def _view(api: Api, operation_id: str) -> Callable[..., Any]:
    rule = api.operations[operation_id]

    # No await stands in a rule, so that a request is one atomic step of its world; but for a mutant that breaks just this.
    async def view(**_: str) -> ConnexionResponse:
        scope = connexion.request.scope
        exchange: Exchange = scope[EXCHANGE]
        body = {} if exchange.parsed is None else exchange.parsed
        call = Call(exchange, scope["path_params"], body, connexion.request.headers.get("content-type"))
        for mutant in exchange.mutants:
            if mutant.operate is not None and mutant.acts_on(operation_id):
                return _response(exchange, await mutant.operate(call, rule))
        return _response(exchange, rule(call))

    # Connexion is shown a function without arguments: for one that takes any it would parse the body once more, and log every query
    # parameter that the spec does not have. Path parameters it passes all the same.
    view.__signature__ = inspect.Signature()  # type: ignore[attr-defined]  # inspect's own protocol, unknown to the type of a function
    return view


def _response(exchange: Exchange, reply: Reply) -> ConnexionResponse:
    exchange.decided = reply.decided
    held = Held()
    held.hold(reply)
    headers = {name.decode(): value.decode("latin-1") for name, value in held.headers if name not in (b"content-type", b"content-length")}
    return ConnexionResponse(
        status_code=reply.status, mimetype=reply.media_type, content_type=reply.media_type, body=bytes(held.body), headers=headers
    )


async def _on_trouble(request: ConnexionRequest, error: TroubleError) -> ConnexionResponse:
    exchange: Exchange = request.scope[EXCHANGE]
    return _response(exchange, exchange.api.trouble(exchange, error.trouble))


async def _on_refusal(request: ConnexionRequest, refusal: Refusal) -> ConnexionResponse:
    exchange: Exchange = request.scope[EXCHANGE]
    return _response(exchange, exchange.api.refuse(exchange, refusal))


async def _on_bug(_: ConnexionRequest, error: Exception) -> ConnexionResponse:
    """Let the guard have it: it says in the journal what happened."""
    raise error


async def _on_problem(request: ConnexionRequest, problem: connexion.exceptions.ProblemException) -> ConnexionResponse:
    """Answer what Connexion itself finds wrong. Its own 401 says that no credential of a documented scheme is there."""
    kind = "no_credential" if problem.status == 401 else "invalid_body"  # noqa: PLR2004 - HTTP's own number
    exchange: Exchange = request.scope[EXCHANGE]
    return _response(exchange, exchange.api.trouble(exchange, Trouble(kind, str(problem.detail or problem.title))))
