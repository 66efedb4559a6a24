"""Map of 5,000 people, from navigation to drawn: Shopfloor's component against dash-cytoscape with the same data.

    python benchmarks/bench_map.py [--people 5470] [--runs 3]

Of 5,470 people 5,000 are on the map: supervisors are not. Both are served by the same kind of app on this machine, each
from a process of its own so that a page loads no other component's script; both get places, colours and sizes from the
server. *Drawn* is when the marks are on the canvas, by the browser's clock from the start of the navigation; *settled*
adds a forced screenshot, so that work still queued for the graphics card counts. Ratios are of the best run; seconds
depend on the machine. Needs Chromium, playwright and dash-cytoscape.
"""

import argparse
import logging
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from dash import Dash
from playwright.sync_api import Browser, sync_playwright
from werkzeug.serving import make_server

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from shopfloor.dashboard.map_data import build_map_data
from shopfloor.dashboard.views import people_view
from tests.conftest import CHROMIUMS
from tests.dashboard.generated import PlainTies, generated_workplace, tied_pairs

COLOURS = ["#ffffff", "#14325f", "#5f93cd", "#f3e2a9", "#e8a060", "#a43723"]
SIZE = {"width": "1200px", "height": "700px"}
OURS_DRAWN = "window.__network?.map?.drawnAt ?? null"
# dash-cytoscape offers no event: the first frame in which its layer of nodes has something on it
CYTOSCAPE_WATCH = """
const look = () => {
  const holder = [...document.querySelectorAll('div')].find(div => div._cyreg && div._cyreg.cy);
  const layer = holder && holder.querySelector('canvas[data-id="layer2-node"]');
  if (layer && layer.width && holder._cyreg.cy.nodes().length) {
    const pixels = layer.getContext('2d').getImageData(0, 0, layer.width, layer.height).data;
    if (pixels.some(value => value)) { window.__drawn = performance.now(); return; }
  }
  requestAnimationFrame(look);
};
requestAnimationFrame(look);
"""


def everybody(n_people: int) -> dict[str, Any]:
    """Make the view of all people at once: 40 units, about ten ties a person."""
    workplace = generated_workplace(n_people, n_departments=40)
    ends = tied_pairs(workplace.people, np.random.default_rng(1), per_person=6, namers=np.arange(n_people))
    return people_view(build_map_data(workplace, {"told": PlainTies(*ends, np.ones(len(ends[0])))}))


def ours(view: dict[str, Any]) -> Dash:
    """Make the app with our component."""
    from shopfloor.dashboard.network import WorkMap  # noqa: PLC0415 - importing it puts its script on every page

    app = Dash("ours")
    app.layout = WorkMap(id="map", data=view, dataTest=True, style=SIZE)
    return app


def cytoscape(view: dict[str, Any]) -> Dash:
    """Make the app with dash-cytoscape, drawing the same people, places, sizes, colours and ties."""
    import dash_cytoscape  # noqa: PLC0415 - importing it puts its script on every page of the process

    people, ties = view["people"], view["ties"]
    scale = 20.0
    nodes = [
        {
            "data": {"id": f"p{i}", "size": 2 * size * scale, "colour": COLOURS[stand]},
            "position": {"x": x * scale, "y": -y * scale},
        }
        for i, (x, y, size, stand) in enumerate(
            zip(people["x"], people["y"], people["size"], people["assessment"], strict=True)
        )
    ]
    edges = [
        {"data": {"source": f"p{a}", "target": f"p{b}"}} for a, b in zip(ties["source"], ties["target"], strict=True)
    ]
    style = [
        {
            "selector": "node",
            "style": {
                "width": "data(size)",
                "height": "data(size)",
                "background-color": "data(colour)",
                "border-width": 1,
            },
        },
        {"selector": "edge", "style": {"width": 1, "line-color": "#c4c0b8", "curve-style": "haystack"}},
    ]
    app = Dash("cytoscape")
    app.layout = dash_cytoscape.Cytoscape(
        id="map", elements=nodes + edges, layout={"name": "preset"}, stylesheet=style, style=SIZE
    )
    return app


def run(browser: Browser, address: str, drawn: str, watch: str | None) -> tuple[float, float]:
    """Open the page once in a fresh profile: seconds to drawn and to settled."""
    context = browser.new_context(viewport={"width": 1240, "height": 760})
    page = context.new_page()
    if watch:
        page.add_init_script(watch)
    page.goto(address, wait_until="commit")
    deadline = time.monotonic() + 120
    while (at := page.evaluate(drawn)) is None:
        if time.monotonic() > deadline:
            sys.exit("the map was not drawn within two minutes")
        time.sleep(0.02)
    start = time.monotonic()
    page.screenshot(timeout=120_000)
    settled = at / 1000 + time.monotonic() - start
    context.close()
    return at / 1000, settled


def serve(name: str, n_people: int) -> None:
    """Serve one of the two apps until the process is ended, and say where."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    app = APPS[name][0](everybody(n_people))
    server = make_server("127.0.0.1", 0, app.server, threaded=True)
    print(f"http://127.0.0.1:{server.server_port}/", flush=True)
    server.serve_forever()


@contextmanager
def served(name: str, n_people: int) -> Iterator[str]:
    """Start a process that serves one of the two apps, and give its address."""
    command = [sys.executable, __file__, "--serve", name, "--people", str(n_people)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process.stdout.readline().strip() if process.stdout else ""
        finally:
            process.terminate()


APPS = {
    "shopfloor": (ours, OURS_DRAWN, None),
    "dash-cytoscape": (cytoscape, "window.__drawn ?? null", CYTOSCAPE_WATCH),
}


def main() -> None:
    """Run both in turn and print best runs and ratios."""
    parser = argparse.ArgumentParser(description="map of many people, navigation to drawn, against dash-cytoscape")
    parser.add_argument("--people", type=int, default=5470, help="of a workforce; supervisors are not on the map")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--serve", choices=APPS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve(options.serve, options.people)
    from tests.browser.conftest import FLAGS  # noqa: PLC0415 - it puts the dashboard's scripts on every page

    view = everybody(options.people)
    print(f"{len(view['people']['id']):,} people, {len(view['ties']['source']):,} ties, best of {options.runs}")
    times: dict[str, list[tuple[float, float]]] = {}
    with sync_playwright() as play:
        path = next(filter(None, map(shutil.which, CHROMIUMS)))
        browser = play.chromium.launch(executable_path=path, args=FLAGS)
        for name, (_, drawn, watch) in APPS.items():
            with served(name, options.people) as address:
                times[name] = [run(browser, address, drawn, watch) for _ in range(options.runs)]
        browser.close()
    best = {name: (min(d for d, _ in runs), min(s for _, s in runs)) for name, runs in times.items()}
    for name, (drawn_s, settled_s) in best.items():
        print(f"{name:16} drawn {drawn_s:6.2f} s   settled {settled_s:6.2f} s")
    ratio = [other / own for other, own in zip(best["dash-cytoscape"], best["shopfloor"], strict=True)]
    print(f"ratio            drawn {ratio[0]:6.1f} x   settled {ratio[1]:6.1f} x")


if __name__ == "__main__":
    main()
