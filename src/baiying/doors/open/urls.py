"""Programs of other systems: /api/v1/."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path
from django.views.decorators.csrf import csrf_exempt

from baiying.doors.open import handing_out, reading, requests

app_name = "open"
urlpatterns: list[URLPattern | URLResolver] = [
    path("v1/requests", requests.receive_request, name="requests"),
    path("v1/requests/<str:reference_text>", reading.one_request, name="request"),
    path("v1/requests/<str:reference_text>/hand-out", handing_out.hand_out, name="hand_out"),
    path("v1/categories", reading.categories, name="categories"),
    path("v1/units", reading.units, name="units"),
    path("<path:rest>", csrf_exempt(reading.no_such_address), name="nothing"),
]
