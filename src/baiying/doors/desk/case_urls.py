"""Addresses of one case and of a new one; included from urls.py after the list's own addresses."""

from __future__ import annotations

from django.urls import URLPattern, path, re_path

from baiying.doors.desk import (
    case_pages,
    case_steps,
    correcting,
    exclusions,
    guarding,
    inbox,
    merging,
    new_case,
    orders,
    outside,
    photos,
    place_fields,
    printing,
    rule_pages,
    splitting,
)

# References as people write them; anything else under cases/ belongs to the list.
REFERENCE = r"^cases/(?P<reference>[0-9０-９][0-9０-９ \-－—]{8,40})"

urlpatterns: list[URLPattern] = [
    re_path(REFERENCE + r"/$", case_pages.case_page, name="desk_case"),
    re_path(REFERENCE + r"/steps/(?P<step>[a-z_]{2,30})$", case_steps.take_step, name="desk_case_step"),
    re_path(REFERENCE + r"/notes$", case_steps.add_note, name="desk_case_note"),
    re_path(REFERENCE + r"/photos$", case_steps.add_photos, name="desk_case_photos"),
    re_path(REFERENCE + r"/contact$", case_steps.reveal_contact, name="desk_case_contact"),
    re_path(REFERENCE + r"/supports$", orders.ask_support, name="desk_case_support"),
    re_path(REFERENCE + r"/merge$", merging.merge, name="desk_case_merge"),
    re_path(REFERENCE + r"/unmerge$", merging.unmerge, name="desk_case_unmerge"),
    re_path(REFERENCE + r"/correct$", correcting.correct, name="desk_case_correct"),
    re_path(REFERENCE + r"/exclusion$", exclusions.propose, name="desk_exclusion_propose"),
    re_path(REFERENCE + r"/public$", guarding.public_page, name="desk_case_public"),
    re_path(
        REFERENCE + r"/photos/(?P<photo_id>[0-9a-f-]{36})/blur$", guarding.blur_page, name="desk_case_blur"
    ),
    re_path(
        REFERENCE + r"/public-photos/(?P<public_photo_id>[0-9a-f-]{36})/release$",
        guarding.release,
        name="desk_public_photo_release",
    ),
    re_path(
        REFERENCE + r"/public-photos/(?P<public_photo_id>[0-9a-f-]{36})/withdraw$",
        guarding.withdraw,
        name="desk_public_photo_withdraw",
    ),
    path("public-photos/<uuid:public_photo_id>.jpg", guarding.copy, name="desk_public_photo"),
    re_path(REFERENCE + r"/print$", printing.print_page, name="desk_case_print"),
    path("inbox/", inbox.inbox, name="desk_inbox"),
    path("orders/<uuid:order_id>/", orders.order_page, name="desk_order"),
    path("orders/<uuid:order_id>/steps/<str:order_step>", orders.take_step, name="desk_order_step"),
    path("orders/<uuid:order_id>/photos/<uuid:photo_id>.jpg", orders.photo, name="desk_order_photo"),
    re_path(REFERENCE + r"/split$", splitting.split, name="desk_case_split"),
    re_path(REFERENCE + r"/outside$", outside.make_link, name="desk_case_outside"),
    path("outside/", outside.links, name="desk_outside"),
    path("outside/<uuid:link_id>/", outside.link_page, name="desk_outside_link"),
    path("outside/<uuid:link_id>/steps/<str:link_step>", outside.take_step, name="desk_outside_step"),
    path("rules/", rule_pages.rule_sets, name="desk_rules"),
    path("rules/new", rule_pages.draft, name="desk_rules_draft"),
    path("rules/<int:version>/", rule_pages.rule_set, name="desk_rule_set"),
    path("rules/<int:version>/test", rule_pages.test, name="desk_rules_test"),
    path("rules/<int:version>/release", rule_pages.release, name="desk_rules_release"),
    path("rules/<int:version>/discard", rule_pages.discard, name="desk_rules_discard"),
    path("rules/<int:version>/rows/new", rule_pages.rule_row, name="desk_rule_new"),
    path("rules/<int:version>/rows/<int:row_id>", rule_pages.rule_row, name="desk_rule_row"),
    path("community-tasks/", rule_pages.community_tasks, name="desk_community_tasks"),
    path("photos/<uuid:photo_id>.jpg", photos.photo, name="desk_photo"),
    path("place-at", place_fields.place_at, name="desk_place_at"),
    path("buildings", place_fields.buildings, name="desk_buildings"),
    path("new/", new_case.new_case, name="desk_new"),
    path("new/near", new_case.near, name="desk_new_near"),
]
