"""Intake: one service behind the resident's page, the desk and the API. One SQL call a request (see docs/adr)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import psycopg
from django.db import connection, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils.translation import gettext_lazy as _

from baiying.cases import catalogue, rules, searching, secrets, urgency
from baiying.cases.clocks import is_estimated, promise
from baiying.cases.facts import facts_at_receipt
from baiying.cases.locating import Located, locate
from baiying.cases.models import Category
from baiying.cases.said import MOST_NAME, MOST_PLACE, Words
from baiying.kit import clock, ids, text
from baiying.kit.photos import Photo as ReadPhoto
from baiying.kit.prepared import PreparedCall
from baiying.kit.refusals import Conflict, Invalid
from baiying.org.queries import StreetMap, street_map
from baiying.org.rules import Actor, demand

MOST_CHARACTERS = 10_000
MOST_PHOTOS = 6
CHANNELS = ("web", "phone", "visit", "wechat", "app", "api", "hotline", "grid", "letter", "other")


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the door answers. `answer` is stored with the key and given again, word for word, for a repeat."""

    reference: str
    case_id: UUID
    secret: str
    answer: Mapping[str, Any]
    is_repeat: bool = False


@dataclass(frozen=True, slots=True)
class _Draft:
    id: UUID
    words: Words
    text: str
    place: str
    phone: str
    category: Category
    matter_id: int | None
    kind: str
    located: Located
    received_at: datetime
    promised_by: datetime
    is_urgent: bool
    urgency: Mapping[str, Any]  # what a person said of it, for the first line
    photos: list[tuple[UUID, str, ReadPhoto]] = field(default_factory=list)


def receive(by: Actor, *, words: Words) -> Receipt:
    """Whoever has a request is heard: it is kept, located, given a reference and a promise, and may be followed.

    `by` is a resident (kind reporter, scope public) or staff with leave to receive. The same idempotency key with
    the same body gives the same answer; with another body it is refused (409). Nothing is kept when refused.
    """
    if by.kind == "staff":
        demand(by, rules.RECEIVE)
    street = street_map(by.scope.tenant)
    draft = _draft(by, words, street)
    answer = _answer(draft, street)
    if not words.photos:
        return _write(by, draft, street, answer)
    from baiying.cases import photos  # the only receipt that touches the disk

    with transaction.atomic():
        receipt = _write(by, draft, street, answer)
        if not receipt.is_repeat:
            photos.keep_for_receipt(by, case_id=draft.id, tenant_id=by.scope.tenant, pictures=words.photos)
    return receipt


def _draft(by: Actor, words: Words, street: StreetMap) -> _Draft:
    now, today = clock.now(), clock.today()
    cleaned = _checked_text(words.text)
    place = text.clean(words.place, most=MOST_PLACE, field="place")
    phone = _checked_phone(words.phone)
    if len(words.photos) > MOST_PHOTOS:
        raise Invalid(field="photos", problem=_("照片超过 6 张。"), remedy=_("请留下最能说明问题的 6 张。"))
    if words.channel not in CHANNELS:
        raise Invalid(
            field="channel",
            problem=_("没有这个渠道。"),
            remedy=_("可用的渠道：%(channels)s。") % {"channels": "、".join(CHANNELS)},
        )
    _check_time(words.occurred_at, now)
    nameless = by.kind == "reporter" and not phone
    category, matter_id = catalogue.category_for(words.category, cleaned, on=today, anonymous=nameless)
    kind = catalogue.kind_for(words.kind, category)
    if nameless and not category.anonymous_allowed:
        raise Invalid(
            field="contact.phone",
            problem=_("“%(category)s”需要能联系上您，才能核实和答复。") % {"category": category.name},
            remedy=_("请留下手机号；只有办理这件事的人看得到。"),
        )
    is_urgent, urgency_said = urgency.at_receipt(by, words, cleaned)
    return _Draft(
        id=ids.uuid7(),
        words=words,
        text=cleaned,
        place=place,
        phone=phone,
        category=category,
        matter_id=matter_id,
        kind=kind,
        located=locate(by, street, words, place, cleaned),
        received_at=now,
        promised_by=promise(street, category, now, today),
        is_urgent=is_urgent,
        urgency=urgency_said,
    )


def _checked_text(words: str) -> str:
    cleaned = text.clean(words, most=MOST_CHARACTERS)
    if not cleaned:
        raise Invalid(
            field="text", problem=_("还没有写是什么事。"), remedy=_("请用自己的话写一两句：什么事、在哪里。")
        )
    return cleaned


def _checked_phone(phone: str) -> str:
    if not phone.strip():
        return ""
    normalised = text.normalise_phone(phone)
    if not normalised:
        raise Invalid(
            field="contact.phone",
            problem=_("这不像一个电话号码。"),
            remedy=_("请填 11 位手机号，或带区号的固定电话。"),
        )
    return normalised


