"""Lists of links from a spreadsheet: every change shown before it is made, and the whole taken back afterwards.

The preview is the import itself, done row by row and rolled back: what is shown is what will happen.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from baiying.chain import services
from baiying.chain.holders import Person, put_holder
from baiying.chain.models import Holder, Import, Link
from baiying.chain.places import COLUMN, Child, of_courtyard, of_home, of_person, of_unit
from baiying.chain.queries import active
from baiying.chain.rules import MANAGE
from baiying.kit import clock
from baiying.kit.language import is_english
from baiying.kit.refusals import Conflict, Invalid, NotFound, Refusal, worded
from baiying.kit.sheets import read_day
from baiying.org.models import Account, Unit
from baiying.org.queries import street_map
from baiying.org.rules import Actor, covers, demand
from baiying.registry.models import Courtyard, Home

MOST_ROWS: Final = 3000
NEEDED: Final = ("level", "child", "holder", "from")
# What the first line may call a column, whatever the reader's language: a file has no language of its own.
COLUMNS: Final = json.loads((Path(__file__).parent / "data" / "columns.json").read_text(encoding="utf-8"))
Row = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Change:
    """What one row does: added, moved, ended, unchanged, refused. number: the line in the file."""

    number: int
    kind: str
    level: int = 0
    child: str = ""
    holder: str = ""
    before: str = ""
    day: str = ""
    field: str = ""
    problem: str = ""
    remedy: str = ""


def column_word(name: str) -> str:
    """What the reader calls a column, and may write in the first line; name: ours, or a service's field."""
    english, chinese = COLUMNS.get({"code": "holder", "until": "to"}.get(name, name), ("", ""))
    return str(english if is_english() else chinese)


class _TakenBack(Exception):
    """Ends the transaction of a preview."""


def rows_of(sheet: Sequence[Sequence[str]]) -> list[dict[str, str]]:
    """The file's rows under our names of the columns. Raises Invalid when columns are missing or rows too many."""
    head = [cell.strip().lower() for cell in sheet[0]] if sheet else []
    where = {name: head.index(word) for name, words in COLUMNS.items() for word in words if word in head}
    missing = [column_word(name) for name in NEEDED if name not in where]
    if missing:
        raise Invalid(
            field="file", problem=worded(_("名单少了这些列：%(columns)s。"), columns=", ".join(missing)),
            remedy=_("第一行要写列名，导入页上列着。"),
        )  # fmt: skip
    rows = []
    for number, cells in enumerate(sheet[1:], 2):
        row = {name: cells[at].strip()[:200] if at < len(cells) else "" for name, at in where.items()}
        if any(row.values()):
            rows.append({"number": str(number)} | row)
    if not rows or len(rows) > MOST_ROWS:
        raise Invalid(
            field="file",
            problem=worded(
                _("名单里有 %(n)d 行，一次可以导入 1 到 %(most)d 行。"), n=len(rows), most=MOST_ROWS
            ),
            remedy=_("请分成几个文件导入。"),
        )
    return rows


@transaction.atomic
def read_list(by: Actor, *, name: str, rows: Sequence[Row]) -> Import:
    """A list is kept and shown; nothing of the chain changes yet."""
    demand(by, MANAGE)
    return Import.objects.create(
        tenant_id=by.scope.tenant, community_id=by.scope.unit if by.scope.level == "community" else None,
        name=name.strip()[:120], rows=list(rows), by_id=by.account_id, by_name=by.name, read_at=clock.now(),
    )  # fmt: skip


def shown(by: Actor, kept: Import) -> list[Change]:
    """What the list would change now: the import itself, rolled back."""
    found: list[Change] = []
    try:
        with transaction.atomic():
            found = _carry_out(by, kept)
            raise _TakenBack
    except _TakenBack:
        return found


@transaction.atomic
def carry_out(by: Actor, *, import_id: int, counts: Mapping[str, int]) -> Import:
    """The list is imported, without the rows that are refused.

    counts: how many of each kind were shown; when the chain has changed since, nothing is done (Conflict).
    """
    kept = locked(by, import_id, Import.State.SHOWN)
    changes = _carry_out(by, kept)
    if counted(changes) != dict(counts):
        raise Conflict(
            field="import", problem=_("看过以后情况又变了，现在导入的结果会和您看到的不一样。"),
            remedy=_("请把下面的变化再看一遍，再导入。"),
        )  # fmt: skip
    kept.state, kept.done_at, kept.counts = Import.State.DONE, clock.now(), counted(changes)
    kept.save(update_fields=["state", "done_at", "counts"])
    services.record(by, "chain.imported", "import", kept.pk, kept.community_id, None, counted(changes))
    return kept


