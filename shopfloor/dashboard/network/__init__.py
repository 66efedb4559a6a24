"""The workplace map as a Dash component: a thin Python face of the bundle built from ``js/network``.

Import this module where the app is built: importing it is what makes Dash serve the bundle. Every Dash app of the
process gets the file; it is local, and it starts nothing by itself.
"""

from collections.abc import Mapping
from typing import Any

from dash import hooks
from dash.development.base_component import Component

_PROPS = [
    "id",
    "data",
    "selected",
    "clickData",
    "webglMissing",
    "aria_label",
    "className",
    "style",
    "dataTest",
]


class WorkMap(Component):
    """The map: unit pies that open into people, drawn by WebGL, with keyboard and screen-reader text.

    Parameters
    ----------
    id : str or dict, optional
        Component id.
    data : dict, optional
        What to draw: a view of `shopfloor.dashboard.views`.
    selected : str, optional
        ``person_id`` of the chosen person: drawn with a heavy ring, a name and ties in ink.
    clickData : dict, optional
        Set by the map: ``id``, ``kind`` and ``ts``. Kind is ``unit`` or ``person`` (clicked, or Enter),
        ``stage`` (clicked on nothing) or ``close`` (Esc); for the last two ``id`` is None. ``ts`` (ms) makes
        two equal clicks differ.
    webglMissing : bool, optional
        Set by the map to True where the browser cannot draw: the paired table is the map then.
    aria_label : str, optional
        Instead of the view's own label, which says the counts.
    className, style : str, dict, optional
        For the outer element. It needs a height.
    dataTest : bool, optional
        Puts ``window.__network[id]`` on the page, for browser tests.
    """

    _children_props: list[str] = []  # noqa: RUF012 (Dash reads these lists off the class)
    _base_nodes = ["children"]  # noqa: RUF012 (the same)
    _namespace = "shopfloor_network"
    _type = "WorkMap"

    def __init__(  # noqa: PLR0913 (one argument a prop, as Dash wants them)
        self,
        *,
        id: str | dict[str, Any] | None = None,  # noqa: A002 (the name Dash gives it)
        data: Mapping[str, Any] | None = None,
        selected: str | None = None,
        clickData: Mapping[str, Any] | None = None,  # noqa: N803 (props are spelled as Dash spells them)
        webglMissing: bool | None = None,  # noqa: N803 (the same)
        aria_label: str | None = None,
        className: str | None = None,  # noqa: N803 (the same)
        style: Mapping[str, Any] | None = None,
        dataTest: bool | None = None,  # noqa: N803 (the same)
    ) -> None:
        given = {
            "id": id,
            "data": data,
            "selected": selected,
            "clickData": clickData,
            "webglMissing": webglMissing,
            "aria_label": aria_label,
            "className": className,
            "style": style,
            "dataTest": dataTest,
        }
        self._prop_names = self.available_properties = _PROPS
        self._valid_wildcard_attributes: list[str] = []
        self.available_wildcard_properties: list[str] = []
        super().__init__(**{name: value for name, value in given.items() if value is not None})  # type: ignore[no-untyped-call]


hooks.script([{"relative_package_path": "dashboard/network/network.min.js", "namespace": "shopfloor"}])
