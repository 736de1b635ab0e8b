"""What each row of the limits does: starts a clock, is part of other clocks, or stands for reference and starts none.

Every row of data/limits.csv has its sentence here; a row that in honesty cannot be timed by this system says why.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as later

CLOCK, PART, REFERENCE = "clock", "part", "reference"
KINDS: Final = {
    CLOCK: later("计时"),
    PART: later("计时的规矩"),
    REFERENCE: later("参考，不计时"),
}


@dataclass(frozen=True, slots=True)
class Use:
    """kind: see KINDS; what: the clock that runs by it (limits.WHATS); words: from when until when, or why not."""

    kind: str
    what: str
    words: Promise


_FEEDBACK: Final = later("派单起算；承办期间给居民写了说明、提了问题、挂账或办结时停")

USES: Final[dict[str, Use]] = {
    "accept": Use(CLOCK, "accept", later("登记或重开起算，受理或不予受理时停")),
    "hand_out": Use(CLOCK, "hand_out", later("受理或退单起算，派出时停")),
    "hand_out_urgent": Use(CLOCK, "hand_out", later("同派单，只对紧急的诉求")),
    "hand_out_utilities": Use(CLOCK, "hand_out", later("同派单，只对水电气热的类别")),
    "hand_out_weather": Use(CLOCK, "hand_out", later("同派单，只对极端天气的类别")),
    "acknowledge": Use(CLOCK, "acknowledge", later("派单起算，签收或退单时停")),
    "feedback": Use(CLOCK, "feedback", _FEEDBACK),
    "feedback_urgent": Use(CLOCK, "feedback", later("同反馈，只对紧急的诉求")),
    "feedback_utilities": Use(CLOCK, "feedback", later("同反馈，只对水电气热的类别")),
    "handle": Use(CLOCK, "handle", later("登记或重开起算，办结时停；等居民、挂账时暂停")),
    "handle_hard": Use(CLOCK, "handle", later("同办理，只对认定为疑难的诉求；认定时改时限并留下记录")),
    "check": Use(CLOCK, "check", later("办结起算，核查或退回再办时停")),
    "rate": Use(CLOCK, "call_back", later("核查起算，评价或回访时停；到期没有评价就结案")),
    "order": Use(CLOCK, "order", later("协办单、会议任务派出起算，办完、退回或取消时停")),
    "summons": Use(CLOCK, "summons", later("呼叫发出起算，按呼叫的种类应答或到场时停")),
    "extend": Use(PART, "", later("办理时限最多能延长多少，超过的不让延")),
    "yellow_card_before": Use(PART, "", later("按天的时限，提前这么久提醒（黄牌）")),
    "red_card_after": Use(PART, "", later("到期后过这么久算超期（红牌）；0 就是一到期就算")),
    "wait_for_reporter": Use(PART, "", later("等居民补充最多暂停多久，到期自动接着计时")),
    "reopen": Use(PART, "", later("居民在结案后多久以内可以申请重新办理")),
    "escalate": Use(PART, "", later("超期以后每隔这么久往上报一级")),
    "escalate_again": Use(PART, "", later("有人表示督办以后，这么久仍没有办结再往上报")),
    "answer_call": Use(REFERENCE, "", later("电话由12345话务平台接听，本系统不知道什么时候响铃")),
    "connect_rate": Use(REFERENCE, "", later("是比率，不是时限；接没接通由话务平台统计，本系统没有这些电话")),
    "answer_message": Use(REFERENCE, "", later("短信由12345话务平台收发，本系统不知道什么时候收到")),
    "answer_mailbox": Use(REFERENCE, "", later("信箱不在本系统；转来的信登记以后按受理时限计时")),
}  # fmt: skip
