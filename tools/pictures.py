"""Takes the pictures of the README from a running demonstration street, into docs/pictures/.

    ./baiying up --detach
    .venv/bin/python tools/pictures.py [--data DIR] [--out DIR] [--language zh-hans|en]

Refuses for a street that is not the demonstration's: pictures show invented people only.
"""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Callable
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from baiying.command import browser, environment
from baiying.command.cast import read_cast
from baiying.command.paths import data_folder
from baiying.command.trouble import Trouble

PICTURES = Path(__file__).resolve().parent.parent / "docs" / "pictures"
PHONE, DESK, WALL = (390, 844), (1440, 900), (1920, 1080)
WORDS = "楼下路灯坏了三天，晚上老人下楼看不清台阶，麻烦派人来修一下。"


class Street:
    """Where it runs, who works there, and the browser that looks at it."""

    def __init__(self, started: Browser, address: str, data: str | None, language: str) -> None:
        self.started, self.address, self.language = started, address, language
        self.cast = read_cast(data)

    def page(self, size: tuple[int, int], role: str = "") -> Page:
        """A window of this size in which somebody of this role has signed in."""
        context = self.started.new_context(
            viewport={"width": size[0], "height": size[1]},
            locale="zh-CN" if self.language == "zh-hans" else "en-GB",
            timezone_id="Asia/Shanghai",
            reduced_motion="reduce",
        )
        context.set_default_timeout(20_000)
        page = context.new_page()
        self.open(page, f"/?lang={self.language}")
        if role:
            person = next(p for p in self.cast if p["role"] == role and p.get("password"))
            self.open(page, "/desk/login")
            page.fill("input[name=username]", person["username"])
            page.fill("input[name=password]", person["password"])
            page.click("main button[type=submit], main button.button-main")
            page.wait_for_load_state("networkidle")
        return page

    def open(self, page: Page, path: str) -> None:
        page.goto(self.address + path)
        page.wait_for_load_state("networkidle")


def take_resident(street: Street) -> Page:
    page = street.page(PHONE)
    street.open(page, "/report")
    page.fill("textarea", WORDS)
    return page


def take_desk(street: Street) -> Page:
    page = street.page(DESK, "dispatch_clerk")
    street.open(page, "/desk/cases/?open=yes")
    return page


def take_case(street: Street) -> Page:
    """A case with much to tell: handled, and with a photo where one of the first has it."""
    page = street.page(DESK, "dispatch_clerk")
    street.open(page, "/desk/cases/?state=handled")
    found = [str(link.get_attribute("href")) for link in page.locator("a.cases-words").all()]
    for path in [*found[:12], *found[:1]]:
        street.open(page, path)
        if page.locator(".photos img").count():
            break
    wait_for_map(page)
    return page


def take_overview(street: Street) -> Page:
    page = street.page(DESK, "street_leader")
    street.open(page, "/desk/overview/")
    return page


def take_map(street: Street) -> Page:
    page = street.page(DESK, "street_leader")
    street.open(page, "/desk/map/")
    wait_for_map(page)
    return page


def take_wall(street: Street) -> Page:
    page = street.page(WALL, "street_leader")
    street.open(page, "/screen/")
    wait_for_map(page)
    return page


def wait_for_map(page: Page) -> None:
    """The map draws in its own time; a page without one is not waited for."""
    if page.locator("[data-island=map]").count():
        page.locator("[data-island=map] canvas").first.wait_for(state="visible")
        page.wait_for_timeout(4000)


TAKEN: dict[str, Callable[[Street], Page]] = {
    "resident": take_resident,
    "desk": take_desk,
    "case": take_case,
    "overview": take_overview,
    "map": take_map,
    "wall": take_wall,
}


def small(picture: bytes) -> bytes:
    """256 colours are enough for pages, and a third of the bytes."""
    out = io.BytesIO()
    flat = Image.open(io.BytesIO(picture)).convert("RGB").quantize(256, dither=Image.Dither.NONE)
    flat.save(out, "PNG", optimize=True)
    return out.getvalue()


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", help=f"of {', '.join(TAKEN)}; none: all")
    parser.add_argument("--data", help="data folder of the running street")
    parser.add_argument("--out", type=Path, default=PICTURES)
    parser.add_argument("--language", choices=("zh-hans", "en"), default="zh-hans")
    arguments = parser.parse_args()
    program = browser.find_browser()
    state = environment.read_state(data_folder(arguments.data))
    if program is None or state is None or not browser.has_chinese_font():
        print("pictures need a running street, Chromium and a Chinese font: baiying doctor", file=sys.stderr)
        return 1
    arguments.out.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=program,
            args=["--no-sandbox", "--use-gl=swiftshader", "--enable-unsafe-swiftshader"],
        )
        street = Street(started, state.address, arguments.data, arguments.language)
        for name in arguments.names or TAKEN:
            page = TAKEN[name](street)
            (arguments.out / f"{name}.png").write_bytes(small(page.screenshot()))
            page.context.close()
            print(arguments.out / f"{name}.png")
        started.close()
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Trouble as trouble:
        print(f"pictures: {trouble}", file=sys.stderr)
        sys.exit(1)
