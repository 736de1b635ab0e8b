"""Which address opens which door."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from baiying.config import health

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
]
