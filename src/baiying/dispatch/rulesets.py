"""Versions of a street's rules of dispatch: drafted, tested on past cases, made live by a second person."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.db.models import Count, Max, Q
from django.utils.translation import gettext_lazy as _

from baiying.dispatch.matching import SYMBOLS, Row, Rulebook
from baiying.dispatch.models import Order, RuleRow, RuleSet
from baiying.dispatch.rules import EDIT_RULES, RELEASE_RULES
from baiying.kit import clock
from baiying.kit.refusals import Conflict, Denied, Invalid, NotFound
from baiying.org.models import Unit
from baiying.org.queries import StreetMap, street_map
from baiying.org.rules import PERMISSIONS, Actor, Scope, acting, demand

MOST_ROWS = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A row as somebody wants it; areas and units by code."""

    lead: str
    category: str = ""
    area: str = ""
    what: str = ""
    kind: str = ""
    hours: str = ""
    supports: tuple[str, ...] = ()
    limit_days: int | None = None
    note: str = ""


# -- reading ------------------------------------------------------------------------------------------------


def live_book(tenant_id: int) -> Rulebook | None:
    """The rules in force, None while a street has none. Its rows never change, so they are read once a version."""
    with acting(Scope(tenant_id, "street")):
        live = RuleSet.objects.filter(tenant_id=tenant_id, state=RuleSet.State.LIVE).values_list(
            "id", "version"
        )
        found = live.first()
        return (
            None
            if found is None
            else _held(tenant_id, found[0], found[1], street_map(tenant_id).tenant.map_version)
        )


@lru_cache(maxsize=16)
def _held(tenant_id: int, set_id: int, version: int, map_version: int) -> Rulebook:
    street = street_map(tenant_id)
    return Rulebook(version, tuple(_rows_of(tenant_id, set_id, street)), codes_of(street))


def codes_of(street: StreetMap) -> frozenset[str]:
    """The codes of the units that may be given an order."""
    return frozenset(
        u.code for u in street.units.values() if u.is_active and u.level != Unit.Level.SUBDISTRICT
    )


def book_of(rule_set: RuleSet) -> Rulebook:
    """Any version as it would be asked."""
    street = street_map(rule_set.tenant_id)
    return Rulebook(
        rule_set.version, tuple(_rows_of(rule_set.tenant_id, rule_set.pk, street)), codes_of(street)
    )


def _rows_of(tenant_id: int, set_id: int, street: StreetMap) -> Iterable[Row]:
    for row in RuleRow.objects.filter(tenant_id=tenant_id, rule_set_id=set_id).order_by("position"):
        area = street.by_code.get(row.area)
        yield Row(
            id=row.pk, position=row.position, lead=row.lead, category=row.category, area=row.area,
            is_grid=area is not None and area.level == Unit.Level.GRID, what=row.what, kind=row.kind,
            hours=row.hours, supports=tuple(row.supports), limit_days=row.limit_days,
        )  # fmt: skip


def versions(scope: Scope) -> list[RuleSet]:
    """All versions of the street, the latest first."""
    return list(RuleSet.objects.within(scope).order_by("-version"))


def version(scope: Scope, number: int) -> RuleSet:
    """One version. Raises NotFound."""
    found: RuleSet | None = RuleSet.objects.within(scope).filter(version=number).first()
    if found is None:
        raise NotFound(problem=_("没有这一版派单规则。"), remedy=_("请从派单规则的列表里选。"))
    return found


def rows_of(rule_set: RuleSet) -> list[RuleRow]:
    """The rows of a version in their order."""
    return list(RuleRow.objects.filter(tenant_id=rule_set.tenant_id, rule_set=rule_set).order_by("position"))


def declined(scope: Scope, row_ids: Iterable[int]) -> dict[int, tuple[int, int]]:
    """Row -> (orders handed out by it, of which returned)."""
    orders = Order.objects.within(scope).filter(rule_row__in=list(row_ids)).order_by()
    counted = orders.values("rule_row").annotate(
        n=Count("id"), back=Count("id", filter=Q(state=Order.State.RETURNED))
    )
    return {one["rule_row"]: (one["n"], one["back"]) for one in counted}


# -- writing ------------------------------------------------------------------------------------------------


