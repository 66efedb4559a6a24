"""What the pages work on: a store as one viewer sees it, and what was computed from it for the revision at hand.

A desk is one viewer's alone; those who see everybody share what is computed of everybody. Which desk a page works on
is found from the session of the request, before anything else happens (`shopfloor.dashboard.security`); where none was
found there is no desk, and so no data.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, TypeVar, cast

from flask import g

from shopfloor.analysis import (
    LAYERS,
    Groups,
    PersonPicture,
    Ranking,
    Standing,
    Ties,
    are_outside,
    describe_person,
    find_standing,
    project_ties,
    rank_people,
    select_workforce,
)
from shopfloor.analysis.layers import Agreement, compare_layers
from shopfloor.analysis.next_talks import DEFAULT_TALKS, NextTalks, next_talks
from shopfloor.analysis.person_layers import PersonLayers, describe_layers
from shopfloor.dashboard.grids import values_of
from shopfloor.dashboard.latest import Basis, LastAnswer, Latest
from shopfloor.dashboard.map_data import MapData, at_places_of, build_map_data
from shopfloor.dashboard.uploads import Uploads
from shopfloor.errors import NotFoundError, NotReadyError, RefusedError
from shopfloor.service.accepting import draw_kept, find_remembering, recall_text, ties_of
from shopfloor.service.answers import add_kinds
from shopfloor.service.audit import Deed
from shopfloor.service.editing import list_mentions, open_names
from shopfloor.service.moment import hold_still
from shopfloor.service.nameless import without_names
from shopfloor.service.nouns import Mention
from shopfloor.service.opening import OpenStore
from shopfloor.service.remembered import read
from shopfloor.service.workroom import Task, Workroom
from shopfloor.workplace import OUTSIDE, Workplace

_KEPT = 64
_LATELY_S = 60.0

_MOST_WAITED_S = 10.0
_NOTED_AGAIN_S = 600.0
_MOST_NOTED = 500
Value = TypeVar("Value")
State = tuple[int, date]
"""Data revision since which what is seen is the same, and the day."""

Include = tuple[str, ...]
"""Who is on a list beyond the workforce: ``supervisors``, ``left``, in this order."""


@dataclass(frozen=True, slots=True)
class Question:
    """What takes long to compute: a function of a module that takes a workplace first, with its options by name.

    Attributes
    ----------
    work : callable
        Gets the workplace without names of people, see `shopfloor.service.nameless`.
    options : tuple of (str, object)
        Values that can be compared.
    as_of : datetime.date, optional
        Date of the workplace.
    """

    work: Callable[..., Any]
    options: tuple[tuple[str, Hashable], ...] = ()
    as_of: date | None = None

    def answer(self, workplace: Workplace) -> Any:  # noqa: ANN401 - that of the function
        """Return the answer, computed here and now."""
        return self.work(without_names(workplace), **dict(self.options))


@dataclass(slots=True, repr=False)
class _Answer:
    """An answer, or the place for one that is being made."""

    guard: threading.RLock = field(default_factory=threading.RLock)
    value: object = None
    is_made: bool = False


class Shelf:
    """Answers kept as long as the data they rest on stay the same; each made once, however many ask meanwhile."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[State, tuple[object, ...]], _Answer] = OrderedDict()
        self._guard = threading.Lock()
        self.latest = Latest()

    def __repr__(self) -> str:
        """Give a count only."""
        return f"Shelf({len(self._kept)} answers)"

    def keep(self, state: State, key: tuple[object, ...], make: Callable[[], Value]) -> Value:
        """Return the answer for a state of the data; those for earlier states go."""
        full = (state, key)
        with self._guard:
            for old in [one for one in self._kept if one[0] < state]:
                del self._kept[old]
            answer = self._kept.setdefault(full, _Answer())
            self._kept.move_to_end(full)
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        with answer.guard:  # one that is let go of meanwhile goes to who asked for it, and is not kept
            if not answer.is_made:
                answer.value, answer.is_made = make(), True
            return cast("Value", answer.value)

    def let_go(self) -> None:
        """Forget all answers."""
        with self._guard:
            self._kept.clear()
        self.latest.let_go()


