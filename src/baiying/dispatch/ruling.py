"""The street's choice of a rule profile and its own limits: from a day on, with a reason, never backwards."""

from __future__ import annotations

from datetime import date, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from baiying.dispatch import order_numbers
from baiying.dispatch.limits import ONLY_IN, PROFILES, SETTABLE
from baiying.dispatch.models import LocalLimit, LocalNumber, ProfileChoice
from baiying.dispatch.rules import SET_LIMITS
from baiying.journal.services import News, record
from baiying.kit import clock
from baiying.kit.calendar import UNITS
from baiying.kit.refusals import Invalid
from baiying.org.models import Tenant
from baiying.org.rules import Actor, acting, demand
from baiying.org.services import raise_map_version

MOST_VALUE = 365
UNIT_NAMES = {"natural_day": _("自然日"), "working_day": _("工作日")}
# Asked without a category: the rules of the way up, and days that the worker counts for all cases at once.
NOT_BY_CATEGORY = frozenset({"rate", "order", "wait_for_reporter", "reopen", "escalate", "escalate_again"})
MOST_REASON = 200
FURTHEST = timedelta(days=366)


@transaction.atomic
def choose_profile(by: Actor, *, profile: str, valid_from: date, reason: str) -> ProfileChoice:
    """The street follows a profile from a day on. Clocks that run keep the limit they started with."""
    demand(by, SET_LIMITS)
    if profile not in PROFILES:
        raise Invalid(field="profile", problem=_("没有这套时限规则。"), remedy=_("请从列表里选。"))
    told = _told(by, valid_from, reason) | {"profile": profile}
    with acting(by.scope):
        row: ProfileChoice
        row, _made = ProfileChoice.objects.get_queryset().update_or_create(
            tenant_id=by.scope.tenant, valid_from=valid_from, defaults=told
        )
        _changed(by, "dispatch.profile_chosen", profile=profile, valid_from=str(valid_from))
    return row


@transaction.atomic
def set_limit(
    by: Actor, *, step: str, category: str, value: int | None, unit: str, valid_from: date, reason: str
) -> LocalLimit:
    """The street's own limit for a step (and category) from a day on; value None: the profile counts again."""
    demand(by, SET_LIMITS)
    if step not in SETTABLE:
        raise Invalid(field="step", problem=_("这一项不能由本街道自定。"), remedy=_("请从列表里选。"))
    if unit not in UNITS or unit == "second":
        raise Invalid(field="unit", problem=_("没有这种时限单位。"), remedy=_("请从列表里选。"))
    if value is not None and ONLY_IN.get(step, unit) != unit:
        raise Invalid(
            field="unit",
            problem=_("这一项只按%(unit)s定。") % {"unit": UNIT_NAMES[ONLY_IN[step]]},
            remedy=_("请改选单位。"),
        )
    if category and step in NOT_BY_CATEGORY:
        raise Invalid(
            field="category", problem=_("这一项对所有类别一样，不能分类别定。"), remedy=_("请选“所有类别”。")
        )
    if value is not None and not 1 <= value <= MOST_VALUE:
        raise Invalid(
            field="value",
            problem=_("时限要在 1 到 %(most)d 之间。") % {"most": MOST_VALUE},
            remedy=_("不再自定的，请选“恢复规则原来的时限”。"),
        )
    told = _told(by, valid_from, reason) | {"value": value, "unit": unit}
    with acting(by.scope):
        row: LocalLimit
        row, _made = LocalLimit.objects.get_queryset().update_or_create(
            tenant_id=by.scope.tenant, step=step, category=category, valid_from=valid_from, defaults=told
        )
        data = {
            "step": step,
            "category": category,
            "value": value,
            "unit": unit,
            "valid_from": str(valid_from),
        }
        _changed(by, "dispatch.limit_set", **data)
    return row


@transaction.atomic
def set_number(by: Actor, *, rule: str, value: int | None, valid_from: date, reason: str) -> LocalNumber:
    """The street's own number for the protocol around orders, from a day on; value None: the profile counts again.

    Every setting is kept. Raises Invalid for a number out of bounds, and for one that does not go with another.
    """
    demand(by, SET_LIMITS)
    kind = order_numbers.KINDS.get(rule)
    if kind is None:
        raise Invalid(field="rule", problem=_("没有这一项。"), remedy=_("请从列表里选。"))
    if value is not None and not kind.least <= value <= kind.most:
        raise Invalid(
            field="value",
            problem=_("“%(what)s”要在 %(least)d 到 %(most)d 之间。")
            % {"what": kind.name, "least": kind.least, "most": kind.most},
            remedy=_("不再自定的，请把数字留空。"),
        )
    told = _told(by, valid_from, reason)
    row = LocalNumber(tenant_id=by.scope.tenant, rule=rule, value=value, valid_from=valid_from, **told)
    with acting(by.scope):
        Tenant.objects.select_for_update(of=("self",)).get(
            pk=by.scope.tenant
        )  # two at once are weighed one by one
        _goes_together(row)
        row.save(force_insert=True)
        _changed(by, "dispatch.number_set", rule=rule, value=value, valid_from=str(valid_from))
    return row


def _goes_together(row: LocalNumber) -> None:
    """A link is chased before it ends, on every day from the one on which the new number counts."""
    if row.rule not in (order_numbers.OUTSIDE_LINK, order_numbers.OUTSIDE_CHASE):
        return
    held = order_numbers.read_numbers(row.tenant_id).with_row(row)
    for day in sorted({r.valid_from for r in held.own if r.valid_from >= row.valid_from}):
        whole, chase = (
            held.number(rule, day).value for rule in (order_numbers.OUTSIDE_LINK, order_numbers.OUTSIDE_CHASE)
        )
        if chase >= whole:
            raise Invalid(
                field="value",
                problem=_("链接 %(whole)d 小时后失效，%(chase)d 小时才催一次，就永远催不到了。")
                % {"whole": whole, "chase": chase},
                remedy=_("催办的时间要比有效时间短。"),
            )


def _told(by: Actor, valid_from: date, reason: str) -> dict[str, object]:
    words, today = " ".join(reason.split())[:MOST_REASON], clock.today()
    if not words:
        raise Invalid(field="reason", problem=_("没有写为什么这样定。"), remedy=_("写上依据或会议决定。"))
    if not today <= valid_from <= today + FURTHEST:
        raise Invalid(
            field="valid_from",
            problem=_("生效日期要在今天到一年以内。"),
            remedy=_("已经过去的日子不能改：那时的时限已经在走。"),
        )
    return {"reason": words, "added_at": clock.now(), "added_name": by.name}


def _changed(by: Actor, event: str, **data: object) -> None:
    raise_map_version(Tenant.objects.select_for_update(of=("self",)).get(pk=by.scope.tenant))
    record(
        News(
            tenant_id=by.scope.tenant, event=event, subject_kind="limits", subject_id=str(by.scope.tenant),
            actor_kind=by.kind, actor_id=by.account_id, actor_name=by.name, data=data,
        )
    )  # fmt: skip
