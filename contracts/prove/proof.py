"""A proof from its beginning to its end: the good server first, then every mutant, a layer at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase

from ..kills import Mutant, Trial
from .crew import Crew
from .job import GOOD, Done, Job, ProveError
from .units import Unit, likeliest_first, portions, units

SHOWN = 5
"""How many of a good server's failures are told."""
EARLY = 0.8
"""When the last of a harmless mutant's jobs begins, where 1 is the end of the layer."""


@dataclass(frozen=True)
class Asked:
    """What a proof is to do. layers: those that are played, in their order. full: all units for every mutant. first: stop at a mutant's first kill.

    only: patterns, of which a unit's id fits one, where there are any. without: case files that are left out, as VENDOR/FILE.
    """

    layers: tuple[str, ...]
    full: bool = False
    first: bool = False
    only: tuple[str, ...] = ()
    without: frozenset[str] = frozenset()
    seed: int = 1

    def units(self, vendor: str, layer: str) -> list[Unit]:
        """Return the units of the layer that may be played."""
        return [
            unit
            for unit in units(vendor, layer)
            if f"{vendor}/{unit.file}" not in self.without and (not self.only or any(fnmatchcase(unit.id, pattern) for pattern in self.only))
        ]


@dataclass
class Tally:
    """What is known of one mutant so far, by layer."""

    failed: dict[str, dict[str, str]] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    played: dict[str, int] = field(default_factory=dict)
    left_out: int = 0
    idle: dict[str, str] = field(default_factory=dict)

    def count(self, layer: str, done: Done, asked: int) -> None:
        """Take what a job came to that had so many units."""
        self.left_out += asked - done.played
        self.failed.setdefault(layer, {}).update(done.failed)
        self.errors |= done.errors
        self.idle |= done.idle
        self.played[layer] = self.played.get(layer, 0) + done.played

    @property
    def broken(self) -> bool:
        """Whether something has failed: what could not be played to its end found nothing out."""
        return any(self.failed.values())

    @property
    def found_out(self) -> bool:
        """Whether something was judged at all."""
        return sum(self.played.values()) > len(self.idle)


def _place(placed: tuple[float, Job]) -> float:
    return placed[0]


class Proof:
    """A proof on its way. said: told how many units are to come, and how many have been played."""

    def __init__(self, crew: Crew, asked: Asked, mutants: Sequence[Mutant], said: Callable[[str, int, int], None]) -> None:
        self.crew = crew
        self.asked = asked
        self.mutants = mutants
        self.said = said
        self.tallies = {mutant.name: Tally() for mutant in mutants}

    def run(self) -> list[Trial]:
        """Return what each mutant came to. ProveError: also where the suite fails on a server that is good."""
        for layer in self.asked.layers:
            wanted = {mutant.name: self._wanted(mutant, layer) for mutant in self.mutants}
            self._require_good(layer, wanted)
            self._play(layer, wanted)
        return [self._trial(mutant) for mutant in self.mutants]

    def _wanted(self, mutant: Mutant, layer: str) -> list[Unit]:
        """Return the units of the layer that are to be played for the mutant."""
        found = self.asked.units(mutant.vendor, layer)
        tally = self.tallies[mutant.name]
        if mutant.harmless:
            # The cases see all that the suite looks at; the further layers are asked for.
            wanted = found if layer == self.asked.layers[0] or self.asked.full else []
        elif tally.broken and not (self.asked.full and not self.asked.first):
            wanted = []
        else:
            wanted = found if self.asked.full else [unit for unit in found if unit.touched_by(mutant)]
        tally.left_out += len(found) - len(wanted)
        return likeliest_first(wanted, mutant) if self.asked.first else wanted

    def _require_good(self, layer: str, wanted: Mapping[str, Sequence[Unit]]) -> None:
        used: dict[str, dict[str, Unit]] = {}
        for mutant in self.mutants:
            used.setdefault(mutant.vendor, {}).update({unit.id: unit for unit in wanted[mutant.name]})
        jobs = [self._job(vendor, layer, GOOD, part) for vendor, found in used.items() for part in portions(found.values())]
        broken: dict[str, str] = {}
        for job, done in self._done(f"{layer}: the good server", jobs):
            broken |= {f"{job.vendor} {unit}": told for unit, told in (done.failed | done.errors | done.idle).items()}
        if broken:
            told = "".join(f"\n  {unit}: {reason}" for unit, reason in sorted(broken.items())[:SHOWN])
            raise ProveError(f"the suite fails on a good server, so that its failures say nothing ({len(broken)} in all):{told}")

    def _play(self, layer: str, wanted: Mapping[str, Sequence[Unit]]) -> None:
        jobs = [job for _, job in sorted((pair for mutant in self.mutants for pair in self._placed(mutant, layer, wanted[mutant.name])), key=_place)]
        for job, done in self._done(layer, jobs):
            self.tallies[job.mutant].count(layer, done, len(job.units))

    def _placed(self, mutant: Mutant, layer: str, found: Sequence[Unit]) -> Iterator[tuple[float, Job]]:
        """Yield the jobs, each with where it stands in the layer, from 0 to 1: mutants go side by side, as some of them only wait.

        Those with most jobs are the harmless: they are over before the others, so that none is left to wait alone.
        """
        jobs = list(self._jobs(mutant, layer, found))
        for number, job in enumerate(jobs):
            yield (EARLY if mutant.harmless else 1) * number / len(jobs), job

    def _jobs(self, mutant: Mutant, layer: str, found: Sequence[Unit]) -> Iterator[Job]:
        if self.asked.first and not mutant.harmless:
            parts = [tuple(unit.id for unit in found)] if found else []
            yield from (replace(self._job(mutant.vendor, layer, mutant.name, part), first=True) for part in parts)
        else:
            yield from (self._job(mutant.vendor, layer, mutant.name, part) for part in portions(found))

    def _job(self, vendor: str, layer: str, mutant: str, found: tuple[str, ...]) -> Job:
        return Job(vendor, layer, mutant, found, seed=self.asked.seed)

    def _done(self, what: str, jobs: Sequence[Job]) -> Iterator[tuple[Job, Done]]:
        total, played = sum(len(job.units) for job in jobs), 0
        self.said(what, total, played)
        for job, done in self.crew.play(jobs):
            played += len(job.units)
            self.said(what, total, played)
            yield job, done

    def _trial(self, mutant: Mutant) -> Trial:
        tally = self.tallies[mutant.name]
        kills = {layer: self._in_order(mutant, layer, failed) for layer, failed in tally.failed.items() if failed}
        # A row that a difference makes pointless is skipped. Where that is all, it is not green.
        errors = tally.errors | (tally.idle if mutant.harmless and not tally.found_out else {})
        told = {unit: reason for failed in tally.failed.values() for unit, reason in failed.items()} | errors
        return Trial(mutant, kills, tuple(sorted(errors)), tally.played, tally.left_out, told if mutant.harmless else {})

    def _in_order(self, mutant: Mutant, layer: str, failed: Mapping[str, str]) -> tuple[str, ...]:
        """Return the ids that failed: those that cite a clause which the mutant attacks first, else as they stand in their files."""
        found = sorted(units(mutant.vendor, layer), key=lambda unit: unit.clause not in mutant.clauses)
        return tuple(unit.id for unit in found if unit.id in failed)
