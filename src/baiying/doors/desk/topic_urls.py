"""Addresses of hot topics; included from urls.py."""

from __future__ import annotations

from django.urls import URLPattern, path

from baiying.doors.desk import topics

urlpatterns: list[URLPattern] = [
    path("topics/", topics.topics_list, name="desk_topics"),
    path("topics/<uuid:topic_id>/", topics.topic_page, name="desk_topic"),
    path("topics/<uuid:topic_id>/steps/<slug:topic_step>", topics.take_topic_step, name="desk_topic_step"),
    path("topics/<uuid:topic_id>/cases", topics.change_cases, name="desk_topic_cases"),
]
