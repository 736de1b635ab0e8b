"""The rule editor: a version is drafted, changed, tested, released by a second person, and says what it would change."""

from __future__ import annotations

import pytest
from django.urls import reverse

from baiying.cases import rulebook, steps
from baiying.dispatch.models import RuleRow, RuleSet
from baiying.org.rules import Scope, acting
from tests.cast import Cast

pytestmark = pytest.mark.django_db


def test_from_a_draft_to_the_rules_in_force(cast: Cast) -> None:
    rulebook.found_first(cast.tenant.id)
    case = cast.case(category="street-light-out")
    zhang, bai = cast.client("dispatch_clerk_zhang"), cast.client("dispatch_clerk_bai")
    assert "第 1 版" in zhang.get(reverse("desk_rules")).content.decode()
    assert zhang.post(reverse("desk_rules_draft"), {"note": "路灯交给执法"}).status_code == 302
    page = reverse("desk_rule_set", kwargs={"version": 2})
    new = reverse("desk_rule_new", kwargs={"version": 2})
    assert zhang.post(new, {"lead": ""}).status_code == 422
    row = {"category": "street-light-out", "area": cast.units["east"].code, "lead": "dept-enforcement"}
    assert zhang.post(new, row).status_code == 302
    assert "路灯不亮 · 东风社区" in zhang.get(page).content.decode()
    assert zhang.post(reverse("desk_rules_test", kwargs={"version": 2})).status_code == 302
    shown = zhang.get(page).content.decode()
    assert "1 件会派到别的单位" in shown and case.reference in shown and "等另一个人复核" in shown
    release = reverse("desk_rules_release", kwargs={"version": 2})
    assert zhang.post(release).status_code == 409
    assert bai.post(release).status_code == 302
    with acting(Scope(cast.tenant.id, "street")):
        assert dict(RuleSet.objects.values_list("version", "state")) == {1: "retired", 2: "live"}
    assert bai.post(release).status_code == 409


def test_a_row_is_changed_and_taken_out(cast: Cast) -> None:
    rulebook.found_first(cast.tenant.id)
    client = cast.client("dispatch_clerk_zhang")
    client.post(reverse("desk_rules_draft"))
    with acting(Scope(cast.tenant.id, "street")):
        row = RuleRow.objects.get(rule_set__version=2, category="street-light-out")
    address = reverse("desk_rule_row", kwargs={"version": 2, "row_id": row.pk})
    assert client.get(address).status_code == 200
    told = {"category": "street-light-out", "lead": "dept-enforcement", "limit_days": "3", "do": "save"}
    assert client.post(address, told).status_code == 302
    with acting(Scope(cast.tenant.id, "street")):
        row.refresh_from_db()
    assert (row.lead, row.limit_days) == ("dept-enforcement", 3)
    assert client.post(address, told | {"do": "remove"}).status_code == 302
    assert client.get(address).status_code == 404
    in_force = reverse("desk_rule_new", kwargs={"version": 1})
    assert client.post(in_force, told).status_code == 409


def test_who_sees_the_rules(cast: Cast) -> None:
    rulebook.found_first(cast.tenant.id)
    pages = (reverse("desk_rules"), reverse("desk_rule_set", kwargs={"version": 1}))
    for person, status in (("dispatch_clerk_bai", 200), ("leader_zhou", 200), ("community_head_wang", 403)):
        assert [cast.client(person).get(page).status_code for page in pages] == [status, status], person
    tasks = cast.client("department_handler_sun").get(reverse("desk_community_tasks")).content.decode()
    assert "邻里纠纷" in tasks and "本地选择" in tasks


def test_the_page_of_a_case_says_why_here(cast: Cast) -> None:
    rulebook.found_first(cast.tenant.id)
    case = cast.lead(cast.case(category="street-light-out"), steps.ACCEPTED)
    client = cast.client("dispatch_clerk_zhang")
    page = reverse("desk_case", args=[case.reference])
    chosen = f'<option value="{cast.units["dept-municipal"].id}" selected>'
    assert chosen in client.get(page).content.decode()
    step = reverse("desk_case_step", kwargs={"reference": case.reference, "step": "hand_out"})
    client.post(step, {"unit": cast.units["dept-municipal"].id, "version": case.version})
    shown = cast.client("department_handler_he").get(page).content.decode()
    assert "为什么派给这里" in shown and "派单规则第 1 版" in shown