def found_first(tenant_id: int, rows: Iterable[Wanted], note: str) -> RuleSet | None:
    """Version 1 of a street that has none yet, live at once: what the catalogue has said so far."""
    with acting(Scope(tenant_id, "street")):
        if RuleSet.objects.filter(tenant_id=tenant_id).exists():
            return None
        now = clock.now()
        first = RuleSet.objects.create(
            tenant_id=tenant_id, version=1, state=RuleSet.State.LIVE, note=note, made_at=now, live_at=now
        )
        _add(first, rows)
        return first


def draft(by: Actor, *, note: str) -> RuleSet:
    """A new version to work on, with the rows of the one in force. Raises Conflict while another is open."""
    with acting(by.scope):
        _ask_leave(by, EDIT_RULES)
        open_states = (RuleSet.State.DRAFT, RuleSet.State.TESTED)
        if RuleSet.objects.within(by.scope).filter(state__in=open_states).exists():
            raise Conflict(problem=_("已经有一版规则在起草。"), remedy=_("请先改完、启用或放弃那一版。"))
        newest = RuleSet.objects.within(by.scope).aggregate(n=Max("version"))["n"] or 0
        fresh = RuleSet.objects.create(
            tenant_id=by.scope.tenant, version=newest + 1, note=note.strip()[:300], made_at=clock.now(),
            made_by=by.account_id, made_by_name=by.name, edited_by=by.account_id,
        )  # fmt: skip
        live = RuleSet.objects.within(by.scope).filter(state=RuleSet.State.LIVE).first()
        if live is not None:
            _add(fresh, [_as_wanted(row) for row in rows_of(live)])
        return fresh


def put_row(by: Actor, *, number: int, row_id: int | None, wanted: Wanted) -> RuleRow:
    """A row of a draft, new or changed; the draft has to be tested again. Raises Invalid, Conflict."""
    with acting(by.scope):
        rule_set = _open(by, number)
        _check(by.scope.tenant, wanted)
        rows = RuleRow.objects.within(by.scope).filter(rule_set=rule_set)
        if row_id is None:
            if rows.count() >= MOST_ROWS:
                raise Invalid(problem=_("规则太多了。"), remedy=_("请合并相同的规则。"))
            return _add(rule_set, [wanted])[0]
        row: RuleRow | None = rows.select_for_update().filter(pk=row_id).first()
        if row is None:
            raise NotFound(problem=_("没有这一行规则。"), remedy=_("请回到规则列表。"))
        for name, value in _columns(wanted).items():
            setattr(row, name, value)
        row.save(update_fields=list(_columns(wanted)))
        return row


def remove_row(by: Actor, *, number: int, row_id: int) -> None:
    """A row of a draft goes; the draft has to be tested again."""
    with acting(by.scope):
        rule_set = _open(by, number)
        RuleRow.objects.within(by.scope).filter(rule_set=rule_set, pk=row_id).delete()


def keep_test(by: Actor, *, number: int, test: Mapping[str, Any]) -> RuleSet:
    """What the replay of past cases found; only a version that has been tested can be made live."""
    with acting(by.scope):
        _ask_leave(by, EDIT_RULES)
        rule_set = _locked(by, number)
        if rule_set.state not in (RuleSet.State.DRAFT, RuleSet.State.TESTED):
            raise _not_open(rule_set)
        rule_set.state, rule_set.test = RuleSet.State.TESTED, dict(test)
        rule_set.tested_at, rule_set.tested_by = clock.now(), by.account_id
        rule_set.save(update_fields=["state", "test", "tested_at", "tested_by"])
        return rule_set


def release(by: Actor, *, number: int) -> RuleSet:
    """A tested version comes into force, by somebody who did not write it.

    Raises Denied, and Conflict when it is not tested, contradicts itself, or is the reader's own.
    """
    with acting(by.scope):
        _ask_leave(by, RELEASE_RULES)
        live = RuleSet.objects.within(by.scope).select_for_update().filter(state=RuleSet.State.LIVE).first()
        rule_set = _locked(by, number)
        if rule_set.state != RuleSet.State.TESTED:
            raise Conflict(
                problem=_("这一版还没有试算，或者试算以后又改过。"), remedy=_("请先用过去的诉求试算一遍。")
            )
        if by.account_id in (rule_set.made_by, rule_set.edited_by):
            raise Conflict(
                problem=_("这一版是您自己起草或改过的，要由另一个人复核启用。"),
                remedy=_("请另一位有权限的同志看过试算结果，再来启用。"),
            )
        if rule_set.test.get("conflicts"):
            raise Conflict(
                problem=_("有互相矛盾的规则：条件一样具体，派给的单位不同。"),
                remedy=_("请先改掉矛盾的行，再试算。"),
            )
        now = clock.now()
        if live is not None:
            live.state, live.retired_at = RuleSet.State.RETIRED, now
            live.save(update_fields=["state", "retired_at"])
        rule_set.state, rule_set.live_at = RuleSet.State.LIVE, now
        rule_set.live_by, rule_set.live_by_name = by.account_id, by.name
        rule_set.save(update_fields=["state", "live_at", "live_by", "live_by_name"])
        return rule_set