def _check_time(occurred_at: datetime | None, now: datetime) -> None:
    if occurred_at is None:
        return
    if occurred_at.tzinfo is None:
        raise Invalid(
            field="occurred_at", problem=_("时间没有写时区。"), remedy=_("请写成 2026-11-23T14:05:00+08:00。")
        )
    if occurred_at > now + timedelta(minutes=5):
        raise Invalid(field="occurred_at", problem=_("发生时间在将来。"), remedy=_("请核对日期和时间。"))
    if occurred_at < now - timedelta(days=3660):
        raise Invalid(field="occurred_at", problem=_("发生时间在十年以前。"), remedy=_("请核对日期和时间。"))


def _answer(draft: _Draft, street: StreetMap) -> dict[str, Any]:
    located = draft.located
    return {
        "state": "received",
        "grid": _named(street, located.grid_id),
        "community": _named(street, located.community_id),
        "located_by": located.by,
        "category": {"code": draft.category.code, "name": draft.category.name},
        "kind": draft.kind,
        "received_at": draft.received_at.isoformat(timespec="seconds"),
        "promised_by": draft.promised_by.isoformat(timespec="seconds"),
        "is_estimated": is_estimated(street, draft.category, draft.promised_by),
    }


def _named(street: StreetMap, unit_id: int | None) -> dict[str, str] | None:
    if unit_id is None:
        return None
    unit = street.units[unit_id]
    return {"code": unit.code, "name": unit.name}


_ARGUMENTS = 39
_CALL = "SELECT * FROM cases_receive(" + ", ".join(["%s"] * _ARGUMENTS) + ")"  # noqa: S608
_PREPARED = PreparedCall("cases_receive", _ARGUMENTS)


def _write(by: Actor, draft: _Draft, street: StreetMap, answer: dict[str, Any]) -> Receipt:
    parameters = _parameters(by, draft, street, answer)
    try:
        row = _call(parameters)
    except psycopg.OperationalError:
        # The server went away under a kept connection. The id is ours: whether it arrived can be asked.
        if connection.in_atomic_block:
            raise
        connection.close()
        row = _arrived(draft, answer) or _call(parameters)
    reference, case_id, stored, is_repeat, is_conflict = row
    if is_conflict:
        raise Conflict(
            field="Idempotency-Key",
            problem=_("这个 Idempotency-Key 已经用于另一份内容。"),
            remedy=_("重发同一份内容用同一个键；新的内容请换一个新键。"),
        )
    return Receipt(reference, case_id, secrets.tracking_secret(case_id, 0), stored, is_repeat)


def _call(parameters: list[Any]) -> tuple[str, UUID, dict[str, Any], bool, bool]:
    used: BaseDatabaseWrapper = connections["default"]  # the proxy would look it up at each word
    if used.in_atomic_block:  # with photos: the cursor knows that a transaction has to begin
        with psycopg.Cursor(used.connection) as cursor:  # Django's would bind in the text
            cursor.execute(_CALL, parameters)
            (found,) = cursor.fetchall()
        reference, case_id, stored, is_repeat, is_conflict = found
        answer = stored if isinstance(stored, dict) else json.loads(stored)
        return reference, case_id, answer, is_repeat, is_conflict
    used.ensure_connection()
    row = _PREPARED.row(used.connection, parameters)
    return str(row[0]), UUID(row[1]), msgspec.json.decode(row[2] or "{}"), row[3] == "t", row[4] == "t"


def _arrived(draft: _Draft, answer: dict[str, Any]) -> tuple[str, UUID, dict[str, Any], bool, bool] | None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT reference FROM cases_receipt(%s)", [draft.id])
        row = cursor.fetchone()
    return (row[0], draft.id, answer | {"reference": row[0]}, False, False) if row else None


def _parameters(by: Actor, draft: _Draft, street: StreetMap, answer: dict[str, Any]) -> list[Any]:
    words, located = draft.words, draft.located
    facts = facts_at_receipt(
        community=located.community_id,
        grid=located.grid_id,
        category=draft.category.id,
        received_at=draft.received_at,
        due_at=draft.promised_by,
    )
    line = {
        "located_by": located.by,
        "category": draft.category.code,
        "channel": words.channel,
        **words.aside,
        **draft.urgency,  # its word for colleagues holds that of `aside`
    }
    name = text.clean(words.name, most=MOST_NAME, field="contact.name")
    return [
        by.scope.tenant, located.community_id, located.grid_id, street.tenant.short_code, draft.id,
        draft.kind, draft.category.id, draft.matter_id, words.channel, draft.text, draft.place,
        located.lon, located.lat, located.by, located.living_area_id, located.building_id,
        not (name or draft.phone), draft.is_urgent, draft.received_at, by.account_id,
        words.occurred_at, draft.promised_by, len(words.photos),
        searching.indexed(
            by.scope.tenant, draft.text, draft.place, located.living_area_id, located.building_id
        ),
        name, draft.phone, secrets.phone_hash(draft.phone) if draft.phone else "",
        ids.uuid7(), _json(line), ids.uuid7(), _json(facts),
        by.kind, by.account_id, by.name, by.unit_id, by.unit_name,
        _key_hash(words), hashlib.sha256(words.body).hexdigest(), _json(answer),
    ]  # fmt: skip


def _key_hash(words: Words) -> str | None:
    return hashlib.sha256(f"{words.key_owner}\n{words.key}".encode()).hexdigest() if words.key else None


def _json(value: Mapping[str, Any]) -> str:
    return msgspec.json.encode(value).decode()
