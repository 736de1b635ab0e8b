"""Following a request instead of reporting it again, for residents' programs: what the residents' pages allow, no more."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Final
from uuid import uuid4

import msgspec
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from baiying.cases import catalogue, following
from baiying.cases.services import Words
from baiying.doors.open.declaring import Call, operation
from baiying.doors.open.shapes import Named
from baiying.doors.shared import limits, near_tokens
from baiying.doors.shared.streets import street_named, street_of
from baiying.kit.refusals import Invalid, NotFound
from baiying.org.rules import Actor, Scope

TAG: Final = "Following"
ONE: Final = "v1/follows/<str:reference_text>"
# None of them holds a transaction open of its own: what a guess costs is kept although the guess is refused.
OPEN: Final = {"refusals": (409, 429)}
Degrees = Annotated[float, msgspec.Meta(ge=-180, le=180)]


class NearSaid(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What somebody is about to report, and where (WGS-84)."""

    text: Annotated[str, msgspec.Meta(min_length=4, max_length=10_000)]
    lon: Degrees
    lat: Annotated[float, msgspec.Meta(ge=-90, le=90)]
    category: str | None = None
    street: str | None = None


class NearOne(msgspec.Struct, kw_only=True):
    """An open request near by in its public version; `token` names it for following, for a day."""

    token: str
    title: str
    category: Named | None
    address: str
    metres: int | None
    days: int
    state: str


class NearBy(msgspec.Struct):
    """The likeliest first."""

    near: list[NearOne]


class FollowSaid(msgspec.Struct, forbid_unknown_fields=True):
    """What was shown near by; a number only for one message when it is done."""

    token: Annotated[str, msgspec.Meta(max_length=1000)]
    phone: Annotated[str, msgspec.Meta(max_length=80)] = ""


class FollowMade(msgspec.Struct):
    """The follower's own reference and secret; the page where they see how far it is. The secret cannot be read again."""

    reference: str
    key: str
    page: str


class KeySaid(msgspec.Struct, forbid_unknown_fields=True):
    """The follower's secret."""

    key: Annotated[str, msgspec.Meta(max_length=80)]


class FollowLine(msgspec.Struct):
    """A public step, by its name in the step table."""

    at: datetime
    step: str


class FollowOne(msgspec.Struct, kw_only=True):
    """What neighbours may see of how far it is; `answer` once there is one, masked. `is_over`: no longer followed."""

    reference: str
    title: str
    state: str
    answer: str
    lines: list[FollowLine]
    has_phone: bool
    is_over: bool


class FollowEnded(msgspec.Struct):
    """Done, and the number with it is deleted."""

    reference: str


@operation(
    "look_near", "POST", "v1/nearby", tag=TAG, summary="Open requests near by that may be about the same",
    answer=NearBy, body=NearSaid, more=OPEN, takes_no_scope=True,
)  # fmt: skip
def look_near(call: Call) -> NearBy:
    """Nothing is kept. Sensitive categories are not among them; places are rounded as for neighbours."""
    said: NearSaid = call.body
    limits.take_near(call.request)
    street = street_named(said.street) if said.street else street_of(call.request)
    by = Actor(kind="reporter", name="居民", scope=Scope(street.id, "public"))
    words = Words(text=said.text, category=said.category, lon=said.lon, lat=said.lat, channel="api")
    key = uuid4().hex
    found = following.near(street.id, words, by)
    return NearBy([_near(one, near_tokens.sealed(street, one.case_id, key)) for one in found])


def _near(one: following.Near, token: str) -> NearOne:
    known = catalogue.category(one.category_id)
    return NearOne(
        token=token, title=one.seen.title, address=one.seen.address, metres=one.metres, days=one.days, state=one.state,
        category=Named(known.code, known.name, known.name_en) if known is not None else None,
    )  # fmt: skip


@operation(
    "follow", "POST", "v1/follows", tag=TAG, summary="Follow a request that was shown near by",
    answer=FollowMade, status=201, body=FollowSaid, more=OPEN, takes_no_scope=True,
)  # fmt: skip
def follow(call: Call) -> FollowMade:
    """The same token again gives the same reference; who asked twice is counted once."""
    said: FollowSaid = call.body
    street, case_id, key = near_tokens.opened(said.token)
    limits.take_follow(call.request)
    reference, secret = following.follow(street.id, case_id=case_id, phone=said.phone, key=f"{key}:{case_id}")
    page = call.request.build_absolute_uri(reverse("followed", args=[reference]) + f"?k={secret}")
    return FollowMade(reference, secret, page)


@operation(
    "read_follow", "GET", ONE, tag=TAG, summary="How far it is, for a follower", answer=FollowOne,
    more=OPEN | {"query": {"key": ({"type": "string", "maxLength": 80}, "The follower's secret")}}, takes_no_scope=True,
)  # fmt: skip
def read_follow(call: Call) -> FollowOne:
    """What everybody may see, and the answer without anybody's data."""
    key = call.request.GET.get("key", "")
    if "\0" in key:
        raise Invalid(field="key", problem=_("文字里有不能用的字符。"), remedy=_("请去掉 NUL 字符。"))
    found = _secretly(call, following.progress, key)
    lines = [FollowLine(line.at, line.step) for line in found.lines]
    return FollowOne(
        reference=found.reference, title=found.seen.title, state=found.state, answer=found.answer, lines=lines,
        has_phone=found.has_phone, is_over=found.is_over,
    )  # fmt: skip


def _secretly(call: Call, act: Any, key: str) -> Any:
    """Do it for whoever knows the secret; whoever guesses is slowed down."""
    try:
        return act(call.path["reference_text"][:60], key[:40])
    except NotFound:
        limits.take_link(call.request)
        raise


@operation(
    "unfollow", "POST", f"{ONE}/end", tag=TAG, summary="No longer follow", answer=FollowEnded, body=KeySaid, more=OPEN, takes_no_scope=True,
)  # fmt: skip
def unfollow(call: Call) -> FollowEnded:
    """The number is deleted at once. Twice is as good as once."""
    _secretly(call, following.unfollow, call.body.key)
    return FollowEnded(call.path["reference_text"])


@operation(
    "forget_follower_phone", "POST", f"{ONE}/forget-number", tag=TAG, summary="Follow on without a number",
    answer=FollowEnded, body=KeySaid, more=OPEN, takes_no_scope=True,
)  # fmt: skip
def forget_follower_phone(call: Call) -> FollowEnded:
    """The number is deleted at once."""
    _secretly(call, following.forget_phone, call.body.key)
    return FollowEnded(call.path["reference_text"])
