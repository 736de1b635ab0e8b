"""What may be done with cases, one sentence each; a denial shows the sentence and the unit."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from baiying.org.rules import declare

READ = declare("cases.read", _("查看诉求"), _("查看本辖区、本单位的诉求和办理经过。"))
READ_CONTACT = declare(
    "cases.read_contact", _("查看联系方式"), _("为了答复来访人，查看其称呼和电话；每次查看都会留痕。")
)
RECEIVE = declare("cases.receive", _("登记诉求"), _("代来电、来访的居民登记诉求。"))
ACCEPT = declare("cases.accept", _("受理"), _("决定受理一件诉求，定下类别和承诺时限。"))
DECLINE = declare(
    "cases.decline", pgettext_lazy("permission", "不予受理"), _("说明理由，并告诉居民谁能帮忙。")
)
HAND_OUT = declare("cases.hand_out", _("派单"), _("把诉求派给承办单位。"))
EXTEND = declare("cases.extend", _("延长时限"), _("在规则允许的范围内延长办理时限，写明理由，居民看得到。"))
MARK_HARD = declare(
    "cases.mark_hard",
    _("认定疑难"),
    _("把一件诉求认定为疑难，按规则里的疑难时限办理，写明理由，居民看得到。"),
)
RECALL = declare("cases.recall", _("撤回派单"), _("把派错的单收回来重新派。"))
ASK = declare("cases.ask", _("请居民补充"), _("向居民问一个清楚的问题，等待答复。"))
ACKNOWLEDGE = declare("cases.acknowledge", _("签收或退单"), _("代表承办单位签收派单，或说明理由退回。"))
WORK = declare("cases.work", _("办理"), _("代表承办单位办理诉求。"))
PARK = declare("cases.park", pgettext_lazy("permission", "挂账"), _("一时办不了的，说明原因和期限后挂账。"))
HANDLE = declare(
    "cases.handle", pgettext_lazy("permission", "办结"), _("报告办理结果，附现场照片或说明为何没有照片。")
)
CHECK = declare("cases.check", _("核查"), _("核查办理结果是否属实；不能核查自己办结的。"))
CALL_BACK = declare("cases.call_back", _("回访"), _("回访居民，如实记录是否联系、是否解决、是否满意。"))
CLOSE = declare("cases.close", pgettext_lazy("permission", "结案"), _("按核查和评价的结果结案。"))
REOPEN = declare("cases.reopen", pgettext_lazy("permission", "重开"), _("说明理由，重新办理已结案的诉求。"))
CORRECT = declare(
    "cases.correct", pgettext_lazy("permission", "更正"), _("更正类别、性质、紧急程度和地点，并留下记录。")
)
NOTE = declare(
    "cases.note", pgettext_lazy("permission", "记录"), _("在办理经过里写下内部记录或给居民的说明。")
)
SUPPORT = declare("cases.support", _("请单位协办"), _("请别的单位协助主办单位，写明要求和期限。"))
DECIDE = declare("cases.decide", _("定单"), _("多次退单以后，会商决定由谁办理；被决定的单位不能再退。"))
SPLIT = declare("cases.split", _("拆分诉求"), _("把一件诉求拆成几件子件，分给不同的单位办理。"))
INSPECT = declare(
    "cases.inspect", _("现场抽查"), _("到现场看抽中的件是否真的解决；只查别的网格的，不查自己单位办的。")
)
EXCLUDE = declare(
    "cases.exclude",
    _("提请解释不计入"),
    _("提请把一件诉求列为“解释不计入”，写明类别和理由；要由另一人审定。"),
)
DECIDE_EXCLUSION = declare(
    "cases.decide_exclusion", _("审定解释不计入"), _("在街道审定别人提请的“解释不计入”；不能审定自己提请的。")
)
EXPORT = declare(
    "cases.export",
    _("导出诉求"),
    _("把筛选出的诉求导出成表格或地图文件，不含来访人姓名和电话；每次导出都会留痕。"),
)
SET_CLOSURE = declare(
    "cases.set_closure", _("设定抽查和回访规则"), _("设定本街道抽查、回访和评价口径的数字，写明理由。")
)
SET_SIMILAR = declare(
    "cases.set_similar",
    _("设定相似判断"),
    _("设定本街道多近、几天以内、多像的诉求算可能重复，写明理由。"),
)
SET_LEARNING = declare(
    "cases.set_learning",
    _("管理分类学习"),
    _("决定用哪一版从本街道已结诉求里学到的分类建议，写明理由；只看到数字，看不到诉求。"),
)
MERGE = declare(
    "cases.merge",
    _("合并诉求"),
    _("把说同一件事的几件诉求合在一起办，一次答复；随时可以取消合并，恢复原样。"),
)
GUARD = declare(
    "cases.guard",
    _("公开内容把关"),
    _("决定一件诉求对外公开的文字和照片：补充隐去、放开误隐的、给照片打码；都要写理由。"),
)
