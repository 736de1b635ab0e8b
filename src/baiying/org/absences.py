"""Who is away, and who stands in: recorded by oneself, the community head or the office; asked by escalation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from baiying.journal.services import News
from baiying.journal.services import record as record_in_journal
from baiying.kit import clock
from baiying.kit.refusals import Conflict, Denied, Invalid, NotFound, worded
from baiying.org.models import Absence, Account, Post
from baiying.org.queries import street_map
from baiying.org.rules import MANAGE_ABSENCES, PERMISSIONS, Actor, Scope, demand

LONGEST = timedelta(days=366)
_MOST_STEPS = 10  # a deputy's deputy's deputy ...


@dataclass(frozen=True, slots=True)
class Standing:
    """Who is away on a day: account -> deputy, or None when nobody stands in."""

    deputies: Mapping[int, int | None]

    def present(self, account_id: int) -> int | None:
        """The account itself, else whoever stands in and is there; None when the seat is empty."""
        seen: set[int] = set()
        current: int | None = account_id
        while current is not None and current in self.deputies and len(seen) < _MOST_STEPS:
            if current in seen:
                return None
            seen.add(current)
            current = self.deputies[current]
        return None if current in seen else current


def standing(tenant_id: int, day: date) -> Standing:
    """Who is away in the street on a day. The caller has set a scope of the street."""
    rows = Absence.objects.filter(
        tenant_id=tenant_id, from_date__lte=day, to_date__gte=day, taken_back_at=None
    )
    return Standing(dict(rows.values_list("account_id", "deputy_id")))


def absences_of(account: Account, *, since: date | None = None) -> QuerySet[Absence]:
    """The account's absences in force that end on `since` (today) or later, the next first."""
    rows = Absence.objects.filter(tenant_id=account.tenant_id, account=account, taken_back_at=None)
    return rows.filter(to_date__gte=since or clock.today()).select_related("deputy").order_by("from_date")


def absences_within(scope: Scope) -> QuerySet[Absence]:
    """Absences of everybody with a post in the scope's branch that have not ended, the next first."""
    rows = Absence.objects.filter(
        tenant_id=scope.tenant, taken_back_at=None, to_date__gte=clock.today()
    ).select_related("account", "deputy")
    if scope.level != "street":
        rows = rows.filter(account_id__in=[a.pk for a in accounts_within(scope)])
    return rows.order_by("from_date", "id")


def accounts_within(scope: Scope) -> list[Account]:
    """Accounts with a business post in the scope's branch today, by name."""
    today = clock.today()
    posts = Post.objects.filter(tenant_id=scope.tenant, admin_kind=0, from_date__lte=today)
    posts = posts.exclude(to_date__lt=today)
    if scope.level != "street":
        posts = posts.filter(unit_id__in=_branch(scope))
    found = {p.account_id for p in posts}
    return list(Account.objects.filter(pk__in=found, is_active=True).order_by("name", "username"))


def _branch(scope: Scope) -> set[int]:
    if scope.level not in ("community", "grid", "unit"):
        return set()
    units = street_map(scope.tenant).units
    return {scope.unit} | {u.id for u in units.values() if u.parent_id == scope.unit}


@transaction.atomic
def record_absence(
    by: Actor, *, account: Account, from_date: date, to_date: date, deputy: Account | None
) -> Absence:
    """Somebody will be away; oneself, or who manages absences of their branch. Refused when days overlap."""
    _demand_over(by, account)
    _check_days(from_date, to_date)
    if deputy is not None:
        _check_deputy(account, deputy, from_date, to_date)
    try:
        with transaction.atomic():
            absence = Absence.objects.create(
                tenant_id=account.tenant_id, account=account, deputy=deputy, from_date=from_date,
                to_date=to_date, recorded_by_id=by.account_id,
            )  # fmt: skip
    except IntegrityError:
        raise Conflict(
            field="from_date",
            problem=worded(_("%(name)s在这些日子里已经登记过不在岗。"), name=account.name),
            remedy=_("先撤回原来的登记，或换日期。"),
        ) from None
    _note(by, "org.absence_recorded", absence)
    return absence


