"""Coming back to a case: the letter, the answer, the rating, once more - and nothing for anybody else."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client

from baiying.cases import secrets, services, tracking
from baiying.cases.models import Case, Line, Photo
from baiying.cases.services import StepData
from baiying.doors.resident import visits
from baiying.kit import clock
from baiying.kit.refusals import NotFound
from baiying.org.rules import Scope, acting
from tests.cast import Cast, a_photo
from tests.doors.reader import Browser
from tests.doors.reporting import picture

pytestmark = pytest.mark.django_db
PHONE = "13900001234"


def link_of(case: Case) -> str:
    return f"/t/{case.reference}?k={secrets.tracking_secret(case.id, case.tracking_epoch)}"


@pytest.fixture
def case(cast: Cast) -> Case:
    return cast.case(phone=PHONE, name="林阿姨", place="东风小区3号楼")


def opened(case: Case) -> Browser:
    """The reporter's browser, come by the secret link."""
    browser = Browser()
    browser.get(link_of(case))
    assert browser.status == 200
    return browser


class TestGettingIn:
    def test_secret_leaves_the_address_bar(self, case: Case) -> None:
        client = Client()
        response = client.get(link_of(case))
        assert (response.status_code, response["Location"]) == (302, f"/t/{case.reference}")
        assert response["Referrer-Policy"] == "no-referrer"
        cookie = response.cookies[visits.COOKIE]
        assert (cookie["httponly"], cookie["path"], cookie["samesite"]) == (
            True,
            f"/t/{case.reference}",
            "Lax",
        )
        page = client.get(f"/t/{case.reference}")
        assert page["Referrer-Policy"] == "same-origin"
        assert "no-cache" in page["Cache-Control"]

    def test_reference_and_last_four_digits_open_the_case(self, case: Case) -> None:
        browser = Browser()
        browser.get("/t/")
        typed = case.reference.replace("-", " ").replace("9", "９")
        page = browser.send("/t/", reference=typed, digits=" 1２34")
        assert "我们已经收到" in page.text

    def test_unknown_reference_and_wrong_digits_get_the_same_answer(self, cast: Cast, case: Case) -> None:
        unknown = re.sub(r"-\d{6}-\d", "-999999-", case.reference)
        unknown += next(str(d) for d in range(10) if tracking.ids.parse_reference(f"{unknown}{d}"))
        nameless = cast.case()
        answers = []
        for reference, digits in ((case.reference, "0000"), (unknown, "1234"), (nameless.reference, "1234")):
            browser = Browser()
            browser.get("/t/")
            page = browser.send("/t/", reference=reference, digits=digits)
            answers.append((browser.status, page.text))
        assert answers[0][0] == 404
        assert answers[0] == answers[1] == answers[2]

    def test_mistyped_reference_is_explained(self, case: Case) -> None:
        browser = Browser()
        browser.get("/t/")
        wrong = case.reference[:-1] + str((int(case.reference[-1]) + 1) % 10)
        page = browser.send("/t/", reference=wrong, digits="1234")
        assert browser.status == 422
        assert "校验位不符" in page.text
        assert page.form("/t/").values["digits"] == "1234"

    def test_guessing_digits_is_stopped_per_reference(self, case: Case) -> None:
        statuses = []
        for guess in range(9):
            browser = Browser(REMOTE_ADDR=f"203.0.113.{guess}")
            browser.get("/t/")
            browser.send("/t/", reference=case.reference, digits=f"{guess:04}")
            statuses.append(browser.status)
        assert statuses == [404] * 6 + [429] * 3
        assert int(browser.response["Retry-After"]) > 0
        assert browser.page.form("/t/").values["reference"] == case.reference
        assert (
            "我们已经收到" in Browser().get(link_of(case)).text
        )  # the link is not shut by somebody's guesses

    def test_wrong_secret_answers_as_an_unknown_reference(self, case: Case) -> None:
        real = Client().get(f"/t/{case.reference}?k={'a' * 20}")
        for reference in ("9001-999999-1", "nonsense"):
            other = Client().get(f"/t/{reference}?k={'a' * 20}")
            assert other.status_code == real.status_code == 404
            hidden = re.compile(r'value="[^"]*"|[\d-]{8,}')
            assert hidden.sub("", other.content.decode()).replace("nonsense", "") == hidden.sub(
                "", real.content.decode()
            )

    def test_cookie_of_another_case_is_useless(self, cast: Cast, case: Case) -> None:
        other = cast.case(text="井盖响")
        browser = opened(other)
        stolen = browser.client.cookies[visits.COOKIE].value
        stranger = Client()
        stranger.cookies[visits.COOKIE] = stolen
        assert "路灯" not in stranger.get(f"/t/{case.reference}").content.decode()
        assert stranger.post(f"/t/{case.reference}/reopen", {"text": "x"}).status_code == 404
        assert "井盖响" in stranger.get(f"/t/{other.reference}").content.decode()

    def test_raised_epoch_makes_link_and_cookie_worthless(self, cast: Cast, case: Case) -> None:
        browser = opened(case)
        with acting(Scope(cast.tenant.id, "street")):
            Case.objects.filter(id=case.id).update(tracking_epoch=1)
        assert "我们已经收到" not in browser.get(f"/t/{case.reference}").text
        browser.get(link_of(case))
        assert browser.status == 404

    def test_page_without_cookie_tells_nothing(self, case: Case) -> None:
        browser = Browser()
        page = browser.get(f"/t/{case.reference}")
        assert "路灯" not in page.text
        assert page.form("/t/").values["reference"] == case.reference

    def test_reference_in_any_writing_is_led_to_its_page(self, case: Case) -> None:
        response = Client().get(f"/t/{case.reference.replace('-', '')}")
        assert response["Location"] == f"/t/{case.reference}"

    def test_followed_by_secret_refuses_what_is_not_its_own(self, cast: Cast, case: Case) -> None:
        other = cast.case()
        for secret in (
            "",
            "a" * 20,
            secrets.tracking_secret(other.id, 0),
            secrets.tracking_secret(case.id, 1),
            "灯" * 9,
        ):
            with pytest.raises(NotFound):
                tracking.followed_by_secret(case.reference, secret)
        assert (
            tracking.followed_by_secret(case.reference, secrets.tracking_secret(case.id, 0)).case_id
            == case.id
        )


