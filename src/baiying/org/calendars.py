"""The street's own part of the working calendar: holidays not yet packaged, single days, working hours.

A change reaches every process with the next version of the street's map. It never moves a limit that is already
running: what was promised stays promised.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from baiying.journal.services import News, record
from baiying.kit import clock
from baiying.kit.calendar import USUAL, is_published
from baiying.kit.holidays import MOST_NOTE, DayRow, read_hours, read_table, said_hours
from baiying.kit.refusals import Conflict, Invalid, NotFound
from baiying.org.models import DayOverride, OfficeHours, Tenant, WorkYear
from baiying.org.queries import calendar_of
from baiying.org.rules import MANAGE_CALENDAR, Actor, demand
from baiying.org.services import raise_map_version

FIRST_YEAR, LAST_YEAR = 2020, 2100
MOST_SOURCE = 200


@dataclass(frozen=True, slots=True)
class Change:
    """What an import would do with one day: add, change, remove or leave it."""

    day: date
    is_open: bool
    note: str
    does: str  # add | change | remove | keep


@dataclass(frozen=True, slots=True)
class YearSeen:
    """A year of the calendar: where its data comes from, and the street's own days in it."""

    year: int
    is_packaged: bool
    own: WorkYear | None
    days: list[DayOverride]

    @property
    def is_known(self) -> bool:
        """Whether nothing in it is assumed."""
        return self.is_packaged or self.own is not None


def years_seen(tenant_id: int, years: Iterable[int]) -> list[YearSeen]:
    """These years, and all others in which the street has entered something."""
    own = {row.year: row for row in WorkYear.objects.filter(tenant_id=tenant_id)}
    days: dict[int, list[DayOverride]] = {}
    for row in DayOverride.objects.filter(tenant_id=tenant_id).order_by("day"):
        days.setdefault(row.day.year, []).append(row)
    wanted = sorted({*years, *own, *days})
    return [YearSeen(y, is_published(y), own.get(y), days.get(y, [])) for y in wanted]


def hours_seen(tenant_id: int) -> list[OfficeHours]:
    """The working hours by date, the latest first."""
    return list(OfficeHours.objects.filter(tenant_id=tenant_id).order_by("-valid_from"))


def unknown_years(tenant_id: int, years: Iterable[int]) -> list[int]:
    """Which of these years have no data in the street's calendar."""
    known = calendar_of(tenant_id)
    return [year for year in years if not known.is_known(date(year, 7, 1))]


def preview_import(by: Actor, *, year: int, table: str) -> list[Change]:
    """What taking this table would change, by day. Raises Invalid when the table contradicts itself."""
    demand(by, MANAGE_CALENDAR)
    _check_year(year)
    rows = read_table(table, year)
    held = {row.day: row for row in DayOverride.objects.filter(tenant_id=by.scope.tenant, day__year=year)}
    changes = [_change(row, held.get(row.day)) for row in rows]
    told = {row.day for row in rows}
    gone = [Change(d, row.is_open, row.note, "remove") for d, row in held.items() if d not in told]
    return sorted([*changes, *gone], key=lambda change: change.day)


def _change(row: DayRow, held: DayOverride | None) -> Change:
    does = "add" if held is None else "keep" if held.is_open == row.is_open else "change"
    return Change(row.day, row.is_open, row.note, does)


@transaction.atomic
def import_year(by: Actor, *, year: int, table: str, source: str) -> WorkYear:
    """A year's notice is taken as a whole: its days replace what the street had entered for that year."""
    changes = preview_import(by, year=year, table=table)
    tenant = _locked(by)
    source = _checked_source(source)
    DayOverride.objects.filter(tenant=tenant, day__year=year).delete()
    DayOverride.objects.bulk_create(
        DayOverride(
            tenant=tenant, day=c.day, is_open=c.is_open, note=c.note, added_at=clock.now(), added_name=by.name
        )
        for c in changes
        if c.does != "remove"
    )
    told = {"source": source, "added_at": clock.now(), "added_name": by.name}
    row, _made = WorkYear.objects.update_or_create(tenant=tenant, year=year, defaults=told)
    _changed(by, tenant, "org.calendar_imported", year=year, days=sum(c.does != "remove" for c in changes))
    return row


