"""Deployments that differ from the mock in what nothing of Connhex's contract forbids: a suite is to pass on each."""

from __future__ import annotations

from collections.abc import Mapping

from .... import specs
from ...engine.harmless import everywhere, in_other_words, of_any_vendor, reordered, with_more
from ...engine.mutants import Mutant

EVERYWHERE = everywhere(specs.openapi("connhex"))
FORMS = frozenset({"startLogin", "login"})

MUTANTS: Mapping[str, Mutant] = {
    "other-words": Mutant(
        says="What is said for people in an error body or a login form is said in other words, and in another language.",
        operations=EVERYWHERE,
        harmless=True,
        answer=in_other_words("Non si può - それはできません。", "detail", "message", "text"),
    ),
    "extra-fields": Mutant(
        says="Every object of a body has a field more than is documented.",
        operations=EVERYWHERE,
        harmless=True,
        answer=with_more(trace_id="8c1f0e5a"),
    ),
    **of_any_vendor(EVERYWHERE),
    "form-in-another-order": Mutant(
        says="The fields of the login form come in another order.",
        operations=FORMS,
        harmless=True,
        answer=reordered("nodes"),
    ),
    "slow": Mutant(
        says="A login is answered 50 ms late.",
        operations=frozenset({"login"}),
        harmless=True,
        seconds=0.05,
    ),
}