@transaction.atomic
def take_back_absence(by: Actor, *, absence_id: int) -> Absence:
    """Plans changed: an absence still to come is taken back, a running one ended yesterday."""
    rows = Absence.objects.select_for_update(of=("self",)).select_related("account")
    absence = rows.filter(tenant_id=by.scope.tenant, pk=absence_id, taken_back_at=None).first()
    if absence is None:
        raise NotFound()
    _demand_over(by, absence.account)
    yesterday = clock.today() - timedelta(days=1)
    if absence.to_date <= yesterday:
        raise Conflict(problem=_("这段日子已经过去了。"), remedy=_("不用撤回。"))
    if absence.from_date <= yesterday:
        absence.to_date = yesterday
    else:
        absence.taken_back_at = clock.now()
    absence.save(update_fields=["to_date", "taken_back_at"])
    _note(by, "org.absence_taken_back", absence)
    return absence


def _demand_over(by: Actor, account: Account) -> None:
    """Oneself always; others need the permission and a post of theirs in one's branch."""
    if by.kind == "system" and by.scope.tenant == account.tenant_id:
        return
    if by.account_id == account.pk and by.scope.tenant == account.tenant_id:
        return
    demand(by, MANAGE_ABSENCES)
    if account.pk not in {a.pk for a in accounts_within(by.scope)}:
        declared = PERMISSIONS[MANAGE_ABSENCES]
        raise Denied(permission=declared.name, sentence=declared.sentence, unit=by.unit_said)


def _check_days(from_date: date, to_date: date) -> None:
    if to_date < from_date:
        raise Invalid(field="to_date", problem=_("最后一天在第一天之前。"), remedy=_("请核对两个日期。"))
    if to_date - from_date > LONGEST:
        raise Invalid(
            field="to_date",
            problem=_("一次最多登记一年。"),
            remedy=_("长期离岗请由安全管理员结束岗位，并移交挂包。"),
        )
    if to_date < clock.today():
        raise Invalid(field="to_date", problem=_("这段日子已经过去了。"), remedy=_("请核对日期。"))


def _check_deputy(account: Account, deputy: Account, from_date: date, to_date: date) -> None:
    if deputy.pk == account.pk:
        raise Invalid(field="deputy", problem=_("自己不能给自己代班。"), remedy=_("请另选一位同志。"))
    is_there = deputy.is_active and deputy.tenant_id == account.tenant_id and deputy.admin_kind == 0
    if not is_there or not _has_post(deputy):
        raise Invalid(field="deputy", problem=_("代班的人没有在岗的业务岗位。"), remedy=_("请另选一位同志。"))
    away = Absence.objects.filter(
        tenant_id=account.tenant_id, account=deputy, taken_back_at=None, from_date__lte=to_date,
        to_date__gte=from_date,
    )  # fmt: skip
    if away.exists():
        raise Invalid(
            field="deputy",
            problem=worded(_("%(name)s在这些日子里自己也不在岗。"), name=deputy.name),
            remedy=_("请另选一位同志。"),
        )


def _has_post(account: Account) -> bool:
    today = clock.today()
    rows = Post.objects.filter(tenant_id=account.tenant_id, account=account, from_date__lte=today)
    return rows.exclude(to_date__lt=today).exists()


def accounts_in_post(tenant_id: int, day: date, ids: Iterable[int]) -> set[int]:
    """Which of these accounts are open and have a post in force on the day."""
    rows = Post.objects.filter(
        tenant_id=tenant_id, account_id__in=list(ids), account__is_active=True, from_date__lte=day
    )
    return set(rows.exclude(to_date__lt=day).values_list("account_id", flat=True))


def _note(by: Actor, event: str, absence: Absence) -> None:
    record_in_journal(
        News(
            tenant_id=absence.tenant_id,
            event=event,
            subject_kind="absence",
            subject_id=str(absence.pk),
            actor_kind=by.kind,
            actor_id=by.account_id,
            actor_name=by.name,
            data={
                "account": absence.account_id,
                "deputy": absence.deputy_id,
                "from": absence.from_date.isoformat(),
                "to": absence.to_date.isoformat(),
            },
        )
    )
