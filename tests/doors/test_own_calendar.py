"""The street's own table of days counts wherever a page speaks of working days; a year without one is called estimated."""

from __future__ import annotations

import json
from datetime import date, datetime

import pytest
from django.test import Client

from baiying.cases import clocks, extending, rulebook, secrets, steps
from baiying.cases.filters import CaseFilter
from baiying.cases.models import Case
from baiying.dispatch import ruling
from baiying.dispatch.matching import OFF, WORKING
from baiying.doors.shared import clock as badges
from baiying.doors.shared.case_counts import rows_of
from baiying.kit import clock
from baiying.kit.calendar import ZONE
from baiying.org import calendars
from baiying.org.queries import calendar_of, forget, street_map
from baiying.org.rules import Scope, acting
from tests.cast import Cast
from tests.doors import reporting
from tests.doors.reader import Browser

THURSDAY = datetime(2026, 11, 26, 9, 0, tzinfo=ZONE)
DECEMBER = datetime(2026, 12, 30, 9, 0, tzinfo=ZONE)
ESTIMATED = "该年度放假安排尚未公布"


def closed_on_friday(cast: Cast) -> None:
    """The street closes on Friday, 27 November, which no other table says."""
    manager = cast.system_administrator_tang
    with clock.telling(THURSDAY), acting(manager.scope):
        calendars.add_day(manager, day=date(2026, 11, 27), is_open=False, note="街道搬迁")
    forget()


def due_on_monday(cast: Cast) -> Case:
    with clock.telling(THURSDAY):
        case = cast.lead(cast.case(), steps.IN_PROGRESS)
    with acting(Scope(cast.tenant.id, "street")):
        due = datetime(2026, 11, 30, 18, 0, tzinfo=ZONE)
        Case.objects.filter(id=case.id).update(due_at=due)
    return cast.read(case.id)


def test_badge_list_and_count_agree_on_what_is_due_soon(cast: Cast) -> None:
    """From Thursday to Monday are two working days; one where the street is closed on Friday."""
    case = due_on_monday(cast)
    scope, soon = cast.leader_zhou.scope, CaseFilter(due="soon")
    seen = []
    for closes in (False, True):
        if closes:
            closed_on_friday(cast)
        with clock.telling(THURSDAY), acting(scope):
            badge = badges.clock_badge(case)
            assert badge is not None
            listed = [row.id for row in rows_of(scope, soon)]
            seen.append((badge.tone, badges.is_soon(case.due_at, THURSDAY), listed))
        page = cast.client("dispatch_clerk_zhang")
        with clock.telling(THURSDAY):
            assert (case.reference in page.get("/desk/cases/?due=soon").content.decode()) is closes
    assert seen == [("plain", False, []), ("soon", True, [case.id])]


def test_days_are_counted_in_words_by_the_streets_table(cast: Cast) -> None:
    case = due_on_monday(cast)
    with acting(cast.leader_zhou.scope):
        assert badges.say_due(case.due_at, THURSDAY) == "2 个工作日后（11月30日 周一）"
    closed_on_friday(cast)
    with acting(cast.leader_zhou.scope):
        assert badges.say_due(case.due_at, THURSDAY) == "1 个工作日后（11月30日 周一）"
        tuesday = datetime(2026, 12, 1, 9, 0, tzinfo=ZONE)
        assert badges.say_due(THURSDAY, tuesday) == "已超期 2 个工作日"


def test_rules_ask_whether_the_streets_own_offices_are_open(cast: Cast) -> None:
    friday = datetime(2026, 11, 27, 10, 0, tzinfo=ZONE)
    assert rulebook.hours_of(friday, calendar_of(cast.tenant.id)) == WORKING
    closed_on_friday(cast)
    assert rulebook.hours_of(friday, calendar_of(cast.tenant.id)) == OFF


def test_a_promise_into_a_year_without_holidays_is_called_estimated(cast: Cast) -> None:
    body = {"text": "小区东门的路灯坏了三天", "street": cast.tenant.code, "category": "street-light-out"}
    told = []
    for at in (THURSDAY, DECEMBER):
        with clock.telling(at):
            answer = Client().post("/api/v1/requests", json.dumps(body), content_type="application/json")
            told.append(answer.json()["is_estimated"])
            link = answer.json()["tracking_url"]
            cast.lead(reporting.case_of(cast, answer.json()["reference"]), steps.ACCEPTED)
            browser = Browser()
            browser.get(link[link.index("/t/") :])
            assert (ESTIMATED in browser.page.text) is told[-1]
    assert told == [False, True]


def test_every_date_that_follows_says_whether_it_is_estimated(cast: Cast) -> None:
    """The letter's sentence and the last entry, state by state; days on the wall rest on no table of holidays."""
    told: dict[datetime, list[tuple[str, int]]] = {}
    for at in (THURSDAY, datetime(2026, 12, 31, 9, 0, tzinfo=ZONE)):
        with clock.telling(at):
            for state in (steps.RECEIVED, steps.ACCEPTED, steps.IN_PROGRESS, steps.HANDLED, steps.CHECKED):
                case = cast.lead(cast.case(), state)
                browser = Browser()
                page = browser.get(
                    f"/t/{case.reference}?k={secrets.tracking_secret(case.id, case.tracking_epoch)}"
                )
                told.setdefault(at, []).append((state, page.text.count("预计（该年度放假安排尚未公布）")))
                if state == steps.RECEIVED:
                    assert ("预计 明天 18:00 前会告诉您是否受理" in page.text) is (at is not THURSDAY)
    certain, unannounced = told.values()
    assert [n for _, n in certain] == [0, 0, 0, 0, 0]
    assert unannounced == [
        (steps.RECEIVED, 1), (steps.ACCEPTED, 1), (steps.IN_PROGRESS, 1), (steps.HANDLED, 1), (steps.CHECKED, 0),
    ]  # fmt: skip


def test_a_limit_that_was_moved_says_what_was_known_then(cast: Cast) -> None:
    with clock.telling(DECEMBER):
        case = cast.lead(cast.case(), steps.IN_PROGRESS)
        extending.extend(
            cast.dispatch_clerk_zhang, case_id=case.id, version=None, days=2, reason="extend-works", text="要等基础养护"
        )  # fmt: skip
        browser = Browser()
        page = browser.get(f"/t/{case.reference}?k={secrets.tracking_secret(case.id, case.tracking_epoch)}")
        assert "期限延长到 1月8日 18:00（预计，该年度放假安排尚未公布）" in page.text


@pytest.mark.parametrize(("at", "is_said"), [(THURSDAY, False), (DECEMBER, True)])
def test_the_resident_reads_it_before_and_after_sending(cast: Cast, at: datetime, is_said: bool) -> None:
    with clock.telling(at):
        browser = reporting.patient_browser(cast)
        reporting.to_the_end(browser)
        assert (ESTIMATED in browser.page.text) is is_said
        browser.send("/report")
        assert (ESTIMATED in browser.page.text) is is_said


def test_a_limit_in_natural_days_rests_on_no_table(cast: Cast) -> None:
    with clock.telling(DECEMBER):
        case = cast.case()
        street = street_map(cast.tenant.id)
        assert clocks.is_estimated(street, case.category, case.due_at) is True
        ruling.set_limit(
            cast.leader_zhou, step="handle", category="", value=10, unit="natural_day",
            valid_from=DECEMBER.date(), reason="试验",
        )  # fmt: skip
        forget()
        assert clocks.is_estimated(street_map(cast.tenant.id), case.category, case.due_at) is False
