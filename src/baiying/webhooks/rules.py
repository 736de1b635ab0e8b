"""What may be done with webhooks, in one sentence."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from baiying.org.rules import declare

MANAGE = declare(
    "webhooks.manage",
    _("管理事件推送"),
    _("登记接收事件的外部系统，看推送记录，停用或重发；只推本辖区、本单位看得到的。"),
)
