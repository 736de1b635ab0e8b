"""Cases as rows of a table, in chunks by key: a million cost no more memory than a thousand, and today's are there.

Each chunk is a transaction of its own under the scope, because an answer that is streamed outlives the one that began it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from baiying.cases import catalogue, rules, steps
from baiying.cases.filters import CaseFilter, as_q, conditions
from baiying.cases.models import Case
from baiying.cases.named import CHANNELS, OUTCOMES, RATINGS
from baiying.cases.reference import KINDS
from baiying.journal.services import News, record
from baiying.kit.calendar import ZONE
from baiying.org.queries import calendar_of, street_map
from baiying.org.rules import Actor, acting, demand

CHUNK: Final = 1000
ORDER: Final = ("-received_at", "-id")
# Neither name nor telephone of the reporter: those are read one by one, and each look is recorded.
COLUMNS: Final[dict[str, str | Promise]] = {
    "reference": _("编号"), "state": _("状态"), "kind": _("性质"), "category": _("类别"), "channel": _("来源"),
    "community": _("社区"), "grid": _("网格"), "unit": _("承办单位"), "text": _("诉求内容"), "place": _("地点"),
    "lon": _("经度"), "lat": _("纬度"), "received_at": _("登记时间"), "promised_by": _("承诺时限"), "due_at": _("办理期限"),
    "handled_at": _("办结时间"), "closed_at": _("结案时间"), "outcome": _("结果"), "rating": _("评价"),
}  # fmt: skip


def begin(by: Actor, wanted: CaseFilter, *, form: str) -> None:
    """Ask leave, and note who takes what away. Raises Denied."""
    with acting(by.scope):
        demand(by, rules.EXPORT)
        record(
            News(
                tenant_id=by.scope.tenant, event="cases.exported", subject_kind="account",
                subject_id=str(by.account_id or ""), actor_kind=by.kind, actor_id=by.account_id, actor_name=by.name,
                data={"form": form, "asked": sorted(wanted.asked())},
            )
        )  # fmt: skip


def rows(by: Actor, wanted: CaseFilter) -> Iterator[dict[str, Any]]:
    """Every case of the filter within the scope, the latest first; values as words and numbers, keys as in COLUMNS."""
    asked = as_q(conditions(wanted, calendar=calendar_of(by.scope.tenant)))
    beyond: tuple[datetime, UUID] | None = None
    while True:
        with acting(by.scope):
            chunk = next_chunk(Case.objects.within(by.scope).filter(asked), beyond, CHUNK)
        for case in chunk:
            yield row_of(case)
        if len(chunk) < CHUNK:
            return
        beyond = chunk[-1].received_at, chunk[-1].id


def next_chunk(found: QuerySet[Case], beyond: tuple[datetime, UUID] | None, most: int) -> list[Case]:
    """The latest of these cases, or those that follow the (moment, id) of the last one had. Needs a scope."""
    if beyond is not None:
        at, case_id = beyond
        found = found.filter(received_at__lte=at).exclude(received_at=at, id__gte=case_id)
    return list(found.order_by(*ORDER).defer("search")[:most])


def row_of(case: Case) -> dict[str, Any]:
    """One case as a row, without a query."""
    units, category = street_map(case.tenant_id).units, catalogue.category(case.category_id)

    def name(unit_id: int | None) -> str:
        unit = units.get(unit_id or 0)
        return unit.name if unit is not None else ""

    return {
        "reference": case.reference, "state": str(steps.LIFECYCLE.state(case.state).label),
        "kind": KINDS[case.kind]["name"] if case.kind in KINDS else case.kind, "category": category.name if category else "",
        "channel": str(CHANNELS.get(case.channel, case.channel)), "community": name(case.community_id), "grid": name(case.grid_id),
        "unit": name(case.unit_id), "text": case.text, "place": case.place, "lon": case.lon, "lat": case.lat,
        "received_at": _said(case.received_at), "promised_by": _said(case.promised_by), "due_at": _said(case.due_at),
        "handled_at": _said(case.handled_at), "closed_at": _said(case.closed_at),
        "outcome": str(OUTCOMES.get(case.outcome, "")), "rating": str(RATINGS.get(case.rating, "")),
    }  # fmt: skip


def _said(moment: datetime | None) -> str:
    """In the street's time, as spreadsheets read it."""
    return f"{moment.astimezone(ZONE):%Y-%m-%d %H:%M}" if moment else ""
