"""POST /api/v1/requests: the hot path. A plain view, one decode, one SQL call; tokens are looked up every few seconds."""

from __future__ import annotations

from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt

from baiying.cases import services
from baiying.cases.services import Receipt, Words
from baiying.doors.open.decoding import Contact, Request, decoded
from baiying.doors.shared.streets import street_named, street_of
from baiying.doors.shared.tokens import actor_behind
from baiying.kit.refusals import Invalid, Refusal, TooLarge, Unsupported
from baiying.org.rules import Actor, Scope

MOST_BYTES = 128 * 1024


@csrf_exempt
def receive_request(request: HttpRequest) -> HttpResponse:
    """201 with the reference; the same Idempotency-Key and body again -> the same answer, nothing twice."""
    demand_post(request)
    token = bearer(request)
    body = json_body(request)
    said = decoded(body)
    by = _actor(request, token, said)
    receipt = services.receive(by, words=_words(said, request, by, body))
    return _created(request, receipt)


def demand_post(request: HttpRequest) -> None:
    """Raises a refusal with status 405."""
    if request.method != "POST":
        raise Refusal(
            code="method_not_allowed",
            status=405,
            problem=_("这个地址只收 POST。"),
            remedy=_("用 POST 提交 JSON。"),
        )


def bearer(request: HttpRequest) -> str:
    """The token of the Authorization header ("Bearer ..."), or ""."""
    header = str(request.META.get("HTTP_AUTHORIZATION", ""))
    kind, _space, token = header.partition(" ")
    if header and (kind.lower() not in ("bearer", "token") or not token.strip()):
        raise Refusal(
            code="unauthorized", status=401, field="Authorization", problem=_("令牌的写法不对。"),
            remedy=_("写成 Authorization: Bearer by_…"),
        )  # fmt: skip
    return token.strip()


def actor_of(token: str) -> Actor:
    """The actor behind a token. Raises Refusal (401)."""
    actor = actor_behind(token)
    if actor is None:
        raise Refusal(
            code="unauthorized", status=401, field="Authorization", problem=_("令牌无效、已过期或已收回。"),
            remedy=_("请在“我的接口令牌”里申请新的令牌。"),
        )  # fmt: skip
    return actor


def _actor(request: HttpRequest, token: str, said: Request) -> Actor:
    if token:
        actor = actor_of(token)
        if said.street and said.street != street_code(actor):
            raise Invalid(
                field="street",
                problem=_("这个令牌属于另一个街道。"),
                remedy=_("不填 street，或换用那个街道的令牌。"),
            )
        return actor
    street = street_named(said.street) if said.street else street_of(request)
    from baiying.doors.shared import limits

    limits.take_intake(request)
    return Actor(kind="reporter", name="居民", scope=Scope(street.id, "public"))


def street_code(actor: Actor) -> str:
    """The code of the street that an actor belongs to."""
    from baiying.org.queries import street_map

    return street_map(actor.scope.tenant).tenant.code


def json_body(request: HttpRequest) -> bytes:
    """What was sent as JSON. Raises TooLarge, Unsupported."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    if length.isdigit() and int(length) > MOST_BYTES:
        raise TooLarge(
            problem=_("内容超过 128 KB。"),
            remedy=_("text 最多 10,000 个字；照片请用 /report 页面提交。"),
            field="text",
        )
    if request.content_type not in ("application/json", "text/json"):
        raise Unsupported(
            field="Content-Type",
            problem=_("这个接口只收 JSON。"),
            remedy=_("加上 Content-Type: application/json。"),
        )
    return request.body


def _words(said: Request, request: HttpRequest, by: Actor, body: bytes) -> Words:
    contact = said.contact or Contact()
    return Words(
        text=said.text,
        category=said.category,
        kind=said.kind,
        lon=said.lon,
        lat=said.lat,
        crs=said.crs,
        place=said.place or "",
        name=contact.name,
        phone=contact.phone,
        channel=said.channel,
        occurred_at=said.occurred_at,
        key=key_of(request),
        key_owner=f"post:{by.post_id}" if by.post_id else "",
        body=body,
    )


def key_of(request: HttpRequest) -> str | None:
    """The Idempotency-Key. Raises Invalid."""
    key: str | None = request.META.get("HTTP_IDEMPOTENCY_KEY")
    if key is None:
        return None
    if not 1 <= len(key) <= 200 or not key.isprintable():
        raise Invalid(
            field="Idempotency-Key",
            problem=_("Idempotency-Key 要有 1 到 200 个可见字符。"),
            remedy=_("例如用一个 UUID。"),
        )
    return key


def _created(request: HttpRequest, receipt: Receipt) -> HttpResponse:
    address = f"{request.scheme}://{request.get_host()}/t/{receipt.reference}?k={receipt.secret}"
    answer: dict[str, Any] = {"reference": receipt.reference, "tracking_url": address, **receipt.answer}
    response = HttpResponse(
        msgspec.json.encode(answer), status=201, content_type="application/json; charset=utf-8"
    )
    response["Location"] = f"/api/v1/requests/{receipt.reference}"
    if receipt.is_repeat:
        response["Idempotency-Replayed"] = "true"
    return response
