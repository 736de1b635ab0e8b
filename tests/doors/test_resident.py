"""The resident's door without JavaScript: from the first words to the receipt, and all that may be filled in wrongly."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import ClassVar

import pytest
from django.db import OperationalError
from django.test import Client

from baiying.cases import services, suggesting
from baiying.cases.models import Contact, Photo
from baiying.doors.resident import sending
from baiying.insight.queries import Pace
from baiying.kit import clock
from baiying.org.rules import Scope, acting
from tests.cast import Cast
from tests.doors.reader import Browser
from tests.doors.reporting import (
    WORDS,
    case_of,
    count_cases,
    patient_browser,
    picture,
    reference_in,
    to_the_end,
)

pytestmark = pytest.mark.django_db


class TestStart:
    def test_start_offers_report_and_lookup(self, cast: Cast) -> None:
        browser = Browser()
        page = browser.get(f"/?street={cast.tenant.code}")
        assert "我要反映" in page.text
        assert "试验街道" in page.text
        assert page.form("/t/").choices == {}
        assert "tel:12345" in page.links

    def test_street_chosen_is_remembered(self, cast: Cast) -> None:
        browser = Browser()
        browser.get(f"/?street={cast.other_tenant.code}")
        assert "邻街道" in browser.get("/report").text

    def test_unknown_street_is_refused(self, cast: Cast) -> None:
        browser = Browser()
        browser.get("/?street=999999999")
        assert browser.status == 404


class TestStory:
    def test_report_without_script_arrives(self, cast: Cast, browser: Browser) -> None:
        page = browser.send("/report", text=WORDS, photos=[picture("一.jpg"), picture("二.jpg")])
        assert "哪一类事" in page.text
        assert page.form("/report").values["category"] == "street-light-out"
        page = browser.send("/report")
        assert "在哪里" in page.text
        page = browser.send("/report", living_area=str(cast.living_area.id))  # type: ignore[union-attr]
        assert "哪一栋楼" in page.text
        page = browser.send("/report", building=str(cast.building.id))  # type: ignore[union-attr]
        assert "可以给您打电话吗" in page.text
        page = browser.send("/report", phone="139 0000 1234", name="林阿姨")
        assert WORDS in page.text
        assert "2 张照片" in page.text
        assert "东风社区" in page.text
        assert "市政园林服务中心" in page.text
        assert "没有可说的数字" in page.text
        page = browser.send("/report")
        assert browser.status == 200
        case = case_of(cast, reference_in(browser))
        assert (case.text, case.category.code, case.grid_id) == (
            WORDS,
            "street-light-out",
            cast.units["e1"].id,
        )
        assert (case.located_by, case.photo_count, case.channel) == ("place", 2, "web")
        with acting(Scope(cast.tenant.id, "street")):
            assert Contact.objects.get(case=case).phone == "13900001234"
            assert Photo.objects.filter(case=case).count() == 2
        link = re.search(r"/t/[\d-]+\?k=[a-z2-7]{20}", browser.response.content.decode())
        assert link
        assert "路灯不亮" in Browser().get(link.group()).text

    def test_report_with_a_point_needs_no_building(self, cast: Cast, browser: Browser) -> None:
        lon, lat = cast.in_grid("w2")
        to_the_end(browser, lon=str(lon), lat=str(lat), living_area=str(cast.living_area.id))  # type: ignore[union-attr]
        assert "西园社区" in browser.page.text
        browser.send("/report")
        case = case_of(cast, reference_in(browser))
        assert (case.grid_id, case.located_by) == (cast.units["w2"].id, "point")

    def test_living_area_named_in_the_words_is_preselected(self, cast: Cast, browser: Browser) -> None:
        browser.send("/report", text=WORDS)
        page = browser.send("/report")
        assert page.form("/report").values["living_area"] == str(cast.living_area.id)  # type: ignore[union-attr]
        assert "像是这里" in page.text

    def test_place_may_stay_unknown(self, cast: Cast, browser: Browser) -> None:
        browser.send("/report", text="路灯不亮")
        browser.send("/report")
        page = browser.send("/report")
        assert browser.status == 422
        assert "还没有说在哪里" in page.text
        page = browser.send("/report", button=("go", "unknown"))
        assert "可以给您打电话吗" in page.text
        page = browser.send("/report")
        assert "由试验街道的派单员来找" in page.text
        browser.send("/report")
        case = case_of(cast, reference_in(browser))
        assert (case.located_by, case.is_anonymous) == ("unknown", True)

    def test_point_outside_says_so_and_is_kept(self, cast: Cast, browser: Browser) -> None:
        to_the_end(browser, lon="118.5", lat="36.9")
        assert "不在本街道的网格里" in browser.page.text
        browser.send("/report")
        assert case_of(cast, reference_in(browser)).located_by == "outside"

    def test_english_pages_follow_the_switch(self, cast: Cast, browser: Browser) -> None:
        page = browser.send("/report", text="street light out", button=("look", "lang-en"))
        assert 'lang="en"' in browser.response.content.decode()
        assert page.form("/report").values["text"] == "street light out"

    def test_preview_says_how_long_it_took_lately(
        self, cast: Cast, browser: Browser, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        pace = Pace(38, 47.6, 90.0, clock.today() - timedelta(days=30), clock.now(), is_local=True)
        monkeypatch.setattr(sending, "promise_for", lambda *_args: pace)
        to_the_end(browser)
        assert "东风社区办完的同类诉求有 38 件：一半在 2 天内办完，九成在 4 天内办完" in browser.page.text


class TestWordsAreKept:
    def test_back_keeps_everything(self, cast: Cast, browser: Browser) -> None:
        to_the_end(browser, place="东门第二棵树", living_area="")
        browser.send("/report", button=("go", "back"))
        assert browser.page.form("/report").values["phone"] == "13900001234"
        browser.send("/report", button=("go", "back"), phone="1390000")
        assert browser.page.form("/report").values["place"] == "东门第二棵树"
        browser.send("/report", button=("go", "back"))
        browser.send("/report", button=("go", "back"))
        assert browser.page.form("/report").values["text"] == WORDS

    def test_change_from_the_last_page_keeps_the_rest(self, cast: Cast, browser: Browser) -> None:
        to_the_end(browser)
        page = browser.send("/report", button=("go", "to-where"))
        assert page.form("/report").values["place"] == "东风小区3号楼"
        page = browser.send("/report", living_area="", place="西园小区门口")
        assert "核对一下" in page.text
        assert "西园小区门口" in page.text

    def test_large_text_keeps_words_and_complains_of_nothing(self, cast: Cast, browser: Browser) -> None:
        page = browser.send("/report", text="写到一", button=("look", "text-large"))
        assert browser.status == 200
        assert page.form("/report").values["text"] == "写到一"
        assert 'class="large"' in browser.response.content.decode()

    def test_broken_seal_saves_the_words(self, cast: Cast, browser: Browser) -> None:
        to_the_end(browser)
        form = browser.page.form("/report")
        page = browser.send("/report", draft=form.values["draft"][:-3] + "xyz")
        assert "放得太久了" in page.text
        assert WORDS in page.text
        assert count_cases(cast) == 0
        browser.send("/report")
        browser.send("/report")
        assert count_cases(cast) == 1

    def test_broken_seal_on_the_way_is_told_before_going_on(self, cast: Cast, browser: Browser) -> None:
        browser.send("/report", text=WORDS, photos=[picture()])
        browser.send("/report")
        sealed = browser.page.form("/report").values["draft"]
        page = browser.send("/report", draft=sealed[:-3] + "xyz", place="东门", living_area="")
        assert "放得太久了" in page.text
        assert page.form("/report").values["place"] == "东门"
        assert "可以给您打电话吗" in browser.send("/report").text

    def test_nonsense_for_a_draft_begins_anew(self, cast: Cast, browser: Browser) -> None:
        for nonsense in ("", ":::", ".eJw:1:2", "[]:a:b", "A" * 5000):
            browser.get("/report")
            browser.send("/report", draft=nonsense, text="路灯不亮")
            assert browser.status == 200, nonsense

    def test_form_from_elsewhere_is_not_taken_but_kept(self, cast: Cast) -> None:
        browser = Browser(Client(enforce_csrf_checks=True))
        browser.get("/report")
        browser.headers = {"HTTP_ORIGIN": "https://evil.example"}
        page = browser.send("/report", text=WORDS)
        assert browser.status == 403
        assert page.form("/report").values["text"] == WORDS
        browser.headers = {}
        assert "哪一类事" in browser.send("/report").text

    def test_browser_without_cookies_may_report(self, cast: Cast) -> None:
        browser = Browser(Client(enforce_csrf_checks=True))
        browser.get("/report")
        browser.client.cookies.clear()
        browser.headers = {"HTTP_ORIGIN": "http://testserver"}
        assert "哪一类事" in browser.send("/report", text=WORDS).text

    def test_too_long_a_text_is_refused_by_count(self, cast: Cast, browser: Browser) -> None:
        page = browser.send("/report", text="灯" * 10_050)
        assert browser.status == 422
        assert "10050" in page.text
        assert len(page.form("/report").values["text"]) >= 10_050

    def test_database_gone_gives_the_words_back(
        self, cast: Cast, browser: Browser, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        to_the_end(browser)

        def gone(*_args: object, **_more: object) -> None:
            raise OperationalError("server closed the connection")

        monkeypatch.setattr(services, "receive", gone)
        page = browser.send("/report")
        assert browser.status == 503
        assert browser.response["Retry-After"]
        assert WORDS in browser.response.content.decode()
        assert "没有丢" in page.text


class TestRefusals:
    def test_nothing_written_is_asked_for(self, cast: Cast, browser: Browser) -> None:
        page = browser.send("/report", text="  \n ")
        assert browser.status == 422
        assert "还没有写是什么事" in page.text
        assert "#id_text" in page.links

    def test_swapped_point_offers_the_swap(self, cast: Cast, browser: Browser) -> None:
        lon, lat = cast.in_grid("e2")
        browser.send("/report", text=WORDS)
        browser.send("/report")
        page = browser.send("/report", lon=str(lat), lat=str(lon))
        assert browser.status == 422
        assert "写反了" in page.text
        assert ("go", "swap") in page.form("/report").buttons
        page = browser.send("/report", button=("go", "swap"))
        assert "可以给您打电话吗" in page.text
        page = browser.send("/report", phone="")
        assert "东风社区第2网格" in page.text

    @pytest.mark.parametrize(
        ("lon", "lat"), [("0", "0"), ("118.3", ""), ("abc", "36.8"), ("nan", "1"), ("1e999", "3")]
    )
    def test_impossible_points_are_refused(self, cast: Cast, browser: Browser, lon: str, lat: str) -> None:
        browser.send("/report", text=WORDS)
        browser.send("/report")
        page = browser.send("/report", lon=lon, lat=lat, place="东门")
        assert browser.status == 422
        assert page.form("/report").values["place"] == "东门"
        assert page.form("/report").values["lon"] == lon

    def test_category_that_needs_a_phone_says_why(self, cast: Cast, browser: Browser) -> None:
        browser.send("/report", text="物业费收费标准不公示，公摊乱收")
        browser.send("/report", category="property-fee")
        browser.send("/report", place="东风小区")
        browser.send("/report") if "哪一栋楼" in browser.page.text else None
        page = browser.send("/report", phone="", name="林")
        assert browser.status == 422
        assert "需要能联系上您" in page.text
        assert page.form("/report").values["name"] == "林"

    def test_what_would_need_a_phone_is_named_first_but_left_to_the_writer(
        self, cast: Cast, browser: Browser
    ) -> None:
        page = browser.send("/report", text="物业费涨价，物业公司乱收费，公摊电费也不公示")
        assert ("请您自己来选" in page.text, "您写了：" in page.text) == (True, True)
        assert "category" not in page.form("/report").values
        assert page.form("/report").choices["category"][0] == "property-fee"

    def test_what_the_street_learnt_is_ticked_from_one_half_on(
        self, cast: Cast, browser: Browser, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """One way of suggesting: the keywords of intake say nothing here, or something else."""

        class Said:
            chances: ClassVar = {"noise-daily": 0.8}

            def words_for(self, code: str, most: int) -> tuple[str, ...]:
                return ("咕咚锵",)

        monkeypatch.setattr(suggesting.learnt, "says", lambda *_about: Said())
        page = browser.send("/report", text="白虎庙咕咚锵半宿")
        assert page.form("/report").values["category"] == "noise-daily"
        assert "像是第一项" in page.text
        page = browser.send("/report", at="which", category="street-light-out")
        assert "在哪里" in page.text
        page = browser.send("/report", button=("go", "back"))
        assert page.form("/report").values["category"] == "street-light-out"
        Said.chances = {"noise-daily": 0.4}
        page = patient_browser(cast).send("/report", text="白虎庙咕咚锵半宿")
        assert ("拿不准，请您来选" in page.text, "category" in page.form("/report").values) == (True, False)

    def test_wrong_phone_is_refused(self, cast: Cast, browser: Browser) -> None:
        to_the_end(browser, phone="1234")
        assert browser.status == 422
        assert "不像一个电话号码" in browser.page.text

    def test_made_up_category_and_living_area_are_refused(self, cast: Cast, browser: Browser) -> None:
        browser.send("/report", text=WORDS)
        browser.send("/report", category="no-such")
        assert browser.status == 422
        browser.send("/report", category="other")
        browser.send("/report", living_area="99999999")
        assert browser.status == 422

    def test_danger_says_call_first_once(self, cast: Cast, browser: Browser) -> None:
        page = browser.send("/report", text="3号楼着火了，有浓烟")
        assert "请先拨打 119" in page.text
        assert "tel:119" in page.links
        page = browser.send("/report")
        assert "哪一类事" in page.text
        browser.send("/report", button=("go", "back"))
        assert "哪一类事" in browser.send("/report").text
        browser.send("/report", button=("go", "back"))
        assert "请先拨打 119" in browser.send("/report", text="还在着火，火更大了").text

    def test_emoji_control_characters_and_bad_bytes_are_taken(self, cast: Cast, browser: Browser) -> None:
        to_the_end(browser, text="灯不亮\x00\x07😡\u202e 谁来修")
        browser.send("/report")
        assert case_of(cast, reference_in(browser)).text == "灯不亮😡 谁来修"
