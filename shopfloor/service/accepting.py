"""Groups that somebody accepted: kept with the store, so that ids, names and colours stay when ties change.

One result is kept for each choice of ties (layer, question, resolution, who is included). It has a say in the next
answer and is named in it; looking at groups never changes it. It is the whole workforce's: somebody who sees a part
of it is given none, and accepts none.
"""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any, Final

from shopfloor import analysis
from shopfloor.analysis import AcceptedGroups, Groups
from shopfloor.analysis.kept_groups import draw_accepted
from shopfloor.errors import NotFoundError, RefusedError, UsageError, near
from shopfloor.service.opening import OpenStore
from shopfloor.service.remembered import Kept, read, written
from shopfloor.settings import DEFAULT_QUESTION
from shopfloor.workplace import Workplace

LONGEST_NAME: Final = 60
"""Characters of a group's name that fit a table and the map."""


def ties_of(
    layer: str | None = None,
    question: str = DEFAULT_QUESTION,
    resolution: float = 1.0,
    include: Collection[str] = (),
) -> str:
    """Return what an accepted result is kept under: the choice of ties that it was found in.

    Examples
    --------
    >>> ties_of(include=["supervisors"])
    'all/listens_to/1/supervisors'
    """
    return f"{layer or 'all'}/{question}/{resolution:g}/{'+'.join(sorted(include))}"


def recall(store: OpenStore, ties: str) -> Kept | None:
    """Return what was accepted of these ties, under the ids people have now; None where there is nothing."""
    document = store.accepted_groups().get(ties)
    if document is None:
        return None
    kept = read(document)
    identity = store.picture().identity

    def now(person_id: str) -> str | None:
        place = identity.person_of.get(person_id)
        return None if place is None else identity.person_ids[place]

    groups: dict[str, int] = {}
    for person_id, group_id in kept.groups.groups.items():
        if (key := now(person_id)) is not None:
            groups.setdefault(key, group_id)
    retired = {
        group_id: tuple(sorted({key for one in people if (key := now(one)) is not None}))
        for group_id, people in kept.groups.retired.items()
    }
    return replace(kept, groups=replace(kept.groups, groups=groups, retired=retired))


def recall_groups(store: OpenStore, ties: str) -> AcceptedGroups | None:
    """Return the groups that were accepted of these ties, for `analysis.find_groups`; None where there are none."""
    kept = recall(store, ties)
    return None if kept is None else kept.groups


def recall_text(store: OpenStore, ties: str) -> str | None:
    """Return what `recall` returns as text, which can be compared and sent; None where there is nothing."""
    kept = recall(store, ties)
    return None if kept is None else written(kept).decode()


def groups_as_accepted(
    store: OpenStore,
    *,
    as_of: date | None = None,
    known_at: datetime | None = None,
    question: str = DEFAULT_QUESTION,
    include: Collection[str] = (),
) -> Groups | None:
    """Return the groups that were accepted of all ties together, with the ties between them as they are now.

    Nothing is looked for anew. None where nothing was accepted, and for who sees a part of the people.
    ``about["accepted_of"]`` is the day of the picture that they were accepted in (ISO).
    """
    kept = recall(store, ties_of(question=question, include=include))
    return None if kept is None else draw_kept(store.workplace(as_of=as_of, known_at=known_at), kept, question, include)


def draw_kept(
    workplace: Workplace, kept: Kept, question: str = DEFAULT_QUESTION, include: Collection[str] = ()
) -> Groups:
    """Return groups that were accepted as `groups_as_accepted` does, of a workplace at hand."""
    found = draw_accepted(workplace, kept.groups, kept.solid, question=question, include=include)
    return replace(found, about=found.about | {"accepted_of": kept.as_of})


def find_remembering(workplace: Workplace, *, accepted: str | None = None, **options: Any) -> Groups:  # noqa: ANN401
    """Find groups with a result that was accepted, as `recall_text` gives it; options as in `analysis.find_groups`."""
    return analysis.find_groups(workplace, accepted=None if accepted is None else read(accepted).groups, **options)


def find_groups(
    store: OpenStore,
    layer: str | None = None,
    *,
    as_of: date | None = None,
    known_at: datetime | None = None,
    **options: Any,  # noqa: ANN401 - passed on
) -> Groups:
    """Find groups in a store as it is seen, with what was accepted of these ties."""
    return analysis.find_groups(
        store.workplace(as_of=as_of, known_at=known_at),
        layer,
        accepted=recall_groups(store, _asked_of(layer, options)),
        **options,
    )


def _asked_of(layer: str | None, options: Mapping[str, Any]) -> str:
    named = {name: options[name] for name in ("question", "resolution", "include") if name in options}
    return ties_of(layer, **named)


def accept_groups(store: OpenStore, found: Groups) -> AcceptedGroups:
    """Keep groups as they were found.

    Raises
    ------
    RefusedError
        They are no more than chance gives, or those of a part of the workforce; the viewer may not.
    """
    accepted = _acceptable(found)
    store.keep_groups(_ties_in(found), written(_kept(found, accepted)))
    return accepted


def rename_group(store: OpenStore, found: Groups, group_id: int, name: str) -> AcceptedGroups:
    """Give a group a name that stays; what was not accepted yet is accepted as found.

    Raises
    ------
    NotFoundError
        There is no such group.
    UsageError
        A name that is empty, too long, or another group's.
    """
    wanted = " ".join(name.split())
    if not wanted or len(wanted) > LONGEST_NAME:
        raise UsageError(f"A group's name has 1 to {LONGEST_NAME} characters.")
    known = [int(number) for number in found.rows["group_id"]]
    if group_id not in known:
        shown = ", ".join(map(str, known[:12]))
        raise NotFoundError(f"There is no group {group_id}{near(str(group_id), map(str, known))} (groups: {shown})")
    others = found.rows.loc[found.rows["group_id"] != group_id, "name"]
    if wanted.casefold() in {str(other).casefold() for other in others}:
        raise UsageError("Another group has that name already. Give another one.")
    accepted = _acceptable(found)
    accepted = replace(accepted, names={**accepted.names, group_id: wanted})
    store.keep_groups(_ties_in(found), written(_kept(found, accepted)))
    return accepted


def forget_groups(store: OpenStore, ties: str) -> None:
    """Forget what was accepted of some ties: the next answer stands on the ties alone, with new names.

    Raises
    ------
    NotFoundError
        Nothing was accepted of them.
    """
    if ties not in store.accepted_groups():
        raise NotFoundError("No groups of these ties were accepted, so there is nothing to forget.")
    store.keep_groups(ties, None)


def _ties_in(found: Groups) -> str:
    about = found.about
    parameters = about["parameters"]
    return ties_of(
        about["layer"], about["question"] or DEFAULT_QUESTION, parameters["resolution"], parameters["include"]
    )


def _kept(found: Groups, accepted: AcceptedGroups) -> Kept:
    solid = found.rows["group_id"][found.rows["certainty"] == "solid"]
    return Kept(accepted, tuple(int(number) for number in solid), found.about["as_of"])


def _acceptable(found: Groups) -> AcceptedGroups:
    about = found.about
    if about["verdict"] != "groups":
        raise RefusedError(
            f"There is nothing to accept: {about['verdict']}. Groups can be accepted once chance does not explain them."
        )
    if about["is_part"] or about["parameters"]["unit"] is not None:
        raise RefusedError("These are groups of a part of the workforce. Groups are accepted of all of it.")
    return found.accept()
