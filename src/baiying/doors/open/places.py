"""What everybody may know of a street: its units and categories; for staff its limits; and the steps of every table."""

from __future__ import annotations

from datetime import date
from typing import Final

import msgspec
from django.utils import translation

from baiying.cases import catalogue, reference, rules, steps
from baiying.dispatch import calls_steps
from baiying.dispatch.limits import rules_shown, street_limits
from baiying.doors.open.declaring import Call, operation
from baiying.doors.open.shapes import Named
from baiying.kit import clock
from baiying.kit.lifecycle import Lifecycle
from baiying.org.queries import street_map
from baiying.topics.steps import TOPIC

TAG: Final = "The street"
STREET: Final = {
    "query": {"street": ({"type": "string"}, "Code of the street, where an installation has several")}
}


class MatterOne(msgspec.Struct):
    """An entry of a standard's catalogue."""

    standard: str
    code: str
    name: str


class CategoryOne(msgspec.Struct, kw_only=True):
    """A category of the everyday list."""

    code: str
    name: str
    name_en: str
    group: str
    group_en: str
    matter: MatterOne | None
    default_kind: str
    anonymous_allowed: bool
    limit_working_days: int


class Categories(msgspec.Struct):
    """The everyday list in force today, and the kinds of requests."""

    categories: list[CategoryOne]
    kinds: list[Named]


class Grid(msgspec.Struct):
    """A grid and its community's code."""

    code: str
    name: str
    community: str | None


class Street(msgspec.Struct):
    """A street."""

    code: str
    name: str


class Units(msgspec.Struct):
    """The units of a street; no people."""

    street: Street
    communities: list[Named]
    grids: list[Grid]
    departments: list[Named]


class LimitOne(msgspec.Struct, kw_only=True):
    """How long something may take, and who laid it down. `category` "": every one."""

    profile: str
    step: str
    category: str
    value: int
    unit: str
    source: str
    grade: str
    valid_from: date


class Limits(msgspec.Struct):
    """The rule profile that the street has chosen, and every limit in force today."""

    profile: str
    limits: list[LimitOne]


class StateOne(msgspec.Struct):
    """A state; `number` is its bucket in figures."""

    code: str
    number: int
    name: str
    name_en: str


class StepOne(msgspec.Struct, kw_only=True):
    """A step: from which states to which (`<resume>`: back to where it was), what it needs, whose it is."""

    name: str
    label: str
    from_states: list[str]
    to: str
    needs: list[str]
    permission: str
    by: list[str]


class TableOne(msgspec.Struct):
    """One lifecycle as a table."""

    states: list[StateOne]
    steps: list[StepOne]


class Tables(msgspec.Struct):
    """The lifecycles of a request, of a call, of a summons and of a topic."""

    request: TableOne
    call: TableOne
    summons: TableOne
    topic: TableOne


@operation(
    "list_categories", "GET", "v1/categories", tag=TAG, summary="List the categories and kinds of requests",
    answer=Categories, more=STREET,
)  # fmt: skip
def list_categories(call: Call) -> Categories:
    """The residents' list in force today, with the standard's code behind each entry."""
    return Categories(
        [
            CategoryOne(
                code=c.code, name=c.name, name_en=c.name_en, group=c.group, group_en=c.group_en,
                matter=MatterOne(c.matter.standard_ref, c.matter.code, c.matter.name) if c.matter else None,
                default_kind=c.default_kind, anonymous_allowed=c.anonymous_allowed, limit_working_days=c.limit_days,
            )
            for c in catalogue.categories(clock.today())
        ],
        [Named(code, row["name"], row["name_en"]) for code, row in reference.KINDS.items()],
    )  # fmt: skip


@operation(
    "list_units", "GET", "v1/units", tag=TAG, summary="List communities, grids, departments and partner units",
    answer=Units, more=STREET,
)  # fmt: skip
def list_units(call: Call) -> Units:
    """Communities and grids of a street, with their codes; public, no people."""
    street = street_map(call.by.scope.tenant)
    return Units(
        Street(street.tenant.code, street.tenant.name),
        [Named(u.code, u.name, u.name_en) for u in street.at_level("community")],
        [
            Grid(u.code, u.name, street.units[u.parent_id].code if u.parent_id else None)
            for u in street.at_level("grid")
        ],
        [Named(u.code, u.name, u.name_en) for u in street.at_level("department", "partner")],
    )


@operation(
    "list_limits", "GET", "v1/limits", tag=TAG, summary="List the limits in force",
    answer=Limits, permission=rules.READ,
)  # fmt: skip
def list_limits(call: Call) -> Limits:
    """The street's profile with its own limits."""
    tenant, today = call.by.scope.tenant, clock.today()
    profile = street_limits(tenant).profile(today)
    return Limits(
        profile,
        [
            LimitOne(
                profile=r.profile, step=r.step, category=r.category, value=r.value, unit=r.unit, source=r.source,
                grade=r.grade, valid_from=r.valid_from,
            )
            for r in rules_shown(tenant, profile, today)
            if r.is_in_force(today)
        ],
    )  # fmt: skip


@operation("list_steps", "GET", "v1/steps", tag=TAG, summary="The step tables", answer=Tables)
def list_steps(call: Call) -> Tables:
    """What may follow what, for requests, calls, summonses and topics."""
    tables = (steps.LIFECYCLE, calls_steps.CALL, calls_steps.SUMMONS, TOPIC)
    return Tables(*(table_of(table) for table in tables))


def table_of(table: Lifecycle) -> TableOne:
    """A lifecycle; labels in the language of the answer, names of states in both."""
    with translation.override("zh-hans"):
        names = {state.code: str(state.label) for state in table.states}
    return TableOne(
        [StateOne(s.code, s.number, names[s.code], s.label_en) for s in table.states],
        [
            StepOne(
                name=s.name, label=str(s.label), from_states=list(s.from_states), to=s.to, needs=list(s.needs),
                permission=s.permission, by=list(s.by),
            )
            for s in table.steps
        ],
    )  # fmt: skip
