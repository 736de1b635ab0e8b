"""How letters, channels and their fortunes are said on the desk's pages."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final
from uuid import UUID

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later

from baiying.cases.models import Case
from baiying.notify import channels
from baiying.notify.models import PhoneTask, Posted, Sending
from baiying.notify.preferences import CHANNEL_NAMES
from baiying.org.rules import Actor

KINDS: Final[dict[str, str | Promise]] = {
    "cases.received": later("已登记，告知居民"),
    "cases.declined": later("不予受理，告知居民"),
    "cases.handed_out": later("新派单"),
    "cases.corrected": later("改为紧急"),
    "cases.returned": later("退单"),
    "cases.question_asked": later("请居民补充"),
    "cases.question_answered": later("居民已补充"),
    "cases.sent_back": later("核查未通过"),
    "cases.checked": later("请居民评价"),
    "cases.closed": later("已结案，告知居民"),
    "cases.reopened": later("重新办理"),
    "cases.merged": later("合并办理"),
    "cases.unmerged": later("取消合并"),
    "cases.declined_with_lead": later("不予受理，告知居民"),
    "cases.checked_with_lead": later("请居民评价"),
    "cases.closed_with_lead": later("已结案，告知居民"),
    "dispatch.warned": later("快到期"),
    "dispatch.overdue": later("已超期"),
    "dispatch.escalated": later("超期上报"),
    "dispatch.support_handed_out": later("请协办"),
    "dispatch.support_returned": later("协办退单"),
    "dispatch.support_reported": later("协办已反馈"),
    "dispatch.outside_ready": later("请外部单位答复"),
    "dispatch.outside_failed": later("外部链接没有等到答复"),
    "dispatch.call_raised": later("呼叫"),
    "dispatch.summons_overruled": later("异议不成立"),
    "dispatch.summons_insisted": later("仍须到场"),
    "dispatch.summons_objected": later("提出异议"),
    "dispatch.call_refused": later("不能到场"),
    "dispatch.meeting_planned": later("现场会"),
    "dispatch.task_given": later("会议任务"),
    "dispatch.call_asked": later("请求呼叫"),
    "topics.opened": later("热点话题立项"),
    "topics.handed_over": later("热点话题换责任人"),
    "topics.reopened": later("热点话题重新治理"),
    "topics.effect_known": later("热点话题有了效果"),
    "webhooks.paused": later("事件推送已暂停"),
    "notify.test": later("试发"),
}
# state of a sending: tone, icon, word
SENDINGS: Final[dict[str, tuple[str, str, str | Promise]]] = {
    Sending.State.WAITING: ("wait", "wait", later("等待发送")),
    Sending.State.CLAIMED: ("wait", "send", later("正在发送")),
    Sending.State.SENT: ("done", "done", later("网关已接收")),
    Sending.State.GIVEN_UP: ("late", "late", later("发送失败")),
    Sending.State.DROPPED: ("plain", "info", later("不用再发")),
}
RESULTS: Final[dict[str, str | Promise]] = {
    PhoneTask.Result.REACHED: later("打通了，已告知"),
    PhoneTask.Result.NOT_REACHED: later("没有打通"),
    PhoneTask.Result.WRONG_NUMBER: later("号码不对"),
}


def kind_name(kind: str) -> str:
    """What a letter is about."""
    return str(KINDS.get(kind, kind))


def channel_name(channel: str) -> str:
    """A channel's name."""
    return str(CHANNEL_NAMES.get(channel, channel))


def to_whom(posted: Posted) -> str:
    """The recipient; a resident's name is not kept in the ledger."""
    if posted.account_id is None:
        return _("居民")
    if not posted.stands_in_for:
        return posted.name
    return _("%(name)s（代%(away)s）") % {"name": posted.name, "away": posted.stands_in_for}


def said_sendings(posted: Posted) -> list[dict[str, Any]]:
    """Every channel that was begun, in order, with what its gateway said."""
    found = []
    for sending in posted.sendings.all():
        tone, icon, word = SENDINGS[Sending.State(sending.state)]
        found.append(
            {
                "channel": channel_name(sending.channel),
                "address": _said_address(sending),
                "tone": tone,
                "icon": icon,
                "word": word,
                "answer": sending.answer,
                "at": sending.ended_at or sending.not_before,
                "attempts": sending.attempts,
            }
        )
    return found


def _said_address(sending: Sending) -> str:
    """A masked address; of browsers how many they were."""
    if sending.channel != channels.PUSH or not sending.address_masked:
        return sending.address_masked
    return _("%(count)s 台设备") % {"count": sending.address_masked}


def said_letter(posted: Posted) -> dict[str, Any]:
    """A line of the ledger."""
    return {
        "id": posted.id,
        "kind": kind_name(posted.kind),
        "to": to_whom(posted),
        "is_resident": posted.account_id is None,
        "posted_at": posted.posted_at,
        "read_at": posted.read_at,
        "settled_at": posted.settled_at,
        "must_be_read_by": posted.must_be_read_by if not (posted.read_at or posted.settled_at) else None,
        "is_urgent": posted.is_urgent,
        "fell_back": posted.fell_back,
        "sendings": said_sendings(posted),
    }


def said_result(task: PhoneTask) -> str:
    """What came of a telephone task; nothing when it was no longer needed."""
    return str(RESULTS[PhoneTask.Result(task.result)]) if task.result else ""


def links_of(actor: Actor, subjects: Iterable[tuple[str, str]]) -> dict[tuple[str, str], dict[str, str]]:
    """{(kind, id): {label, href}} of what letters are about, as far as the actor may open it; one query."""
    wanted = set(subjects)
    ids = [UUID(one) for kind, one in wanted if kind == "case"]
    rows = Case.objects.within(actor.scope).filter(id__in=ids).values_list("id", "reference") if ids else []
    found = {
        ("case", str(case_id)): {
            "label": reference,
            "href": reverse("desk_case", kwargs={"reference": reference}),
        }
        for case_id, reference in rows
    }
    return found | {
        ("call", one): {"label": _("呼叫"), "href": reverse("desk_call", kwargs={"call_id": one})}
        for kind, one in wanted
        if kind == "call"
    }
