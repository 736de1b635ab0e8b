"""Addresses of clocks, limits and the working calendar; included from urls.py."""

from __future__ import annotations

from django.urls import URLPattern, path, re_path

from baiying.doors.desk import (
    calendar_page,
    escalations,
    extending,
    hard_cases,
    limits_page,
    order_numbers_page,
)
from baiying.doors.desk.case_urls import REFERENCE

urlpatterns: list[URLPattern] = [
    re_path(REFERENCE + r"/extend$", extending.extend, name="desk_case_extend"),
    re_path(REFERENCE + r"/hard$", hard_cases.mark, name="desk_case_hard"),
    path("escalations/", escalations.mine, name="desk_escalations"),
    path("escalations/all", escalations.everyone, name="desk_escalations_all"),
    path(
        "escalations/<uuid:escalation_id>/acknowledge",
        escalations.acknowledge,
        name="desk_escalation_acknowledge",
    ),
    path("limits/", limits_page.show, name="desk_limits"),
    path("limits/profile", limits_page.choose_profile, name="desk_limit_profile"),
    path("limits/set", limits_page.set_limit, name="desk_limit_set"),
    path("limits/orders", order_numbers_page.show, name="desk_order_numbers"),
    path("limits/orders/set", order_numbers_page.set_number, name="desk_order_number_set"),
    path("calendar/", calendar_page.show, name="desk_calendar"),
    path("calendar/day", calendar_page.add_day, name="desk_calendar_day"),
    path("calendar/day/<int:day_id>/remove", calendar_page.remove_day, name="desk_calendar_day_remove"),
    path("calendar/import", calendar_page.import_year, name="desk_calendar_import"),
    path("calendar/year/<int:year>/remove", calendar_page.remove_year, name="desk_calendar_year_remove"),
    path("calendar/hours", calendar_page.set_hours, name="desk_calendar_hours"),
]
