"""What may be done with calls, limits and the rules of dispatch, one sentence each; a denial shows sentence and unit."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from baiying.org.rules import declare

READ_CALLS = declare("dispatch.read_calls", _("查看呼叫"), _("查看本辖区、本单位发出和收到的呼叫。"))
RAISE_CALL = declare(
    "dispatch.raise_call", _("发起呼叫"), _("为一件或几件诉求召集有关单位，确认到场，开现场会，结束呼叫。")
)
ANSWER_CALL = declare(
    "dispatch.answer_call", _("应答呼叫"), _("代表被呼叫的单位应答、报告，或说明理由提出异议。")
)
DECIDE_CALL = declare(
    "dispatch.decide_call", _("审核呼叫"), _("由街道一呼百应办公室发出社区的呼叫，裁定单位的异议。")
)
DECIDE_REFUSAL = declare(
    "dispatch.decide_refusal", _("处理拒绝到场"), _("由街道领导处理单位拒绝到场，裁定对街道呼叫的异议。")
)
SET_LIMITS = declare(
    "dispatch.set_limits",
    _("定时限规则"),
    _("选定本街道采用的时限规则，定本街道自己的时限和派单规程的数字。"),
)
EDIT_RULES = declare("dispatch.edit_rules", _("编派单规则"), _("起草和试算派单规则；改动不会马上生效。"))
RELEASE_RULES = declare(
    "dispatch.release_rules", _("启用派单规则"), _("复核别人起草、试算过的派单规则，让它生效。")
)
