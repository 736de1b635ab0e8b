"""Who may look at the street's figures."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from baiying.org.rules import declare

READ = declare(
    "insight.read", _("查看总览"), _("查看本街道或本社区的数字、地图和大屏；每个数字都能打开对应的诉求。")
)
