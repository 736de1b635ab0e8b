"""The addresses of the desk."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from baiying.doors.desk import (
    absences,
    accounts,
    audit,
    bulk,
    call_backs,
    inspections,
    lists,
    me,
    saved,
    signing_in,
    system,
)
from baiying.doors.shared.staff import staff_page
from baiying.doors.shared.views import kit_page

urlpatterns: list[URLPattern | URLResolver] = [
    path("", lists.home, name="desk_home"),
    path("rail", lists.rail, name="desk_rail"),
    path("cases/", lists.cases, name="desk_cases"),
    path("cases/filter", lists.filter_box, name="desk_filter"),
    path("cases/count", lists.count, name="desk_count"),
    path("cases/bulk", bulk.bulk, name="desk_bulk"),
    path("filters/save", saved.save, name="desk_filter_save"),
    path("filters/<int:filter_id>/delete", saved.delete, name="desk_filter_delete"),
    path("login", signing_in.sign_in, name="desk_login"),
    path("login/code", signing_in.second_factor, name="desk_login_code"),
    path("logout", signing_in.sign_out, name="desk_logout"),
    path("switch", signing_in.switch_post, name="desk_switch"),
    path("me", me.me, name="desk_me"),
    path("me/password", me.password, name="desk_password"),
    path("me/authenticator", me.authenticator, name="desk_authenticator"),
    path("me/authenticator/remove", me.remove_authenticator, name="desk_authenticator_remove"),
    path("me/tokens", me.issue_token, name="desk_token_issue"),
    path("me/tokens/<int:token_id>/revoke", me.revoke_token, name="desk_token_revoke"),
    path("absences/", absences.absences, name="desk_absences"),
    path("absences/<int:absence_id>/take-back", absences.take_back, name="desk_absence_take_back"),
    path("accounts/", accounts.accounts, name="desk_accounts"),
    path("accounts/open", accounts.open_account, name="desk_account_open"),
    path("accounts/<int:account_id>", accounts.account, name="desk_account"),
    path("accounts/<int:account_id>/active", accounts.set_active, name="desk_account_active"),
    path("accounts/<int:account_id>/password", accounts.reset_password, name="desk_account_password"),
    path("accounts/<int:account_id>/posts", accounts.appoint, name="desk_appoint"),
    path("posts/<int:post_id>/end", accounts.end_post, name="desk_post_end"),
    path("tokens/<int:token_id>/revoke", accounts.revoke_token, name="desk_account_token_revoke"),
    path("audit/", audit.audit, name="desk_audit"),
    path("system/", system.system, name="desk_system"),
    path("call-backs/", call_backs.tasks, name="desk_call_backs"),
    path("call-backs/<uuid:call_back_id>/", call_backs.task, name="desk_call_back"),
    path("call-backs/<uuid:call_back_id>/take", call_backs.take, name="desk_call_back_take"),
    path("call-backs/<uuid:call_back_id>/answered", call_backs.answered, name="desk_call_back_answered"),
    path(
        "call-backs/<uuid:call_back_id>/not-reached",
        call_backs.not_reached,
        name="desk_call_back_not_reached",
    ),
    path("inspections/", inspections.checks, name="desk_inspections"),
    path("inspections/<uuid:draw_id>/", inspections.check, name="desk_inspection"),
    path(
        "inspections/<uuid:draw_id>/photos/<uuid:photo_id>.jpg",
        inspections.photo,
        name="desk_inspection_photo",
    ),
    path("units/", system.units, name="desk_units"),
    path("kit/", staff_page()(kit_page), name="desk_kit"),
    path("kit/<str:door>", staff_page()(kit_page), name="desk_kit_of"),
    path("", include("baiying.doors.desk.letter_urls")),
    path("", include("baiying.doors.desk.calls_urls")),
    path("", include("baiying.doors.desk.clock_urls")),
    path("chain/", include("baiying.doors.desk.chain_urls")),
    path("", include("baiying.doors.desk.case_urls")),
]
