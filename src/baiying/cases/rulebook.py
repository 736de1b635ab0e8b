"""Who should have this case, and why: the rules of dispatch asked about a case, and the answer in words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later

from baiying.cases import catalogue, reference, returning, wording
from baiying.cases.models import Case, Category
from baiying.cases.said import check_due
from baiying.dispatch import rulesets
from baiying.dispatch.matching import (
    COMPONENT,
    MATTER,
    OFF,
    OWNER,
    RECEIVER,
    TERRITORY,
    WORKING,
    Answer,
    Inputs,
    Row,
    Rulebook,
)
from baiying.dispatch.models import Order, RuleRow
from baiying.dispatch.reference import is_community_task
from baiying.dispatch.services import Why
from baiying.kit import clock
from baiying.kit.calendar import WorkingCalendar
from baiying.kit.language import is_english
from baiying.kit.refusals import Conflict, Invalid, Words
from baiying.org.models import Post, Unit
from baiying.org.queries import StreetMap, calendar_of, street_map
from baiying.org.rules import Actor, Scope, acting

FACILITIES: Final = ("01", "02", "03", "04", "05")
FIRST_NOTE: Final = later("由类别目录的建议单位转成")
SAYINGS: Final[Mapping[str, Words]] = {
    TERRITORY: later("属地"),
    OWNER: later("属主"),
    RECEIVER: later("首接单位"),
}
WHAT: Final[Mapping[str, Words]] = {COMPONENT: later("部件"), MATTER: later("事件")}
HOURS: Final[Mapping[str, Words]] = {WORKING: later("上班时间"), OFF: later("下班和节假日")}


def book_for(tenant_id: int) -> Rulebook:
    """The rules in force; before a street has its first version, what that will say."""
    return rulesets.live_book(tenant_id) or _first_book(tenant_id)


def _first_book(tenant_id: int) -> Rulebook:
    street = street_map(tenant_id)
    rows = tuple(
        Row(id=None, position=n, lead=row.lead, category=row.category)
        for n, row in enumerate(_first_rows(street), 1)
    )
    return Rulebook(1, rows, rulesets.codes_of(street))


def _first_rows(street: StreetMap) -> list[rulesets.Wanted]:
    return [
        rulesets.Wanted(category=c.code, lead=c.suggested_unit_code, note=str(FIRST_NOTE))
        for c in catalogue.categories(clock.today())
        if c.suggested_unit_code in street.by_code
    ]


def found_first(tenant_id: int) -> int:
    """Version 1 of a street that has units and no rules yet; returns how many rows. Harmless to repeat."""
    rows = _first_rows(street_map(tenant_id))
    if not rows:
        return 0
    return len(rows) if rulesets.found_first(tenant_id, rows, str(FIRST_NOTE)) is not None else 0


def what_of(category: Category) -> str:
    """Whether it is about a component (部件) or a matter (事件): classes 01 to 05 of GB/T 47678.5 are facilities."""
    matter = category.matter
    return COMPONENT if matter is not None and matter.class_code in FACILITIES else MATTER


def hours_of(at: datetime, calendar: WorkingCalendar) -> str:
    """Whether the street's offices were open then; the break at noon counts as open."""
    local = timezone.localtime(at)
    if not calendar.is_open(local.date()):
        return OFF
    spans = calendar.hours_on(local.date())
    return WORKING if spans[0][0] <= local.time() < spans[-1][1] else OFF


def inputs_of(case: Case, *, receiver: str = "") -> Inputs:
    """What the rules are asked about a case."""
    units = street_map(case.tenant_id).units
    category = catalogue.category(case.category_id) or case.category
    return Inputs(
        category=category.code, kind=case.kind, what=what_of(category), hours=hours_of(case.received_at, calendar_of(case.tenant_id)),
        community=units[case.community_id].code if case.community_id in units else "",
        grid=units[case.grid_id].code if case.grid_id in units else "",
        owner=category.suggested_unit_code, receiver=receiver,
    )  # fmt: skip


def usual(tenant_id: int, category: Category, kind: str = "") -> str:
    """The code of the unit that the rules name for a category whose place is not known yet; "" when none."""
    asked = Inputs(
        category=category.code, kind=kind or category.default_kind, what=what_of(category),
        hours=hours_of(clock.now(), calendar_of(tenant_id)), owner=category.suggested_unit_code,
    )  # fmt: skip
    return book_for(tenant_id).answer(asked).lead


def receivers(tenant_id: int) -> dict[int, str]:
    """Account -> code of the unit at which it takes requests in."""
    units = street_map(tenant_id).units
    with acting(Scope(tenant_id, "street")):
        posts = Post.objects.filter(tenant_id=tenant_id, to_date=None).order_by("-id")
        found = posts.values_list("account_id", "unit_id")
        return {account: units[unit].code for account, unit in found if unit in units}


def suggest(by: Actor, case: Case) -> tuple[Inputs, Answer, Rulebook]:
    """Who should have the case now; never a unit that has returned it."""
    book = book_for(case.tenant_id)
    receiver = receivers(case.tenant_id).get(case.received_by, "") if case.received_by else ""
    asked = inputs_of(case, receiver=receiver)
    units = street_map(case.tenant_id).units
    with acting(by.scope):
        returned = {units[order.unit_id].code for order in returning.returns_of(by, case)}
    return asked, book.answer(asked, returned=returned), book


def why(by: Actor, case: Case) -> tuple[Why, Answer]:
    """The suggestion as it is kept with the order."""
    asked, answer, book = suggest(by, case)
    row = answer.row.id if answer.row is not None else None
    return Why(version=book.version, row=row, kept=answer.kept(asked)), answer


