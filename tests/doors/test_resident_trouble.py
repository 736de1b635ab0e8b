"""Photos that cannot be taken, forms sent twice, machines in a hurry: nothing is lost, nothing doubled, nobody shut out."""

from __future__ import annotations

import io
import os
import re
import time
from pathlib import Path

import pillow_heif
import pytest
from django.conf import settings as django_settings
from django.contrib.staticfiles import finders
from PIL import Image

from baiying.doors.resident import drafts, staging
from baiying.doors.shared import limits
from tests.cast import Cast, jpeg
from tests.doors.reader import Browser
from tests.doors.reporting import (
    WORDS,
    begin,
    case_of,
    count_cases,
    picture,
    reference_in,
    to_the_end,
)

pytestmark = pytest.mark.django_db


class TestPhotos:
    def test_hostile_photos_are_refused_by_name_and_others_kept(self, cast: Cast, browser: Browser) -> None:
        svg = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"
        page = browser.send(
            "/report",
            text=WORDS,
            photos=[
                picture("好的.jpg"),
                picture("脚本.svg", svg),
                picture("半张.jpg", jpeg(size=(800, 600))[:700]),
                picture("空的.png", b""),
                picture("网页.jpg", b"<html>" + b"x" * 50),
            ],
        )
        assert browser.status == 422
        for name in ("脚本.svg", "半张.jpg", "网页.jpg"):
            assert f"“{name}”没有收下" in page.text
        assert "好的.jpg" not in page.text
        assert len([i for i in page.images if "/report/photos/" in i]) == 1
        assert page.form("/report").values["text"] == WORDS
        assert "哪一类事" in browser.send("/report").text

    def test_name_of_a_file_is_only_text(self, cast: Cast, browser: Browser) -> None:
        browser.send(
            "/report", text=WORDS, photos=[picture("<img src=x onerror=alert(1)>.jpg", b"no picture")]
        )
        html = browser.response.content.decode()
        assert "没有收下" in html
        assert "<img src=x" not in html

    def test_oversize_is_refused_by_name_and_words_kept(
        self, cast: Cast, browser: Browser, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("baiying.doors.resident.uploads.MOST_BYTES", 200_000)
        page = browser.send(
            "/report",
            text=WORDS,
            photos=[picture("小.jpg"), picture("大.jpg", jpeg() + b"\0" * 300_000), picture("三.jpg")],
        )
        assert browser.status == 422
        assert "“大.jpg”超过" in page.text
        assert len([i for i in page.images if "/report/photos/" in i]) == 2

    def test_a_whole_album_is_cut_at_six(self, cast: Cast, browser: Browser) -> None:
        page = browser.send("/report", text=WORDS, photos=[picture(f"{n}.jpg") for n in range(20)])
        assert browser.status == 422
        assert len([i for i in page.images if "/report/photos/" in i]) == 6
        assert "“19.jpg”没有收下：最多 6 张" in page.text

    def test_heic_from_a_phone_works(self, cast: Cast, browser: Browser) -> None:
        pillow_heif.register_heif_opener()
        out = io.BytesIO()
        Image.new("RGB", (80, 60), "teal").save(out, "HEIF")
        to_heic = picture("IMG_0001.HEIC", out.getvalue())
        browser.send("/report", text=WORDS, photos=[to_heic])
        assert browser.status == 200
        browser.send("/report", button=("go", "back"))
        shown = browser.client.get(next(i for i in browser.page.images if "/report/photos/" in i))
        assert shown.content.startswith(b"\xff\xd8")
        assert shown["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in shown["Content-Security-Policy"]

    def test_photo_can_be_taken_out_again(self, cast: Cast, browser: Browser) -> None:
        browser.send("/report", text="", photos=[picture("一.jpg"), picture("二.jpg")])
        page = browser.send("/report", text=WORDS, button=("go", "drop-0"))
        assert len([i for i in page.images if "/report/photos/" in i]) == 1
        assert page.form("/report").values["text"] == WORDS

    def test_staged_photo_of_somebody_else_cannot_be_claimed(self, cast: Cast, browser: Browser) -> None:
        browser.send("/report", text="", photos=[picture()])
        address = next(i for i in browser.page.images if "/report/photos/" in i)
        draft, _sealed = drafts.unseal(browser.page.form("/report").values["draft"])
        assert draft is not None
        (name,) = draft.photos
        stranger = Browser()
        assert stranger.client.get(f"/report/photos/{name}").status_code == 404
        assert stranger.client.get(f"/report/photos/{name}:forged").status_code == 404
        assert stranger.client.get("/report/photos/..%2F..%2Fsecrets").status_code == 404
        assert stranger.client.get(address).status_code == 200  # only with the signed name
        stranger.get("/report")
        mine = drafts.Draft(street=cast.tenant.code, text=WORDS, photos=[name])
        forged = drafts.seal(mine).rsplit(":", 1)[0] + ":AAAA"
        stranger.send("/report", draft=forged, at="which", text=WORDS)
        kept, is_sealed = drafts.unseal(stranger.page.form("/report").values["draft"])
        assert kept is not None
        assert (kept.photos, kept.text, is_sealed) == ([], WORDS, True)

    def test_photos_are_cleaned_after_a_day(self, cast: Cast, browser: Browser) -> None:
        to_the_end(browser)
        browser.send("/report", button=("go", "to-what"))
        browser.send("/report", photos=[picture()])
        assert "1 张照片" in browser.page.text
        folder = Path(django_settings.STAGING_ROOT)
        for path in folder.glob("*.photo"):
            os.utime(path, (time.time() - 90_000,) * 2)
        assert staging.clean() >= 1
        page = browser.send("/report")
        assert "有照片不在了" in page.text
        browser.send("/report")
        assert case_of(cast, reference_in(browser)).photo_count == 0


class TestGuards:
    def test_double_submit_is_kept_once(self, cast: Cast, browser: Browser) -> None:
        to_the_end(browser)
        before = browser.response
        browser.send("/report")
        first = reference_in(browser)
        browser.response = before
        browser.send("/report")
        assert reference_in(browser) == first
        assert count_cases(cast) == 1

    def test_changed_words_after_sending_are_asked_about(self, cast: Cast, browser: Browser) -> None:
        to_the_end(browser)
        before = browser.response
        browser.send("/report")
        browser.response = before
        browser.send("/report", button=("go", "to-where"))
        browser.send("/report", place="西园小区", living_area="")
        page = browser.send("/report")
        assert browser.status == 409
        assert "刚才那一份我们已经收到" in page.text
        browser.send("/report")
        assert count_cases(cast) == 2

    def test_honeypot_asks_once_more(self, cast: Cast, browser: Browser) -> None:
        to_the_end(browser)
        page = browser.send("/report", website="http://spam.example")
        assert "请再看一眼" in page.text
        assert page.form("/report").values["website"] == ""
        assert count_cases(cast) == 0
        browser.send("/report")
        assert count_cases(cast) == 1

    def test_haste_asks_once_more(self, cast: Cast) -> None:
        browser = Browser()
        browser.get("/report")
        to_the_end(browser)
        assert "请再看一眼" in browser.send("/report").text
        browser.send("/report")
        assert count_cases(cast) == 1

    def test_limit_answers_429_and_keeps_the_words(
        self, cast: Cast, browser: Browser, settings: object
    ) -> None:
        settings.INTAKE_PER_HOUR = 1  # type: ignore[attr-defined]
        assert limits.DEVICE_COOKIE in browser.client.cookies
        to_the_end(browser)
        browser.send("/report")
        begin(browser)
        to_the_end(browser, text="另一件事，井盖响")
        page = browser.send("/report")
        assert browser.status == 429
        assert int(browser.response["Retry-After"]) > 0
        assert "另一件事，井盖响" in page.text
        assert count_cases(cast) == 1

    def test_a_family_behind_one_router_never_meets_the_limit(self, cast: Cast) -> None:
        for person in range(5):
            browser = Browser(REMOTE_ADDR="203.0.113.9")
            begin(browser)
            for _n in range(3):
                to_the_end(browser, text=f"路灯不亮 {person}")
                browser.send("/report")
                assert browser.status == 200
                begin(browser)

    def test_no_page_holds_inline_script_or_style(self, cast: Cast, browser: Browser) -> None:
        for html in pages_of_a_report(browser):
            assert " style=" not in html
            assert not re.search(r"<script(?![^>]*src=)", html)
            assert "<style" not in html


def pages_of_a_report(browser: Browser) -> list[str]:
    """The HTML of each page in turn."""
    html = [browser.client.get("/").content.decode(), browser.response.content.decode()]
    for typed in (
        {"text": WORDS},
        {},
        {"place": "东风小区3号楼"},
        {},
        {"phone": "13900001234"},
        {},
    ):
        browser.send("/report", **typed)
        html.append(browser.response.content.decode())
    assert "我们收到了" in html[-1]
    return html


def test_every_page_weighs_at_most_60_kb(cast: Cast, browser: Browser) -> None:
    """Raw bytes, nothing compressed: the HTML, each style file for screens, icons and module scripts it names.

    What the map needs (loaded on demand, at a press) and photos are not counted.
    """
    for html in pages_of_a_report(browser):
        weight = len(html.encode())
        for name in set(re.findall(r'(?:href|src)="/static/([^"?#]+)', html)):
            found = finders.find(name)
            if not isinstance(found, str):  # islands are built by the launcher; a page stands without them
                continue
            weight += Path(found).stat().st_size
        assert weight <= 60_000, (weight, html[:200])
