"""Both sides are assessed (双考核): the units say how justified the call was, the caller says how each responded.

Units only, never persons; shown with the number of ratings, never as a ranking; a share only from LEAST ratings on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import Count
from django.utils.translation import gettext_lazy as _

from baiying.dispatch import calls_steps, rules
from baiying.dispatch.calls_writing import (
    acts_for_called,
    acts_for_caller,
    locked_summons,
    tell,
    within_length,
    words,
    write_line,
)
from baiying.dispatch.models import Call, Summons
from baiying.kit import clock
from baiying.kit.refusals import Conflict, Invalid
from baiying.org.rules import Actor, Scope, acting, demand

JUSTIFIED: Final = ("yes", "partly", "no")
RESPONSES: Final = ("good", "fair", "poor")
LEAST: Final = 10  # own choice: below so many ratings a share says nothing, and is not shown
# When there is something to rate: the unit has come, was released, or the caller noted why it did not.
RATABLE: Final = calls_steps.CAME | {calls_steps.EXCUSED, calls_steps.ABSENT, calls_steps.REFERRED}
ANSWERED: Final = calls_steps.CAME | {calls_steps.ABSENT, calls_steps.REFERRED}


def may_rate_call(by: Actor, call: Call, summons: Summons) -> bool:
    """Whether this actor may say, for the called unit, how justified the call was."""
    return (
        by.has(rules.ANSWER_CALL)
        and acts_for_called(by, summons.unit_id)
        and summons.state in RATABLE
        and not summons.justified
    )


def may_rate_response(by: Actor, call: Call, summons: Summons) -> bool:
    """Whether this actor may say, for the caller, how the unit responded."""
    return (
        by.has(rules.RAISE_CALL)
        and acts_for_caller(by, call)
        and summons.state in ANSWERED
        and not summons.response
    )


def rate_call(by: Actor, *, summons_id: UUID, justified: str, why: str = "") -> Summons:
    """The unit says once whether it was rightly called; anything but "yes" with the reason."""
    with acting(by.scope):
        call, summons = locked_summons(by, summons_id)
        demand(by, rules.ANSWER_CALL)
        _check_choice(justified, JUSTIFIED, "justified")
        if not may_rate_call(by, call, summons):
            raise _not_to_rate()
        summons.justified, summons.justified_at = justified, clock.now()
        summons.justified_why = _why(why, justified == "yes", "why")
        summons.save(update_fields=["justified", "justified_at", "justified_why"])
        write_line(by, call, "rate_call", summons.justified_why, summons=summons, data={"rating": justified})
        tell(by, call, "dispatch.call_rated", [summons], more={"rating": justified})
        return summons


def rate_response(by: Actor, *, summons_id: UUID, response: str, why: str = "") -> Summons:
    """The caller says once how the unit responded; anything but "good" with the reason."""
    with acting(by.scope):
        call, summons = locked_summons(by, summons_id)
        demand(by, rules.RAISE_CALL)
        _check_choice(response, RESPONSES, "response")
        if not may_rate_response(by, call, summons):
            raise _not_to_rate()
        summons.response, summons.response_at = response, clock.now()
        summons.response_why = _why(why, response == "good", "why")
        summons.save(update_fields=["response", "response_at", "response_why"])
        write_line(
            by, call, "rate_response", summons.response_why, summons=summons, data={"rating": response}
        )
        tell(by, call, "dispatch.response_rated", [summons], more={"rating": response})
        return summons


@dataclass(frozen=True, slots=True)
class Assessed:
    """How often each rating was given to one unit."""

    unit_id: int
    counts: dict[str, int]

    @property
    def total(self) -> int:
        """How many ratings there are."""
        return sum(self.counts.values())

    @property
    def is_enough(self) -> bool:
        """Whether a share may be shown."""
        return self.total >= LEAST


def calls_assessed(scope: Scope, *, since: datetime) -> list[Assessed]:
    """By calling unit: how justified the called units found its calls. In no order of merit: by unit."""
    rows = Summons.objects.within(scope).filter(justified_at__gte=since)
    return _by_unit(rows.order_by().values_list("call__unit_id", "justified").annotate(count=Count("id")))


def responses_assessed(scope: Scope, *, since: datetime) -> list[Assessed]:
    """By called unit: how its callers found its responses. In no order of merit: by unit."""
    rows = Summons.objects.within(scope).filter(response_at__gte=since)
    return _by_unit(rows.order_by().values_list("unit_id", "response").annotate(count=Count("id")))


def _by_unit(rows: Iterable[tuple[int, str, int]]) -> list[Assessed]:
    found: dict[int, Counter[str]] = {}
    for unit_id, rating, count in rows:
        found.setdefault(unit_id, Counter())[rating] += count
    return [Assessed(unit_id, dict(counts)) for unit_id, counts in sorted(found.items())]


def _check_choice(chosen: str, choices: tuple[str, ...], field: str) -> None:
    if chosen not in choices:
        raise Invalid(field=field, problem=_("请选一项。"), remedy=_("按实际情况选。"))


def _why(said: str, is_best: bool, field: str) -> str:
    return within_length(said, field, 500) if is_best else words(said, field, 500)


def _not_to_rate() -> Conflict:
    return Conflict(
        field="rating",
        problem=_("现在不能评价：还没有结果，已经评价过，或不是您单位的事。"),
        remedy=_("到场、报告之后，双方各评价一次。"),
    )
