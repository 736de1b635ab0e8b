"""Made-up contents for the kit page: every component in every state, with nothing from the database."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later

from baiying.doors.shared.words import STATES
from baiying.kit import clock

CATEGORIES = [
    ("light", later("路灯照明")),
    ("waste", later("垃圾清运")),
    ("heat", later("供暖")),
    ("road", later("道路井盖")),
    ("noise", later("噪声扰民")),
    ("water", later("供水排水")),
]


class SampleForm(forms.Form):
    text = forms.CharField(
        label=later("发生了什么"),
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=later("用您自己的话说就行，写清在哪里、什么时候开始。"),
    )
    category = forms.ChoiceField(label=later("属于哪一类"), choices=CATEGORIES, widget=forms.RadioSelect)
    phone = forms.CharField(
        label=later("手机号"), required=False, help_text=later("只用于就这件事联系您。"),
        error_messages={"invalid": later("手机号是 11 位数字，请核对。")},
    )  # fmt: skip
    area = forms.ChoiceField(
        label=later("生活区"), choices=[("", later("请选择")), ("1", "雪宫小区"), ("2", "单家生活区")]
    )
    agree = forms.BooleanField(label=later("可以打电话问我细节"), required=False)
    photo = forms.FileField(
        label=later("照片"), required=False, help_text=later("最多 6 张，每张不超过 20 MB。")
    )

    def clean_phone(self) -> str:
        phone = str(self.cleaned_data["phone"])
        if phone and len(phone) != 11:
            raise forms.ValidationError(self.fields["phone"].error_messages["invalid"])
        return phone


def _case(now: dt.datetime, days: float, **more: Any) -> SimpleNamespace:
    fields = {
        "due_at": now + dt.timedelta(days=days),
        "paused_at": None,
        "handled_at": None,
        "closed_at": None,
    }
    return SimpleNamespace(**(fields | more))


def _rows(now: dt.datetime) -> list[dict[str, Any]]:
    words = [
        ("雪宫小区 6 号楼前的路灯不亮三天了，老人晚上下楼看不见台阶，已经有人绊倒", "雪宫社区 · 第 3 网格", "路灯照明"),
        ("单家生活区北门垃圾桶满了没人收，味道很大", "单家社区 · 第 1 网格", "垃圾清运"),
        ("楼上装修一早六点就开始打钻", "晏婴社区 · 第 7 网格", "噪声扰民"),
        ("暖气不热，室内只有十五度，家里有吃奶的孩子", "遄台社区 · 第 2 网格", "供暖"),
        ("人行道井盖翘起来一角，骑车差点摔了", "闻韶社区 · 第 5 网格", "道路井盖"),
        ("建议在桓公路口加一个左转灯", "", "交通设施"),
    ]  # fmt: skip
    kinds: list[tuple[str, str, SimpleNamespace]] = [
        ("in_progress", "", _case(now, -3)),
        ("handed_out", "", _case(now, 0.2)),
        ("received", "", _case(now, 4)),
        ("waiting", "", _case(now, 2, paused_at=now)),
        ("closed", "solved", _case(now, 3, handled_at=now, closed_at=now)),
        ("closed", "unsolved", _case(now, -3, handled_at=now, closed_at=now)),
    ]
    units = ["综合行政执法中队", "环卫所", "", "热力公司", "市政管护队", "交警中队"]
    return [
        {
            "id": str(n),
            "reference": f"5002-1046{70 + n}-{n % 10}",
            "href": f"#{n}",
            "text": words[n % 6][0],
            "place": words[n % 6][1],
            "place_words": "桓公路口",
            "category": words[n % 6][2],
            "unit": units[n % 6],
            "state": kinds[n % 6][0],
            "outcome": kinds[n % 6][1],
            "case": kinds[n % 6][2],
            "photo_count": n % 3,
            "is_urgent": n == 3,
        }
        for n in range(18)
    ]


def _timeline(now: dt.datetime) -> list[dict[str, Any]]:
    hour = dt.timedelta(hours=1)
    return [
        {"icon": "inbox", "what": _("收到诉求"), "who": _("居民，手机网页"), "at": now - 50 * hour},
        {"icon": "send", "what": _("派给市政管护队"), "who": _("调度员 王敏"), "at": now - 49 * hour,
         "body": _("请先到现场看是单灯故障还是线路故障。"), "is_inside": True},
        {"icon": "wait", "tone": "wait", "what": _("请居民补充"), "who": _("市政管护队 李强"), "at": now - 30 * hour,
         "body": _("请问是单元门口的灯，还是小区路上的灯？")},
        {"icon": "done", "tone": "done", "what": _("已办理"), "who": _("市政管护队 李强"), "at": now - 2 * hour,
         "body": _("更换灯头一只，已亮灯。")},
        {"icon": "check", "is_next": True, "what": _("接下来：社区核查"), "by_when": now + 20 * hour},
    ]  # fmt: skip


def _figures(now: dt.datetime) -> list[dict[str, Any]]:
    days = [12, 15, 9, 20, 18, 7, 5, 14, 16, 19, 22, 17, 8, 13]
    return [
        {"name": _("本月收到"), "value": 505, "unit": _("件"), "href": "#", "trend": days, "owner": _("一呼百应办公室"),
         "trend_label": _("近 14 天每天收到的件数"), "as_of": now - dt.timedelta(minutes=2)},
        {"name": _("超期未办"), "value": 7, "unit": _("件"), "href": "#", "tone": "late", "owner": _("一呼百应办公室"),
         "as_of": now},
        {"name": _("满意率"), "part": 441, "whole": 449, "of": _("有效回访"), "href": "#", "as_of": now,
         "definition": _("满意和基本满意的件数，除以联系上并作出评价的件数；没有联系上的不计入。")},
        {"name": _("解决率"), "part": 0, "whole": 0, "of": _("有效回访"), "href": "#", "as_of": now},
        {"name": _("重新办理"), "value": 1204, "unit": _("件"), "href": "#", "is_stale": True,
         "as_of": now - dt.timedelta(hours=5), "owner": _("核查组")},
    ]  # fmt: skip


def _rail() -> list[dict[str, Any]]:
    return [
        {"title": "", "items": [
            {"label": _("我的工作"), "href": "#", "icon": "inbox", "count": 12, "key": "m", "is_current": True},
            {"label": _("待派单"), "href": "#", "icon": "send", "count": 5, "key": "d"},
            {"label": _("超期"), "href": "#", "icon": "late", "count": 7, "tone": "late", "key": "o"},
            {"label": _("即将到期"), "href": "#", "icon": "soon", "count": 3, "tone": "soon", "key": "s"}]},
        {"title": _("本单位"), "items": [
            {"label": _("全部诉求"), "href": "#", "icon": "list", "count": 1204, "key": "a"},
            {"label": _("待核查"), "href": "#", "icon": "check", "count": 9, "key": "c"},
            {"label": _("地图"), "href": "#", "icon": "map", "count": None},
            {"label": _("总览"), "href": "#", "icon": "chart", "count": None}]},
    ]  # fmt: skip


def _clocks(now: dt.datetime) -> list[tuple[str, SimpleNamespace]]:
    return [
        (_("超期"), _case(now, -3)),
        (_("最后一个工作日"), _case(now, 0.1)),
        (_("时限内"), _case(now, 6)),
        (_("等别人，暂停计时"), _case(now, 2, paused_at=now)),
        (_("办理超期"), _case(now, -3, handled_at=now)),
    ]


def _facts(now: dt.datetime) -> list[dict[str, Any]]:
    return [
        {"name": _("地点"), "value": "雪宫小区 6 号楼前", "href": "#"},
        {"name": _("收到时间"), "when": now - dt.timedelta(days=2)},
        {"name": _("来源"), "value": "电话登记"},
        {"name": _("联系人"), "value": ""},
    ]


def _steps() -> list[dict[str, Any]]:
    return [
        {"label": _("什么事"), "state": "done", "href": "#"},
        {"label": _("在哪里"), "state": "here"},
        {"label": _("联系您"), "state": "ahead"},
        {"label": _("核对提交"), "state": "ahead"},
    ]


def _desk(now: dt.datetime) -> dict[str, Any]:
    """What frames a page of the desk, and what stands above and below its list."""
    return {
        "rail": _rail(),
        "post": {"id": 1, "unit": "一呼百应办公室", "title": "调度员"},
        "posts": [
            {"id": 1, "unit": "一呼百应办公室", "title": "调度员"},
            {"id": 2, "unit": "雪宫社区", "title": "核查员"},
        ],
        "account_name": "王敏",
        "filters": [
            {"name": _("状态"), "value": _("办理中"), "remove_url": "#"},
            {"name": _("社区"), "value": "雪宫社区", "remove_url": "#"},
        ],
        "tabs": [
            {"label": _("在办"), "href": "#", "count": 37, "is_current": True},
            {"label": _("已办结"), "href": "#", "count": 1167},
        ],
        "crumbs": [{"label": _("全部诉求"), "href": "#"}, {"label": "5002-104673-8"}],
        "undo": {"text": _("已派给市政管护队。"), "url": "#", "fields": {"case": "1"}, "until": now},
        "bulk_actions": [
            {"value": "hand_out", "label": _("派给单位"), "icon": "send"},
            {"value": "note", "label": _("加备注"), "icon": "note"},
        ],
    }


def kit_context() -> dict[str, Any]:
    """All that shared/kit.html needs; also what a page of one's own would hand to the same partials."""
    now = clock.now()
    return _desk(now) | {
        "street_name": "雪宫街道",
        "form": SampleForm(initial={"category": "light"}),
        "wrong": SampleForm(
            {"text": "", "category": "light", "phone": "12345", "area": ""}, auto_id="wrong_%s"
        ),
        "icons": {value: value for value, _label in CATEGORIES},
        "states": list(STATES),
        "clocks": _clocks(now),
        "rows": _rows(now),
        "entries": _timeline(now),
        "figures": _figures(now),
        "facts": _facts(now),
        "steps": _steps(),
        "now": now,
        "trend": [3, 5, None, 8, 6, 9, 12],
    }