def order_due(case: Case, unit: Unit, answer: Answer, wanted: datetime | None) -> datetime:
    """The limit of a lead order: as wanted, else the case's own or the earlier one of the rule that named this unit.

    Raises Invalid for a time that has passed or that lies after the case's own limit, which was promised.
    """
    now = clock.now()
    if wanted is not None:
        check_due(wanted)
        if wanted > case.due_at > now:
            raise Invalid(
                field="due_at",
                problem=_("办理期限不能晚于答应居民的时间。"),
                remedy=_("请写早一点的时间；确实办不完的，先延期。"),
            )
        return wanted
    if answer.limit_days is None or answer.lead != unit.code:
        return case.due_at
    return min(case.due_at, calendar_of(case.tenant_id).add_working_days(now, answer.limit_days).at)


def explain(order: Order) -> list[str]:
    """ "Why here?" in sentences; nothing for orders from before the rules."""
    kept = order.rule
    if not kept or "inputs" not in kept:
        return []
    units = street_map(order.tenant_id).by_code
    suggested = kept.get("suggested", "")
    told = [_rule_said(order, units), _inputs_said(kept["inputs"], units)]
    told += [
        _("“%(unit)s”已经退过，不再建议它。") % {"unit": _unit(code, units)}
        for code in kept.get("passed", [])
    ]
    chosen = order.unit.code
    if suggested and suggested != chosen:
        said = {"suggested": _unit(suggested, units), "chosen": _unit(chosen, units)}
        told.append(_("规则建议的是“%(suggested)s”，派单员派给了“%(chosen)s”。") % said)
    return [line for line in told if line]


def _rule_said(order: Order, units: Mapping[str, Unit]) -> str:
    kept = order.rule
    row, suggested = kept.get("row"), _unit(kept.get("suggested", ""), units)
    if row:
        said = {
            "version": order.rule_version,
            "row": row["position"],
            "conditions": say_conditions(row, units),
        }
        return _("派单规则第 %(version)s 版第 %(row)s 行：%(conditions)s，主办“%(unit)s”。") % (
            said | {"unit": suggested}
        )
    if not kept.get("saying"):
        return _("派单规则第 %(version)s 版没有合适的行，由派单员决定。") % {"version": order.rule_version}
    what = kept["inputs"]["what"]
    saying = _("部件先属主、后属地") if what == COMPONENT else _("事件先属地、后属主")
    if kept["saying"] == RECEIVER:
        saying = _("首接负责")
    said = {
        "version": order.rule_version,
        "saying": saying,
        "whom": SAYINGS[kept["saying"]],
        "unit": suggested,
    }
    return _("派单规则第 %(version)s 版没有合适的行；按惯例“%(saying)s”，%(whom)s是“%(unit)s”。") % said


def _inputs_said(asked: Mapping[str, Any], units: Mapping[str, Unit]) -> str:
    place = _unit(asked["grid"] or asked["community"], units) or _("地点不清楚")
    parts = [_category(asked["category"]), wording.kind_name(asked["kind"]), str(WHAT[asked["what"]]), place]
    return _("当时的依据：%(parts)s。") % {"parts": " · ".join([*parts, str(HOURS[asked["hours"]])])}


def say_conditions(row: Mapping[str, Any] | RuleRow, units: Mapping[str, Unit]) -> str:
    """The conditions of a row in words."""

    def of(name: str) -> str:
        return str(getattr(row, name) if isinstance(row, RuleRow) else row.get(name, ""))

    said = [
        _category(of("category")), _unit(of("area"), units), str(WHAT.get(of("what"), "")),
        wording.kind_name(of("kind")) if of("kind") else "", str(HOURS.get(of("hours"), "")),
    ]  # fmt: skip
    return " · ".join(part for part in said if part) or _("所有诉求")


def target_name(target: str, units: Mapping[str, Unit]) -> str:
    """A unit's name, or what a symbol stands for."""
    return str(SAYINGS[target]) if target in SAYINGS else _unit(target, units) or target


def _unit(code: str, units: Mapping[str, Unit]) -> str:
    unit = units.get(code)
    if unit is None:
        return ""
    return unit.name_en if is_english() and unit.name_en else unit.name


def _category(code: str) -> str:
    if not code:
        return ""
    return wording.category_name(code)


def put_row(by: Actor, *, number: int, row_id: int | None, wanted: rulesets.Wanted) -> RuleRow:
    """A row of a draft (see dispatch.rulesets), with categories and kinds that exist.

    Raises Conflict when it would hand a community what its published list does not name.
    """
    known = {c.code for c in catalogue.categories(clock.today())}
    if wanted.category and wanted.category not in known:
        raise Invalid(field="category", problem=_("没有这个类别。"), remedy=_("请从列表里选。"))
    if wanted.kind and wanted.kind not in reference.KINDS:
        raise Invalid(field="kind", problem=_("没有这种性质。"), remedy=_("请从列表里选。"))
    unit = street_map(by.scope.tenant).by_code.get(wanted.lead)
    if (
        unit is not None
        and unit.level in returning.LOCAL
        and not (wanted.category and is_community_task(wanted.category, clock.today()))
    ):
        raise Conflict(
            field="lead",
            problem=_("这一行会把社区事项清单以外的事派给社区。"),
            remedy=_("请派给有职责的部门，或选清单里的类别。"),
        )
    return rulesets.put_row(by, number=number, row_id=row_id, wanted=wanted)