class TestLetter:
    @pytest.mark.parametrize(
        ("state", "words"),
        [
            ("received", "我们已经收到"),
            ("accepted", "正在安排单位来办"),
            ("handed_out", "已经派给综合行政执法中队"),
            ("acknowledged", "综合行政执法中队已经接到，预计"),
            ("returned", "正在另外安排单位"),
            ("in_progress", "综合行政执法中队正在办，预计"),
            ("waiting", "请问是哪一栋楼？"),
            ("parked", "灯头缺货，到货就换。"),
            ("handled", "灯头已换，当晚已亮。"),
            ("checked", "请您说一句"),
            ("rated", "正在结案"),
            ("closed", "已经解决"),
            ("declined", "这里归邻街道管，请拨打 12345 转办。"),
            ("reopened", "已经重新办理"),
        ],
    )
    def test_letter_says_where_it_stands(self, cast: Cast, case: Case, state: str, words: str) -> None:
        cast.lead(case, state)
        browser = opened(case)
        assert words in browser.page.text
        assert "东风社区" in browser.page.text

    def test_no_name_of_staff_and_no_inner_word_is_shown(self, cast: Cast, case: Case) -> None:
        cast.lead(case, "acknowledged")
        services.add_note(cast.department_handler_sun, case_id=case.id, text="此人常来电", is_public=False)
        services.take_step(
            cast.department_handler_sun, case_id=case.id, step="start", data=StepData(inner="先拖一拖")
        )
        text = opened(case).page.text
        for hidden in ("孙涛", "张敏", "此人常来电", "先拖一拖"):
            assert hidden not in text

    def test_late_case_says_sorry(self, cast: Cast, case: Case) -> None:
        cast.lead(case, "in_progress")
        browser = opened(case)
        with clock.telling(clock.now() + timedelta(days=30)):
            page = browser.get(f"/t/{case.reference}")
        assert "很抱歉让您久等" in page.text
        assert "原定" in page.text

    def test_declined_says_who_can_help(self, cast: Cast, case: Case) -> None:
        cast.lead(case, "declined")
        assert "事发地街道（镇）或12345热线" in opened(case).page.text

    def test_english_reader_gets_english_names(self, cast: Cast, case: Case) -> None:
        cast.lead(case, "in_progress")
        browser = opened(case)
        assert "Enforcement Team" in browser.get(f"/t/{case.reference}?lang=en").text


