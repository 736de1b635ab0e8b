"""Following (我也遇到): somebody whom the same thing troubles need not report it again. They get a reference and a secret
link of their own to its public progress, and, if they leave a number, a letter when it is done. No account.

They see the public version of the case only (`public`) and the names of the steps, never what somebody else wrote.
Sensitive categories are never shown to others at all.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import connection
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from baiying.cases import intake, public, secrets, steps, together
from baiying.cases.candidates import About, candidates
from baiying.cases.facts import SPLIT
from baiying.cases.lines import tell
from baiying.cases.models import Case, Follower, Line
from baiying.cases.public import PublicCase
from baiying.cases.said import Words
from baiying.kit import clock, ids
from baiying.kit import text as kit_text
from baiying.kit.ids import uuid7
from baiying.kit.refusals import Conflict, Invalid, NotFound
from baiying.org.queries import street_map, tenants
from baiying.org.rules import Actor, Scope, acting, seeing

MOST_SHOWN: Final = 3
METRES_SAID: Final = 50  # how exactly a distance is told to a neighbour
PHONES_KEPT: Final = timedelta(days=30)  # after the case has ended: the purpose is fulfilled
# What followers read of the story: that it happened and when, not what was said.
TOLD: Final = frozenset(
    {"receive", "accept", "hand_out", "start", "park", "unpark", "handle", "handle_with_lead", "send_back", "take_back", "check",
     "check_with_lead", "inspect", "close", "close_with_lead", "decline", "decline_with_lead", "reopen", "reopen_higher",
     "find_unsolved"}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Near:
    """An open case near by as a neighbour may see it. `metres` rounded, None without a point."""

    case_id: UUID
    seen: PublicCase
    category_id: int
    metres: int | None
    days: int
    state: str
    is_same_photo: bool = False  # a photo that only staff may see looks like one of theirs


@dataclass(frozen=True, slots=True)
class Progress:
    """How far it is: the state of the work, its steps by name, the masked answer once there is one."""

    reference: str
    tenant_id: int
    case: Case
    seen: PublicCase
    state: str
    lines: tuple[Line, ...]
    answer: str
    has_phone: bool
    is_over: bool  # no longer followed


def near(tenant_id: int, words: Words, by: Actor) -> list[Near]:
    """Open cases near by that these words and photos, not sent yet, may be about; the likeliest first.

    Raises what `receive` would. Of a picture nothing but "looks the same" is told, and only of what lies near by.
    """
    draft = intake._draft(by, words, street_map(tenant_id))  # as receive itself would take it
    if draft.category.is_sensitive:
        return []
    place, scope = draft.located, Scope(tenant_id, "street")
    wanted = About(
        tenant_id=tenant_id, text=words.text, category=draft.category, at=clock.now(), lon=place.lon, lat=place.lat,
        living_area_id=place.living_area_id, building_id=place.building_id,
        pictures=tuple(f"{photo.phash:016x}" for photo in words.photos), is_neighbour=True,
    )  # fmt: skip
    with acting(scope):
        found = [
            c for c in candidates(scope, wanted, most=2 * MOST_SHOWN) if not c.case.category.is_sensitive
        ]
        found = found[:MOST_SHOWN]
        versions = public.public_versions([c.case for c in found])
    return [
        Near(
            c.case.id, seen, c.case.category_id, None if c.metres is None else _rounded(c.metres), c.days, c.case.state,
            c.is_same_photo,
        )
        for c, seen in zip(found, versions, strict=True)
    ]  # fmt: skip


def _rounded(metres: float) -> int:
    return max(METRES_SAID, METRES_SAID * round(metres / METRES_SAID))


def follow(tenant_id: int, *, case_id: UUID, phone: str = "", key: str = "") -> tuple[str, str]:
    """Somebody follows a case; returns (their own reference, their secret). The same key again gives the same ones.

    A number that follows this case already is not kept twice, and its owner is counted once.
    Raises Invalid for what is no number, Conflict when the case has ended or may not be shown, NotFound.
    """
    number = kit_text.normalise_phone(phone) if phone.strip() else ""
    if number is None:
        raise Invalid(
            field="phone", problem=_("这不像一个电话号码。"), remedy=_("请填 11 位手机号；也可以不留。")
        )
    hashed = secrets.phone_hash(number) if number else ""
    key_hash = hashlib.sha256(key.encode()).hexdigest() if key else ""
    with acting(Scope(tenant_id, "street")):
        case = _locked(tenant_id, case_id)
        of_case = Follower.objects.filter(tenant_id=tenant_id, case_id=case_id)
        again = of_case.filter(key_hash=key_hash).first() if key_hash else None
        if again is not None:
            return again.reference, _secret(again.id)
        _may_be_followed(case)
        is_known = bool(hashed) and of_case.filter(phone_hash=hashed, unfollowed_at=None).exists()
        row = Follower.objects.create(
            id=uuid7(), tenant_id=tenant_id, case_id=case_id, reference=_reference(tenant_id), key_hash=key_hash,
            phone="" if is_known else number, phone_hash="" if is_known else hashed, is_repeat=is_known, at=clock.now(),
        )  # fmt: skip
        tell(_somebody(tenant_id), case, "cases.followed", case.state, None)
        return row.reference, _secret(row.id)


def _locked(tenant_id: int, case_id: UUID) -> Case:
    rows = Case.objects.filter(tenant_id=tenant_id, id=case_id).select_related("category").defer("search")
    case: Case | None = rows.select_for_update(of=("self",)).first()
    if case is None:
        raise _nothing()
    return case


def _may_be_followed(case: Case) -> None:
    if case.state in steps.ENDED:
        raise Conflict(
            field="case", problem=_("这件事已经办结了，不用再关注。"), remedy=_("问题还在的，请重新反映。")
        )
    if case.category.is_sensitive or case.channel == SPLIT:
        raise Conflict(
            field="case", problem=_("这一类诉求不能由别人关注。"), remedy=_("您遇到的事，请直接反映给我们。")
        )


def _somebody(tenant_id: int) -> Actor:
    return Actor(kind="reporter", name="", scope=Scope(tenant_id, "street"))


def _reference(tenant_id: int) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('cases_reference_serial')")
        (serial,) = cursor.fetchone()
    return ids.make_reference(street_map(tenant_id).tenant.short_code, serial)


def _secret(follower_id: UUID) -> str:
    return secrets.tracking_secret(follower_id, 0)


def _row(reference: str, secret: str) -> Follower:
    """The follower of this reference if the secret is their own; the same refusal whatever does not fit."""
    known = ids.parse_reference(reference)
    code = known.split("-")[0] if known else ""
    tenant = next((t for t in tenants() if t.short_code == code), None)
    row: Follower | None = None
    if tenant is not None:
        with acting(Scope(tenant.id, "street")):
            row = Follower.objects.filter(tenant_id=tenant.id, reference=known).first()
    wanted = _secret(row.id if row is not None else uuid7())
    if row is None or not hmac.compare_digest(secret.strip().lower()[:40].encode(), wanted.encode()):
        raise _nothing()
    return row


def _nothing() -> NotFound:
    return NotFound(
        code="not_followed",
        problem=_("没有找到：编号或链接有一样不对。"),
        remedy=_("请用关注时保存的链接打开。"),
    )


def seen_by_neighbours(tenant_id: int, case_id: UUID) -> PublicCase:
    """The public version of a case that may be followed. Raises NotFound, Conflict."""
    with acting(Scope(tenant_id, "street")):
        case = _locked(tenant_id, case_id)
        _may_be_followed(case)
        return public.public_version(case)


def progress(reference: str, secret: str) -> Progress:
    """What a follower sees. Raises NotFound."""
    row = _row(reference, secret)
    with acting(Scope(row.tenant_id, "street")):
        rows = Case.objects.filter(tenant_id=row.tenant_id, id=row.case_id)
        case = rows.select_related("category").defer("search").get()
        seen = public.public_version(case)
        lines = list(
            Line.objects.filter(tenant_id=case.tenant_id, case_id=case.id, is_public=True).order_by("id")
        )
        told = tuple(line for line in lines if line.step in TOLD)
        answers = [
            x.text for x in told if x.step in ("handle", "handle_with_lead", "decline", "decline_with_lead")
        ]
        is_answered = case.handled_at is not None or case.state == steps.DECLINED
        state = together.lead_state(case) if case.merged_into_id and not is_answered else case.state
        return Progress(
            row.reference, row.tenant_id, case, seen, state or case.state, told,
            seen.guard.words(answers[-1]) if answers and is_answered else "", bool(row.phone),
            row.unfollowed_at is not None,
        )  # fmt: skip


def unfollow(reference: str, secret: str) -> None:
    """No longer following: the number is deleted at once. Harmless to repeat."""
    row = _row(reference, secret)
    with acting(Scope(row.tenant_id, "street")):
        case = _locked(row.tenant_id, row.case_id)
        rows = Follower.objects.filter(tenant_id=row.tenant_id, id=row.id, unfollowed_at=None)
        if rows.update(unfollowed_at=clock.now(), phone="", phone_hash=""):
            tell(_somebody(row.tenant_id), case, "cases.unfollowed", case.state, None)


def forget_phone(reference: str, secret: str) -> None:
    """Still following, without letters: the number is deleted."""
    row = _row(reference, secret)
    with acting(Scope(row.tenant_id, "street")):
        Follower.objects.filter(tenant_id=row.tenant_id, id=row.id).update(phone="", phone_hash="")


def count_of(case: Case) -> int:
    """How many people follow a case, and those merged into it; who asked twice is one."""
    with seeing(Scope(case.tenant_id, "street")):
        both = Case.objects.filter(Q(id=case.id) | Q(merged_into_id=case.id), tenant_id=case.tenant_id)
        rows = Follower.objects.filter(tenant_id=case.tenant_id, unfollowed_at=None, is_repeat=False)
        return int(rows.filter(case_id__in=both.values("id")).count())


def to_tell(case: Case) -> list[tuple[str, str, str]]:
    """(reference, secret, number) of those who are to be told; needs the street's scope."""
    rows = Follower.objects.filter(tenant_id=case.tenant_id, case_id=case.id, unfollowed_at=None).exclude(
        phone=""
    )
    return [(row.reference, _secret(row.id), row.phone) for row in rows.order_by("id")]


def forget_phones(tenant_id: int, *, now: datetime | None = None) -> int:
    """Numbers of followers whose case ended 30 days ago; returns how many went. The caller has set the street's scope."""
    ended = (now or clock.now()) - PHONES_KEPT
    rows = Follower.objects.filter(tenant_id=tenant_id, case__closed_at__lt=ended).exclude(phone="")
    return int(Follower.objects.filter(id__in=rows.values("id")).update(phone="", phone_hash=""))
