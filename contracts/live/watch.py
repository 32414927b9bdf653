"""What may befall a run on its way and is no fault of what it judges: a credential that ends, a deployment that goes away, limits that are spent."""

from __future__ import annotations

from collections.abc import Callable, Container
from dataclasses import replace

import httpx

from ..connection import connection
from ..result import Result, Verdict
from ..target import Target
from ..unavailable import Unavailable
from .identity import Asking
from .keyring import LASTS, Key, Keyring
from .ledger import Ledger
from .traffic import AWAY, Traffic

SILENT = 5
"""After so many rows in a row without an answer a run asks once more, and gives up."""


class Watch:
    """Watches one process's part of a run. client: what its requests go out with. keys: the credentials that it acts with.

    instead: what answers in place of the deployment.
    """

    def __init__(self, target: Target, ledger: Ledger | None = None, instead: httpx.BaseTransport | None = None) -> None:
        self.client = connection(target, ledger, self._around, instead)
        self.ask = Asking(self.client, target.base_url)
        self.keys = Keyring(target, self.ask)
        self._silent = 0
        self._gone = ""
        self._cut_off = False

    def close(self) -> None:
        """End the connection."""
        self.client.close()

    def begin(self) -> None:
        """Begin a row: what became of the requests of the one before it is no matter."""
        self._traffic.begin()

    def require(self) -> None:
        """Return if there is a deployment to play a row on, and the limits allow it. Unavailable."""
        if self._gone:
            raise Unavailable(self._gone)
        if self._traffic.spent is not None:
            raise self._traffic.spent

    def drawn(self) -> None:
        """Learn that the row has its fixtures: what was made for it is no matter if it is played again."""
        self._traffic.changed = False

    def settled(self, result: Result, again: Callable[[bool], Result], ended: Container[str] = ()) -> Result:
        """Return what the row comes to. ended: the ids of those whom the row itself has made an end of.

        Where somebody was refused who is not who he was any more, that says nothing of the contract: he signs in anew, and `again` plays the row
        once more; it is told whether the row has changed something. Where he cannot, the row is an error, and he acts in no further one.

        The first row that the limits leave no room for is an error too: a run that is cut off has not checked enough.
        """
        self.count()
        if self._cut(result):
            return replace(result, verdict=Verdict.ERROR)
        lost = self._lost(result, ended)
        if not lost:
            return result
        over = [key.lost for key, why in lost if not self.keys.renew(key, why)]
        if over:
            return _error(result, over)
        changed = self._traffic.changed
        names = ", ".join(key.identity.who for key, _ in lost)
        self._traffic.begin()
        repeated = again(changed)
        told = replace(
            repeated, notes=(*repeated.notes, f"the credential of {names} was no longer accepted: signed in again, and the row was played again")
        )
        lost = self._lost(told, ended)
        return _error(told, [f"the credential of {key.identity.who} was not accepted, twice ({why})" for key, why in lost]) if lost else told

    def count(self) -> None:
        """Count the rows in a row that nothing answered."""
        if not self._traffic.sent:
            return
        self._silent = 0 if self._traffic.answered else self._silent + 1
        if self._silent < SILENT:
            return
        self._silent = 0
        failure = self._traffic.failure
        try:
            answer = self.ask("GET", "/")
        except (httpx.HTTPError, Unavailable) as error:
            failure = f"{type(error).__name__}: {error}"
        else:
            if answer.status_code not in AWAY:
                return
        self._gone = f"the deployment does not answer any more: {SILENT} rows in a row had no answer, and it was asked once more ({failure})"

    def renewed(self) -> bool:
        """Sign in anew those who were refused since `begin` and are not any more who they were; return whether anybody is again."""
        lost = self.keys.lost(list(self._traffic.refused), self._traffic.last)
        self._traffic.begin()
        return bool([key for key, why in lost if self.keys.renew(key, why)])

    def _cut(self, result: Result) -> bool:
        """Return whether the row is the first that was skipped since the limits are spent."""
        spent = self._traffic.spent
        if self._cut_off or spent is None or result.verdict is not Verdict.SKIPPED or str(spent) not in result.reason:
            return False
        self._cut_off = True
        return True

    def _around(self, gate: httpx.BaseTransport) -> httpx.BaseTransport:
        self._traffic = Traffic(gate)
        return self._traffic

    def _lost(self, result: Result, ended: Container[str]) -> list[tuple[Key, str]]:
        # A row that expects a refusal holds where nobody is known any more; but to ask at each of them would be half of all that is asked.
        since = self._traffic.last - (LASTS if result.verdict is Verdict.PASS else 0)
        refused, kept = list(self._traffic.refused), self._traffic.changed
        lost = self.keys.lost(refused, since, ended) if refused else []
        self._traffic.changed = kept
        return lost


def _error(result: Result, why: list[str]) -> Result:
    return replace(result, verdict=Verdict.ERROR, reason="; ".join(why), notes=(*result.notes, *_seen(result)))


def _seen(result: Result) -> list[str]:
    return [f"what was seen says nothing: {result.verdict}: {result.reason}"] if result.reason else []
