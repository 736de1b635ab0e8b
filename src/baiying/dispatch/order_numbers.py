"""The numbers of the protocol around orders: the profile's, from data/order_rules.csv, and the street's own.

A number answers for a day. What runs already - an order, a link - is measured by the number of the day it began, so
that a change never shortens silently what somebody was promised.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as later
from django.utils.translation import ngettext

from baiying.dispatch.limits import DATA, LOCAL, say_limit, street_limits
from baiying.dispatch.models import LocalNumber
from baiying.kit import clock
from baiying.kit.calendar import UNITS, ZONE
from baiying.kit.tables import Row, read_table
from baiying.org.queries import StreetMap, street_map
from baiying.org.rules import Scope, acting

RETURN_WITHIN: Final = "return_within"
RETURNS_BEFORE_DECISION: Final = "returns_before_decision"
SPLIT_DEPTH: Final = "split_depth"
OUTSIDE_LINK: Final = "outside_link"
OUTSIDE_CHASE: Final = "outside_chase"
OUTSIDE_TRIES: Final = "outside_tries"


@dataclass(frozen=True, slots=True)
class Kind:
    """What a number is called and does, and between what it may lie (own choice: beyond that it is a slip)."""

    name: Promise
    means: Promise
    least: int
    most: int


KINDS: Final[dict[str, Kind]] = {
    RETURN_WITHIN: Kind(
        later("退单期限"),
        later("派单后多久以内可以退单，过了就要办理。已经派出的按派单那天的数。"),
        1,
        30,
    ),
    RETURNS_BEFORE_DECISION: Kind(
        later("退单几次由街道决定"),
        later("一件诉求退到这个次数，下一次派单由派单员研判决定，单位不能再退。"),
        1,
        10,
    ),
    SPLIT_DEPTH: Kind(later("拆分层数"), later("一件诉求最多往下拆分、转派几层。"), 1, 6),
    OUTSIDE_LINK: Kind(
        later("外部链接有效时间"), later("发给外部单位的链接多久以后失效。已经发出的不变。"), 1, 720
    ),
    OUTSIDE_CHASE: Kind(
        later("外部链接多久催一次"),
        later("发出后这么久没有答复就再发一次，要短于有效时间。已经发出的按发出那天的数。"),
        1,
        168,
    ),
    OUTSIDE_TRIES: Kind(later("外部链接最多发几次"), later("发到这个次数仍没有答复，到期告诉办公室。"), 1, 10),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Number:
    """A number with where it comes from. profile: shandong, beijing, national or local."""

    profile: str
    rule: str
    value: int
    unit: str
    source: str
    grade: str
    valid_from: date | None

    @property
    def is_own(self) -> bool:
        """The street has set it."""
        return self.profile == LOCAL

    @property
    def is_local_choice(self) -> bool:
        """Nobody above has laid it down."""
        return self.grade == "D"


@lru_cache
def _rows() -> tuple[Row, ...]:
    columns = ("profile", "rule", "value", "unit")
    return tuple(read_table(DATA / "order_rules.csv", columns=columns, key=("profile", "rule")))


def of_profile(profile: str, rule: str, on: date) -> Number:
    """The file's row. Raises LookupError for a rule that a profile does not have on that day."""
    for row in _rows():
        if (row["profile"], row["rule"]) == (profile, rule) and row.is_valid(on):
            return Number(
                profile, rule, int(row["value"]), row["unit"], row.source, row.grade, row.valid_from
            )
    raise LookupError(f"no number {rule} in {profile} on {on}")


def unit_of(rule: str) -> str:
    """What a number counts; the same in every profile."""
    return next(row["unit"] for row in _rows() if row["rule"] == rule)


@dataclass(frozen=True, eq=False)
class StreetNumbers:
    """The street's own numbers, as one process holds them: every row ever set, the one that counts first."""

    tenant_id: int
    own: tuple[LocalNumber, ...]

    def number(self, rule: str, on: date) -> Number:
        """What counts on a day: the street's own, else the profile's."""
        profiles = of_profile(street_limits(self.tenant_id).profile(on), rule, max(on, _begun()))
        row = next((r for r in self.own if r.rule == rule and r.valid_from <= on), None)
        if row is None or row.value is None:
            return profiles
        return replace(
            profiles, profile=LOCAL, value=row.value, source=row.reason, grade="D", valid_from=row.valid_from
        )

    def with_row(self, row: LocalNumber) -> StreetNumbers:
        """As if this row had been set, too."""
        return StreetNumbers(self.tenant_id, tuple(sorted((row, *self.own), key=_latest, reverse=True)))


def _latest(row: LocalNumber) -> tuple[date, datetime]:
    return row.valid_from, row.added_at


@lru_cache
def _begun() -> date:
    """Since when every profile has every number: an order from before is measured by the first."""
    return max(row.valid_from for row in _rows() if row.valid_from is not None)


_held: dict[int, tuple[StreetMap, StreetNumbers]] = {}


def street_numbers(tenant_id: int) -> StreetNumbers:
    """The street's numbers, held in the process and read again with its map."""
    street = street_map(tenant_id)
    held = _held.get(tenant_id)
    if held is not None and held[0] is street:
        return held[1]
    with acting(Scope(tenant_id, "public")):
        fresh = read_numbers(tenant_id)
    _held[tenant_id] = (street, fresh)
    return fresh


def read_numbers(tenant_id: int) -> StreetNumbers:
    """The street's numbers as they stand in the database now; the caller has set a scope of the street."""
    rows = LocalNumber.objects.get_queryset().filter(tenant_id=tenant_id)
    return StreetNumbers(tenant_id, tuple(rows.order_by("-valid_from", "-added_at", "-id")))


def order_number(tenant_id: int, rule: str, since: datetime | None = None) -> int:
    """A number of the protocol, in the unit its row names; `since`: when that began which is measured by it."""
    day = since.astimezone(ZONE).date() if since is not None else clock.today()
    return street_numbers(tenant_id).number(rule, day).value


def say_number(value: int, unit: str) -> str:
    """2 个工作日; 72 小时; 3 次; 3 层."""
    if unit in UNITS:
        return say_limit(value, unit)
    said = {
        "time": ngettext("%(n)d 次", "%(n)d 次", value),
        "level": ngettext("%(n)d 层", "%(n)d 层", value),
    }
    return said[unit] % {"n": value}
