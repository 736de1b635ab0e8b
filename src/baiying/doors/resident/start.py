"""`/`: what this is, one large button, and the way back to a case."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from baiying.doors.resident import forms
from baiying.doors.resident.frame import show
from baiying.doors.shared.names import name_of
from baiying.doors.shared.streets import street_of, streets


@require_safe
def start(request: HttpRequest) -> HttpResponse:
    """The street's first page; with several streets here, the others are one tap away."""
    street = street_of(request)
    others = [{"name": name_of(s), "code": s.code} for s in streets() if s.code != street.code]
    return show(request, "start", street, {"form": forms.Lookup(), "others": others})
