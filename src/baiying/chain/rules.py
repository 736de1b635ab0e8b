"""What may be done with the chain, one sentence each."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from baiying.org.rules import declare

READ = declare("chain.read", _("查看挂包"), _("查看本辖区社区、网格、楼院由谁挂包。"))
READ_NEIGHBOURS = declare(
    "chain.read_neighbours",
    _("查看楼院以下的挂包"),
    _("查看本社区楼院小组长、中心户、联户员和住户之间的联系；只限社区自己的工作人员。"),
)
MANAGE = declare(
    "chain.manage", _("管理挂包"), _("安排、更换、移交挂包责任人，导入挂包名单；每次改动都会留痕。")
)
