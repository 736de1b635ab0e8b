"""The desk's pages of clocks: the box of a case, more time, escalations, limits, the working calendar."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from baiying.cases import steps
from baiying.cases.models import Case
from baiying.dispatch import ringing, ruling
from baiying.kit import clock
from baiying.kit.calendar import ZONE
from baiying.org import queries as org
from baiying.org.absences import record_absence
from baiying.org.models import DayOverride, OfficeHours, WorkYear
from baiying.org.rules import Scope, acting
from tests.cast import Cast

pytestmark = pytest.mark.django_db

TABLE = "日期,安排,说明\n2027-10-01,休,国庆节\n2027-10-09,班,国庆调休\n"


@pytest.fixture
def late_case(cast: Cast) -> Case:
    """With the enforcement team since before National Day; nobody has handled it."""
    for post in cast.posts.values():
        post.from_date = datetime(2026, 6, 1, tzinfo=ZONE).date()
        post.save(update_fields=["from_date"])
    with clock.telling(datetime(2026, 9, 30, 10, tzinfo=ZONE)):
        case = cast.lead(cast.case(), steps.IN_PROGRESS)
    with clock.telling(case.due_at):
        ringing.ring(cast.tenant.id)
    return case


def text_of(answer: object) -> str:
    return answer.content.decode()  # type: ignore[attr-defined, no-any-return]


def test_the_page_of_a_case_tells_its_clocks(cast: Cast, late_case: Case) -> None:
    page = text_of(cast.client("dispatch_clerk_zhang").get(f"/desk/cases/{late_case.reference}/"))
    assert "5 个工作日" in page and "10月13日 18:00 前" in page
    assert "超期上报第 1 级 承办单位：孙涛（部门承办员）" in page
    assert "还没有确认" in page
    assert "延长时限</a>" not in page  # it is overdue


def test_a_limit_that_reaches_into_an_unannounced_year_says_so(cast: Cast) -> None:
    with clock.telling(datetime(2026, 12, 29, 10, tzinfo=ZONE)):
        case = cast.lead(cast.case(), steps.ACCEPTED)
        page = text_of(cast.client("dispatch_clerk_zhang").get(f"/desk/cases/{case.reference}/"))
    assert "暂定" in page and "还没有公布" in page


def test_extending_by_the_page(cast: Cast) -> None:
    case = cast.lead(cast.case(), steps.IN_PROGRESS)
    client, here = cast.client("dispatch_clerk_zhang"), f"/desk/cases/{case.reference}/extend"
    assert "最多还能延 10 个工作日" in text_of(client.get(here))
    form = {"version": case.version, "days": "11", "reason": "extend-works", "text": "要等基础养护"}
    refused = client.post(here, form)
    assert refused.status_code == 422 and "最多还能延 10 个工作日" in text_of(refused)
    assert "要等基础养护" in text_of(refused)  # nothing typed is lost
    done = client.post(here, form | {"days": "3"}, follow=True)
    assert "时限已延长到" in text_of(done) and "张敏延期" in text_of(done)
    assert cast.read(case.id).due_at > case.due_at
    assert cast.client("department_handler_sun").get(here).status_code == 403


def test_the_person_told_answers_once(cast: Cast, late_case: Case) -> None:
    client = cast.client("department_handler_sun")
    page = text_of(client.get("/desk/escalations/"))
    assert late_case.reference in page and "我来督办" in page
    with acting(Scope(cast.tenant.id, "street")):
        (row,) = late_case_escalations(late_case)
    url = f"/desk/escalations/{row}/acknowledge"
    done = client.post(url, {"as": "take_charge", "note": "今晚修好"}, follow=True)
    assert "已记下由您督办" in text_of(done) and "今晚修好" in text_of(done)
    again = client.post(url, {"as": "noted"})
    assert again.status_code == 409 and "已经确认过" in text_of(again)
    assert cast.client("dispatch_clerk_zhang").post(url, {"as": "noted"}).status_code == 403
    assert cast.client("department_handler_he").post(url, {"as": "noted"}).status_code == 404


def test_a_deputy_from_another_branch_is_asked_too(cast: Cast) -> None:
    case, today, sun = cast.lead(cast.case(), steps.IN_PROGRESS), clock.today(), cast.department_handler_sun
    with acting(sun.scope):
        record_absence(
            sun, account=cast.accounts["department_handler_sun"], from_date=today, to_date=today + timedelta(days=60),
            deputy=cast.accounts["community_head_chen"],
        )  # fmt: skip
    with clock.telling(case.due_at + timedelta(minutes=1)):
        ringing.ring(cast.tenant.id)
    page = text_of(cast.client("community_head_chen").get("/desk/escalations/"))
    assert "不在您辖区的诉求" in page and "我来督办" in page and case.reference not in page
    with acting(Scope(cast.tenant.id, "street")):
        (row,) = late_case_escalations(case)
    said = {"as": "noted"}
    answered = cast.client("community_head_chen").post(
        f"/desk/escalations/{row}/acknowledge", said, follow=True
    )
    assert "已记下您已知悉" in text_of(answered)


def late_case_escalations(case: Case) -> list[object]:
    from baiying.dispatch.models import Escalation

    return list(Escalation.objects.get_queryset().filter(subject_id=case.id).values_list("id", flat=True))


def test_the_office_sees_all_escalations_of_its_branch(cast: Cast, late_case: Case) -> None:
    page = text_of(cast.client("dispatch_clerk_zhang").get("/desk/escalations/all"))
    assert late_case.reference in page and "孙涛" in page
    assert late_case.reference in text_of(cast.client("community_head_wang").get("/desk/escalations/all"))
    assert late_case.reference not in text_of(cast.client("community_head_chen").get("/desk/escalations/all"))
    assert "没有要您督办的事" in text_of(cast.client("dispatch_clerk_zhang").get("/desk/escalations/"))


def test_limits_say_source_grade_and_what_is_a_local_choice(cast: Cast) -> None:
    page = text_of(cast.client("grid_worker_li").get("/desk/limits/"))
    assert "现在采用山东规则" in page and "潍坊市12345条例第20条" in page
    assert "本地选择，上级没有规定" in page and "定本街道自己的时限" not in page
    leader = cast.client("leader_zhou")
    form = {"step": "accept", "category": "", "value": "4", "unit": "working_hour", "reason": "七次会议定"}
    wrong = leader.post("/desk/limits/set", form | {"valid_from": "2026-01-01"})
    assert wrong.status_code == 422 and "生效日期要在今天到一年以内" in text_of(wrong)
    done = leader.post("/desk/limits/set", form | {"valid_from": clock.today().isoformat()}, follow=True)
    org.forget()
    assert "正在计算的时限不变" in text_of(done)
    assert "4 个工作时" in text_of(leader.get("/desk/limits/"))
    assert "2 小时" in text_of(leader.get("/desk/limits/?profile=beijing"))


def test_a_year_is_imported_after_a_look(cast: Cast) -> None:
    client = cast.client("system_administrator_tang")
    assert "2027 年的放假安排还没有" in text_of(client.get("/desk/calendar/"))
    form = {"year": "2027", "source": "国办发明电〔2026〕示例号", "table": TABLE}
    seen = text_of(client.post("/desk/calendar/import", form | {"do": "preview"}))
    assert seen.count("新增") == 2 and WorkYear.objects.count() == 0
    done = text_of(client.post("/desk/calendar/import", form | {"do": "take"}, follow=True))
    assert "2027 年的日历已采用" in done and "国庆调休" in done
    assert set(DayOverride.objects.values_list("day", "is_open")) == {
        (datetime(2027, 10, 1, tzinfo=ZONE).date(), False), (datetime(2027, 10, 9, tzinfo=ZONE).date(), True),
    }  # fmt: skip
    org.forget()
    assert org.calendar_of(cast.tenant.id).is_known(datetime(2027, 3, 1, tzinfo=ZONE).date())
    assert not org.calendar_of(cast.other_tenant.id).is_known(datetime(2027, 3, 1, tzinfo=ZONE).date())


def test_a_table_that_contradicts_itself_changes_nothing(cast: Cast) -> None:
    client = cast.client("system_administrator_tang")
    form = {
        "year": "2027",
        "source": "示例",
        "table": TABLE + "2027-10-01,班,\n2026-10-02,休,\n",
        "do": "take",
    }
    refused = client.post("/desk/calendar/import", form)
    assert refused.status_code == 422
    assert "2027-10-01 又休又班" in text_of(refused) and "不在 2027 年" in text_of(refused)
    assert (DayOverride.objects.count(), WorkYear.objects.count()) == (0, 0)


def test_days_and_hours_by_the_page(cast: Cast) -> None:
    client, tomorrow = cast.client("system_administrator_tang"), clock.today() + timedelta(days=1)
    day = {"day": tomorrow.isoformat(), "kind": "closed", "note": "停电"}
    assert "已登记" in text_of(client.post("/desk/calendar/day", day, follow=True))
    twice = client.post("/desk/calendar/day", day | {"kind": "open"})
    assert twice.status_code == 409 and "已经登记为“休息”" in text_of(twice)
    org.forget()
    assert not org.calendar_of(cast.tenant.id).is_open(tomorrow)
    row = DayOverride.objects.get()
    assert "已删掉" in text_of(client.post(f"/desk/calendar/day/{row.id}/remove", follow=True))
    hours = {"hours": "09:00-12:00, 11:00-17:00", "valid_from": tomorrow.isoformat()}
    assert client.post("/desk/calendar/hours", hours).status_code == 422
    client.post("/desk/calendar/hours", hours | {"hours": "09:00-12:00, 13:00-17:00"})
    assert OfficeHours.objects.get().hours == "09:00-12:00, 13:00-17:00"
    assert cast.client("dispatch_clerk_zhang").get("/desk/calendar/").status_code == 403


def test_the_numbers_around_orders_by_the_page(cast: Cast) -> None:
    here = "/desk/limits/orders"
    page = text_of(cast.client("grid_worker_li").get(here))
    assert (
        "2 个工作日" in page and "山东省政务服务热线规则（2020）" in page and "本地选择，上级没有规定" in page
    )
    assert "定本街道自己的数" not in page
    leader = cast.client("leader_zhou")
    form = {
        "rule": "outside_link",
        "value": "48",
        "reason": "三次会议定",
        "valid_from": clock.today().isoformat(),
    }
    wrong = leader.post(f"{here}/set", form | {"value": "20"})
    assert wrong.status_code == 422 and "就永远催不到了" in text_of(wrong) and "三次会议定" in text_of(wrong)
    done = leader.post(f"{here}/set", form, follow=True)
    org.forget()
    assert "已经派出的派单和链接不变" in text_of(done)
    after = text_of(leader.get(here))
    assert "48 小时" in after and "本街道自定" in after and "谁改过" in after and "周明" in after
    assert cast.client("dispatch_clerk_zhang").post(f"{here}/set", form).status_code == 403


def test_the_limits_page_says_which_rows_start_a_clock_and_which_do_not(cast: Cast) -> None:
    page = text_of(cast.client("grid_worker_li").get("/desk/limits/?profile=beijing"))
    assert "反馈（水电气热）" in page and "自来水浑浊、有异味" in page and "24 小时" in page
    assert page.count("参考，不计时") == 2 and "本系统不知道什么时候响铃" in page and "95%" in page
    assert "只对认定为疑难的诉求" in page


def test_marking_a_case_as_hard_by_the_page(cast: Cast) -> None:
    clerk = cast.client("dispatch_clerk_zhang")
    plain = cast.lead(cast.case(), steps.ACCEPTED)
    assert "没有疑难时限" in text_of(clerk.get(f"/desk/cases/{plain.reference}/hard"))
    ruling.choose_profile(cast.leader_zhou, profile="beijing", valid_from=clock.today(), reason="试行")
    org.forget()
    case = cast.lead(cast.case(category="street-light-out"), steps.IN_PROGRESS)
    here = f"/desk/cases/{case.reference}/hard"
    assert here in text_of(clerk.get(f"/desk/cases/{case.reference}/"))
    assert "15 天" in text_of(clerk.get(here))
    form = {"version": case.version, "reason": "", "text": "要查当年的图纸"}
    refused = clerk.post(here, form)
    assert refused.status_code == 422 and "要查当年的图纸" in text_of(refused)
    done = clerk.post(here, form | {"reason": "hard-history"}, follow=True)
    assert "已认定为疑难" in text_of(done) and "张敏认定为疑难：时限由" in text_of(done)
    assert "15 天" in text_of(done) and "DB11/T 2021-2022（报道摘要），等级 B" in text_of(done)
    assert here not in text_of(clerk.get(f"/desk/cases/{case.reference}/"))
    assert cast.client("department_handler_sun").get(here).status_code == 403
