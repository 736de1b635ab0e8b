"""The rules of dispatch at the desk: versions, rows, the replay of past cases, and the second look that makes one live."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from baiying.cases import backtest, rulebook, rules
from baiying.cases.wording import category_name
from baiying.dispatch import reference, rulesets
from baiying.dispatch.models import RuleRow, RuleSet
from baiying.dispatch.rules import EDIT_RULES, RELEASE_RULES
from baiying.doors.desk.case_forms import Words, show_refusal
from baiying.doors.desk.frame import desk_page
from baiying.doors.desk.rule_forms import RuleForm
from baiying.doors.shared.names import source_of
from baiying.doors.shared.staff import StaffRequest, staff_page
from baiying.kit import clock
from baiying.kit.language import is_english
from baiying.kit.refusals import NotFound, Refusal
from baiying.org.queries import street_map
from baiying.org.rules import demand

ROWS: Final = 100
SETS: Final = 40
STATES: Final[dict[str, tuple[str, str, Words]]] = {
    RuleSet.State.DRAFT: ("note", "plain", later("起草中")),
    RuleSet.State.TESTED: ("check", "open", later("已试算，待复核启用")),
    RuleSet.State.LIVE: ("done", "done", later("在用")),
    RuleSet.State.RETIRED: ("lock", "wait", later("已停用")),
}


def may_look(request: StaffRequest) -> None:
    """Raises Denied for whoever neither writes nor releases rules."""
    if not request.actor.has(RELEASE_RULES):
        demand(request.actor, EDIT_RULES)


@require_safe
@staff_page(rules.READ)
def rule_sets(request: StaffRequest) -> HttpResponse:
    """All versions, the latest first."""
    may_look(request)
    found = rulesets.versions(request.actor.scope)
    context = {
        "sets": [_said_set(one) for one in found[:SETS]],
        "may_edit": request.actor.has(EDIT_RULES),
        "is_open": any(one.state in (RuleSet.State.DRAFT, RuleSet.State.TESTED) for one in found),
    }
    return desk_page(request, "desk/rules.html", context)


@require_POST
@staff_page(rules.READ, EDIT_RULES)
def draft(request: StaffRequest) -> HttpResponse:
    """A new version with the rows of the one in force."""
    fresh = rulesets.draft(request.actor, note=request.POST.get("note", ""))
    return redirect("desk_rule_set", version=fresh.version)


@require_safe
@staff_page(rules.READ)
def rule_set(request: StaffRequest, version: int) -> HttpResponse:
    """One version: its rows, what the replay found, and what may be done with it now."""
    may_look(request)
    return _show(request, rulesets.version(request.actor.scope, version))


@require_POST
@staff_page(rules.READ, EDIT_RULES)
def test(request: StaffRequest, version: int) -> HttpResponse:
    """Replay the draft on past cases."""
    try:
        days = int(request.POST.get("days", ""))
    except ValueError:
        days = backtest.DAYS
    found = backtest.run(request.actor, number=version, days=min(max(days, 7), 366))
    return redirect(reverse("desk_rule_set", kwargs={"version": found.version}) + "#test")


@require_POST
@staff_page(rules.READ, RELEASE_RULES)
def release(request: StaffRequest, version: int) -> HttpResponse:
    """The second look: the tested version comes into force."""
    return _done(request, version, rulesets.release, _("第 %(version)d 版规则已经启用。"))


@require_POST
@staff_page(rules.READ, EDIT_RULES)
def discard(request: StaffRequest, version: int) -> HttpResponse:
    """The draft is given up."""
    return _done(request, version, rulesets.discard, _("第 %(version)d 版规则已经放弃。"))


def _done(request: StaffRequest, version: int, act: Callable[..., RuleSet], said: str) -> HttpResponse:
    try:
        act(request.actor, number=version)
    except Refusal as refused:
        found = rulesets.version(request.actor.scope, version)
        return _show(request, found, refusal=refused, status=refused.status)
    messages.success(request, said % {"version": version})
    return redirect("desk_rule_set", version=version)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(rules.READ, EDIT_RULES)
def rule_row(request: StaffRequest, version: int, row_id: int = 0) -> HttpResponse:
    """One row of a draft: new (row_id 0), changed or taken out."""
    found = rulesets.version(request.actor.scope, version)
    row = next((one for one in rulesets.rows_of(found) if one.pk == row_id), None)
    if row_id and row is None:
        raise NotFound(problem=_("没有这一行规则。"), remedy=_("请回到规则列表。"))
    if request.method != "POST":
        return _row_page(request, found, row, RuleForm(request.actor.scope.tenant, initial=RuleForm.of(row)))
    form = RuleForm(request.actor.scope.tenant, request.POST)
    try:
        if row is not None and request.POST.get("do") == "remove":
            rulesets.remove_row(request.actor, number=version, row_id=row.pk)
        elif form.is_valid():
            rulebook.put_row(request.actor, number=version, row_id=row_id or None, wanted=form.wanted())
        else:
            return _row_page(request, found, row, form, status=422)
    except Refusal as refused:
        left = show_refusal(form, refused)
        return _row_page(request, found, row, form, refusal=left, status=refused.status)
    messages.success(request, _("规则已经改好；试算以后才能启用。"))
    return redirect("desk_rule_set", version=version)


@require_safe
@staff_page(rules.READ)
def community_tasks(request: StaffRequest) -> HttpResponse:
    """What communities may be asked to do; nothing else is handed down to them by departments."""
    tasks = [
        {
            "name": row["name_en"] if is_english() else row["name"],
            "categories": [category_name(code) for code in row["categories"].split("|")],
            "source": source_of(row.source),
            "grade": row.grade,
            "since": row.valid_from,
        }
        for row in reference.community_tasks(clock.today())
    ]
    return desk_page(request, "desk/community_tasks.html", {"tasks": tasks})


def _row_page(
    request: StaffRequest, found: RuleSet, row: RuleRow | None, form: RuleForm, *, refusal: Refusal | None = None,
    status: int = 200,
) -> HttpResponse:  # fmt: skip
    context = {"set": found, "row": row, "form": form, "refusal": refusal}
    return desk_page(request, "desk/rule_row.html", context, status=status)


def _show(
    request: StaffRequest, found: RuleSet, *, refusal: Refusal | None = None, status: int = 200
) -> HttpResponse:
    actor, units = request.actor, street_map(request.actor.scope.tenant).by_code
    all_rows = rulesets.rows_of(found)
    after = int(request.GET["after"]) if request.GET.get("after", "").isdigit() else 0
    rows = [row for row in all_rows if row.position > after]
    here = reverse("desk_rule_set", kwargs={"version": found.version})
    declined = rulesets.declined(actor.scope, [row.pk for row in rows[:ROWS]])
    is_open = found.state in (RuleSet.State.DRAFT, RuleSet.State.TESTED)
    is_own = actor.account_id in (found.made_by, found.edited_by)
    context = {
        "said": _said_set(found),
        "set": found,
        "rows": [_said_row(row, units, declined.get(row.pk)) for row in rows[:ROWS]],
        "row_count": len(all_rows),
        "older_url": f"{here}?after={rows[ROWS - 1].position}" if len(rows) > ROWS else "",
        "newer_url": here if after else "",
        "may_edit": is_open and actor.has(EDIT_RULES),
        "may_release": found.state == RuleSet.State.TESTED and actor.has(RELEASE_RULES) and not is_own,
        "needs_second": found.state == RuleSet.State.TESTED and is_own,
        "test": _said_test(found, units),
        "refusal": refusal,
        "crumbs": [{"label": _("派单规则"), "href": reverse("desk_rules")}],
    }
    return desk_page(request, "desk/rule_set.html", context, status=status)


def _said_set(one: RuleSet) -> dict[str, Any]:
    icon, tone, word = STATES[one.state]
    return {"set": one, "icon": icon, "tone": tone, "label": word}


def _said_row(row: RuleRow, units: Any, declined: tuple[int, int] | None) -> dict[str, Any]:
    handed, back = declined or (0, 0)
    return {
        "row": row,
        "conditions": rulebook.say_conditions(row, units),
        "lead": rulebook.target_name(row.lead, units),
        "supports": [rulebook.target_name(code, units) for code in row.supports],
        "handed": handed,
        "back": back,
        "percent": round(100 * back / handed) if handed else None,
    }


def _said_test(found: RuleSet, units: Any) -> dict[str, Any] | None:
    """The replay with units by name and examples as links."""
    test: dict[str, Any] = found.test
    if not test or found.tested_at is None:
        return None

    def name(code: str) -> str:
        return rulebook.target_name(code, units) or _("没有建议")

    moves = [move | {"from": name(move["from"]), "to": name(move["to"])} for move in test["moves"]]
    load = [
        one | {"unit": name(one["unit"]), "change": one["after"] - one["before"]}
        for one in test["load"]
        if one["before"] or one["after"]
    ]
    return test | {"moves": moves, "load": load, "since": datetime.fromisoformat(test["since"])}