class Desk:
    """One store with answers kept as long as its data stay the same.

    Attributes
    ----------
    store : OpenStore
        As the viewer sees it.
    uploads : Uploads
        Files dropped and not yet loaded, in memory only.

    Parameters
    ----------
    shelf : Shelf, optional
        Where answers are kept: shared by those alone who see everybody, and so the same.
    room : Workroom, optional
        Where what takes long is computed; without one it is computed here, and whoever asks waits.
    """

    def __init__(self, store: OpenStore, shelf: Shelf | None = None, room: Workroom | None = None) -> None:
        self.store = store
        self.uploads = Uploads()
        self._shelf = shelf if shelf is not None and store.viewer.sees_all_people else Shelf()
        self._room = room
        for holder in (self._shelf, room):
            if holder is not None:
                store.keep_posted(holder)
        self._guard = threading.RLock()
        self._noted: OrderedDict[tuple[object, ...], float] = OrderedDict()

    def __repr__(self) -> str:
        """Name the store and the role only."""
        return f"Desk({self.store!r})"

    def note(self, deed: Deed, **particulars: object) -> None:
        """Write into the audit what is being looked at; the same thing again within ten minutes is one look.

        Raises
        ------
        StoreError
            It cannot be written: then it must not be shown.
        """
        key, now = (deed, *sorted(particulars.items())), time.monotonic()
        with self._guard:
            before = self._noted.get(key)
            if before is not None and now - before < _NOTED_AGAIN_S:
                return
            self.store.note(deed, **particulars)
            self._noted[key] = now
            self._noted.move_to_end(key)
            while len(self._noted) > _MOST_NOTED:
                self._noted.popitem(last=False)

    def _keep(self, key: tuple[object, ...], make: Callable[[], Value]) -> Value:
        state = (self.store.same_since(), datetime.now(UTC).date())
        return self._shelf.keep(state, key, make)

    def workplace(self, as_of: date | None = None) -> Workplace:
        """Return the people and facts at a date."""
        return self._keep(("workplace", as_of), lambda: self.store.workplace(as_of=as_of))

    def ties(self, as_of: date | None = None) -> dict[str, Ties]:
        """Return the layers that have ties."""

        def make() -> dict[str, Ties]:
            layers = {layer: project_ties(self.workplace(as_of), layer) for layer in LAYERS}
            return {layer: ties for layer, ties in layers.items() if ties.n_ties}

        return self._keep(("ties", as_of), make)

    def _basis(self, as_of: date | None = None) -> tuple[Workplace, Basis]:
        """Return the workplace at a date, and of whom and which data it is; both of one moment."""

        def make() -> tuple[Workplace, Basis]:
            workplace = self.workplace(as_of)
            ids, cut = workplace.people["person_id"], workplace.provenance
            seen = frozenset(values_of(ids[~are_outside(workplace)]))
            return workplace, Basis((cut.revision, cut.as_of), tuple(values_of(ids)), seen)

        return self._keep(("basis", as_of), make)

    def ask(
        self, question: Question, *, patience: float = 0.0, in_queue: bool = False, good_for: float = 0.0
    ) -> LastAnswer[Any]:
        """Return the last answer to a question, and begin to make a new one where the data have changed.

        Parameters
        ----------
        question : Question
        patience : float
            Seconds to wait where there is no answer yet.
        in_queue : bool
            Wait also while what others asked for is computed before it: that is not there in a moment.
        good_for : float
            Seconds for which an older answer is good enough.
        """
        workplace, basis = self._basis(question.as_of)
        if self._room is None:
            return LastAnswer(self._keep((question,), lambda: question.answer(workplace)), basis)
        room = self._room

        def begin(key: Hashable) -> Task[Any]:
            return room.ask(key, question.work, without_names(workplace), **dict(question.options))

        return self._shelf.latest.answer(
            question, basis, begin, who=id(self), patience=patience, in_queue=in_queue, good_for=good_for
        )

    def look(self, question: Question) -> LastAnswer[Any]:
        """Return how it stands with a question, and begin nothing."""
        if self._room is None:
            return self.ask(question)
        return self._shelf.latest.answer(question, self._basis(question.as_of)[1], None, who=id(self))

    def stop(self, question: Question) -> None:
        """Stop making the answer to a question, unless somebody else waits for it."""
        if self._room is not None:
            self._shelf.latest.stop(question, self._room, who=id(self))

    def forgive(self, question: Question) -> None:
        """Let what failed be tried again."""
        self._shelf.latest.forgive(question)

    def group_question(self, include: Include = (), as_of: date | None = None) -> Question:
        """Return the question for the social groups in all ties together, with those that were accepted."""
        accepted = recall_text(self.store, ties_of(include=include))
        return Question(find_remembering, (("include", include), ("accepted", accepted)), as_of)

    def groups(self, as_of: date | None = None, include: Include = ()) -> Groups:
        """Return the social groups in all ties together, as they were last worked out among the same people.

        Raises
        ------
        ShopfloorError
            They are being worked out still, or that failed.
        """
        question = self.group_question(include, as_of)
        last: LastAnswer[Groups] = self.ask(question, patience=_MOST_WAITED_S, in_queue=True)
        found = self._among_the_same(last, as_of)
        if found is None and last.error is not None:
            raise last.error
        if found is None:
            raise NotReadyError("The groups are still being worked out. Ask again in a minute.")
        return found

    def groups_lately(self) -> Groups | None:
        """Return the groups as they were worked out less than a minute ago, or last, among the same people.

        None where they are still to be worked out: that is begun. What others type in between changes them little.
        """
        return self._among_the_same(self.ask(self.group_question(), good_for=_LATELY_S))

    def groups_accepted(self, include: Include = ()) -> Groups | None:
        """Return the groups that were accepted, with the ties between them as they are now; None without any."""
        text = recall_text(self.store, ties_of(include=include))
        if text is None:
            return None
        kept = read(text)
        return self._keep(("accepted", include, text), lambda: draw_kept(self.workplace(), kept, include=include))

    def _among_the_same(self, last: LastAnswer[Value], as_of: date | None = None) -> Value | None:
        """Return an answer that tells people by their rows, if the rows are the same people now."""
        is_same = last.basis is not None and last.basis.people == self._basis(as_of)[1].people
        return last.value if is_same else None

    def ranking(self, layer: str = "named", measure: str | None = None, include: Include = ()) -> Ranking:
        """Return people ranked, by default by who is most named so far; `ShopfloorError` where it is refused.

        Namings are counted and no more: `leaders` says how sure a place is.
        """
        measure = measure or ("named_by" if layer == "named" else None)
        return self._keep(
            ("ranking", layer, measure, include),
            lambda: rank_people(self.workplace(), layer, measure=measure, include=include),
        )

    def leaders(self, last: LastAnswer[Standing], include: Include = (), unit: str | None = None) -> Ranking | None:
        """Return people ranked by the naming model, with how sure that is.

        Parameters
        ----------
        last : LastAnswer
            How it stands with `naming_question` of the same people.
        include : tuple of str
            Who is listed beyond the workforce.
        unit : str, optional
            Only people of this one.

        Returns
        -------
        Ranking or None
            None where the model's answer is still to come, or is one about other people than there are now.

        Raises
        ------
        UsageError
            No such unit.
        """
        naming, basis = self._among_the_same(last), last.basis
        if naming is None or basis is None:
            return None
        return self._keep(
            ("leaders", include, unit, basis.state),
            lambda: rank_people(self.workplace(), include=include, unit=unit, standing=naming),
        )

    def leaders_by_kind(
        self, last: LastAnswer[Standing], include: Include = (), unit: str | None = None
    ) -> Ranking | None:
        """Return the same with what kinds of leader people are; bridges are between the groups that were accepted."""
        ranking, basis = self.leaders(last, include, unit), last.basis
        if ranking is None or basis is None:
            return None
        return self._keep(
            ("kinds", include, unit, basis.state, recall_text(self.store, ties_of(include=include))),
            lambda: add_kinds(ranking, self.workplace(), groups=self.groups_accepted(include)),
        )

    def standing(self, last: LastAnswer[Standing], include: Include = ()) -> Standing | None:
        """Return the naming model's answer where it is one about the people that there are now; else as `leaders`."""
        naming = self._among_the_same(last)
        if naming is None or naming.is_of(select_workforce(self.workplace(), include)):
            return naming
        ranking = self.leaders(last, include)
        return None if ranking is None else ranking.standing

    def next_talks(
        self, last: LastAnswer[Standing], aim: str = "leaders", organizer: str | None = None
    ) -> NextTalks | None:
        """Return whom to talk to next; options as in `shopfloor.analysis.next_talks.next_talks`.

        Parameters
        ----------
        last : LastAnswer
            How it stands with `naming_question`.
        aim : str
        organizer : str, optional

        Returns
        -------
        NextTalks or None
            None as in `leaders`, and where there is nobody to ask.
        """
        naming, basis = self.standing(last), last.basis
        if naming is None or basis is None:
            return None
        return self._keep(
            ("next", aim, organizer, basis.state),
            lambda: next_talks(self.workplace(), naming, aim=aim, n=DEFAULT_TALKS, organizer=organizer),
        )

    def person(self, key: str, *, with_group: bool = False) -> tuple[PersonPicture, list[str]]:
        """Return what is known of a person, and the keys of all her contacts; `NotFoundError` if nobody has it.

        Somebody outside the viewer's units is nobody to her. A person's group is told only where it is asked for, as it
        was last worked out. The audit notes the look.
        """
        identity = self.store.picture().identity
        if key not in identity.person_of:
            raise NotFoundError("There is nobody with that id. Look for the name among the people.")
        code = identity.person_of[key]
        if identity.person_ids[code] in self.outside():
            raise NotFoundError("That is someone outside your units: you see only that they are tied to yours.")
        self.note(Deed.VIEW, person=identity.person_ids[code])

        groups = self.groups_lately() if with_group else None
        made_of = None if groups is None else groups.about["revision"]

        def make() -> PersonPicture:
            return describe_person(self.workplace(), identity.person_ids[code], groups=groups)

        return self._keep(("person", code, made_of), make), identity.contacts_of(code)

    def person_layers(self, person_id: str) -> PersonLayers:
        """Return the ties by layer of a person whose page is open (`person` notes the look)."""
        return self._keep(
            ("person layers", person_id), lambda: describe_layers(self.workplace(), person_id, layers=self.ties())
        )

    def agreement(self, include: Include = ()) -> Agreement:
        """Return which layers of ties agree."""

        def make() -> Agreement:
            return compare_layers(self.workplace(), include=include, layers=list(self.ties().values()))

        return self._keep(("agreement", include), make)

    def outside(self) -> frozenset[str]:
        """Return the ids under which people outside the viewer's units stand behind ties: there is nothing to open."""

        def make() -> frozenset[str]:
            workplace = self.workplace()
            return frozenset(workplace.people["person_id"][are_outside(workplace)])

        return self._keep(("outside",), make)

    def see(self, data: MapData, person_id: str | None) -> None:
        """Note in the audit that a person of the map is shown; nobody is where none was chosen."""
        if person_id is not None and (data.people["person_id"] == person_id).any():
            self.note(Deed.VIEW, person=person_id)

    def mentions(self, most: int) -> tuple[list[Mention], tuple[str, ...]]:
        """Return the most frequent open mentions, and the ids of the people their candidates point to."""
        return self._keep(("mentions", most), lambda: list_mentions(self.store, most))

    def open_names(self) -> list[str]:
        """Return the keys of all open mentions, the most frequent first."""
        return self._keep(("open names",), lambda: open_names(self.store))

    def names(self) -> list[str]:
        """Return everybody whom the viewer knows as the forms suggest them: ``Rosa Delgado (17)``, by name."""

        def make() -> list[str]:
            people = self.workplace().people
            people = people[people["kind"] != OUTSIDE].sort_values(["name", "person_id"], kind="stable")
            names, keys = values_of(people["name"]), values_of(people["person_id"])
            return [call(name, key) for name, key in zip(names, keys, strict=True)]

        return self._keep(("names",), make)

    def map_data(self, as_of: date | None = None, group_by: str = "department", include: Include = ()) -> MapData:
        """Return what the map is drawn from; `group_by` is a column of people or ``group``.

        Earlier days keep the places of today's picture, so that moving the time moves nothing else.
        """
        found = self.groups(as_of, include) if group_by == "group" else None
        made_of = None if found is None else found.about["revision"]

        def make() -> MapData:
            workplace, ties = self.workplace(as_of), self.ties(as_of)
            groups = None
            if found is not None:
                by_id = dict(zip(found.rows["group_id"], found.rows["name"], strict=True))
                groups = [by_id.get(code) for code in found.membership]
            column = "department" if group_by == "group" else group_by
            data = build_map_data(workplace, ties, group_by=column, groups=groups, include=include)
            return data if as_of is None else at_places_of(data, self.map_data(None, group_by, include))

        return self._keep(("map", as_of, group_by, include, made_of), make)


def naming_question(include: Include = (), as_of: date | None = None) -> Question:
    """Return the question for the naming model's answer: who would be most named if everybody were asked."""
    return Question(find_standing, (("include", include),), as_of)


def call(name: str, person_id: str) -> str:
    """Return a person as the forms write her."""
    return f"{name} ({person_id})"


def sit_at(desk: Desk) -> None:
    """Make a desk the one of the request that is being answered, with the data of one moment on it."""
    g.shopfloor_desk = desk
    hold_still()


def the_desk() -> Desk:
    """Return the desk of whoever sent the request that is being answered.

    Raises
    ------
    RefusedError
        Nobody is logged in.
    """
    desk = g.get("shopfloor_desk")
    if desk is None:
        raise RefusedError("Nobody is logged in. Nothing was shown and nothing was changed.")
    return cast("Desk", desk)
