"""The guard: nothing leaves that the spec does not document."""

from __future__ import annotations

import logging

from starlette.types import ASGIApp, Receive, Scope, Send

from .acting import answered
from .contract import Contract
from .delivery import deliver, hold_up, wait
from .exchange import EXCHANGE, Exchange, WorldExchange
from .held import Held
from .mutants import Alter
from .neutral import neutral
from .vendor import Trouble

log = logging.getLogger(__name__)
_LAST_RESORT = neutral("mock_at_fault", "The vendor's own words for this are at fault too; the log says how.")


class Guard:
    """Judges every answer of the app behind it, and writes the exchange into the journal.

    An answer that is not documented is not sent: the client gets 500 in the vendor's shape, the journal the reason.
    An exception of the app's counts as such an answer. What a line of a script declares to be off the contract is sent, and the journal says
    in what. Where the vendor's shape of the 500 is not documented either, problem+json is sent. While a mutant is on, what is wrong is only told.
    """

    def __init__(self, app: ASGIApp, contract: Contract) -> None:
        self.app = app
        self.contract = contract

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; judge, note and send the answer."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        exchange: Exchange = scope[EXCHANGE]
        held = Held()
        complaint: str | None
        try:
            await self.app(scope, receive, held.send)
            scripted = answered(exchange, held)
        except Exception as error:
            log.exception("%s %s", exchange.method, exchange.path)
            complaint = f"{type(error).__name__}: {error}"
            self._own_up(exchange, held, complaint)
        else:
            complaint = self._judged(exchange, held, scripted=scripted)
            if not scripted:
                complaint = await self._mutated(exchange, held, complaint)
        await hold_up(exchange, held)
        # Before it is sent: a client that has its answer finds the exchange in the journal.
        exchange.note(held, complaint)
        await deliver(exchange, held, scope, send)

    def _judged(self, exchange: Exchange, held: Held, *, scripted: bool) -> str | None:
        """Return what is wrong with the answer, or None. A wrong one is replaced, unless a line wrote it and says that it is off the contract."""
        line = exchange.line
        if line is not None and not line.serve and not scripted:
            # Nothing was made, and nothing will be sent.
            return None
        complaint = self.contract.complaint(exchange.operation, held.status, held.headers, bytes(held.body))
        if complaint is None:
            return None
        if scripted and line is not None and line.off_contract and held.can_be_sent:
            exchange.off_contract = complaint
            return None
        if not (exchange.mutants and held.can_be_sent):
            self._own_up(exchange, held, complaint)
        return complaint

    async def _mutated(self, exchange: Exchange, held: Held, complaint: str | None) -> str | None:
        """Let the mutants that are on have their way with an answer, each with what the one before it has made.

        complaint: what is wrong with it so far. Return what is wrong with it then. One that HTTP does not have is replaced.
        """
        if not isinstance(exchange, WorldExchange) or exchange.decided == "guard" or not held.status:
            return complaint
        for mutant in exchange.mutants:
            if not mutant.acts_on(exchange.operation):
                continue
            if mutant.answer is not None:
                complaint = self._altered(exchange, held, mutant.answer)
            await wait(mutant.seconds)
        return complaint

    def _altered(self, exchange: WorldExchange, held: Held, change: Alter) -> str | None:
        try:
            change(exchange, held)
        except Exception as error:
            log.exception("%s %s", exchange.method, exchange.path)
            self._own_up(exchange, held, complaint := f"a mutant failed: {type(error).__name__}: {error}")
            return complaint
        held.frame()
        if not held.can_be_sent:
            self._own_up(exchange, held, complaint := f"a mutant made what HTTP does not have: {held.status} with {len(held.body)} bytes")
            return complaint
        return self.contract.complaint(exchange.operation, held.status, held.headers, bytes(held.body))

    def _own_up(self, exchange: Exchange, held: Held, complaint: str) -> None:
        log.error("%s %s: not sent: %s", exchange.method, exchange.path, complaint)
        exchange.decided = "guard"
        try:
            held.hold(exchange.api.trouble(exchange, Trouble("mock_at_fault", f"The mock was about to break its own contract: {complaint}")))
            wrong = self.contract.complaint(None, held.status, held.headers, bytes(held.body))
        except Exception as error:
            log.exception("%s %s", exchange.method, exchange.path)
            wrong = f"{type(error).__name__}: {error}"
        if wrong is not None:
            log.error("%s %s: the answer in its place was not sent either: %s", exchange.method, exchange.path, wrong)
            held.hold(_LAST_RESORT)
