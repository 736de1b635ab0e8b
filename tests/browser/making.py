"""What a page needs and the demonstration may lack on some day, or after other stories: made by the API, as people make it.

A page of a kind is shown with what is there; only where nothing is, something is made.
"""

from __future__ import annotations

import json
import urllib.request
import uuid
from datetime import timedelta
from typing import Any, Final

from playwright.sync_api import Page, expect

from baiying.cases import steps
from baiying.kit import clock
from tests.browser import reporting
from tests.browser.conftest import People

CLERK: Final = "dispatch_wang"
HANDLER: Final = "handler_enforcement"
UNIT: Final = "dept-enforcement"
CHECKER: Final = "checker_qian"

_TAKEN: Final = ((CLERK, "accept"), (CLERK, "hand_out"), (HANDLER, "acknowledge"))
_STARTED: Final = (*_TAKEN, (HANDLER, "start"))
_CHECKED: Final = (*_STARTED, (HANDLER, "handle"), (CHECKER, "check"))
# By whom and by which steps a case comes into each state.
LED: Final[dict[str, tuple[tuple[str, str], ...]]] = {
    steps.RECEIVED: (),
    steps.ACCEPTED: _TAKEN[:1],
    steps.DECLINED: ((CLERK, "decline"),),
    steps.HANDED_OUT: _TAKEN[:2],
    steps.ACKNOWLEDGED: _TAKEN,
    steps.RETURNED: (*_TAKEN[:2], (HANDLER, "return")),
    steps.IN_PROGRESS: _STARTED,
    steps.WAITING: (*_STARTED, (HANDLER, "ask")),
    steps.PARKED: (*_STARTED, (HANDLER, "park")),
    steps.HANDLED: _CHECKED[:-1],
    steps.CHECKED: _CHECKED,
    steps.RATED: (*_CHECKED, (CHECKER, "rate")),
    steps.CLOSED: (*_CHECKED, (CHECKER, "rate"), (CLERK, "close")),
    steps.REOPENED: (*_CHECKED, (CHECKER, "rate"), (CLERK, "close"), (CLERK, "reopen")),
}
SAID: Final[dict[str, dict[str, Any]]] = {
    "decline": {"reason": "decline-elsewhere", "text": "这件事不由街道受理，请按告知的途径办理。"},
    "hand_out": {"unit": UNIT},
    "return": {"reason": "return-not-ours", "text": "不属于本单位职责。"},
    "ask": {"text": "请问具体是几号楼？"},
    "park": {"reason": "park-material", "text": "配件到货后施工。"},
    "handle": {"text": "已清走，通道让出来了。", "outcome": "solved"},
    "check": {"text": "已核实。", "reuse": "同一处地点前后两次作业，已对照现场。"},
    "rate": {"rating": "satisfied", "contacted": True, "solved": True},
    "close": {"outcome": "solved"},
    "reopen": {"text": "问题又出现了，重新办理。"},
}


def made(people: People, state: str, reporter: str = CLERK) -> str:
    """The reference of a new case in this state; it lies where its reporter works."""
    body = {
        "text": "菜市场东门的三轮车占着消防通道", "channel": "phone", "category": "street-light-out",
        "contact": {"name": "林阿姨", "phone": reporting.PHONE_NUMBER},
    }  # fmt: skip
    reference = str(
        _post(people, reporter, "requests", json.dumps(body).encode(), "application/json")["reference"]
    )
    for who, step in LED[state]:
        _led(people, who, reference, step)
    return reference


def _led(people: People, who: str, reference: str, step: str) -> None:
    """One step; what is handled is shown by a photo."""
    said = dict(SAID.get(step, {}))
    if step == "park":
        said["until"] = (clock.today() + timedelta(days=20)).isoformat()
    body, kind = json.dumps(said).encode(), "application/json"
    if step == "handle":
        mark = uuid.uuid4().hex
        photo = _part(mark, 'name="photos"; filename="1.jpg"', reporting.photo()["buffer"], "image/jpeg")
        body = b"".join([_part(mark, 'name="said"', body), photo, f"--{mark}--\r\n".encode()])
        kind = f"multipart/form-data; boundary={mark}"
    _post(people, who, f"requests/{reference}/steps/{step}", body, kind)


def _part(mark: str, name: str, value: bytes, kind: str = "") -> bytes:
    head = f"--{mark}\r\nContent-Disposition: form-data; {name}\r\n" + (
        f"Content-Type: {kind}\r\n" if kind else ""
    )
    return head.encode() + b"\r\n" + value + b"\r\n"


def _post(people: People, who: str, where: str, body: bytes, kind: str) -> Any:
    headers = {
        "Authorization": f"Bearer {people.street.cast[who]['token']}",
        "Content-Type": kind,
        "If-Match": "*",
    }
    asked = urllib.request.Request(f"{people.street.base_url}/api/v1/{where}", body, headers)
    with urllib.request.urlopen(asked, timeout=15) as answer:
        return json.load(answer)


def everything_is_drawn(people: People, share: int) -> None:
    """The leader sets the share of what is looked at on site, on the page of rules."""
    leader = people.staff("street_leader_zhao")
    leader.goto("/desk/closure-rules/")
    leader.get_by_text("改数字").click()
    leader.locator("input[name=sample_base]").fill(str(share))
    leader.locator("input[name=sample_most]").fill("100" if share == 100 else "90")
    leader.locator("textarea[name=reason]").fill("试验")
    leader.get_by_role("button", name="改", exact=True).click()
    expect(leader.get_by_text("已改，从现在起按新的数字办")).to_be_visible()


def asked_outside(clerk: Page) -> str:
    """On the page of a case that a unit has: somebody without an account is asked to help; returns the link."""
    orders = clerk.locator("#orders")
    orders.locator("summary", has_text="请单位协办").click()
    orders.get_by_label("协办单位").select_option(label="供电服务站")
    orders.get_by_label("请它做什么").fill("请断电并到场配合更换灯杆。")
    orders.get_by_role("button", name="请单位协办").click()
    support = clerk.locator("#orders li", has_text="供电服务站")
    support.locator("summary", has_text="发给没有账号的单位").click()
    support.get_by_label("对方的单位和称呼").fill("供电服务站 李师傅")
    support.get_by_role("button", name="生成链接").click()
    link = clerk.locator("#outside-address").input_value()
    clerk.get_by_role("button", name="已经发出").click()
    expect(clerk.locator(".case-badges")).to_contain_text("已发出")
    return link
