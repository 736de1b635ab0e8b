"""The page of this door for staff."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from baiying.doors.open311 import selftest

urlpatterns: list[URLPattern | URLResolver] = [path("", selftest.page, name="desk_open311")]
