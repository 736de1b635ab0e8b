"""The persons of the chain for programs: one, put in, corrected; and who held a place before."""

from __future__ import annotations

from typing import Annotated, Final

import msgspec
from django.utils.translation import gettext_lazy as _

from baiying.chain import holders, places, queries, rules
from baiying.chain.holders import Person
from baiying.chain.models import Holder
from baiying.doors.open.chain import TAG, HolderOne, Id, Level, LinkOne, Rows, link_one
from baiying.doors.open.changing import unit_id
from baiying.doors.open.declaring import Answer, Call, operation
from baiying.doors.open.shapes import named
from baiying.kit.paging import page_of
from baiying.kit.refusals import Invalid, NotFound
from baiying.kit.versions import version_of
from baiying.org.absences import accounts_within
from baiying.org.models import Account
from baiying.org.queries import street_map
from baiying.org.rules import Actor, covers, demand

ONE: Final = "v1/chain/holders/<int:holder_id>"
Words = Annotated[str, msgspec.Meta(max_length=120)]


class HolderFull(HolderOne, kw_only=True):
    """A person of the chain; `account`: the user name of the account that acts for them."""

    account: str | None
    has_left: bool
    version: int


class HolderSaid(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Who enters the chain, at which subdistrict, community or grid (by code); the telephone is that of the office."""

    unit: str
    name: Words
    duty: Words
    phone: Words = ""
    account: str | None = None


class HolderCorrected(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What is to be set right; what is left out stays, an empty `account` takes it away."""

    name: Words | None = None
    duty: Words | None = None
    phone: Words | None = None
    account: str | None = None


class HistoryAsked(msgspec.Struct, forbid_unknown_fields=True):
    """Of which place: the level, and the id of the community, grid, courtyard, person or home."""

    level: Level
    child: Id
    cursor: str | None = None
    limit: Rows = 100


class LinkHistory(msgspec.Struct):
    """Everything that was and will be arranged for one place, the latest first."""

    links: list[LinkOne]
    next: str | None
    previous: str | None


@operation(
    "read_holder", "GET", ONE, tag=TAG, summary="Read a person of the chain",
    answer=HolderFull, permission=rules.READ, version="read",
)  # fmt: skip
def read_holder(call: Call) -> Answer:
    """Also one who has left; those of levels 4 to 6 for the community's own staff alone."""
    return _shown(_held(call))


def _held(call: Call) -> Holder:
    for has_left in (False, True):
        rows = queries.holders_within(call.by, left=has_left).select_related("account")
        found: Holder | None = rows.filter(pk=call.path["holder_id"]).first()
        if found is not None:
            return found
    raise NotFound(field="holder_id")


def _shown(row: Holder) -> Answer:
    unit, version = street_map(row.tenant_id).units.get(row.unit_id), version_of(row)
    body = HolderFull(
        id=row.pk, code=row.code, name=row.name, duty=row.duty, phone=row.phone, unit=named(unit),
        account=row.account.username if row.account is not None else None, has_left=row.left_on is not None,
        version=version,
    )  # fmt: skip
    return Answer(body, version)


@operation(
    "put_holder", "POST", "v1/chain/holders", tag=TAG, summary="A person enters the chain",
    answer=HolderFull, status=201, permission=rules.MANAGE, body=HolderSaid,
)  # fmt: skip
def put_holder(call: Call) -> Answer:
    """Street staff at the subdistrict, everybody else at a community or grid."""
    said: HolderSaid = call.body
    unit = street_map(call.by.scope.tenant).units[unit_id(call.by, said.unit, "unit")]
    person = Person(
        name=said.name, duty=said.duty, phone=said.phone,
        account=_account(call.by, said.account) if said.account else None,
    )  # fmt: skip
    return _shown(holders.put_holder(call.by, unit=unit, person=person))


@operation(
    "correct_holder", "POST", f"{ONE}/corrections", tag=TAG, summary="Set a person of the chain right",
    answer=HolderFull, permission=rules.MANAGE, version="change", body=HolderCorrected,
)  # fmt: skip
def correct_holder(call: Call) -> Answer:
    """The links stay. Whoever moves to another unit hands over and is put in there anew."""
    said: HolderCorrected = call.body
    demand(call.by, rules.READ)
    held = _held(call)
    account = held.account
    if said.account is not None:
        account = _account(call.by, said.account) if said.account else None
    person = Person(
        name=held.name if said.name is None else said.name, duty=held.duty if said.duty is None else said.duty,
        phone=held.phone if said.phone is None else said.phone, account=account, name_en=held.name_en,
        duty_en=held.duty_en,
    )  # fmt: skip
    return _shown(holders.correct_holder(call.by, holder_id=held.pk, person=person, version=call.version))


def _account(by: Actor, username: str) -> Account:
    """The account with this user name in the actor's branch. Raises Invalid."""
    found = next((one for one in accounts_within(by.scope) if one.username == username), None)
    if found is None:
        raise Invalid(field="account", problem=_("这个账号不能用。"), remedy=_("请选本街道在用的业务账号。"))
    return found


@operation(
    "read_link_history", "GET", "v1/chain/history", tag=TAG, summary="Who held, holds and will hold a place",
    answer=LinkHistory, permission=rules.READ, query=HistoryAsked,
)  # fmt: skip
def read_link_history(call: Call) -> LinkHistory:
    """Levels 4 to 6 for the community's own staff alone."""
    asked: HistoryAsked = call.query
    place = places.child_of(call.by.scope, asked.level, asked.child)
    if place is None or not covers(call.by.scope, place):
        raise NotFound(field="child")
    if asked.level not in places.POSTED:
        demand(call.by, rules.READ_NEIGHBOURS, place)
    rows = queries.history(call.by, asked.level, asked.child)
    page = page_of(rows, order=("-from_date", "-id"), size=asked.limit, cursor=asked.cursor)
    return LinkHistory([link_one(row) for row in page.rows], page.next_cursor, page.previous_cursor)
