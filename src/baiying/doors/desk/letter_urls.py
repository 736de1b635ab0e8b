"""Addresses of letters, their ledger, telephone tasks and the private calendar; included from urls.py."""

from __future__ import annotations

from django.urls import URLPattern, path

from baiying.doors.desk import calendar, gateways, ledger, letter_settings, letters, phone_tasks, push

urlpatterns: list[URLPattern] = [
    path("letters/", letters.letters, name="desk_letters"),
    path("letters/read", letters.mark_all_read, name="desk_letters_read"),
    path("letters/<uuid:letter_id>/", letters.letter, name="desk_letter"),
    path("me/letters", letter_settings.letter_settings, name="desk_letter_settings"),
    path("me/devices", push.add, name="desk_device_add"),
    path("me/devices/<uuid:device_id>/remove", push.remove, name="desk_device_remove"),
    path("me/calendar", letter_settings.renew_calendar, name="desk_calendar_renew"),
    path("me/calendar/close", letter_settings.close_calendar, name="desk_calendar_close"),
    path("calendar/<str:calendar_key>.ics", calendar.calendar, name="desk_calendar_feed"),
    path("phone-tasks/", phone_tasks.phone_tasks, name="desk_phone_tasks"),
    path("phone-tasks/<uuid:phone_task_id>/number", phone_tasks.reveal, name="desk_phone_task_number"),
    path("phone-tasks/<uuid:phone_task_id>/done", phone_tasks.done, name="desk_phone_task_done"),
    path("ledger/", ledger.ledger, name="desk_ledger"),
    path("gateways/", gateways.gateways, name="desk_gateways"),
    path("gateways/test", gateways.test_gateway, name="desk_gateway_test"),
]
