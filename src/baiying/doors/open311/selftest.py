"""/desk/open311/: the running server is asked for every rule, over HTTP; each is shown with what was found."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from baiying.doors.open311.checks import RULES, Question
from baiying.doors.open311.discovery import base
from baiying.doors.open311.keys import rehearsal_key
from baiying.doors.open311.own_server import NotReached, OwnServer
from baiying.doors.shared.names import name_of
from baiying.doors.shared.staff import StaffRequest, staff_page
from baiying.kit.refusals import Words
from baiying.org.queries import street_map
from baiying.org.rules import MANAGE_STRUCTURE


@dataclass(frozen=True, slots=True)
class Outcome:
    """One rule, whether it is kept, and what was found."""

    rule: Words
    is_kept: bool
    found: str


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(MANAGE_STRUCTURE, in_transaction=False)
def page(request: StaffRequest) -> HttpResponse:
    """The button, and after it what came out."""
    tenant = street_map(request.actor.scope.tenant).tenant
    context: dict[str, Any] = {
        "street_name": name_of(tenant), "level_name": _("Open311 自检"), "address": f"{base(request)}/open311/v2/",
        "count": len(RULES),
    }  # fmt: skip
    if request.method == "POST":
        context |= _asked(request, tenant.code, tenant.id)
    return render(request, "open311/selftest.html", context)


def _asked(request: HttpRequest, street: str, tenant_id: int) -> dict[str, Any]:
    started = time.monotonic()
    try:
        server = reached(request, street, rehearsal_key(tenant_id))
        outcomes = [outcome_of(rule, question, server) for rule, question in RULES]
    except NotReached as nobody:
        return {"not_reached": str(nobody.problem)}
    return {
        "outcomes": outcomes,
        "kept": sum(one.is_kept for one in outcomes),
        "is_all_kept": all(one.is_kept for one in outcomes),
        "asked": server.asked,
        "milliseconds": round((time.monotonic() - started) * 1000),
        "base": server.base,
    }


def reached(request: HttpRequest, street: str, key: str) -> OwnServer:
    """The server under the name by which the browser knows it, else on this machine itself. Raises NotReached."""
    server = OwnServer(base(request), street, key)
    try:
        server.get("discovery.json")
        return server
    except NotReached:
        near = OwnServer(
            f"http://127.0.0.1:{request.META.get('SERVER_PORT', '80')}", street, key, request.get_host()
        )
        near.get("discovery.json")
        return near


def outcome_of(rule: Words, question: Question, server: OwnServer) -> Outcome:
    """Asks one question. An answer of a shape that nobody expected is a rule that is not kept."""
    try:
        is_kept, found = question(server)
    except (KeyError, IndexError, TypeError, ValueError, AttributeError) as strange:
        is_kept, found = False, f"{type(strange).__name__}: {strange}"
    return Outcome(rule, is_kept, str(found)[:200])
