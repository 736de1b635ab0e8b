"""The system administrator's page about channels: which there are, how they do, a test letter to oneself."""

from __future__ import annotations

from uuid import uuid4

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from baiying.doors.desk.frame import desk_page
from baiying.doors.desk.letter_words import channel_name, said_letter
from baiying.doors.shared.staff import StaffRequest, staff_page
from baiying.kit.refusals import Invalid
from baiying.notify import channels, queries, services
from baiying.notify.gateways import CHANNELS
from baiying.notify.letters import Letter, Recipient
from baiying.org.rules import MANAGE_STRUCTURE, Scope, acting


@require_safe
@staff_page(MANAGE_STRUCTURE)
def gateways(request: StaffRequest) -> HttpResponse:
    """Channels with their host, what waits and what was given up; secrets are never shown."""
    tenant, account = request.actor.scope.tenant, request.actor.account_id or 0
    with acting(Scope(tenant, "street")):  # numbers of the whole street, not one letter
        states = {state.channel: state for state in queries.channel_states(tenant)}
    own = services.addresses_of(services.preference_of(tenant, account))
    context = {
        "rows": [
            {
                "code": name,
                "name": channel_name(name),
                "state": states.get(name),
                "has_address": bool(own.get(name)),
                "is_push": name == channels.PUSH,
            }
            for name in CHANNELS
        ],
        "tests": [said_letter(p) for p in queries.own_tests(tenant, account)],
    }
    return desk_page(request, "desk/gateways.html", context)


@require_POST
@staff_page(MANAGE_STRUCTURE)
def test_gateway(request: StaffRequest) -> HttpResponse:
    """One letter to oneself by one channel."""
    channel, actor = request.POST.get("channel", ""), request.actor
    account = actor.account_id or 0
    if channel not in channels.configured():
        raise Invalid(field="channel", problem=_("没有配置这个渠道。"), remedy=_("请从列表里选一个。"))
    if not services.addresses_of(services.preference_of(actor.scope.tenant, account)).get(channel):
        raise Invalid(
            field="channel",
            problem=_("您自己还没有填这个渠道的地址。"),
            remedy=_("先到“我的账号 · 通知方式”里填上。"),
        )
    letter = Letter(
        kind="notify.test", title=_("百应试发：收到说明这个渠道通了"), link="/desk/gateways/", is_urgent=True
    )
    services.post(
        tenant_id=actor.scope.tenant, key=f"test:{uuid4()}", to=Recipient(account_id=account, name=actor.name),
        letter=letter, subject_kind="account", subject_id=str(account), only=[channel],
    )  # fmt: skip
    messages.success(
        request, _("已交给%(channel)s发送，几秒后刷新看结果。") % {"channel": channel_name(channel)}
    )
    return redirect("desk_gateways")