@transaction.atomic
def undo(by: Actor, *, import_id: int) -> Import:
    """The whole import is taken back: its links never counted, what it ended goes on. Persons it put in stay.

    Raises Conflict when one of its links has been changed since.
    """
    kept = locked(by, import_id, Import.State.DONE)
    made = list(Link.objects.within(by.scope).select_for_update(of=("self",)).filter(made_by=kept))
    ended = list(Link.objects.within(by.scope).select_for_update(of=("self",)).filter(ended_by=kept))
    changed = [link for link in made if link.why_ended and link.ended_by_id != kept.pk]
    changed += [link for link in ended if link.why_ended not in ("changed", "ended")]
    if changed:
        raise Conflict(
            field="import",
            problem=worded(_("其中 %(n)d 项导入以后又改过，不能整个撤回。"), n=len(changed)),
            remedy=_("请在各自的页面上单独更改。"),
        )
    for link in made:
        services.demand_manage(by, link.level, services.found_child(by, link.level, link.child_id))
        services.cut(link, link.from_date, "undone")
    for link in ended:
        if link.made_by_id != kept.pk:
            link.until_date, link.why_ended, link.ended_by, link.until_before = (
                link.until_before,
                "",
                None,
                None,
            )
            with services.database_words():
                link.save(update_fields=["until_date", "why_ended", "ended_by", "until_before"])
    kept.state, kept.undone_at = Import.State.UNDONE, clock.now()
    kept.save(update_fields=["state", "undone_at"])
    services.record(by, "chain.import_undone", "import", kept.pk, kept.community_id, None,
                    {"links": len(made), "resumed": len(ended)})  # fmt: skip
    return kept


def counted(changes: Sequence[Change]) -> dict[str, int]:
    """How many rows of each kind."""
    found: dict[str, int] = {}
    for change in changes:
        found[change.kind] = found.get(change.kind, 0) + 1
    return found


def locked(by: Actor, import_id: int, state: Import.State) -> Import:
    """The import in this state, locked. Raises NotFound or Conflict."""
    demand(by, MANAGE)
    rows = Import.objects.within(by.scope).select_for_update(of=("self",))
    kept: Import | None = rows.filter(pk=import_id).first()
    if kept is None:
        raise NotFound()
    if kept.state != state:
        raise Conflict(
            field="import", problem=_("这份名单已经处理过了。"), remedy=_("请刷新页面看最新情况。")
        )
    return kept


def _carry_out(by: Actor, kept: Import) -> list[Change]:
    """Row by row, the lowest level first: a contact is put in by its homes before a centre holds it."""
    seen: set[tuple[str, str, str]] = set()
    changes: list[Change] = []
    for row in sorted(kept.rows, key=lambda r: (-_level(r), int(r["number"]))):
        number = int(row["number"])
        try:
            with transaction.atomic():
                key = (row["level"], row["child"], row["from"])
                if key in seen:
                    raise Invalid(
                        field="child", problem=_("同一个对象在名单里出现了两次。"), remedy=_("请只留一行。")
                    )
                seen.add(key)
                changes.append(_one(by, kept, row))
        except Refusal as refusal:
            part = refusal.parts[0]
            changes.append(
                Change(number, "refused", _level(row), row["child"], row.get("name") or row["holder"],
                       field=part.field or "", problem=str(part.problem), remedy=str(part.remedy))
            )  # fmt: skip
    return sorted(changes, key=lambda change: change.number)


def _level(row: Row) -> int:
    written = row["level"]
    return int(written) if written in ("1", "2", "3", "4", "5", "6") else 0


