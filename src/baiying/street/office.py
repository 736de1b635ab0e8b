"""Playing the office: a seeded script that leads cases through the table as the people of the street would.

Used for the demonstration street and by `baiying replay`. It goes through cases.services like everybody else.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q

from baiying.cases import rules, services, steps
from baiying.cases.models import Case, Category, Reason
from baiying.cases.services import StepData
from baiying.kit import clock
from baiying.kit.photos import Photo
from baiying.kit.refusals import Refusal
from baiying.org import queries as org
from baiying.org.models import Post, Unit
from baiying.org.rules import Actor, Scope, acting
from baiying.street import visiting
from baiying.street.drawings import drawing
from baiying.street.hours import in_hours

# How far cases get (share): most are finished, some wait at every desk.
DEPTHS = (
    ("received", 4), ("accepted", 4), ("handed_out", 5), ("acknowledged", 4), ("in_progress", 7), ("waiting", 3),
    ("parked", 2), ("returned", 3), ("declined", 3), ("handled", 6), ("checked", 6), ("rated", 6), ("closed", 44),
    ("reopened", 3),
)  # fmt: skip
FINISHED_AFTER = timedelta(days=8)  # in the told past, what is older is nearly always done
# From one step to the next, before the office's hours are kept; what is urgent waits neither long nor for the morning.
MINUTES = (8, 20, 45, 90, 180, 360, 720)
URGENT_MINUTES = MINUTES[:4]
STILL_SHOWN = timedelta(days=3)
KEPT_WAITING = 2  # however many desks are empty, something is left to be accepted
OUTCOMES = (("solved", 78), ("explained", 14), ("unsolved", 8))
RATINGS = (("satisfied", 62), ("basically_satisfied", 18), ("dissatisfied", 8), ("", 12))
REUSED_EVERY = 15
NO_PHOTO = ("电话答复，没有现场", "涉及个人隐私，不便拍照", "已当面说明，居民不愿拍照")
_REPLIES = {
    "solved": (
        "已到现场处理完毕，恢复正常。",
        "已安排人员当天处理，并现场查看过。",
        "已督促责任单位整改到位。",
    ),
    "explained": ("已向您说明有关规定和办理途径，感谢理解。", "经核实属正常情况，已当面解释。"),
    "unsolved": ("受条件限制暂时无法解决，已列入下一步计划，并向您说明。",),
}


@dataclass(frozen=True, slots=True)
class Script:
    """What is known beforehand of one case; empty = drawn."""

    reply: str = ""
    outcome: str = ""
    question: str = ""
    rating: str | None = None
    why: str = ""


@dataclass
class Office:
    """The people of one street by what they may do, and the dice."""

    tenant_id: int
    dice: random.Random
    story: bool = False  # True: steps happen in the told past, hours after receipt
    taken: dict[str, int] = field(default_factory=dict)
    refused: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.street = org.street_map(self.tenant_id)
        with acting(Scope(self.tenant_id, "public")):
            posts = list(
                Post.objects.select_related("account", "role", "unit").filter(
                    tenant_id=self.tenant_id, to_date__isnull=True
                )
            )
        self.actors = [org.actor_for(p, p.account) for p in posts if p.admin_kind == 0]
        self.by_unit: dict[int, list[Actor]] = {}
        for actor in self.actors:
            self.by_unit.setdefault(actor.unit_id or 0, []).append(actor)
        self.clerks = [a for a in self.actors if a.scope.level == "street" and a.has(rules.HAND_OUT)]
        self.checkers = [a for a in self.actors if a.scope.level == "street" and a.has(rules.CHECK)]
        self.suggested = dict(Category.objects.values_list("id", "suggested_unit_code"))
        self.reasons: dict[str, list[str]] = {}
        for step, code in Reason.objects.values_list("step", "code"):
            self.reasons.setdefault(step, []).append(code)
        self.drawn = 0
        self.pictures = [drawing(1000 + n) for n in range(8)]

    def fill_every_desk(self) -> None:
        """What the dice left out: some of what was received is led into each state that nobody shows for long."""
        now = clock.now()
        soon_over = (
            Q(state=steps.WAITING, paused_at__lt=now - STILL_SHOWN)
            | Q(state=steps.CHECKED, checked_at__lt=now - STILL_SHOWN)
            | Q(state=steps.PARKED, parked_until__lte=clock.today() + STILL_SHOWN)
        )
        with acting(Scope(self.tenant_id, "street")):
            cases = Case.objects.filter(tenant_id=self.tenant_id)
            shown = set(cases.exclude(soon_over).values_list("state", flat=True))
            received = cases.filter(state=steps.RECEIVED).values_list("id", "received_at")
            # Old enough to have come so far, young enough that time does not end it tomorrow.
            waiting = [
                found for found, _at in sorted(received, key=lambda row: abs(now - row[1] - STILL_SHOWN))
            ]
        for depth in [state for state, _share in DEPTHS if state not in shown]:
            while len(waiting) > KEPT_WAITING and self.play(waiting.pop(0), wanted=depth) != depth:
                pass

    def play(self, case_id: UUID, script: Script = Script(), *, wanted: str = "") -> str:
        """Lead one case as far as is wanted, else as the dice say; returns the state it is left in."""
        depth = wanted or _drawn(self.dice, DEPTHS)
        clerk = self.dice.choice(self.clerks)
        with acting(clerk.scope):
            case: Case = Case.objects.within(clerk.scope).select_related("category").get(id=case_id)
        at = case.received_at
        if not wanted and self.story and clock.now() - at > FINISHED_AFTER and self.dice.random() < 0.93:
            depth = steps.CLOSED
        for actor, step, data in self._moves(case, clerk, depth, script):
            if case.state == steps.CHECKED and step in ("send_back", "handle", "check"):
                continue  # a worker of another grid has been there already
            at = self._when(case, actor, at)
            if self.story and at > clock.now() - timedelta(minutes=2):
                break
            if not self._take(actor, case, step, data, at):
                break
            if step == "handle":
                at = visiting.look(self, case, at)
        return case.state

    def _when(self, case: Case, actor: Actor, last: datetime) -> datetime:
        """When the actor comes to the next step after `last`."""
        at = last + timedelta(minutes=self.dice.choice(URGENT_MINUTES if case.is_urgent else MINUTES))
        return at if case.is_urgent else in_hours(at, self.dice, saturdays=actor.scope.level == "grid")

    def _take(self, actor: Actor, case: Case, step: str, data: StepData, at: datetime) -> bool:
        try:
            with clock.telling(at) if self.story else nullcontext():
                moved = services.take_step(actor, case_id=case.id, step=step, data=data)
        except Refusal as refusal:
            self.refused[f"{step}: {refusal.code}"] = self.refused.get(f"{step}: {refusal.code}", 0) + 1
            return False
        case.state, case.unit_id, case.handled_at = moved.state, moved.unit_id, moved.handled_at
        self.taken[step] = self.taken.get(step, 0) + 1
        return True

    def _moves(
        self, case: Case, clerk: Actor, depth: str, script: Script
    ) -> Iterator[tuple[Actor, str, StepData]]:
        if depth == steps.RECEIVED:
            return
        if depth == steps.DECLINED:
            yield (
                clerk,
                "decline",
                self._reasoned("decline", "这件事不由街道受理，请按告知的途径办理，需要时我们协助。"),
            )
            return
        yield clerk, "accept", StepData()
        if depth == steps.ACCEPTED:
            return
        yield clerk, "hand_out", StepData(unit_id=self._unit_for(case).id, text="请尽快联系居民并反馈。")
        if depth == steps.HANDED_OUT:
            return
        handler = self._handler(case)
        if depth == steps.RETURNED:
            yield handler, "return", self._reasoned("return", "不属于本单位职责范围，建议派给主管单位。")
            return
        yield handler, "acknowledge", StepData()
        if depth == steps.ACKNOWLEDGED:
            return
        yield handler, "start", StepData()
        if depth == steps.IN_PROGRESS:
            return
        yield from self._after_start(case, clerk, handler, depth, script)

    def _after_start(
        self, case: Case, clerk: Actor, handler: Actor, depth: str, script: Script
    ) -> Iterator[tuple[Actor, str, StepData]]:
        if depth == steps.WAITING:
            yield (
                handler,
                "ask",
                StepData(text=script.question or "请问具体是几号楼、大约什么时间？方便我们直接到场。"),
            )
            return
        if depth == steps.PARKED:
            until = clock.today() + timedelta(days=self.dice.randint(7, 40))
            yield (
                handler,
                "park",
                self._reasoned("park", "需要等配件到货后施工，到期前会再联系您。", until=until),
            )
            return
        outcome = script.outcome or _drawn(self.dice, OUTCOMES)
        reply = script.reply or self.dice.choice(_REPLIES[outcome])
        pictures = [self._picture()] if self.dice.random() < 0.35 else []
        where = (case.lon, case.lat) if case.lon is not None and case.lat is not None else None
        yield handler, "handle", StepData(
            text=reply, outcome=outcome, photos=pictures,
            no_photo_reason="" if pictures else self.dice.choice(NO_PHOTO),
            device=where if pictures and self.drawn % 4 else None,
        )  # fmt: skip
        if depth == steps.HANDLED:
            return
        checker = self.dice.choice([a for a in self.checkers if a.account_id != handler.account_id])
        if self.dice.random() < 0.06:
            yield checker, "send_back", StepData(text="现场看还没有处理好，请再去一次。")
            yield handler, "handle", StepData(text=reply, outcome=outcome, no_photo_reason=NO_PHOTO[0])
        yield checker, "check", StepData(text="已核实。", reuse="同一处地点前后两次作业，已对照现场。")
        if depth == steps.CHECKED:
            return
        yield from self._after_check(clerk, checker, depth, outcome, script)

    def _after_check(
        self, clerk: Actor, checker: Actor, depth: str, outcome: str, script: Script
    ) -> Iterator[tuple[Actor, str, StepData]]:
        rating = script.rating if script.rating is not None else _drawn(self.dice, RATINGS)
        if rating:
            solved = outcome == "solved" or (outcome == "explained" and self.dice.random() < 0.6)
            contacted = self.dice.random() < 0.97
            yield (
                checker,
                "rate",
                StepData(rating=rating, contacted=contacted, solved=solved, text=script.why),
            )
        else:
            yield checker, "go_unrated", StepData(inner="三次拨打无人接听。")
        if depth == steps.RATED:
            return
        yield clerk, "close", StepData(outcome=outcome)
        if depth == steps.REOPENED:
            yield clerk, "reopen", StepData(text="居民来电反映问题又出现了，重新办理。")

    def _picture(self) -> Photo:
        """A new drawing for every proof; now and then somebody sends an old one again."""
        self.drawn += 1
        return drawing(self.drawn - 1 if self.drawn % REUSED_EVERY == 0 else self.drawn)

    def _reasoned(self, step: str, text: str, **more: object) -> StepData:
        listed = self.reasons.get(step) or [""]
        return StepData(reason=self.dice.choice(listed), text=text, **more)  # type: ignore[arg-type]

    def _unit_for(self, case: Case) -> Unit:
        unit = self.street.by_code.get(self.suggested.get(case.category_id) or "")
        if unit is not None and unit.id in self.by_unit and self.dice.random() < 0.7:
            return unit
        for unit_id in (case.grid_id, case.community_id):
            if unit_id in self.by_unit:
                return self.street.units[unit_id]
        departments = [u for u in self.street.at_level("department") if u.id in self.by_unit]
        return unit if unit is not None and unit.id in self.by_unit else self.dice.choice(departments)

    def _handler(self, case: Case) -> Actor:
        able = [a for a in self.by_unit[case.unit_id or 0] if a.has(rules.HANDLE)]
        return self.dice.choice(able)


def _drawn(dice: random.Random, weighted: tuple[tuple[str, int], ...]) -> str:
    return dice.choices([w[0] for w in weighted], [w[1] for w in weighted])[0]
