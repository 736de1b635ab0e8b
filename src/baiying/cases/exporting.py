"""Cases as rows of a table, in chunks by key: a million cost no more memory than a thousand, and today's are there.

Each chunk is a transaction of its own under the scope, because an answer that is streamed outlives the one that began it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from baiying.cases import catalogue, rules, searching, steps
from baiying.cases.filters import CaseFilter, Condition, as_q, conditions
from baiying.cases.models import Case
from baiying.cases.named import CHANNELS, OUTCOMES, RATINGS
from baiying.cases.reference import KINDS
from baiying.journal.services import News, record
from baiying.kit.calendar import ZONE
from baiying.kit.refusals import Invalid
from baiying.org.queries import calendar_of, street_map
from baiying.org.rules import Actor, Scope, acting, demand

CHUNK: Final = 1000
ORDER: Final = ("-received_at", "-id")
# Neither name nor telephone of the reporter: those are read one by one, and each look is recorded.
COLUMNS: Final[dict[str, str | Promise]] = {
    "reference": _("编号"), "state": _("状态"), "kind": _("性质"), "category": _("类别"), "channel": _("来源"),
    "community": _("社区"), "grid": _("网格"), "unit": _("承办单位"), "text": _("诉求内容"), "place": _("地点"),
    "lon": _("经度"), "lat": _("纬度"), "received_at": _("登记时间"), "promised_by": _("承诺时限"), "due_at": _("办理期限"),
    "handled_at": _("办结时间"), "closed_at": _("结案时间"), "outcome": _("结果"), "rating": _("评价"),
}  # fmt: skip


def words_wanted(words: str) -> searching.Wanted | None:
    """What the words of a search mean; None where none are sought. Raises Invalid where no two characters stand together."""
    wanted = searching.wanted(words) if words else None
    if words and wanted is None:
        raise Invalid(
            field="q", problem=_("要找的字太少。"), remedy=_("请至少输入两个连在一起的字，例如“路灯”。")
        )
    return wanted


def begin(by: Actor, wanted: CaseFilter, *, form: str, words: str = "") -> None:
    """Ask leave, and note who takes what away; never the words that were sought. Raises Denied."""
    with acting(by.scope):
        demand(by, rules.EXPORT)
        record(
            News(
                tenant_id=by.scope.tenant, event="cases.exported", subject_kind="account",
                subject_id=str(by.account_id or ""), actor_kind=by.kind, actor_id=by.account_id, actor_name=by.name,
                data={"form": form, "asked": sorted([*wanted.asked(), *(["words"] if words else [])])},
            )
        )  # fmt: skip


def rows(by: Actor, wanted: CaseFilter, *, words: str = "") -> Iterator[dict[str, Any]]:
    """Every case of the filter, and with the words, within the scope; the latest first, as programs read the list.

    Values are words and numbers, keys as in COLUMNS. Raises Invalid for words that are too short.
    """
    sought, asked = words_wanted(words), conditions(wanted, calendar=calendar_of(by.scope.tenant))
    beyond: searching.Key | None = None
    while True:
        with acting(by.scope):
            keys, cases = next_chunk(by.scope, asked, sought, beyond=beyond, most=CHUNK)
        for case in cases:
            yield row_of(case)
        if len(keys) < CHUNK:
            return
        beyond = keys[-1]


def next_chunk(
    scope: Scope, asked: Sequence[Condition], sought: searching.Wanted | None, *, beyond: searching.Key | None, most: int
) -> tuple[list[searching.Key], list[Case]]:  # fmt: skip
    """The latest of these cases, or those that follow the last one had. The scope must be in force.

    (keys by which the walk goes on, the cases); there are fewer keys than `most` only at the end.
    """
    within = Case.objects.within(scope).defer("search")
    if sought is not None:
        keys = searching.find(sought, asked, beyond=beyond, most=most)
        held = within.in_bulk([key.id for key in keys])
        return keys, [held[key.id] for key in keys if key.id in held]
    found = within.filter(as_q(asked))
    if beyond is not None:
        found = found.filter(received_at__lte=beyond.at).exclude(received_at=beyond.at, id__gte=beyond.id)
    cases = list(found.order_by(*ORDER)[:most])
    return [searching.Key(case.received_at, case.id) for case in cases], cases


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