def _one(by: Actor, kept: Import, row: Row) -> Change:
    number, level = int(row["number"]), _level(row)
    if not level:
        raise Invalid(field="level", problem=_("级别不对。"), remedy=_("请填 1 到 6。"))
    start, end = _days(row)
    child = _child(by, level, row["child"])
    services.demand_manage(by, level, child)
    holder = _holder(by, level, child, row)
    current = _current(child, start)
    day = start.isoformat()
    if current is not None and current.holder_id == holder.pk:
        if end is None or end == current.until_date:
            return Change(number, "unchanged", level, child.name, holder.name)
        before = current.until_date
        services.cut(services.locked_link(by, current.pk), end, "ended")
        Link.objects.filter(pk=current.pk).update(ended_by=kept, until_before=before)
        return Change(number, "ended", level, child.name, holder.name, day=end.isoformat())
    link = services.assign(
        by, level=level, child_id=child.id, holder_id=holder.pk, from_date=start, until_date=end
    )
    Link.objects.filter(pk=link.pk).update(made_by=kept)
    if current is None:
        return Change(number, "added", level, child.name, holder.name, day=day)
    Link.objects.filter(pk=current.pk).update(ended_by=kept, until_before=current.until_date)
    return Change(number, "moved", level, child.name, holder.name, current.holder.name, day)


def _days(row: Row) -> tuple[date, date | None]:
    """The first day, and the first day on which it no longer counts; people write the last on which it does."""
    start = read_day(row["from"])
    if start is None:
        raise Invalid(field="from", problem=_("开始日期看不懂。"), remedy=_("请写成 2026-01-31 这样。"))
    last = read_day(row.get("to", ""))
    if row.get("to") and last is None:
        raise Invalid(field="to", problem=_("最后一天看不懂。"), remedy=_("请写成 2026-01-31 这样。"))
    if last is not None and last < start:
        raise Invalid(field="to", problem=_("最后一天在开始日期之前。"), remedy=_("请核对这一行的两个日期。"))
    services.check_days(start, None)
    return start, last + timedelta(days=1) if last else None


def _current(child: Child, day: date) -> Link | None:
    rows = Link.objects.filter(active(day), tenant_id=child.tenant_id, level=child.level)
    return rows.filter(**{COLUMN[child.level]: child.id}).select_related("holder").first()


def _child(by: Actor, level: int, code: str) -> Child:
    """The child with this code, within the actor's scope. Raises NotFound."""
    found: Child | None = None
    if level in (1, 2):
        unit = street_map(by.scope.tenant).by_code.get(code)
        wanted = Unit.Level.COMMUNITY if level == 1 else Unit.Level.GRID
        found = of_unit(unit) if unit is not None and unit.level == wanted else None
        found = found if found is not None and covers(by.scope, found) else None
    elif level == 3:
        courtyard = Courtyard.objects.within(by.scope).filter(code=code).first()
        found = of_courtyard(courtyard) if courtyard else None
    elif level == 6:
        home = Home.objects.within(by.scope).filter(code=code).select_related("building").first()
        found = of_home(home) if home else None
    else:
        person = Holder.objects.within(by.scope).filter(code=code).first()
        found = of_person(level, person) if person else None
    if found is None:
        raise NotFound(
            field="child", problem=worded(_("没有编码为“%(code)s”的对象，或者不在您的范围内。"), code=code[:60]),
            remedy=_("请核对级别和对象编码；第 4、5 级的对象是人，要先有他自己的一行。"),
        )  # fmt: skip
    return found


def _holder(by: Actor, level: int, child: Child, row: Row) -> Holder:
    """The person with this code; a new one is put in from the row's name and duty."""
    code = row["holder"]
    if not code:
        raise Invalid(field="holder", problem=_("没有写责任人编号。"), remedy=_("每位责任人要有编号。"))
    holder: Holder | None = Holder.objects.within(by.scope).filter(code=code).first()
    if holder is not None:
        if row.get("name") and row["name"] != holder.name:
            raise Invalid(
                field="name",
                problem=worded(_("编号“%(code)s”登记的是%(name)s。"), code=code, name=holder.name),
                remedy=_("请核对编号；姓名写错的，请在责任人页面更正。"),
            )
        return holder
    units = street_map(by.scope.tenant)
    unit = (
        units.root
        if level == 1
        else units.units[child.community_id or 0 if level == 2 else child.grid_id or 0]
    )
    account = None
    if row.get("account"):
        account = Account.objects.filter(tenant_id=by.scope.tenant, username=row["account"].lower()).first()
        if account is None:
            raise Invalid(
                field="account", problem=_("没有这个工作账号。"), remedy=_("请核对用户名，或先空着。")
            )
    person = Person(
        name=row.get("name", ""),
        duty=row.get("duty", ""),
        phone=row.get("phone", ""),
        account=account,
        code=code,
    )
    return put_holder(by, unit=unit, person=person)
