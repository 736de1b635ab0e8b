"""Explained, not counted: two persons, a published class, an appeal - and figures that stay exact."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.db import transaction

from baiying.cases import exclusions, steps
from baiying.cases.facts import facts_of
from baiying.cases.models import Case, Exclusion
from baiying.cases.reference import rows
from baiying.insight import checking
from baiying.insight.services import differences
from baiying.kit.refusals import Conflict, Denied, Invalid, NotFound, Refusal
from baiying.org.rules import Scope, acting
from tests.cast import Cast


def proposed(cast: Cast) -> tuple[Case, Exclusion]:
    case = cast.lead(cast.case(), "closed")
    row = exclusions.propose(
        cast.dispatch_clerk_zhang, case_id=case.id, class_code="unlawful", text="已当面说明"
    )
    return case, row


def marks(case: Case) -> list[str]:
    return [mark[0] for mark in facts_of(case)["m"]]


def test_a_second_person_decides_and_the_answer_leaves_the_rates(cast: Cast) -> None:
    case, row = proposed(cast)
    assert "called_back" in marks(cast.read(case.id))
    exclusions.decide(cast.dispatch_clerk_bai, exclusion_id=row.id, agrees=True, text="同意")
    after = cast.read(case.id)
    assert (after.is_not_counted, after.state, after.rating) == (True, steps.CLOSED, "satisfied")
    assert "not_counted" in marks(after)
    assert not {"called_back", "satisfied", "solved", "contacted"} & set(marks(after))
    with acting(Scope(cast.tenant.id, "street")):
        assert differences(cast.tenant.id) == []
        assert checking.broken(cast.tenant.id, "journal_and_timeline") == []


def test_a_proposal_goes_where_its_case_goes(cast: Cast) -> None:
    case, row = proposed(cast)
    assert cast.seen_after_moving(case, row) == [False, True]


def test_nobody_decides_on_their_own_proposal(cast: Cast) -> None:
    case, row = proposed(cast)
    with pytest.raises(Conflict) as refused, transaction.atomic():
        exclusions.decide(cast.dispatch_clerk_zhang, exclusion_id=row.id, agrees=True, text="同意")
    assert refused.value.field == "decider"
    same_person = replace(cast.dispatch_clerk_bai, account_id=cast.dispatch_clerk_zhang.account_id)
    with pytest.raises(Conflict), transaction.atomic():
        exclusions.decide(same_person, exclusion_id=row.id, agrees=True, text="同意")
    for person in ("community_head_wang", "department_handler_sun", "outsider_zhao", "grid_worker_li"):
        with pytest.raises((Denied, NotFound)), transaction.atomic():
            exclusions.decide(getattr(cast, person), exclusion_id=row.id, agrees=True, text="同意")
    in_community = replace(cast.community_head_wang, permissions=cast.dispatch_clerk_bai.permissions)
    with pytest.raises(Denied), transaction.atomic():
        exclusions.decide(in_community, exclusion_id=row.id, agrees=True, text="同意")
    assert not cast.read(case.id).is_not_counted


def test_an_appeal_counts_until_a_third_has_looked(cast: Cast) -> None:
    case, row = proposed(cast)
    exclusions.decide(cast.dispatch_clerk_bai, exclusion_id=row.id, agrees=True, text="同意")
    exclusions.appeal(cast.reporter_of(case), case_id=case.id, text="我的要求合法")
    assert not cast.read(case.id).is_not_counted
    for person in ("dispatch_clerk_zhang", "dispatch_clerk_bai"):
        with pytest.raises(Conflict), transaction.atomic():
            exclusions.decide(getattr(cast, person), exclusion_id=row.id, agrees=True, text="还是不计")
    done = exclusions.decide(cast.leader_zhou, exclusion_id=row.id, agrees=True, text="复核过")
    assert (done.state, cast.read(case.id).is_not_counted) == ("upheld", True)
    with pytest.raises(Conflict), transaction.atomic():  # once
        exclusions.appeal(cast.reporter_of(case), case_id=case.id, text="还是不同意")


def test_a_refused_proposal_counts_and_may_be_made_anew(cast: Cast) -> None:
    case, row = proposed(cast)
    exclusions.decide(cast.checker_qian, exclusion_id=row.id, agrees=False, text="应当计入")
    assert not cast.read(case.id).is_not_counted
    exclusions.propose(cast.dispatch_clerk_zhang, case_id=case.id, class_code="untrue", text="两方核实")
    with pytest.raises(Conflict), transaction.atomic():
        exclusions.propose(cast.dispatch_clerk_bai, case_id=case.id, class_code="untrue", text="再来")


@pytest.mark.parametrize(
    ("class_code", "text", "kind", "field"),
    [
        ("nothing", "x", Invalid, "class_code"),
        ("unlawful", " ", Invalid, "text"),
        ("unlawful", "字" * 1001, Invalid, "text"),
    ],
)
def test_bad_proposals_are_refused(
    cast: Cast, class_code: str, text: str, kind: type[Refusal], field: str
) -> None:
    case = cast.lead(cast.case(), "closed")
    with pytest.raises(kind) as refused, transaction.atomic():
        exclusions.propose(cast.dispatch_clerk_zhang, case_id=case.id, class_code=class_code, text=text)
    assert refused.value.field == field
    with acting(Scope(cast.tenant.id, "street")):
        assert exclusions.of_case(case) is None


def test_what_is_not_handled_cannot_be_explained_away(cast: Cast) -> None:
    case = cast.lead(cast.case(), "in_progress")
    with pytest.raises(Conflict), transaction.atomic():
        exclusions.propose(cast.dispatch_clerk_zhang, case_id=case.id, class_code="unlawful", text="x")


def test_every_class_names_its_source() -> None:
    assert all(row["source"] and row["grade"] in "ABCD" and row["name_en"] for row in rows("uncounted"))


def test_by_pages_from_the_case_to_the_appeal(cast: Cast) -> None:
    case = cast.lead(cast.case(), "closed")
    zhang, bai = cast.client("dispatch_clerk_zhang"), cast.client("dispatch_clerk_bai")
    address = f"/desk/cases/{case.reference}/exclusion"
    assert zhang.post(address, {"class_code": "", "text": ""}).status_code == 422
    assert (
        "等街道另一位同志审定"
        in zhang.post(address, {"class_code": "unlawful", "text": "已说明"}, follow=True).content.decode()
    )
    with acting(Scope(cast.tenant.id, "street")):
        row = Exclusion.objects.get()
    own = zhang.get(f"/desk/exclusions/{row.id}/").content.decode()
    assert "您参与过这一件，不能由您审定" in own
    assert zhang.post(f"/desk/exclusions/{row.id}/", {"agrees": "yes", "text": "x"}).status_code == 409
    assert (
        "已审定"
        in bai.post(
            f"/desk/exclusions/{row.id}/", {"agrees": "yes", "text": "同意"}, follow=True
        ).content.decode()
    )
    assert "不计入各项比率" in zhang.get(f"/desk/cases/{case.reference}/").content.decode()