@transaction.atomic
def add_day(by: Actor, *, day: date, is_open: bool, note: str) -> DayOverride:
    """One day is open or closed whatever the tables say; a day already entered the other way is refused."""
    demand(by, MANAGE_CALENDAR)
    _check_year(day.year)
    tenant = _locked(by)
    held = DayOverride.objects.filter(tenant=tenant, day=day).first()
    if held is not None:
        raise Conflict(
            field="day",
            problem=_("%(day)s 已经登记为“%(kind)s”。")
            % {"day": day, "kind": _("上班") if held.is_open else _("休息")},
            remedy=_("先删掉原来那一条，再登记。"),
        )
    row = DayOverride.objects.create(
        tenant=tenant, day=day, is_open=is_open, note=" ".join(note.split())[:MOST_NOTE],
        added_at=clock.now(), added_name=by.name,
    )  # fmt: skip
    _changed(by, tenant, "org.calendar_day_set", day=str(day), is_open=is_open)
    return row


@transaction.atomic
def remove_day(by: Actor, *, day_id: int) -> None:
    """A day is again what the tables say."""
    demand(by, MANAGE_CALENDAR)
    tenant = _locked(by)
    row = DayOverride.objects.filter(tenant=tenant, id=day_id).first()
    if row is None:
        raise NotFound(field="day", problem=_("没有这一天，或已经删掉。"), remedy=_("刷新页面看看。"))
    row.delete()
    _changed(by, tenant, "org.calendar_day_removed", day=str(row.day))


@transaction.atomic
def remove_year(by: Actor, *, year: int) -> None:
    """What the street had entered for a year goes; the packaged tables count again, or Monday to Friday."""
    demand(by, MANAGE_CALENDAR)
    tenant = _locked(by)
    days, _each = DayOverride.objects.filter(tenant=tenant, day__year=year).delete()
    known, _each = WorkYear.objects.filter(tenant=tenant, year=year).delete()
    if not days and not known:
        raise NotFound(
            field="year", problem=_("%(year)d 年没有登记过。") % {"year": year}, remedy=_("刷新页面看看。")
        )
    _changed(by, tenant, "org.calendar_year_removed", year=year, days=days)


@transaction.atomic
def set_hours(by: Actor, *, valid_from: date, hours: str) -> OfficeHours:
    """Working hours from a day on; never from a day that has passed, limits then running were counted otherwise."""
    demand(by, MANAGE_CALENDAR)
    spans = read_hours(hours)
    if valid_from < clock.today():
        raise Invalid(field="valid_from", problem=_("生效日期已经过去。"), remedy=_("请选今天或以后的一天。"))
    _check_year(valid_from.year)
    tenant = _locked(by)
    told = {"hours": said_hours(spans), "added_at": clock.now(), "added_name": by.name}
    row, _made = OfficeHours.objects.update_or_create(tenant=tenant, valid_from=valid_from, defaults=told)
    _changed(by, tenant, "org.office_hours_set", valid_from=str(valid_from), hours=row.hours)
    return row


def is_usual(day: date, *, is_open: bool) -> bool:
    """Whether the packaged tables, or the weekday, say the same of a day."""
    return USUAL.is_open(day) == is_open


def _locked(by: Actor) -> Tenant:
    return Tenant.objects.select_for_update(of=("self",)).get(pk=by.scope.tenant)


def _check_year(year: int) -> None:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise Invalid(
            field="year",
            problem=_("年份要在 %(first)d 到 %(last)d 之间。") % {"first": FIRST_YEAR, "last": LAST_YEAR},
            remedy=_("请核对年份。"),
        )


def _checked_source(source: str) -> str:
    words = " ".join(source.split())[:MOST_SOURCE]
    if not words:
        raise Invalid(
            field="source",
            problem=_("没有写依据。"),
            remedy=_("写上通知的名称和文号，例如“国办发明电〔2026〕…号”。"),
        )
    return words


def _changed(by: Actor, tenant: Tenant, event: str, **data: object) -> None:
    raise_map_version(tenant)
    record(
        News(
            tenant_id=tenant.id, event=event, subject_kind="calendar", subject_id=str(tenant.id),
            actor_kind=by.kind, actor_id=by.account_id, actor_name=by.name, data=data,
        )
    )  # fmt: skip
