"""What outcomes, ratings, results of orders and channels are called."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as later

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
