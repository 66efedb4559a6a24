"""Layers of ties together, asked of a store or of a workplace at hand: which agree, a person in all, the backbone."""

from collections.abc import Collection
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from shopfloor.analysis import PersonPicture
from shopfloor.analysis.backbone import LEVEL, project_backbone
from shopfloor.analysis.layers import Agreement, compare_layers
from shopfloor.analysis.person_layers import PersonLayers, describe_layers
from shopfloor.service.answers import TieList, at_hand, list_ties
from shopfloor.service.opening import OpenStore
from shopfloor.settings import DEFAULT_QUESTION
from shopfloor.workplace import Workplace


def find_layers(
    place: OpenStore | Workplace,
    *,
    as_of: date | None = None,
    known_at: datetime | None = None,
    **options: Any,  # noqa: ANN401 - passed on
) -> Agreement:
    """Say which layers of ties agree; options as in `shopfloor.analysis.layers.compare_layers`."""
    return compare_layers(at_hand(place, as_of, known_at), **options)


def find_backbone(
    place: OpenStore | Workplace,
    layer: str = "worked_with",
    *,
    as_of: date | None = None,
    known_at: datetime | None = None,
    level: float = LEVEL,
    unit: str | None = None,
    include: Collection[str] = (),
) -> TieList:
    """Return the ties of being together that chance does not explain; with a unit, those with an end in it.

    Returns
    -------
    TieList
        As `find_ties`, with the columns ``n_shared`` (gatherings), ``expected`` by chance, ``chance`` and ``q``; what
        is least likely by chance first. ``about["backbone"]`` is that of `project_backbone`: everybody is tested,
        whatever the list is narrowed to.

    Raises
    ------
    UsageError
        Another layer, unit or inclusion.
    """
    workplace = at_hand(place, as_of, known_at)
    found = project_backbone(workplace, layer, level=level)
    tested = {name: getattr(found, name) for name in ("n_shared", "expected", "chance", "q")}
    ties = list_ties(workplace, found.ties, DEFAULT_QUESTION, unit, include, **tested)
    rows = ties.rows.sort_values(["chance", "from_id", "to_id"], kind="stable").reset_index(drop=True)
    return replace(ties, about=ties.about | {"method": found.about["method"], "backbone": found.about}, rows=rows)


def layers_of(
    store: OpenStore, found: PersonPicture, *, as_of: date | None = None, known_at: datetime | None = None
) -> PersonLayers:
    """Return the ties by layer of a person who was looked at (which is what the audit notes)."""
    workplace = at_hand(store, as_of, known_at)
    return describe_layers(workplace, str(found.facts["person_id"]), question=found.about["question"])
