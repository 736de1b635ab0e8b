"""What every page of this door has: its street, a name for the device, and no copy in shared caches."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from baiying.doors.shared import limits
from baiying.doors.shared.names import name_of
from baiying.doors.shared.streets import COOKIE
from baiying.kit.refusals import Refusal
from baiying.org.models import Tenant

_YEAR = 365 * 86400


def show(
    request: HttpRequest,
    template: str,
    street: Tenant | None,
    context: dict[str, Any],
    *,
    status: int = 200,
    remember: bool = True,
) -> HttpResponse:
    """The page `resident/<template>.html` of this street. `remember` names the device and keeps the street chosen."""
    known = {"street_name": name_of(street) if street else "", "street": street, "home_url": "/"}
    response = render(request, f"resident/{template}.html", known | context, status=status)
    # Not "no-store": it would also forbid the browser's own way back to a page with words in it.
    response.headers["Cache-Control"] = "private, no-cache"
    if remember:
        limits.remember_device(request, response)
        if street is not None and request.GET.get("street") == street.code:
            response.set_cookie(
                COOKIE, street.code, max_age=_YEAR, secure=settings.SESSION_COOKIE_SECURE, samesite="Lax"
            )
    return response


def words_back(request: HttpRequest, refusal: Refusal, kept: str) -> HttpResponse:
    """Without a database no page can be made, but the words can be given back."""
    context = {"refusal": refusal, "kept": kept, "status": refusal.status}
    if kept:
        context["safe"] = _("您写的内容没有丢，就在下面。")
    response = render(request, "shared/error.html", context, status=refusal.status)
    for name, value in refusal.headers.items():
        response[name] = value
    return response