class TestActs:
    def test_answer_goes_on_with_the_work(self, cast: Cast, case: Case) -> None:
        cast.lead(case, "waiting")
        browser = opened(case)
        page = browser.send("/answer", text="")
        assert browser.status == 422
        assert "还没有写补充的内容" in page.text
        page = browser.send("/answer", text="3 号楼东头", photos=[picture()])
        assert browser.status == 200
        assert "您的补充已经转给承办人" in page.text
        after = cast.read(case.id)
        assert (after.state, after.photo_count) == ("acknowledged", 1)

    def test_answer_too_late_gives_the_words_back(self, cast: Cast, case: Case) -> None:
        cast.lead(case, "waiting")
        browser = opened(case)
        services.take_step(cast.department_handler_sun, case_id=case.id, step="stop_waiting")
        page = browser.send("/answer", text="3 号楼东头")
        assert browser.status == 409
        assert page.form  # the page is whole
        assert "3 号楼东头" in browser.response.content.decode()

    def test_rate_needs_all_three_answers(self, cast: Cast, case: Case) -> None:
        cast.lead(case, "checked")
        browser = opened(case)
        page = browser.send("/rate", rating="dissatisfied", why="还是不亮")
        assert browser.status == 422
        assert page.form("/rate").values["why"] == "还是不亮"
        assert page.form("/rate").values["rating"] == "dissatisfied"
        browser.send("/rate", rating="dissatisfied", solved="no", contacted="yes", why="还是不亮")
        after = cast.read(case.id)
        assert (after.rating, after.is_solved, after.is_contacted) == ("dissatisfied", False, True)
        assert "还是不亮" in browser.page.text

    def test_rating_twice_changes_nothing(self, cast: Cast, case: Case) -> None:
        cast.lead(case, "checked")
        one, two = opened(case), opened(case)
        said = {"rating": "satisfied", "solved": "yes", "contacted": "yes"}
        one.send("/rate", **said)
        two.send("/rate", **(said | {"rating": "dissatisfied"}))
        assert two.status == 409
        assert cast.read(case.id).rating == "satisfied"

    def test_reopen_once_within_ten_days(self, cast: Cast, case: Case) -> None:
        cast.lead(case, "closed")
        browser = opened(case)
        assert "只有一次" in browser.page.text
        with clock.telling(clock.now() + timedelta(days=11)):
            assert "还没有解决？" not in browser.get(f"/t/{case.reference}").text
        browser.get(f"/t/{case.reference}")
        browser.send("/reopen", text="昨晚又灭了")
        assert cast.read(case.id).state == "reopened"
        assert "已经重新办理" in browser.page.text
        cast.lead(case, "closed")
        assert "还没有解决？" not in browser.get(f"/t/{case.reference}").text
        assert browser.client.post(f"/t/{case.reference}/reopen", {"text": "又灭了"}).status_code == 409

    def test_photos_are_added_and_bad_ones_named(self, cast: Cast, case: Case) -> None:
        browser = opened(case)
        page = browser.send("/photos", photos=[picture("坏.jpg", b"\xff\xd8\xff broken")])
        assert browser.status == 422
        assert "“坏.jpg”没有收下" in page.text
        browser.send("/photos", photos=[picture()])
        assert cast.read(case.id).photo_count == 1
        assert "照片已经收到" in browser.page.text
        (image,) = [i for i in browser.page.images if "/photos/" in i]
        shown = browser.client.get(image)
        assert (shown.status_code, shown["X-Content-Type-Options"]) == (200, "nosniff")
        assert "sandbox" in shown["Content-Security-Policy"]
        assert Client().get(image).status_code == 404

    def test_photo_of_another_case_is_not_shown(self, cast: Cast, case: Case) -> None:
        other = cast.case(text="井盖响")
        services.add_photos(cast.reporter_of(other), case_id=other.id, pictures=[a_photo()])
        with acting(Scope(cast.tenant.id, "street")):
            photo = Photo.objects.get(case=other)
        browser = opened(case)
        assert browser.client.get(f"/t/{case.reference}/photos/{photo.id}").status_code == 404

    def test_closed_case_takes_no_photos(self, cast: Cast, case: Case) -> None:
        cast.lead(case, "closed")
        assert "补充照片" not in opened(case).page.text

    def test_form_from_elsewhere_changes_nothing(self, cast: Cast, case: Case) -> None:
        cast.lead(case, "closed")
        client = Client(enforce_csrf_checks=True)
        client.get(link_of(case))
        response = client.post(
            f"/t/{case.reference}/reopen", {"text": "从别处来"}, HTTP_ORIGIN="https://evil.example"
        )
        assert response.status_code == 403
        assert "从别处来" in response.content.decode()
        assert cast.read(case.id).state == "closed"

    def test_steps_of_staff_are_not_reachable(self, cast: Cast, case: Case) -> None:
        browser = opened(case)
        for step in ("accept", "close", "decline", "check"):
            assert browser.client.post(f"/t/{case.reference}/{step}", {}).status_code == 404


