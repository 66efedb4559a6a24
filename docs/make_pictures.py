"""Make the pictures of the documentation from the demo: ``python docs/make_pictures.py``; needs Chromium, playwright.

The demo's people are made up, so the picture shows nobody.
"""

import argparse
import os
import re
import shutil
import tempfile
import threading
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from shopfloor.dashboard.desk import Desk
from shopfloor.dashboard.serving import serve
from shopfloor.demo import make_workplace, write_files
from shopfloor.service.importing import import_files
from shopfloor.service.opening import OpenStore, create_store

FLAGS = ["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
LINK = re.compile(r"http://127\.0\.0\.1:\d+/open\?token=\S+")
IMAGES = Path(__file__).parent / "images"
SIZE = {"width": 1280, "height": 860}


def demo(folder: Path) -> OpenStore:
    """Return a store of the demo's people."""
    store = create_store(folder / "warehouse.store", passphrase="made up people only")  # noqa: S106 - guards nothing
    import_files(store, [(path.name, path) for path in write_files(make_workplace(), folder)])
    return store


def link_to(store: OpenStore) -> str:
    """Serve the store and return its one-time link."""
    said: list[str] = []
    ready = threading.Event()

    def say(line: str) -> None:
        said.extend(LINK.findall(line))
        ready.set()

    threading.Thread(target=serve, args=(store,), kwargs={"say": say}, daemon=True).start()
    ready.wait(30)
    return said[0]


def take_map(page: Page, person_id: str, path: Path) -> None:
    """Take the picture of the map with a person chosen and her unit open."""
    page.goto(f"{page.url.rstrip('/')}/map?person={person_id}")
    page.wait_for_selector("#map canvas")
    page.wait_for_timeout(2500)
    page.screenshot(path=path)


def main() -> None:
    """Make every picture."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--chromium", default=os.environ.get("SHOPFLOOR_CHROMIUM") or shutil.which("chromium"))
    chromium = arguments.parse_args().chromium
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as play:
        store = demo(Path(folder))
        leader = str(Desk(store).ranking().rows["person_id"].iloc[0])
        browser = play.chromium.launch(executable_path=chromium, args=FLAGS)
        page = browser.new_page(viewport=SIZE, color_scheme="light")
        page.goto(link_to(store))
        page.wait_for_selector("#answer")
        take_map(page, leader, IMAGES / "map.png")
        browser.close()
    print(f"Wrote {IMAGES / 'map.png'}")


if __name__ == "__main__":
    main()
