"""Addresses of calls and of the office board; included from urls.py."""

from __future__ import annotations

from django.urls import URLPattern, path

from baiying.doors.desk import calls, calls_acts, office, summonses

urlpatterns: list[URLPattern] = [
    path("office/", office.board, name="desk_office"),
    path("office/live", office.live, name="desk_office_live"),
    path("office/answered/", office.answered, name="desk_office_answered"),
    path("calls/", calls.calls_list, name="desk_calls"),
    path("calls/new", calls.new_call, name="desk_call_new"),
    path("calls/assessed/", calls.assessed, name="desk_calls_assessed"),
    path("calls/<uuid:call_id>/", calls.call_page, name="desk_call"),
    path("calls/<uuid:call_id>/steps/<slug:call_step>", calls_acts.take_call_step, name="desk_call_step"),
    path("calls/<uuid:call_id>/more", calls_acts.add_parties, name="desk_call_more"),
    path("calls/<uuid:call_id>/meetings", calls_acts.plan_meeting, name="desk_call_meeting"),
    path("calls/<uuid:call_id>/tasks", calls_acts.give_task, name="desk_call_task"),
    path("meetings/<uuid:meeting_id>/minutes", calls_acts.record_meeting, name="desk_meeting_minutes"),
    path("summons/", summonses.mine, name="desk_summons"),
    path("summons/<uuid:summons_id>/", summonses.summons_page, name="desk_summons_one"),
    path(
        "summons/<uuid:summons_id>/steps/<slug:summons_step>", summonses.take_step, name="desk_summons_step"
    ),
    path("summons/<uuid:summons_id>/here", summonses.confirm_here, name="desk_summons_here"),
    path("summons/<uuid:summons_id>/rate-call", summonses.rate_call, name="desk_summons_rate_call"),
    path(
        "summons/<uuid:summons_id>/rate-response", summonses.rate_response, name="desk_summons_rate_response"
    ),
    path("tasks/<uuid:task_id>/steps/<slug:task_step>", calls_acts.take_task_step, name="desk_task_step"),
]
