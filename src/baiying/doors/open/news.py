"""The messages that webhooks deliver, described for the schema: CloudEvents 1.0, signed after Standard Webhooks."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

import msgspec

from baiying.cases.announced import EVENTS as OF_CASES
from baiying.dispatch.announced import EVENTS as OF_CALLS
from baiying.webhooks.listening import TYPE
from baiying.webhooks.services import PING


class EventData(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What it is about: codes and a reference, nobody's name and no words; `href` is read with a token."""

    kind: Literal["case", "call"]
    reference: str
    href: str
    from_state: str | None
    state: str | None
    community: str | None
    grid: str | None
    unit: str | None


class Event(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A CloudEvent 1.0 in structured mode; `subject` is the reference of what it is about."""

    specversion: Literal["1.0"]
    id: UUID
    source: str
    type: str
    subject: str
    time: datetime
    datacontenttype: Literal["application/json"]
    data: EventData


HEADERS: Final = {
    "webhook-id": "The same as `id`; a message that comes twice has the same one: drop the second",
    "webhook-timestamp": "Seconds since 1970 when it was sent; refuse what is older than five minutes",
    "webhook-signature": "`v1,` and base64 of HMAC-SHA256 over `<id>.<timestamp>.<body>` with the subscription's secret",
}
ANSWERS: Final = {
    "2XX": "Taken; answer within ten seconds, then work",
    "410": "The address is used no longer: the subscription is paused at once",
    "default": "Tried again, later each time; messages about the same subject wait meanwhile",
}


def described(ref: str) -> dict[str, Any]:
    """The member `webhooks` of the description; `ref` is how a schema of the components is named."""
    trial = {"type": "object", "properties": {"type": {"const": f"{TYPE}{PING}"}}, "required": ["type"]}
    return {
        "requests": {"post": _message("on_request", "News of a request", _news(OF_CASES, ref))},
        "calls": {"post": _message("on_call", "News of a call", _news(OF_CALLS, ref))},
        "ping": {"post": _message("on_ping", "A trial, sent from the subscription's page", trial)},
    }


def _news(events: tuple[str, ...], ref: str) -> dict[str, Any]:
    types = [f"{TYPE}{event}" for event in dict.fromkeys(events)]
    return {
        "allOf": [{"$ref": ref.format(name="Event")}],
        "properties": {"type": {"type": "string", "enum": types}},
    }


def _message(name: str, summary: str, schema: dict[str, Any]) -> dict[str, Any]:
    words = "Registered at the desk; one subject's messages come in order. docs/api.md tells how they are repeated."
    return {
        "operationId": name,
        "summary": summary,
        "description": words,
        "tags": ["Webhooks"],
        "parameters": [
            {
                "name": header,
                "in": "header",
                "required": True,
                "schema": {"type": "string"},
                "description": said,
            }
            for header, said in HEADERS.items()
        ],
        "requestBody": {"required": True, "content": {"application/cloudevents+json": {"schema": schema}}},
        "responses": {status: {"description": said} for status, said in ANSWERS.items()},
    }
