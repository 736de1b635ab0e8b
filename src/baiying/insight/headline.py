"""A claim like "505 accepted, 99 % satisfied", computed again from the cases themselves, step by step."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal
from typing import Literal

from django.db.models import Count, Q
from django.utils import timezone

from baiying.cases.facts import SPLIT
from baiying.cases.models import Case
from baiying.insight.queries import Period, figures
from baiying.insight.rates import Counting, Profile, Rate, profiles
from baiying.org.rules import Scope

Verdict = Literal["agrees", "other_number", "differs", "too_few", "no_answers"]


@dataclass(frozen=True, slots=True)
class Claim:
    """So many accepted and so many percent satisfied (as written, so that its precision is known)."""

    accepted: int | None
    percent: Decimal
    period: Period
    community: int | None = None


@dataclass(frozen=True, slots=True)
class Counted:
    """What the rows say, each by one condition."""

    received: int
    handled: int
    asked: int
    not_counted: int
    unanswered: int
    called_back: int
    satisfied: int
    basically_satisfied: int
    dissatisfied: int


@dataclass(frozen=True, slots=True)
class Recomputed:
    """rates: by profile. needed: how many satisfied the claim would need among those accepted. is_as_figures: the
    roll-ups say the same as the rows.
    """

    counted: Counted
    rates: list[tuple[Profile, Rate]]
    verdict: Verdict
    agreeing: list[Profile]
    needed: int | None
    is_as_figures: bool


def recompute(scope: Scope, claim: Claim, counting: Counting) -> Recomputed:
    """The claim from the rows of the period. Raises Denied outside the scope (as the figures do)."""
    kept = figures(scope, claim.period, claim.community)
    rows = Case.objects.within(scope).exclude(channel=SPLIT)  # parts of a case are no requests of residents
    if claim.community is not None:
        rows = rows.filter(community_id=claim.community)
    counted = Counted(**rows.aggregate(**_conditions(claim.period)))
    rates = [
        (
            profile,
            Rate(
                Decimal(counted.satisfied) + profile.basically_satisfied * counted.basically_satisfied,
                counted.called_back,
            ),
        )
        for profile in profiles().values()
    ]
    agreeing = [profile for profile, rate in rates if _says(rate, claim.percent)]
    same = (
        "received", "handled", "not_counted", "unanswered", "called_back", "satisfied", "basically_satisfied",
        "dissatisfied",
    )  # fmt: skip
    return Recomputed(
        counted, rates, _verdict(claim, counted, agreeing, counting), agreeing, _needed(claim),
        all(getattr(counted, name) == getattr(kept, name) for name in same),
    )  # fmt: skip


def _conditions(period: Period) -> dict[str, Count]:
    zone = timezone.get_default_timezone()
    start = datetime.combine(period.first, time.min, zone)
    end = datetime.combine(period.last + timedelta(days=1), time.min, zone)

    def within(column: str) -> Q:
        return Q(**{f"{column}__gte": start, f"{column}__lt": end})

    rated, counts = within("rated_at"), Q(is_not_counted=False)
    answered = rated & counts & ~Q(rating="no_answer")
    wanted = {
        "received": within("received_at"),
        "handled": within("handled_at"),
        "asked": rated,
        "not_counted": rated & ~counts,
        "unanswered": rated & counts & Q(rating="no_answer"),
        "called_back": answered,
    } | {r: answered & Q(rating=r) for r in ("satisfied", "basically_satisfied", "dissatisfied")}
    return {name: Count("id", filter=condition) for name, condition in wanted.items()}


def _says(rate: Rate, percent: Decimal) -> bool:
    """Whether the rate, rounded as the claim is written, is what it says."""
    if rate.value is None:
        return False
    return (100 * rate.value).quantize(percent, ROUND_HALF_UP) == percent


def _verdict(claim: Claim, counted: Counted, agreeing: list[Profile], counting: Counting) -> Verdict:
    if not counted.called_back:
        return "no_answers"
    if counted.called_back < counting.least:
        return "too_few"
    if not agreeing:
        return "differs"
    return "agrees" if claim.accepted in (None, counted.received) else "other_number"


def _needed(claim: Claim) -> int | None:
    if claim.accepted is None:
        return None
    half = Decimal(1).scaleb(int(claim.percent.as_tuple().exponent)) / 2
    least = max(Decimal(0), claim.percent - half)
    return int((least * claim.accepted / 100).to_integral_value(ROUND_CEILING))
