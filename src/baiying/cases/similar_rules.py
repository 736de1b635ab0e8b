"""How near in place and time, and how alike, cases must be to count as similar: data/similar.csv, and in its place what
a street has set for itself. Every setting is a row of its own with its reason; the latest counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from django.db import connection
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from baiying.cases import catalogue, rules
from baiying.cases.closure import is_valid
from baiying.cases.models import SimilarRule
from baiying.cases.reference import rows
from baiying.journal.services import News, record
from baiying.kit import clock
from baiying.kit.refusals import Conflict, Invalid, worded
from baiying.org.rules import Actor, Scope, acting, demand, somewhere_in

LIMITS: Final = {"metres": (10, 5_000), "days": (1, 365), "percent": (10, 95)}
EVENT: Final = "cases.similar_rule_set"


@dataclass(frozen=True, slots=True)
class Similar:
    """What counts as similar for a category; `source` and `grade` of the file, or "street" where it was set here."""

    category: str
    metres: int
    days: int
    percent: int
    source: str
    grade: str


def rules_of(tenant_id: int) -> Mapping[str, Similar]:
    """By code of the category what is in force in a street; "" for every category without a row of its own."""
    with somewhere_in(tenant_id):
        own = SimilarRule.objects.filter(tenant_id=tenant_id).order_by("category", "-id").distinct("category")
        return _of_file() | {
            row.category: Similar(row.category, row.metres, row.days, row.percent, "street", "D")
            for row in own
        }


def rule_of(found: Mapping[str, Similar], category: str) -> Similar:
    """The rule for one category."""
    return found.get(category) or found[""]


def _of_file() -> dict[str, Similar]:
    return dict(_in_force(f"{clock.today():%F}"))


@lru_cache(maxsize=4)
def _in_force(on: str) -> tuple[tuple[str, Similar], ...]:
    today = clock.today()
    return tuple(
        (
            row["category"],
            Similar(row["category"], int(row["metres"]), int(row["days"]), int(row["percent"]), row["source"], row["grade"]),
        )
        for row in rows("similar")
        if is_valid(row, today)
    )  # fmt: skip


def version_of(scope: Scope) -> int:
    """A number that grows with every setting of the street; 0 before the first. Needs a scope."""
    latest = SimilarRule.objects.within(scope).order_by("-id").values_list("id", flat=True).first()
    return int(latest or 0)


def set_rule(
    by: Actor, *, category: str, metres: int, days: int, percent: int, reason: str, version: int | None = None
) -> SimilarRule:  # fmt: skip
    """The street sets its own numbers for a category, or ("") for all that have none; with a reason.

    Raises Invalid, Denied; Conflict where something was set since `version` was read.
    """
    demand(by, rules.SET_SIMILAR)
    if category and category not in {c.code for c in catalogue.categories(clock.today())}:
        raise Invalid(field="category", problem=_("没有这个类别。"), remedy=_("请从列表里选。"))
    for name, value in (("metres", metres), ("days", days), ("percent", percent)):
        low, high = LIMITS[name]
        if not low <= value <= high:
            raise Invalid(
                field=name, problem=worded(_("这个数要在 %(low)s 到 %(high)s 之间。"), low=low, high=high),
                remedy=_("请改成范围以内的整数。"),
            )  # fmt: skip
    if not reason.strip():
        raise Invalid(field="reason", problem=_("没有写为什么改。"), remedy=_("请写一句理由，别人查得到。"))
    with acting(by.scope):
        _not_overtaken(by.scope, version)
        row = SimilarRule.objects.create(
            tenant_id=by.scope.tenant, category=category, metres=metres, days=days, percent=percent,
            reason=reason.strip()[:500], set_by=by.account_id, set_name=by.name, at=clock.now(),
        )  # fmt: skip
        said = {"category": category, "metres": metres, "days": days, "percent": percent}
        record(
            News(
                tenant_id=by.scope.tenant, event=EVENT, subject_kind="similar_rule", subject_id=str(row.pk),
                actor_kind=by.kind, actor_id=by.account_id, actor_name=by.name, data=said,
            )
        )  # fmt: skip
        return row


def _not_overtaken(scope: Scope, version: int | None) -> None:
    with connection.cursor() as cursor:  # there is no row to lock: each setting is a new one
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('cases.similar'), %s)", [scope.tenant])
    now = version_of(scope)
    if version not in (None, now):
        raise Conflict(
            field="version", problem=_("刚刚有人改过相似判断的数字，您的修改没有生效。"),
            remedy=_("请看看现在的数字，再决定还要不要改。"), extra={"version": now},
        )  # fmt: skip


def settings_of(scope: Scope) -> QuerySet[SimilarRule]:
    """What the street has set, for page_of(order=("-id",))."""
    return SimilarRule.objects.within(scope)


def history_of(scope: Scope) -> list[SimilarRule]:
    """What the street has set lately, the latest first."""
    with acting(scope):
        return list(settings_of(scope).order_by("-id")[:20])
