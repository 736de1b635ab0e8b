"""What outcomes, ratings, results of orders, channels and the units of a timeline are called."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as later

from baiying.kit.language import is_english
from baiying.org.queries import street_map

if TYPE_CHECKING:
    from baiying.cases.models import Line

OUTCOMES = {"solved": later("已解决"), "explained": later("已解释说明"), "unsolved": later("未能解决")}
RATINGS = {
    "satisfied": later("满意"),
    "basically_satisfied": later("基本满意"),
    "dissatisfied": later("不满意"),
    "no_answer": later("未评价"),
}
# Of an order (dispatch.Order.Result).
RESULTS = {
    "solved": later("已解决"),
    "not_solved": later("没有解决"),
    "nothing_found": later("没有发现这种情况，或不用处置"),
    "cancelled": later("已取消"),
}
CHANNELS = {
    "web": later("网页"),
    "phone": later("来电"),
    "visit": later("来访"),
    "wechat": later("微信"),
    "app": later("手机应用"),
    "api": later("其他系统"),
    "hotline": later("热线转来"),
    "grid": later("网格员发现"),
    "letter": later("来信"),
    "other": later("其他渠道"),
    "split": later("拆分的子件"),
}


def unit_name(line: Line) -> str:
    """The unit of a line of the timeline, in the reader's language; as it was called then, where it is gone."""
    unit = street_map(line.tenant_id).units.get(line.unit_id or 0)
    if unit is None:
        return line.unit_name
    return unit.name_en if is_english() and unit.name_en else unit.name