def test_the_whole_story_by_http(cast: Cast) -> None:
    """Reported, followed, asked, answered, handled, rated, closed, taken up again: all without script."""
    browser = Browser()
    with clock.telling(clock.now() - timedelta(minutes=2)):
        browser.get(f"/report?street={cast.tenant.code}")
    browser.send("/report", text="东风小区门口路灯坏了")
    browser.send("/report")
    browser.send("/report", place="东风小区门口", living_area="")
    browser.send("/report", phone=PHONE)
    browser.send("/report")
    link = re.search(r"/t/[\d-]+\?k=[a-z2-7]{20}", browser.response.content.decode())
    assert link
    with acting(Scope(cast.tenant.id, "street")):
        case = Case.objects.latest("received_at")
    cast.lead(case, "waiting")
    page = browser.get(link.group())
    assert "请问是哪一栋楼？" in page.text
    browser.send("/answer", text="在东门第一根灯杆")
    for person, step in (("department_handler_sun", "handle"), ("checker_qian", "check")):
        services.take_step(getattr(cast, person), case_id=case.id, step=step, data=cast.data_for(step))
    page = browser.get(f"/t/{case.reference}")
    assert "灯头已换" in page.text
    browser.send("/rate", rating="basically_satisfied", solved="yes", contacted="no", why="再快点就好")
    services.take_step(cast.dispatch_clerk_zhang, case_id=case.id, step="close", data=cast.data_for("close"))
    browser.get(f"/t/{case.reference}")
    browser.send("/reopen", text="昨晚又灭了")
    assert cast.read(case.id).state == "reopened"
    with acting(Scope(cast.tenant.id, "street")):
        told = list(Line.objects.filter(case=case).order_by("id").values_list("step", flat=True))
    assert told == [
        "receive", "accept", "hand_out", "acknowledge", "ask", "answer", "handle", "check", "rate", "close", "reopen",
    ]  # fmt: skip
