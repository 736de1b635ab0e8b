"""GET discovery: where the endpoints are, which formats they speak, and how to get a key."""

from __future__ import annotations

from typing import Any, Final

from django.http import HttpRequest
from django.utils.translation import gettext as _

from baiying.doors.open311.answering import Answer, resource
from baiying.doors.open311.asking import Call
from baiying.doors.shared.streets import streets

SPECIFICATION: Final = "http://wiki.open311.org/GeoReport_v2"
# When what the endpoints offer last changed; raised with the interface, not with the data.
CHANGED: Final = "2026-11-01T00:00:00+08:00"
# Without a charset: a validator compares the whole header.
TYPES: Final = {"xml": "text/xml", "json": "application/json"}


@resource("GET")
def discovery(call: Call) -> Answer:
    """A production and a test endpoint, each in both formats."""
    content: dict[str, Any] = {
        "changeset": CHANGED,
        "contact": _contact(),
        "key_service": _key_service(call.request),
        "endpoints": [
            {
                "specification": SPECIFICATION,
                "url": f"{base(call.request)}/open311/{edition}",
                "changeset": CHANGED,
                "type": kind,
                "formats": ["text/xml", "application/json"],
            }
            for kind, edition in (("production", "v2"), ("test", "test/v2"))
        ],
    }
    return Answer("discovery", content, content_type=TYPES[call.fmt])


def base(request: HttpRequest) -> str:
    """Scheme and host under which the program came."""
    return f"{request.scheme}://{request.get_host()}"


def _contact() -> str:
    told = [
        f"{street.name} {street.supervision_phone}".strip() + f" (jurisdiction_id {street.code})"
        for street in streets()[:20]
    ]
    return _("有问题请联系街道：%(streets)s") % {"streets": "; ".join(told) or "-"}


def _key_service(request: HttpRequest) -> str:
    return _(
        "只读不需要 api_key。要提交诉求，请向街道申请；工作人员在 %(address)s 生成接口令牌，就是 api_key。"
    ) % {"address": f"{base(request)}/desk/me"}
