"""Deployments that differ from the mock in what nothing of Kii's contract forbids: a suite is to pass on each."""

from __future__ import annotations

from collections.abc import Mapping

from .... import specs
from ...engine.alter import fields
from ...engine.harmless import everywhere, in_other_words, of_any_vendor, reordered, typed_though_empty
from ...engine.mutants import Mutant

EVERYWHERE = everywhere(specs.openapi("kii"))
LISTS = frozenset({"listOwners", "listOwnersByThingID"})
REQUESTS = frozenset(f"request{kind}Ownership{form}" for kind in ("User", "Group") for form in ("", "ByThingID"))
IS_OWNER = frozenset(f"is{kind}Owner{form}" for kind in ("User", "Group") for form in ("", "ByThingID"))

MUTANTS: Mapping[str, Mutant] = {
    "other-words": Mutant(
        says="What is said for people in an error body is said in other words, and in another language.",
        operations=EVERYWHERE,
        harmless=True,
        answer=in_other_words("それはできません - das geht nicht.", "message", "error_description"),
    ),
    "extra-fields": Mutant(
        says="Every body that is an object has a field more than the page shows.",
        operations=EVERYWHERE,
        harmless=True,
        answer=fields(_traceID="8c1f0e5a"),
    ),
    **of_any_vendor(EVERYWHERE),
    "typed-though-empty": Mutant(
        says="Answers without a body say of which media type it would be.",
        operations=EVERYWHERE,
        harmless=True,
        answer=typed_though_empty,
    ),
    "owners-in-another-order": Mutant(
        says="The owners of a thing are listed in another order, the last to become one first.",
        operations=LISTS,
        harmless=True,
        answer=reordered("users", "groups"),
    ),
    "longer-codes": Mutant(
        says="Codes are of 40 characters.",
        operations=REQUESTS,
        harmless=True,
        settings={"code_length": 40},
    ),
    "slow": Mutant(
        says="Whether somebody is an owner is answered 50 ms late.",
        operations=IS_OWNER,
        harmless=True,
        seconds=0.05,
    ),
}
