"""Refusals and troubles as answers: a page for people, problem+json for programs; nothing is changed by them."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable

import psycopg
from django.core.exceptions import (
    BadRequest,
    RequestDataTooBig,
    SuspiciousOperation,
    TooManyFieldsSent,
    TooManyFilesSent,
)
from django.db import DatabaseError, InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.template.loader import render_to_string
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from baiying.kit.refusals import Denied, NotFound, Refusal, TooLarge, Unavailable, to_problem
from baiying.kit.trace import request_id

log = logging.getLogger("baiying.web")
# The hot path speaks to the driver itself, so its errors come unwrapped.
GONE = (OperationalError, InterfaceError, psycopg.OperationalError, psycopg.InterfaceError)


def wants_json(request: HttpRequest) -> bool:
    """Whether a program is asking."""
    return request.path.startswith(("/api/", "/open311/")) or request.headers.get("Accept", "").startswith(
        "application/json"
    )


def answer_refusal(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """The refusal in the reader's language, with its own status."""
    if wants_json(request):
        response = problem_response(refusal, request.path)
    else:
        # Without a database there is no session either, and the page must not ask who is reading.
        reader = None if isinstance(refusal, Unavailable) else request
        page = render_to_string("shared/error.html", {"refusal": refusal, "status": refusal.status}, reader)
        response = HttpResponse(page, status=refusal.status)
    for name, value in refusal.headers.items():
        response[name] = value
    return response


def problem_response(refusal: Refusal, instance: str = "") -> HttpResponse:
    """RFC 9457."""
    body = json.dumps(to_problem(refusal, instance), ensure_ascii=False)
    response = HttpResponse(body, status=refusal.status, content_type="application/problem+json")
    response["Content-Language"] = get_language() or "zh-hans"
    return response


def as_refusal(error: Exception) -> Refusal | None:
    """The refusal that an exception stands for, or None when it is a defect of ours."""
    if isinstance(error, Refusal):
        return error
    if isinstance(error, Http404):
        return NotFound()
    if isinstance(error, (RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent)):
        return TooLarge()
    if isinstance(error, GONE):
        return Unavailable()
    if isinstance(error, DatabaseError) and getattr(error.__cause__, "sqlstate", "") == "42501":
        return Denied(
            permission=_("访问数据"), sentence=_("数据库不允许在当前岗位下这样做。"), unit=_("本单位")
        )
    if isinstance(error, SuspiciousOperation | MultiPartParserError | BadRequest):
        return Refusal(problem=_("请求的格式不对。"), remedy=_("请从页面上重新操作；程序请对照接口文档。"))
    return None


class RefusalsAsAnswers:
    """Turns what a view raises into an answer."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Django's hook; None lets the error go on to the log and the plain 500 page."""
        refusal = as_refusal(error)
        if refusal is None:
            return None
        if isinstance(refusal, Unavailable):
            log.warning("database unavailable", extra={"kind": type(error).__name__})
        return answer_refusal(request, refusal)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler404: an address that leads nowhere."""
    return answer_refusal(
        request, NotFound(problem=_("没有这个页面。"), remedy=_("请检查网址，或从首页重新进入。"))
    )


def not_understood(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler400: what was sent could not be taken apart, before or within a view."""
    return answer_refusal(request, as_refusal(exception) or Refusal())


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's handler500: a defect of ours; what had been saved before is safe, this step was not taken.

    Or the database went away before a view was reached: sessions live there too.
    """
    if isinstance(sys.exc_info()[1], GONE):
        return answer_refusal(request, Unavailable())
    refusal = Refusal(
        code="defect",
        status=500,
        problem=_("系统出了差错，这一步没有完成；已经提交成功的内容不受影响。"),
        remedy=_("请稍后再试；还不行，请把下面的编号告诉管理员。"),
    )
    if wants_json(request):
        return problem_response(refusal, request.path)
    context = {"refusal": refusal, "status": 500, "request_id": request_id.get()}
    return HttpResponse(render_to_string("shared/error.html", context), status=500)


def stale_form(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Django's CSRF_FAILURE_VIEW: the form is older than the browser's cookie; the words typed are given back."""
    typed = [str(v) for k, v in request.POST.items() if k not in _NOT_GIVEN_BACK and len(v) > 1]
    refusal = Refusal(
        code="stale_form",
        status=403,
        problem=_("这个页面放得太久，或者浏览器没有保存 Cookie，所以没有提交。"),
        remedy=_("请返回刷新页面，再提交一次。"),
    )
    if wants_json(request):
        return problem_response(refusal, request.path)
    context = {"refusal": refusal, "status": 403, "kept": "\n".join(typed), "request_id": request_id.get()}
    return HttpResponse(render_to_string("shared/error.html", context), status=403)


_NOT_GIVEN_BACK = frozenset(
    {"csrfmiddlewaretoken", "password", "old_password", "new_password", "code", "draft"}
)
