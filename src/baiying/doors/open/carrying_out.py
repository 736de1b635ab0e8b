"""How a declared operation is carried out: leave, limits, what was sent, versions, repeated keys, the answer."""

from __future__ import annotations

import hashlib
import re
import zlib
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Final

import msgspec
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt

from baiying.doors.open.declaring import Answer, Call, Operation
from baiying.doors.open.decoding import body_as, query_as
from baiying.doors.open.requests import actor_of, bearer, json_body, key_of
from baiying.doors.shared import limits
from baiying.doors.shared.streets import street_of
from baiying.kit.refusals import Conflict, Refusal
from baiying.org import repeats
from baiying.org.rules import Actor, Scope, acting, demand

_ETAG = re.compile(r'"(\d{1,18})(?:\.[0-9a-f]{8})?"\Z')
JSON: Final = "application/json; charset=utf-8"
PRIVATE: Final = "private, no-cache"


class NotAllowed(Refusal):
    """An address that is, asked in a way that is not."""

    code = "method_not_allowed"
    status = 405

    def __init__(self, methods: list[str]) -> None:
        self.methods = methods
        super().__init__(
            problem=_("这个地址不收这种请求。"),
            remedy=_("能用的方法见 Allow 一行。"),
            extra={"allow": methods},
        )

    @property
    def headers(self) -> dict[str, str]:
        return {"Allow": ", ".join(self.methods)}


def view_of(operations: Mapping[str, Operation]) -> Callable[..., HttpResponseBase]:
    """The view of one address; `operations` by method."""
    methods = sorted({*operations, *(["HEAD"] if "GET" in operations else [])})

    @csrf_exempt
    def view(request: HttpRequest, **path: Any) -> HttpResponseBase:
        one = operations.get("GET" if request.method == "HEAD" else str(request.method))
        if one is None:
            raise NotAllowed(methods)
        if one.plain is not None:
            return one.plain(request, **path)
        return _carry_out(one, request, path)

    return view


def _carry_out(one: Operation, request: HttpRequest, path: Mapping[str, Any]) -> HttpResponseBase:
    by, token = _who(one, request)
    standing = limits.take_program(token) if token else None
    call = Call(request, by, path)
    if one.query is not None:
        call.query = query_as(one.query, request.GET)
    raw = _sent(one, call)
    call.version = _version_in_mind(one, request)
    try:
        response = _answered(one, call, raw)
    except Conflict as conflict:
        raise _overtaken(conflict, call.version) from conflict
    for name, value in (standing.headers if standing else {}).items():
        response.headers[name] = value
    return response


def _who(one: Operation, request: HttpRequest) -> tuple[Actor, str]:
    """(who asks, their token). Raises Refusal (401), Denied."""
    token = bearer(request)
    if not one.permission:
        street = street_of(request)
        return Actor(kind="reporter", name="", scope=Scope(street.id, "public")), ""
    if not token:
        raise Refusal(
            code="unauthorized", status=401, field="Authorization", problem=_("查询要用令牌。"),
            remedy=_("居民请用查询链接 /t/<编号>；程序请带上 Authorization: Bearer。"),
        )  # fmt: skip
    by = actor_of(token)
    demand(by, one.permission)
    return by, token


def _sent(one: Operation, call: Call) -> bytes:
    """Puts the body into the call; returns what a repeated key is compared with."""
    if one.body is None:
        return b""
    if one.files and call.request.content_type == "multipart/form-data":
        said = str(call.request.POST.get("said", "{}")).encode()
        call.body = body_as(one.body, said)
        return b"\n".join([said, *_prints(call.request)])
    raw = json_body(call.request)
    call.body = body_as(one.body, raw)
    return raw


def _prints(request: HttpRequest) -> list[bytes]:
    """Of every file its place and a hash: enough to tell a repeated request from another one."""
    found = []
    for field, files in request.FILES.lists():
        for file in files:
            found.append(field.encode() + hashlib.sha256(file.read()).digest())
            file.seek(0)
    return found


def _version_in_mind(one: Operation, request: HttpRequest) -> int | None:
    """The version that the program has read. Raises Refusal: 428 when it says none, 412 when that is not ours."""
    said: str | None = request.META.get("HTTP_IF_MATCH")
    if one.version != "change":
        return None
    if said is None:
        raise Refusal(
            code="version_needed", status=428, field="If-Match", problem=_("没有说明改的是哪一版。"),
            remedy=_("先查询一次，把回答里的 ETag 放进 If-Match；不在意版本的，写 If-Match: *。"),
        )  # fmt: skip
    if said.strip() == "*":
        return None
    found = _ETAG.match(said.strip())
    if found is None:
        raise _precondition_failed({})
    return int(found[1])


def _overtaken(conflict: Conflict, version: int | None) -> Refusal:
    """412 where the version is another one; 409 where the step is not possible in the state that was read."""
    if version is None or conflict.field != "version" or conflict.extra.get("version") == version:
        return conflict
    return _precondition_failed(conflict.extra, conflict.problem, conflict.remedy)


def _precondition_failed(extra: Mapping[str, Any], *words: Any) -> Refusal:
    problem, remedy = words or (_("版本对不上，没有改动。"), _("请重新查询，再决定。"))
    return Refusal(
        code="version_differs", status=412, field="If-Match", problem=problem, remedy=remedy, extra=extra
    )


def _answered(one: Operation, call: Call, raw: bytes) -> HttpResponseBase:
    assert one.view is not None
    if one.takes_no_scope:
        return _response(one, call, one.view(call))
    with acting(call.by.scope):
        key = key_of(call.request) if one.repeats and call.by.post_id else None
        if key is None:
            return _response(one, call, one.view(call))
        address = f"{call.request.method} {call.request.path}\n".encode()
        kept = repeats.claim(call.by, key=key, said=address + raw)
        if kept is not None:
            again = HttpResponse(kept.answer, status=kept.status, content_type=JSON)
            again.headers["Idempotency-Replayed"] = "true"
            again.headers["Cache-Control"] = PRIVATE
            if kept.etag:
                again.headers["ETag"] = kept.etag
            return again
        response = _response(one, call, one.view(call))
        assert isinstance(response, HttpResponse)
        said, etag = response.content.decode(), response.headers.get("ETag", "")
        repeats.keep(call.by, key=key, status=response.status_code, answer=said, etag=etag)
        return response


@cache
def encoder() -> msgspec.json.Encoder:
    """JSON as the whole API writes it."""
    return msgspec.json.Encoder()


def _response(one: Operation, call: Call, given: Any) -> HttpResponseBase:
    if isinstance(given, HttpResponseBase):
        return given
    answer = given if isinstance(given, Answer) else Answer(given)
    content = encoder().encode(answer.body)
    response = HttpResponse(content, status=answer.status or one.status, content_type=JSON)
    for name, value in answer.headers.items():
        response.headers[name] = value
    if answer.version is not None:
        tag = f'"{answer.version}.{zlib.crc32(content):08x}"'
        response.headers["ETag"] = tag
        if one.method == "GET" and tag in call.request.META.get("HTTP_IF_NONE_MATCH", ""):
            response.status_code, response.content = 304, b""
            del response.headers["Content-Type"]
    if one.permission:
        response.headers["Cache-Control"] = PRIVATE
    return response
