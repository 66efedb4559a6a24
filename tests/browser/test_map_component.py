"""The map in a real Chromium, served by a small Dash app under the strict content security policy."""

import base64
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from dash import Dash, Input, Output, State, callback_context, dcc, html, no_update
from dash.exceptions import PreventUpdate
from flask import Response
from werkzeug.serving import make_server

import shopfloor.dashboard
from shopfloor.dashboard.map_data import MapData
from shopfloor.dashboard.network import WorkMap
from shopfloor.dashboard.views import circle_view, people_view, units_view
from tests.dashboard.generated import generated_map

pytestmark = pytest.mark.browser

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
FLAGS += ["--disable-component-update", "--disable-sync", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
ASSETS = Path(shopfloor.dashboard.__file__).parent / "assets"
HOOK = "window.__network && window.__network.map"
FIRM = "Packing"


@pytest.fixture(scope="module")
def browser(chromium: Any) -> Iterator[Any]:
    running = chromium()
    yield running
    running.close()


@pytest.fixture(scope="module")
def data() -> MapData:
    return generated_map(400)


@contextmanager
def served(app: Dash) -> Iterator[str]:
    """Serve the app on a free port of this machine, with the policy that the dashboard will have."""
    hashes = " ".join(app.csp_hashes())

    def strict(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = (
            f"default-src 'none'; script-src 'self' {hashes}; style-src 'self' 'unsafe-inline'; "
            "img-src 'self' data:; font-src 'self' data:; connect-src 'self'"
        )
        return response

    app.server.after_request(strict)
    server = make_server("127.0.0.1", 0, app.server, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    thread.join(timeout=5)


def small_app(data: MapData) -> Dash:
    """One map; clicks open units and choose people; a button shows the circle of the chosen person."""
    app = Dash("small", assets_folder=str(ASSETS))
    app.layout = html.Main(
        [
            WorkMap(id="map", data=units_view(data), dataTest=True),
            html.Button("Circle", id="circle"),
            html.P(id="clicked"),
            html.P(id="missing"),
            dcc.Store(id="open", data=[]),
        ]
    )

    @app.callback(
        Output("map", "data"),
        Output("map", "selected"),
        Output("open", "data"),
        Output("clicked", "children"),
        Input("map", "clickData"),
        Input("circle", "n_clicks"),
        State("open", "data"),
        State("map", "selected"),
        prevent_initial_call=True,
    )
    def clicked(click: dict[str, Any], _: int, opened: list[str], selected: str | None) -> tuple[Any, ...]:
        if callback_context.triggered_id == "circle":
            return circle_view(data, str(selected)), selected, opened, "circle"
        said = f"{click['kind']} {click['id']}"
        if click["kind"] == "unit":
            return units_view(data, [*opened, click["id"]]), None, [*opened, click["id"]], said
        if click["kind"] == "close":
            return units_view(data), None, [], said
        if click["kind"] == "person":
            return no_update, click["id"], opened, said
        raise PreventUpdate

    app.callback(Output("missing", "children"), Input("map", "webglMissing"), prevent_initial_call=True)(str)
    return app


@pytest.fixture(scope="module")
def address(data: MapData) -> Iterator[str]:
    with served(small_app(data)) as where:
        yield where


@contextmanager
def opened_page(browser: Any, address: str, **context: Any) -> Iterator[Any]:
    """Open a page with nothing blocked by the policy and no script error, checked when it closes."""
    view = browser.new_context(viewport={"width": 860, "height": 620}, **context)
    page = view.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.add_init_script(
        "window.__blocked = []; document.addEventListener('securitypolicyviolation',"
        " event => window.__blocked.push(event.violatedDirective + ' ' + event.blockedURI))"
    )
    page.goto(address)
    yield page
    blocked = page.evaluate("window.__blocked")
    view.close()
    assert blocked == []
    assert errors == []


@pytest.fixture
def page(browser: Any, address: str) -> Iterator[Any]:
    with opened_page(browser, address) as shown:
        until(shown, HOOK)
        yield shown


def position(page: Any, key: str) -> dict[str, float]:
    """Where a node is drawn, in pixels of the page."""
    stage = page.locator(".workmap-stage").bounding_box()
    at = page.evaluate(f"{HOOK}.position({key!r})")
    return {"x": stage["x"] + at["x"], "y": stage["y"] + at["y"]}


def click_node(page: Any, key: str) -> None:
    at = position(page, key)
    page.mouse.click(at["x"], at["y"])


def until(page: Any, condition: str, arg: Any = None) -> None:
    """Ask the page until the condition holds; Playwright's own wait needs ``eval``, which the policy forbids."""
    deadline = time.monotonic() + 15
    while not page.evaluate(condition, arg):
        assert time.monotonic() < deadline, f"never became true: {condition}"
        time.sleep(0.05)


def wait_said(page: Any, words: str) -> None:
    until(page, "words => document.getElementById('clicked').textContent === words", arg=words)


def first_person(data: MapData, unit: str) -> str:
    inside = data.people[data.people["unit"] == unit]
    return str(inside.sort_values("named_by", ascending=False)["person_id"].iloc[0])


COARSE_COLOURS = """async data => {
  const image = new Image();
  image.src = 'data:image/png;base64,' + data;
  await image.decode();
  const canvas = Object.assign(document.createElement('canvas'), {width: image.width, height: image.height});
  const context = canvas.getContext('2d');
  context.drawImage(image, 0, 0);
  const counts = {};
  const pixels = context.getImageData(0, 0, image.width, image.height).data;
  for (let i = 0; i < pixels.length; i += 4) {
    const key = [pixels[i] >> 5, pixels[i + 1] >> 5, pixels[i + 2] >> 5].join();
    counts[key] = (counts[key] || 0) + 1;
  }
  return Object.keys(counts).filter(key => counts[key] > 20);
}"""


def colours(page: Any) -> set[str]:
    """Colours of the map's pixels, coarse: a WebGL picture is never compared pixel by pixel."""
    picture = base64.b64encode(page.locator(".workmap-stage").screenshot()).decode()
    return set(page.evaluate(COARSE_COLOURS, picture))


def coarse(colour: str) -> str:
    """Bring ``#5f93cd`` to the form of `colours`."""
    return ",".join(str(int(colour[i : i + 2], 16) >> 5) for i in (1, 3, 5))


def test_the_map_draws_a_pie_for_every_unit(page: Any, data: MapData) -> None:
    counts = page.evaluate(f"{HOOK}.counts()")
    assert counts["nodes"] == len(data.unit_ids)
    assert counts["unitTies"] == len(units_view(data)["unit_ties"]["n"])
    assert page.locator(".workmap-stage").get_attribute("aria-label") == units_view(data)["label"]
    assert {coarse("#5f93cd"), coarse("#e8a060")} <= colours(page)


def test_a_click_opens_a_unit_and_the_camera_stays(page: Any, data: MapData) -> None:
    before = page.evaluate(f"{HOOK}.camera()"), position(page, "u:Dock")
    click_node(page, f"u:{FIRM}")
    wait_said(page, f"unit {FIRM}")
    view = units_view(data, [FIRM])
    until(page, f"n => {HOOK}.counts().nodes === n", arg=len(data.unit_ids) - 1 + len(view["people"]["id"]))
    assert page.evaluate(f"{HOOK}.counts().edges") == len(view["ties"]["source"])
    assert page.evaluate(f"{HOOK}.camera()") == before[0]
    assert position(page, "u:Dock") == pytest.approx(before[1])


def test_a_click_chooses_a_person_and_the_choice_is_read_out(page: Any, data: MapData) -> None:
    click_node(page, f"u:{FIRM}")
    wait_said(page, f"unit {FIRM}")
    person = first_person(data, FIRM)
    until(page, f"n => {HOOK}.counts().nodes > n", arg=len(data.unit_ids))
    click_node(page, f"p:{person}")
    wait_said(page, f"person {person}")
    name = data.people.set_index("person_id")["name"][person]
    until(page, "name => document.querySelector('[aria-live]').textContent.startsWith(name)", arg=name)
    page.click("#circle")
    n_tied = len(circle_view(data, person)["people"]["id"])
    until(page, f"n => {HOOK}.counts().nodes === n", arg=n_tied)


def test_the_map_is_used_by_keyboard(page: Any) -> None:
    stage = page.locator(".workmap-stage")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "workmap-stage"
    start = page.evaluate(f"{HOOK}.camera()")
    stage.press("ArrowRight")
    moved = page.evaluate(f"{HOOK}.camera()")
    assert moved["x"] > start["x"]
    stage.press("+")
    assert page.evaluate(f"{HOOK}.camera().ratio") < moved["ratio"]
    stage.press("0")
    assert page.evaluate(f"{HOOK}.camera()") == start
    stage.press("Enter")
    until(page, "document.getElementById('clicked').textContent.startsWith('unit ')")
    stage.press("Escape")
    wait_said(page, "close None")


def test_dark_and_light_are_redrawn(browser: Any, address: str) -> None:
    with opened_page(browser, address, color_scheme="light") as page:
        until(page, HOOK)
        assert page.evaluate(f"{HOOK}.theme()") == "#faf8f4"
        page.evaluate("document.documentElement.dataset.theme = 'dark'")
        until(page, f"{HOOK}.theme() === '#16150f'")
        assert coarse("#93bff2") in colours(page)


def test_without_webgl_a_notice_stands_in_the_place_of_the_map(chromium: Any, address: str) -> None:
    blind = chromium("--disable-3d-apis")
    with opened_page(blind, address) as page:
        page.wait_for_selector(".workmap-missing")
        assert "table" in page.locator(".workmap-missing").inner_text()
        until(page, "document.getElementById('missing').textContent === 'True'")
    blind.close()


def test_five_thousand_people_are_drawn(browser: Any) -> None:
    large = generated_map(5000, n_departments=40)
    app = Dash("large", assets_folder=str(ASSETS))
    app.layout = WorkMap(id="map", data=people_view(large), dataTest=True)
    with served(app) as address, opened_page(browser, address) as page:
        until(page, HOOK)
        assert page.evaluate(f"{HOOK}.counts().nodes") == len(large.people)
        click = position(page, f"p:{large.people['person_id'].iloc[0]}")
        assert 0 < click["x"] < 860


def test_the_map_is_let_go_when_it_leaves_the_page(browser: Any, data: MapData) -> None:
    app = Dash("leaving", assets_folder=str(ASSETS), suppress_callback_exceptions=True)
    app.layout = html.Div([html.Button("Turn", id="turn"), html.Div(id="place")])

    @app.callback(Output("place", "children"), Input("turn", "n_clicks"))
    def turn(n: int | None) -> Any:
        return html.P("none", id=f"none-{n}") if (n or 0) % 2 else WorkMap(id={"map": 1}, data=units_view(data))

    # browsers give a page about sixteen WebGL contexts, three of which one map needs
    with served(app) as address, opened_page(browser, address) as page:
        for n in range(1, 16, 2):
            page.wait_for_selector(".workmap-stage canvas.sigma-nodes")
            assert page.evaluate("document.querySelector('.workmap').id") == '{"map":1}'
            page.click("#turn")
            page.wait_for_selector(f"#none-{n}")
            assert page.locator("canvas").count() == 0
            page.click("#turn")
        page.wait_for_selector(".workmap-stage canvas.sigma-nodes")
        assert page.locator(".workmap-missing").count() == 0
