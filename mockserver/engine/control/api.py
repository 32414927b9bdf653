"""The control API as the engine serves any."""

from __future__ import annotations

from collections.abc import Mapping

from .... import specs
from ..vendor import Api, Operation
from . import clock, events, journal, mutants, script, worlds
from .refusals import refuse, trouble

OPERATIONS: Mapping[str, Operation] = {
    "health": worlds.health,
    "listMutants": mutants.list_mutants,
    "listWorlds": worlds.list_worlds,
    "createWorld": worlds.create_world,
    "readWorld": worlds.read_world,
    "deleteWorld": worlds.delete_world,
    "resetWorld": worlds.reset_world,
    "readSnapshot": worlds.read_snapshot,
    "restoreWorld": worlds.restore_world,
    "readJournal": journal.read_journal,
    "clearJournal": journal.clear_journal,
    "verifyJournal": journal.verify_journal,
    "readClock": clock.read_clock,
    "setClock": clock.set_clock,
    "advanceClock": clock.advance_clock,
    "readScript": script.read_script,
    "loadLines": script.load_lines,
    "dropLines": script.drop_lines,
    "dropLine": script.drop_line,
    "happen": events.happen,
}


def control_api() -> Api:
    """Return the control API. What it acts on, a Control, is the exchange's state."""
    return Api(name="control", spec=specs.control(), operations=OPERATIONS, security_map={}, trouble=trouble, refuse=refuse, closed_query=True)
