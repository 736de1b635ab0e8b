"""Which address opens which door."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from baiying.config import health, metrics
from baiying.doors.desk import push
from baiying.doors.open.pages import reference as api_reference

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", metrics.metrics, name="metrics"),
    path("push-worker.js", push.worker, name="push_worker"),
    path("api/", include("baiying.doors.open.urls")),
    path("developers/", api_reference, name="api_reference"),
    path("open311/", include("baiying.doors.open311.urls")),
    path("desk/open311/", include("baiying.doors.open311.desk_urls")),
    path("desk/", include("baiying.doors.desk.urls")),
    path("", include("baiying.doors.screen.urls")),
    path("", include("baiying.doors.resident.urls")),
]

handler400 = "baiying.doors.shared.answers.not_understood"
handler404 = "baiying.doors.shared.answers.not_found"
handler500 = "baiying.doors.shared.answers.server_error"
