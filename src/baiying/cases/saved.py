"""Filters that somebody keeps for themselves."""

from __future__ import annotations

from typing import Final

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from baiying.cases import rules
from baiying.cases.models import SavedFilter
from baiying.kit.refusals import Conflict, Invalid, NotFound, worded
from baiying.kit.text import clean
from baiying.org.rules import Actor, demand

MOST_SAVED: Final = 30
MOST_NAME: Final = 30


def _own(by: Actor) -> QuerySet[SavedFilter]:
    return SavedFilter.objects.filter(tenant_id=by.scope.tenant, account_id=by.account_id or 0)


def saved_filters(by: Actor) -> list[SavedFilter]:
    """The person's own filters, in the order of saving."""
    return list(_own(by).order_by("id")[:MOST_SAVED])


def save_filter(by: Actor, *, name: str, query: str) -> SavedFilter:
    """Somebody keeps a filter of the list under a name of their own; thirty are enough."""
    demand(by, rules.READ)
    name = clean(name, most=MOST_NAME, field="name").strip()
    if not name:
        raise Invalid(
            field="name", problem=_("还没有给这个筛选起名字。"), remedy=_("起一个短名字，例如“本周路灯”。")
        )
    if not query or len(query) > 2000:
        raise Invalid(field="query", problem=_("还没有筛选条件可以保存。"), remedy=_("先选条件，再保存。"))
    if _own(by).count() >= MOST_SAVED:
        raise Conflict(
            field="name",
            problem=worded(_("最多保存 %(most)d 个筛选。"), most=MOST_SAVED),
            remedy=_("先删掉不用的。"),
        )
    try:
        with transaction.atomic():
            return SavedFilter.objects.create(
                tenant_id=by.scope.tenant, account_id=by.account_id or 0, name=name, query=query
            )
    except IntegrityError:
        raise Conflict(
            field="name", problem=_("已经有一个同名的筛选。"), remedy=_("换一个名字，或先删掉原来的。")
        ) from None


def delete_filter(by: Actor, *, filter_id: int) -> None:
    """Somebody drops a filter of their own."""
    if not _own(by).filter(id=filter_id).delete()[0]:
        raise NotFound(
            field="filter", problem=_("没有这个筛选，可能已经删掉了。"), remedy=_("刷新页面看看。")
        )
