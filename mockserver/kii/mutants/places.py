"""Where things go wrong: Kii's operations by what they do, both address forms of each."""

from __future__ import annotations


def _forms(*names: str) -> frozenset[str]:
    return frozenset(name + form for name in names for form in ("", "ByThingID"))


POST = _forms("addOwner")
LIST = _forms("listOwners")
PUT_USER = _forms("putUserOwner")
PUT_GROUP = _forms("putGroupOwner")
PUT = PUT_USER | PUT_GROUP
ASK = _forms("isUserOwner", "isGroupOwner")
REMOVE = _forms("removeUserOwner", "removeGroupOwner")
REQUEST_USER = _forms("requestUserOwnership")
REQUEST_GROUP = _forms("requestGroupOwnership")
REQUEST = REQUEST_USER | REQUEST_GROUP
CONFIRM = _forms("confirmOwnership")
READ = _forms("readThing")
DELETE = _forms("deleteThing")
LOGIN = frozenset({"issueToken", "issueTokenForApp"})