def discard(by: Actor, *, number: int) -> RuleSet:
    """A draft is given up; its number is not used again."""
    with acting(by.scope):
        rule_set = _open(by, number)
        rule_set.state, rule_set.retired_at = RuleSet.State.RETIRED, clock.now()
        rule_set.save(update_fields=["state", "retired_at"])
        return rule_set


def _ask_leave(by: Actor, permission: str) -> None:
    demand(by, permission)
    if by.scope.level != "street":
        raise Denied(
            permission=PERMISSIONS[permission].name, sentence=_("派单规则管整个街道，由街道的派单员来定。"),
            unit=by.unit_said,
        )  # fmt: skip


def _locked(by: Actor, number: int) -> RuleSet:
    rule_set = RuleSet.objects.within(by.scope).select_for_update().filter(version=number).first()
    if rule_set is None:
        raise NotFound(problem=_("没有这一版派单规则。"), remedy=_("请从派单规则的列表里选。"))
    return rule_set  # type: ignore[no-any-return]


def _open(by: Actor, number: int) -> RuleSet:
    """The draft, back to untested by whoever works on it now."""
    _ask_leave(by, EDIT_RULES)
    rule_set = _locked(by, number)
    if rule_set.state not in (RuleSet.State.DRAFT, RuleSet.State.TESTED):
        raise _not_open(rule_set)
    rule_set.state, rule_set.edited_by = RuleSet.State.DRAFT, by.account_id
    rule_set.save(update_fields=["state", "edited_by"])
    return rule_set


def _not_open(rule_set: RuleSet) -> Conflict:
    return Conflict(
        problem=_("第 %(version)d 版规则不能再改：它已经启用过或放弃了。") % {"version": rule_set.version},
        remedy=_("请起草新的一版。"),
    )


def _check(tenant_id: int, wanted: Wanted) -> None:
    street = street_map(tenant_id)
    codes = codes_of(street)
    for field, target in (("lead", wanted.lead), *(("supports", s) for s in wanted.supports)):
        if target not in codes and target not in SYMBOLS:
            raise Invalid(field=field, problem=_("没有这个承办单位。"), remedy=_("请从列表里选一个单位。"))
    area = street.by_code.get(wanted.area)
    if wanted.area and (area is None or area.level not in (Unit.Level.COMMUNITY, Unit.Level.GRID)):
        raise Invalid(field="area", problem=_("没有这个社区或网格。"), remedy=_("请从列表里选。"))
    if wanted.lead in wanted.supports:
        raise Invalid(field="supports", problem=_("主办单位不能同时协办。"), remedy=_("请去掉重复的单位。"))
    if wanted.limit_days is not None and not 1 <= wanted.limit_days <= 90:
        raise Invalid(
            field="limit_days", problem=_("期限要在 1 到 90 个工作日之间。"), remedy=_("请改期限。")
        )


def _columns(wanted: Wanted) -> dict[str, Any]:
    return {
        "category": wanted.category, "area": wanted.area, "what": wanted.what, "kind": wanted.kind,
        "hours": wanted.hours, "lead": wanted.lead, "supports": list(wanted.supports),
        "limit_days": wanted.limit_days, "note": wanted.note.strip()[:300],
    }  # fmt: skip


def _as_wanted(row: RuleRow) -> Wanted:
    return Wanted(
        lead=row.lead, category=row.category, area=row.area, what=row.what, kind=row.kind, hours=row.hours,
        supports=tuple(row.supports), limit_days=row.limit_days, note=row.note,
    )  # fmt: skip


def _add(rule_set: RuleSet, rows: Iterable[Wanted]) -> list[RuleRow]:
    last = RuleRow.objects.filter(tenant_id=rule_set.tenant_id, rule_set=rule_set).aggregate(
        n=Max("position")
    )["n"]
    return RuleRow.objects.bulk_create(
        RuleRow(tenant_id=rule_set.tenant_id, rule_set=rule_set, position=number, **_columns(wanted))
        for number, wanted in enumerate(rows, (last or 0) + 1)
    )
