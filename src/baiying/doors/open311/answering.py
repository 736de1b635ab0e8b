"""Answers and refusals as the standard wants them: status, content type, body; and who may read them from where."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, Concatenate, Final, ParamSpec

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt

from baiying.doors.open311.asking import Call, Format
from baiying.doors.open311.formats import TYPES, written
from baiying.doors.shared.answers import as_refusal
from baiying.kit.refusals import Refusal

P = ParamSpec("P")
# Nothing here depends on a cookie, so any page may ask; JSONP is not offered (docs/adr/0014-geo-report.md).
CORS: Final = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "Link, Retry-After, X-Request-ID, Idempotency-Replayed",
}
PREFLIGHT: Final = {
    "Access-Control-Allow-Headers": "Authorization, Content-Type, Idempotency-Key, X-Request-ID",
    "Access-Control-Max-Age": "86400",
}
# Refusals speak of our own fields; programs know those of the standard.
FIELDS: Final = {
    "text": "description",
    "category": "service_code",
    "contact.phone": "phone",
    "contact.name": "first_name",
    "place": "address_string",
    "lon": "long",
    "photos": "media",
}


@dataclass
class Answer:
    """A document: the name of its root in XML, and what it holds."""

    root: str
    content: Any
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = ""


View = Callable[Concatenate[Call, P], Answer | HttpResponseBase]


def resource(*methods: str) -> Callable[[View[P]], Callable[..., HttpResponseBase]]:
    """A resource in both formats. Whatever its view raises as a refusal becomes the standard's list of errors."""

    def decorate(view: View[P]) -> Callable[..., HttpResponseBase]:
        @csrf_exempt
        @wraps(view)
        def answered(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            captured: dict[str, Any] = dict(kwargs)
            edition, fmt = captured.pop("edition", "v2"), captured.pop("fmt", "xml")
            if request.method == "OPTIONS":
                return preflight(methods)
            spoken: Format = fmt if fmt in TYPES else "xml"  # a refused download in CSV is told in XML
            call = Call(request, fmt, is_test=edition != "v2")
            try:
                _demand_method(request, methods)
                answer = view(call, *args, **captured)
            except Exception as error:
                refusal = as_refusal(error)
                if refusal is None:
                    raise
                answer = refused(refusal, methods)
            response = answer if isinstance(answer, HttpResponseBase) else _response(answer, spoken)
            for name, value in (CORS | call.headers).items():
                response[name] = value
            return response

        return answered

    return decorate


def _response(answer: Answer, fmt: Format) -> HttpResponse:
    body = written(answer.root, answer.content, fmt)
    response = HttpResponse(body, status=answer.status, content_type=answer.content_type or TYPES[fmt])
    for name, value in answer.headers.items():
        response[name] = value
    return response


def preflight(methods: tuple[str, ...]) -> HttpResponse:
    """What a browser asks before it lets a foreign page send something."""
    response = HttpResponse(status=204)
    allowed = {"Access-Control-Allow-Methods": ", ".join([*methods, "OPTIONS"])}
    for name, value in (CORS | PREFLIGHT | allowed).items():
        response[name] = value
    return response


def refused(refusal: Refusal, methods: tuple[str, ...] = ()) -> Answer:
    """The list of errors, one for each thing that is wrong, with the status that the standard has for it."""
    status = status_of(refusal)
    errors = [{"code": status_of(part), "description": _said(part)} for part in refusal.parts]
    headers = dict(refusal.headers) | ({"Allow": ", ".join(methods)} if status == 405 else {})
    return Answer("errors", errors, status, headers)


def status_of(refusal: Refusal) -> int:
    """404 for what does not exist, 403 for keys and leave, 400 for all else that the sender can mend; HTTP's own
    statuses stay for a wrong method, too many requests and troubles of ours.
    """
    if refusal.status in (404, 405, 429) or refusal.status >= 500:
        return refusal.status
    return 403 if refusal.status in (401, 403) else 400


def _said(part: Refusal) -> str:
    name = FIELDS.get(part.field or "", part.field or "")
    said = f"{part.problem}{'' if str(part.problem).endswith('。') else ' '}{part.remedy}"
    return f"{name}: {said}" if name else said


def _demand_method(request: HttpRequest, methods: tuple[str, ...]) -> None:
    if request.method not in methods and not (request.method == "HEAD" and "GET" in methods):
        raise Refusal(
            code="method_not_allowed", status=405, problem=_("这个地址不收这种请求。"),
            remedy=_("请对照接口文档。"),
        )  # fmt: skip
