"""What stays identifying in a network without names: how many people are the only one of their kind.

Whoever knows somebody in a workplace knows things of her that no pseudonym hides: how many she is close to, in which
unit she works, with whom those are close. People who are alike in what is known form a class; who is alone in hers is
found again by anybody who knows that much. The classes by degree and by the degrees of neighbours are those of
M. Hay, G. Miklau, D. Jensen, D. Towsley, P. Weis, "Resisting structural re-identification in anonymized social
networks", 2008, doi:10.14778/1453856.1453873.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from shopfloor.service.agreed import Sheet
from shopfloor.settings import SMALL_GROUP

_PLACE: Final = ("department", "shift", "crew", "job_class", "is_supervisor")


@dataclass(frozen=True, slots=True)
class Standing:
    """How many people can be told apart by one thing that somebody may know of them.

    Attributes
    ----------
    known : str
        What is known.
    n_people : int
        People in all.
    n_unique : int
        Those who are alone in it.
    n_few : int
        Those who share it with fewer than `SMALL_GROUP` - 1 others, the unique among them.
    smallest : int
        Size of the smallest class; the k of k-anonymity. 0 where there is nobody.
    """

    known: str
    n_people: int
    n_unique: int
    n_few: int
    smallest: int

    @property
    def in_words(self) -> str:
        """One line."""
        return (
            f"Who knows {self.known}: {self.n_unique} of {self.n_people} people are the only one, {self.n_few} are "
            f"one of fewer than {SMALL_GROUP}; the smallest class has {self.smallest}."
        )


def standings(sheets: Iterable[Sheet]) -> list[Standing]:
    """Return what stays identifying in an export with pseudonyms, from the least to the most that may be known.

    Parameters
    ----------
    sheets : iterable of Sheet
        ``people`` (``person`` and what is said of her), and any with ``person`` and ``other`` or ``named``
        (ties; direction only where it is ``named``) or ``person`` and ``employer`` (jobs).
    """
    held = {sheet.name: sheet for sheet in sheets}
    people = {str(row["person"]): row for row in held["people"].rows} if "people" in held else {}
    near, out, into = _neighbours(people, held.values())
    places = {one: tuple(row.get(name) for name in _PLACE) for one, row in people.items()}
    degrees = {one: len(near[one]) for one in people}
    around = {one: tuple(sorted(len(near[other]) for other in near[one])) for one in people}
    told = {one: (out[one], into[one]) for one in people}
    jobs = _jobs(people, held.get("assignments"))
    known: dict[str, Mapping[str, Any]] = {
        "with how many she has ties": degrees,
        "how many she named and how many named her": told,
        "with how many she and each of those have ties": around,
        "her department": {one: place[0] for one, place in places.items()},
        "her unit, shift, crew, job and whether she supervises": places,
        "all her jobs, with their dates": jobs,
        "her place and with how many she has ties": {one: (places[one], degrees[one]) for one in people},
        "her place and the ties of those around her": {one: (places[one], around[one]) for one in people},
        "all of this": {one: (places[one], around[one], told[one], jobs[one]) for one in people},
    }
    return [_standing(what, list(values.values())) for what, values in known.items()]


def _standing(known: str, values: Sequence[Any]) -> Standing:
    sizes = Counter(values).values()
    n_few = sum(size for size in sizes if size < SMALL_GROUP)
    return Standing(known, len(values), sum(size == 1 for size in sizes), n_few, min(sizes, default=0))


def _neighbours(
    people: Iterable[str], sheets: Iterable[Sheet]
) -> tuple[Mapping[str, set[str]], Mapping[str, int], Mapping[str, int]]:
    """Return who has a tie with whom, how many each named, and how many named her."""
    near: defaultdict[str, set[str]] = defaultdict(set, {one: set[str]() for one in people})
    out: Counter[str] = Counter()
    into: Counter[str] = Counter()
    for sheet in sheets:
        for row in sheet.rows:
            one, other = row.get("person"), row.get("other") or row.get("named")
            if one and other:
                near[str(one)].add(str(other))
                near[str(other)].add(str(one))
            if one and row.get("named"):
                out[str(one)] += 1
                into[str(row["named"])] += 1
    return near, out, into


def _jobs(people: Iterable[str], sheet: Sheet | None) -> dict[str, tuple[str, ...]]:
    jobs: dict[str, list[str]] = {one: [] for one in people}
    for row in sheet.rows if sheet else ():
        said = "|".join(str(row.get(name, "")) for name in ("employer", "worksite", "started", "ended"))
        jobs.setdefault(str(row["person"]), []).append(said)
    return {one: tuple(sorted(said)) for one, said in jobs.items()}
