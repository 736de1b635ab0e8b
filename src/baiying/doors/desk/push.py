"""Web push at the desk: the panel beside one's channels, letting a browser in, taking it out, the browser's worker."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.staticfiles import finders
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from baiying.doors.shared.staff import StaffRequest, staff_page
from baiying.notify import channels, devices, queries
from baiying.notify.letters import Person
from baiying.notify.models import Preference
from baiying.org.models import Account
from baiying.org.rules import Scope, acting

COOKIE: Final = "device"
COOKIE_SECONDS: Final = 400 * 86400  # as long as browsers keep one
# The worker fetches nothing, loads nothing and is nobody's page.
WORKER_POLICY: Final = "default-src 'none'; frame-ancestors 'none'"


def _cookie() -> str:
    return f"__Host-{COOKIE}" if settings.SESSION_COOKIE_SECURE else f"baiying_{COOKIE}"


def _this_device(request: HttpRequest) -> UUID | None:
    try:
        return UUID(request.COOKIES.get(_cookie(), ""))
    except ValueError:
        return None


def panel(request: StaffRequest, preference: Preference) -> dict[str, Any]:
    """What the page about letters shows of it; nothing where it is not switched on."""
    if channels.PUSH not in channels.configured():
        return {"has_push": False}
    here = _this_device(request)
    own = queries.own_devices(preference.tenant_id, preference.account_id)
    return {
        "has_push": True,
        "push_key": devices.public_key(),
        "push_is_chosen": channels.PUSH in preference.channels,
        "push_is_on": any(device.id == here for device in own),
        "devices": [
            {
                "id": device.id,
                "added_at": device.added_at,
                "host": _host(device.endpoint),
                "is_here": device.id == here,
            }
            for device in own
        ],
    }


def _host(endpoint: str) -> str:
    return endpoint.split("/")[2]


@require_POST
@staff_page()
def add(request: StaffRequest) -> HttpResponse:
    """The browser before me may show that there is a message."""
    actor, said = request.actor, request.POST
    by = Person(actor.scope.tenant, actor.account_id or 0, actor.name)
    before = _this_device(request)
    with acting(Scope(by.tenant_id, "street")):  # whoever used this browser before is no longer told here
        if before is not None:
            devices.forget_device(by.tenant_id, before)
        device = devices.add_device(
            by,
            endpoint=said.get("endpoint", ""),
            public_key=said.get("public_key", ""),
            secret=said.get("secret", ""),
        )
    messages.success(request, _("本设备已开启推送。有新通知时会弹出“百应：有一条新消息”。"))
    response = redirect("desk_letter_settings")
    response.set_cookie(
        _cookie(), str(device.id), max_age=COOKIE_SECONDS, secure=settings.SESSION_COOKIE_SECURE, httponly=True,
        samesite="Lax",
    )  # fmt: skip
    return response


@require_POST
@staff_page()
def remove(request: StaffRequest, device_id: UUID) -> HttpResponse:
    """One of my browsers is quiet again."""
    actor = request.actor
    devices.remove_device(Person(actor.scope.tenant, actor.account_id or 0, actor.name), device_id)
    messages.success(request, _("这台设备的推送已关闭。"))
    return redirect("desk_letter_settings")


def forget_this_device(request: HttpRequest) -> None:
    """Signing out ends the messages on this browser, whosever they were."""
    here = _this_device(request)
    if here is not None and isinstance(request.user, Account):
        with acting(Scope(request.user.tenant_id, "street")):
            devices.forget_device(request.user.tenant_id, here)


def without_device(response: HttpResponse) -> HttpResponse:
    """The answer that takes the browser's mark away."""
    response.delete_cookie(_cookie(), samesite="Lax")
    return response


@require_safe
def worker(request: HttpRequest) -> HttpResponse:
    """The browser's worker, from the root of the address: from a folder it could not speak for the desk."""
    found: Any = finders.find("built/push-worker.js") if channels.PUSH in channels.configured() else None
    if not isinstance(found, str):
        raise Http404
    response = HttpResponse(Path(found).read_bytes(), content_type="text/javascript; charset=utf-8")
    response.headers["Content-Security-Policy"] = WORKER_POLICY
    response.headers["Cache-Control"] = "no-cache"
    return response
