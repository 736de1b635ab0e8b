"""Pages that belong to no single door."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from baiying.doors.shared.kit_samples import kit_context

KITS = {"desk": "shared/kit.html", "resident": "shared/kit_resident.html", "wall": "shared/kit_wall.html"}


def kit_page(request: HttpRequest, door: str = "desk") -> HttpResponse:
    """Every component in every state, for whoever builds or checks a page."""
    return render(request, KITS.get(door, KITS["desk"]), kit_context())
