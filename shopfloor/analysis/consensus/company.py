"""The ties of some people in all layers, and the same ties as chance would deal them.

Ties of being together (``worked_with``, ``acted_with``) come in cliques: everybody of a crew is tied to everybody
else of it, and ties dealt singly would call every crew a group. There chance deals people to shifts, crews and
steps instead: everybody keeps in how many she was, each keeps its days and how many people it had. Who keeps meeting
the same people across crews is beyond that chance; who was put into one crew once is not.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from shopfloor.analysis.consensus.chance import Deal, rewirer
from shopfloor.analysis.overlaps import Stays, merge_stays
from shopfloor.analysis.ties import BoolArray, Ties, add_ties, combine_ties, project_stays, project_ties, stays_of
from shopfloor.settings import TieSettings
from shopfloor.workplace import Workplace

IntArray = NDArray[np.int64]

TOGETHER = ("worked_with", "acted_with")
"""Layers of being together."""


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Company:
    """Some people and their ties.

    Attributes
    ----------
    workplace : Workplace
    members : numpy.ndarray
        bool, shape (n_people of the workplace,): whose ties these are.
    layers : tuple of Ties
        Of the members, at least one tie each.
    stays : tuple of (str, Stays)
        Of the layers of being together: who of the whole workplace was where.
    settings : TieSettings
    """

    workplace: Workplace
    members: BoolArray
    layers: tuple[Ties, ...]
    stays: tuple[tuple[str, Stays], ...]
    settings: TieSettings

    def __repr__(self) -> str:
        """Give counts only."""
        return f"Company({int(self.members.sum())} people, {', '.join(ties.layer for ties in self.layers)})"

    def ties(self) -> Ties:
        """Return all layers together, without direction (see `combine_ties`)."""
        return _rounded(combine_ties(list(self.layers) or [no_ties(int(self.members.sum()))]))

    def dealer(self, seed: int) -> Deal:
        """Return what deals the ties as chance would have them, by number.

        Ties that people are told to have, or say, are rewired all layers together: a pair tied in three layers is no
        group. Layers of being together are dealt anew each.
        """
        personal = [ties for ties in self.layers if ties.layer not in TOGETHER]
        rewire = rewirer(_rounded(combine_ties(personal)), seed) if personal else None

        def deal(number: int) -> Ties:
            parts = [rewire(number)] if rewire else []
            if not self.stays:
                return parts[0]
            anew = [ties for ties in (self._deal_people(*each, seed, number) for each in self.stays) if ties.n_ties]
            if anew:
                parts.append(combine_ties(anew))
            return add_ties(parts or [no_ties(int(self.members.sum()))])

        return deal

    def among(self, some: BoolArray) -> "Company":
        """Return the company of some of its members; `some` is bool, of shape (n_members,)."""
        members = self.members.copy()
        members[members] = some
        layers = tuple(part for ties in self.layers if (part := ties.subset(some)).n_ties)
        kept = {ties.layer for ties in layers}
        stays = tuple((layer, stays) for layer, stays in self.stays if layer in kept)
        return replace(self, members=members, layers=layers, stays=stays)

    def _deal_people(self, layer: str, stays: Stays, seed: int, number: int) -> Ties:
        rng = np.random.default_rng([abs(seed), number, TOGETHER.index(layer)])
        ours = np.flatnonzero(self.members[stays.person])
        person = stays.person.copy()
        for places in _alike(stays, ours):
            person[places] = rng.permutation(person[places])
        anew = merge_stays(replace(stays, person=person))
        return project_stays(self.workplace, layer, anew, self.settings).subset(self.members)


def gather_company(
    workplace: Workplace, members: BoolArray, layers: Sequence[str], question: str, settings: TieSettings
) -> Company:
    """Derive the ties of some people in some layers; a layer without ties among them is left out.

    Raises
    ------
    UsageError
        Unknown layer or question.
    """
    all_ties = [
        project_ties(workplace, layer, question=question, settings=settings).subset(members) for layer in layers
    ]
    found = tuple(ties for ties in all_ties if ties.n_ties)
    stays = tuple((ties.layer, stays_of(workplace, ties.layer)) for ties in found if ties.layer in TOGETHER)
    return Company(workplace, members, found, stays, settings)


def no_ties(n_people: int) -> Ties:
    """Return no ties among so many people."""
    nobody = np.zeros(0, dtype=np.int32)
    return Ties("combined", n_people, nobody, nobody, np.zeros(0), is_directed=False)


def _alike(stays: Stays, some: IntArray) -> list[IntArray]:
    """Part stays into those that people may change: of exactly the same days, and all others.

    People are then hardly put in two places at once, as no real people are.
    """
    days = np.column_stack([stays.first_day[some], stays.last_day[some]])
    _, which, sizes = np.unique(days, axis=0, return_inverse=True, return_counts=True)
    part = np.where(sizes[which] > 1, which, -1).ravel()
    order = np.argsort(part, kind="stable")
    return np.split(some[order], np.flatnonzero(np.diff(part[order])) + 1)


def _rounded(ties: Ties) -> Ties:
    """Round to single precision: the last digits of a sum of days differ with the order in which they were added."""
    return replace(ties, strength=ties.strength.astype(np.float32).astype(np.float64))
