"""The operator's own base map: asked for in pieces of our own server, and drawn under the outlines."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page

from baiying.command import environment, processes, serving
from tests.browser.conftest import DESK, People, Street
from tests.browser.tiles import base_map
from tests.live import LiveStreet, free_port

NAME = "town-of-the-test.pmtiles"


@pytest.fixture
def with_basemap(street: Street) -> Iterator[str]:
    """A second web server of the same street, which has a base map."""
    file = street.data.root / NAME
    file.write_bytes(base_map(118.31, 36.82))
    if isinstance(street, LiveStreet):
        database = street.database
    else:
        state = environment.read_state(street.data)
        assert state is not None
        database = state.database
    variables = {**os.environ, **environment.variables(street.data, database), "BAIYING_BASEMAP": NAME}
    port = free_port()
    log = street.data.log / "basemap.log"
    with log.open("wb") as output:
        web = processes.start(
            serving.web_command("127.0.0.1", port, workers=1, threads=2), environment=variables, output=output
        )
    served = LiveStreet(f"http://127.0.0.1:{port}", port, street.data, database, log)
    try:
        served.wait()
        yield served.base_url
    finally:
        processes.stop(web)
        file.unlink()


def corner(page: Page) -> object:
    """The colour of the map's corner, where no outline of ours lies, from a picture of it."""
    page.locator("[data-island=map][data-ready]").wait_for()
    page.wait_for_load_state("networkidle")
    box = page.locator("[data-island=map] canvas").bounding_box()
    assert box is not None
    picture = page.screenshot(clip={"x": box["x"] + 6, "y": box["y"] + 6, "width": 1, "height": 1})
    return Image.open(io.BytesIO(picture)).convert("RGB").getpixel((0, 0))


def test_base_map_is_fetched_by_ranges_and_drawn(people: People, browser: Browser, with_basemap: str) -> None:
    plain = people.staff("dispatch_wang")
    plain.goto("/desk/map/")
    without = corner(plain)
    context = browser.new_context(
        storage_state=plain.context.storage_state(), base_url=with_basemap, viewport=DESK, locale="zh-CN"
    )
    answers: list[tuple[str, int]] = []
    context.on("response", lambda answer: answers.append((answer.url, answer.status)))
    page = context.new_page()
    page.goto("/desk/map/")
    under = corner(page)
    context.close()
    ranges = {status for url, status in answers if url.endswith("/places/basemap.pmtiles")}
    assert ranges == {206}
    assert [url for url, _status in answers if not url.startswith((with_basemap, "blob:", "data:"))] == []
    assert under != without
