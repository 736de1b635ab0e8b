"""The page of a case: what may be the same, merging from either side, taking apart, and what the list shows of it."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from django.test import Client
from django.urls import reverse

from baiying.cases import catalogue, merging, secrets, steps
from baiying.cases.models import Case, Line
from baiying.cases.services import take_step
from baiying.org.rules import Scope
from tests.cast import Cast

pytestmark = pytest.mark.django_db

LAMP, SAME = "小区东门口路灯坏了三天，晚上看不见路", "东门那盏路灯不亮，老人摔了一跤"


def test_merged_and_taken_apart_at_the_desk(cast: Cast) -> None:
    lead = cast.lead(cast.case(text=LAMP), steps.IN_PROGRESS)
    part = cast.case(text=SAME)
    desk = cast.client("dispatch_clerk_zhang")
    page = desk.get(f"/desk/cases/{lead.reference}/").content.decode()
    assert "可能重复" in page and part.reference in page and "都写了“" in page
    merged = desk.post(f"/desk/cases/{lead.reference}/merge", {"chosen": [part.reference], "lead": "here"})
    assert merged.status_code == 302 and merged["Location"].endswith(f"{lead.reference}/#merged")
    assert cast.read(part.id).merged_into_id == lead.id
    below = desk.get(f"/desk/cases/{part.reference}/").content.decode()
    assert "这件诉求由主件一起办" in below and lead.reference in below and "派给单位" not in below
    rows = desk.get("/desk/cases/?open=yes").content.decode()
    assert lead.reference in rows and "并入 1 件" in rows and part.reference not in rows
    assert part.reference in desk.get("/desk/cases/?merged=yes").content.decode()
    refused = desk.post(f"/desk/cases/{part.reference}/unmerge", {"reason": " "}, follow=True)
    assert "没有写为什么取消合并" in refused.content.decode()
    desk.post(f"/desk/cases/{part.reference}/unmerge", {"reason": "两盏灯", "back": "lead"})
    assert cast.read(part.id).merged_into_id is None
    assert "两盏灯" in desk.get(f"/desk/cases/{lead.reference}/").content.decode()


def test_merged_the_other_way_round_and_by_reference(cast: Cast) -> None:
    here, there = cast.case(text=LAMP), cast.case(text=SAME, at=cast.in_grid("w2"))
    desk = cast.client("dispatch_clerk_zhang")
    typed = {"other": there.reference, "lead": "there", "reason": ""}
    refused = desk.post(f"/desk/cases/{here.reference}/merge", typed, follow=True).content.decode()
    assert "还没有写为什么合并" in refused and f'value="{there.reference}"' in refused
    desk.post(f"/desk/cases/{here.reference}/merge", typed | {"reason": "同一个变压器"})
    assert cast.read(here.id).merged_into_id == there.id
    # Whoever may not merge is not offered it, nor let.
    li = cast.client("grid_worker_li")
    assert "合并成一件办" not in li.get(f"/desk/cases/{here.reference}/").content.decode()
    assert li.post(f"/desk/cases/{here.reference}/unmerge", {"reason": "x"}).status_code == 403


def test_the_resident_reads_how_far_it_is_and_nothing_of_the_other(cast: Cast) -> None:
    lead = cast.lead(cast.case(text=LAMP, name="王建国", phone="13805330001"), steps.IN_PROGRESS)
    part = cast.case(text=SAME, phone="13805330002")
    merging.merge(cast.dispatch_clerk_zhang, lead_id=lead.id, part_ids=[part.id])
    client = cast.client("outsider_zhao")
    client.logout()
    key = secrets.tracking_secret(part.id, 0)
    page = client.get(
        reverse("track_case", args=[part.reference]) + f"?k={key}", follow=True
    ).content.decode()
    assert "还有别人反映的是同一件事" in page and "办理中" in page
    for word in (lead.reference, "王建国", LAMP):
        assert word not in page


def read_by_reporter(case: Case, language: str = "zh-CN") -> str:
    key = secrets.tracking_secret(case.id, 0)
    address = reverse("track_case", args=[case.reference]) + f"?k={key}"
    return Client(headers={"accept-language": language}).get(address, follow=True).content.decode()


def test_the_answer_for_all_stands_in_each_letter_with_the_unit_that_gave_it(cast: Cast) -> None:
    lead, part = cast.lead(cast.case(text=LAMP), steps.IN_PROGRESS), cast.case(text=SAME)
    merging.merge(cast.dispatch_clerk_zhang, lead_id=lead.id, part_ids=[part.id])
    said = replace(cast.data_for("handle"), text="灯头已换，夜里亮了。")
    take_step(cast.department_handler_sun, case_id=lead.id, step="handle", data=said)
    take_step(cast.checker_qian, case_id=lead.id, step="check")
    page = read_by_reporter(part)
    assert page.count("灯头已换，夜里亮了。") == 2  # the letter and the line
    assert "系统" not in page and "一并答复" in page
    assert "Enforcement Team answers all" in read_by_reporter(part, "en")
    inner = Line.objects.within(Scope(cast.tenant.id, "street")).get(case_id=part.id, step="check_with_lead")
    assert (inner.text, inner.data.get("inner", "")) == ("", "")


def test_who_can_help_instead_is_said_to_each_reporter(cast: Cast) -> None:
    lead, part = cast.case(text=LAMP), cast.case(text=SAME)
    merging.merge(cast.dispatch_clerk_zhang, lead_id=lead.id, part_ids=[part.id])
    said = cast.data_for("decline")
    take_step(cast.dispatch_clerk_zhang, case_id=lead.id, step="decline", data=said)
    reason = catalogue.reason(said.reason)
    assert reason is not None and reason.who_can_help
    for case in (lead, part):
        assert f"可以找谁：{reason.who_can_help}" in read_by_reporter(case)


def test_several_ticked_cases_are_merged_after_a_preview(cast: Cast) -> None:
    lead, part = cast.case(text=LAMP), cast.case(text=SAME)
    far, answered = (
        cast.case(text=SAME, at=cast.in_grid("w2")),
        cast.lead(cast.case(text=LAMP), steps.HANDLED),
    )
    desk = cast.client("dispatch_clerk_zhang")
    assert 'value="merge"' in desk.get("/desk/cases/?open=yes").content.decode()
    assert 'value="merge"' not in cast.client("grid_worker_li").get("/desk/cases/").content.decode()
    said: dict[str, object] = {"action": "merge", "case": [str(c.id) for c in (lead, part, far, answered)]}
    form = desk.post("/desk/cases/bulk", said).content.decode()
    assert f'<option value="{lead.reference}">' in form and "先看看会怎样" in form
    both = said | {"stage": "preview", "lead": lead.reference, "other": part.reference}
    assert "两样只填一样" in desk.post("/desk/cases/bulk", both).content.decode()
    said |= {"lead": lead.reference, "case": re.findall(r'name="case" value="([^"]+)"', form)}
    preview = desk.post("/desk/cases/bulk", said | {"stage": "preview"}).content.decode()
    assert "合并到一件，1 件" in preview and "两件相距较远" in preview and "已经办结或答复" in preview
    assert cast.read(part.id).merged_into_id is None
    done = desk.post("/desk/cases/bulk", said | {"stage": "do", "reason": "同一个变压器"}).content.decode()
    assert "办好 2 件" in done and "有 1 件没有办成" in done and "主件" in done
    merged = [cast.read(case.id).merged_into_id for case in (part, far, answered, lead)]
    assert merged == [lead.id, lead.id, None, None]
    again = desk.post("/desk/cases/bulk", said | {"stage": "do", "reason": "再来"}).content.decode()
    assert "刚刚有人办过" in again and "办好 0 件" in again
