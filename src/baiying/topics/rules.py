"""What may be done with topics, one sentence each."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from baiying.org.rules import declare

READ = declare("topics.read", _("查看热点话题"), _("查看本辖区反复出现的诉求：依据、责任单位和治理效果。"))
MANAGE = declare(
    "topics.manage", _("管理热点话题"), _("立项或不立项，定责任单位和责任人，增减关联的诉求，办完后销项。")
)
WORK = declare("topics.work", _("办理热点话题"), _("代表责任单位登记采取了什么措施、从哪天起。"))
