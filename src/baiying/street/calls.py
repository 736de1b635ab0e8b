"""Calls of the demonstration street, in different states: one long over and assessed, others under way just now."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from baiying.cases import calling, steps
from baiying.cases.models import Case
from baiying.dispatch import calls_answers, calls_meetings, calls_rating, calls_reading
from baiying.dispatch.calls import CallWords, Party
from baiying.dispatch.calls_answers import Answer
from baiying.dispatch.calls_meetings import Minutes
from baiying.dispatch.models import Call, Summons
from baiying.kit import clock
from baiying.org.rules import Actor, Scope, acting
from baiying.street.office import Office

Words = tuple[str, str, tuple[str, ...]]  # one line, what is wanted, and what a fitting case speaks of
LONG_OVER, YESTERDAY = timedelta(days=6, hours=3), timedelta(hours=26)
NIGHT_MARKET = (
    "学校门口夜市占道，请三家到场",
    "摊位压住盲道，垃圾没人收，放学时堵车。请一起看现场，定下摊位线、收垃圾的时间和管放学时段的人。",
    ("占道", "摊", "夜市"),
)
OLD_PIPES = (
    "老管网跑水，商量怎么换",
    "几栋楼共用一段老管，修了又漏。请带图纸来，定下谁来换、什么时候停水。",
    ("漏水", "水管", "停水", "水压", "跑水"),
)
DARK_LANE = (
    "背街路灯成片不亮，请查线路",
    "不是单灯故障，像是线路问题。请带仪器到场，能当场修的当场修。",
    ("路灯", "灯不亮", "照明"),
)
FALLING = (
    "外墙皮往下掉，请马上到场拉警戒",
    "已经有碎块落到人行道上。请先拉警戒线、劝离行人，再看墙面。",
    ("墙皮", "外墙", "脱落", "掉"),
)
SCRAP = (
    "废品堆在楼道，联合清理",
    "占了消防通道，劝过两次没有清。请依法联合清理。",
    ("楼道", "杂物", "堆放", "垃圾"),
)
LIFT = ("电梯反复停运，请街道召集维保和物业", "同一部电梯一周停了三次，居民上下楼困难。", ("电梯",))


def play_calls(office: Office, dice: random.Random) -> int:
    """Raise the calls and let the units answer; returns how many there are. Harmless to repeat."""
    street = Scope(office.tenant_id, "street")
    with acting(street):
        if calls_reading.calls_of(street).exists():
            return 0
        open_cases = list(
            Case.objects.within(street)
            .filter(state__in=steps.WITH_UNIT, community_id__isnull=False)
            .order_by("id")
        )
    if len(open_cases) < 8:
        return 0
    dice.shuffle(open_cases)
    told = _Told(office, dice, open_cases)
    told.long_over(NIGHT_MARKET, ("dept-enforcement", "partner-sanitation", "dept-traffic-police"))
    told.under_way(DARK_LANE, ("dept-municipal", "partner-power", "dept-housing"))
    told.disputed(SCRAP, ("dept-enforcement", "dept-emergency", "partner-property", "partner-fire"))
    told.by_date(OLD_PIPES, ("partner-water", "dept-housing", "dept-construction", "partner-deputies"))
    told.emergency(FALLING, ("dept-emergency", "dept-construction", "partner-property"))
    told.asked_by_community(LIFT, ("partner-lift", "partner-property"))
    return 6


class _Told:
    """Raises one call after another, each on fresh cases, in the told past."""

    def __init__(self, office: Office, dice: random.Random, cases: list[Case]) -> None:
        self.office, self.dice, self.cases = office, dice, cases
        self.clerk = office.clerks[0]
        self.leader = next(a for a in office.actors if a.has("dispatch.decide_refusal"))

    def long_over(self, words: Words, units: Sequence[str]) -> None:
        """An everyday call answered by three units: they came, met, got tasks, reported; both sides are assessed."""
        start = _by_day(clock.now() - LONG_OVER)
        call = self._raise(start, words, units, kind="everyday", count=2)
        summonses = self._of(call)
        for number, summons in enumerate(summonses):
            self._answers(summons, start + timedelta(minutes=25 + 20 * number), hours=2)
        with clock.telling(start + timedelta(minutes=90)):
            due = clock.now() + timedelta(hours=1)
            meeting = calls_meetings.plan_meeting(
                self.clerk, call_id=call.id, place="校门东侧", planned_at=due
            )
        for number, summons in enumerate(summonses):
            self._arrives(summons, start + timedelta(minutes=140 + 6 * number))
        with clock.telling(start + timedelta(hours=4)):
            said = Minutes(
                held_at=start + timedelta(minutes=160), present_ids=[s.unit_id for s in summonses],
                others_present="学校一位老师、两位家长", minutes="一起量了盲道和校门口，看了晚高峰。摊主愿意后退两米。",
                decisions="周五前划好摊位线；每晚九点半收垃圾；放学时段派人管交通。",
            )  # fmt: skip
            calls_meetings.record_meeting(self.clerk, meeting_id=meeting.id, said=said)
            task = calls_meetings.give_task(
                self.clerk, call_id=call.id, unit_id=summonses[0].unit_id, text="划好摊位线，贴出告示。",
                due_at=clock.now() + timedelta(days=3), meeting_id=meeting.id,
            )  # fmt: skip
        handler = self._handler(summonses[0])
        with clock.telling(start + timedelta(hours=5)):
            calls_meetings.take_task_step(handler, task_id=task.id, step="acknowledge")
        for number, summons in enumerate(summonses):
            self._step(self._handler(summons), summons, start + timedelta(hours=5, minutes=number), "report",
                       Answer(text="按会上定的办了，摊位已经后退，通道让出来了。"))  # fmt: skip
        with clock.telling(start + timedelta(days=2)):
            calls_meetings.take_task_step(
                handler, task_id=task.id, step="finish", text="线已划好，告示贴在校门两侧。"
            )
            calling.take_call_step(
                self.clerk, call_id=call.id, step="end", text="摊位后退两米，盲道让出，每晚有人收垃圾。"
            )
            for summons, (rated, why) in zip(summonses, (("good", ""), ("good", ""), ("fair", "晚到了十来分钟。")), strict=True):  # fmt: skip
                calls_rating.rate_response(self.clerk, summons_id=summons.id, response=rated, why=why)
                calls_rating.rate_call(self._handler(summons), summons_id=summons.id, justified="yes")

    def under_way(self, words: Words, units: Sequence[str]) -> None:
        """One is there, one has said when it comes, one has not answered in time."""
        start = clock.now() - YESTERDAY
        call = self._raise(start, words, units, kind="everyday")
        first, second, _third = self._of(call)
        self._answers(first, start + timedelta(minutes=40), hours=20)
        self._arrives(first, clock.now() - timedelta(minutes=50))
        self._answers(second, clock.now() - timedelta(hours=3), hours=5)

    def disputed(self, words: Words, units: Sequence[str]) -> None:
        """A joint enforcement: one objects, one cannot come; the leader has to decide."""
        start = clock.now() - timedelta(hours=5)
        call = self._raise(start, words, units, kind="joint")
        first, second, third, _fourth = self._of(call)
        self._answers(first, start + timedelta(minutes=15), hours=24)
        objection = Answer(text="堆放点在小区红线以内，应由物业先清，我们负责复查。")
        self._step(self._handler(second), second, start + timedelta(minutes=70), "object", objection)
        refusal = Answer(text="今天两个项目同时抢修，人手排不开，明天下午可以来。")
        self._step(self._handler(third), third, start + timedelta(minutes=95), "refuse", refusal)

    def by_date(self, words: Words, units: Sequence[str]) -> None:
        """A hard problem, called for a day next week, with a meeting on site; deputies by name."""
        day = _by_day(clock.now() + timedelta(days=5))
        start = clock.now() - timedelta(hours=7)
        call = self._raise(start, words, units, kind="hard", respond_by=day, people=("孟庆华", "田秀云"))
        self._answers(self._of(call)[0], start + timedelta(hours=1), hours=100)
        with clock.telling(start + timedelta(hours=2)):
            calls_meetings.plan_meeting(self.clerk, call_id=call.id, place="小区议事亭", planned_at=day)

    def emergency(self, words: Words, units: Sequence[str]) -> None:
        """Raised a quarter of an hour ago."""
        start = clock.now() - timedelta(minutes=16)
        call = self._raise(start, words, units, kind="emergency")
        first, second, _third = self._of(call)
        self._answers(first, start + timedelta(minutes=2), minutes=10)
        self._arrives(first, start + timedelta(minutes=13))
        self._answers(second, start + timedelta(minutes=4), minutes=25)

    def asked_by_community(self, words: Words, units: Sequence[str]) -> None:
        """A community asks the street to send its call out."""
        for case in sorted(self.cases, key=lambda case: not any(hint in case.text for hint in words[2])):
            heads = [
                a for a in self.office.by_unit.get(case.community_id or 0, []) if a.has("dispatch.raise_call")
            ]
            if heads:
                self.cases.remove(case)
                with clock.telling(clock.now() - timedelta(minutes=35)):
                    said = CallWords(
                        kind="everyday", title=words[0], text=words[1], parties=self._parties(units)
                    )
                    calling.raise_call(heads[0], case_ids=[case.id], said=said)
                return

    def _raise(
        self, at: datetime, words: Words, units: Sequence[str], *, kind: str, count: int = 1,
        people: Sequence[str] = (), **more: Any,
    ) -> Call:  # fmt: skip
        about = [self._case_before(at, words[2]) for _ in range(count)]
        station = self.office.street.by_code["partner-deputies"].id
        parties = self._parties([u for u in units if not (people and u == "partner-deputies")])
        parties += [Party(station, person=name) for name in people]
        said = CallWords(
            kind=kind, title=words[0], text=words[1], place=about[0].place[:60], parties=parties, **more
        )
        with clock.telling(at):
            return calling.raise_call(self.clerk, case_ids=[case.id for case in about], said=said)

    def _case_before(self, at: datetime, hints: tuple[str, ...]) -> Case:
        """A case that had come by then and speaks of it; else one that had come, else the next one."""
        came = [case for case in self.cases if case.received_at < at] or self.cases
        found = next((case for case in came if any(hint in case.text for hint in hints)), came[0])
        self.cases.remove(found)
        return found

    def _parties(self, units: Sequence[str]) -> list[Party]:
        return [Party(self.office.street.by_code[code].id) for code in units]

    def _of(self, call: Call) -> list[Summons]:
        with acting(self.clerk.scope):
            return calls_reading.summonses_of(self.clerk.scope, call)

    def _handler(self, summons: Summons) -> Actor:
        return next(a for a in self.office.by_unit[summons.unit_id] if a.has("dispatch.answer_call"))

    def _answers(self, summons: Summons, at: datetime, **after: int) -> None:
        self._step(
            self._handler(summons), summons, at, "acknowledge", Answer(expected_at=at + timedelta(**after))
        )

    def _arrives(self, summons: Summons, at: datetime) -> None:
        self._step(self.clerk, summons, at, "arrive", Answer(arrived_at=at))

    def _step(self, by: Actor, summons: Summons, at: datetime, step: str, answer: Answer) -> None:
        with clock.telling(at):
            calls_answers.take_step(by, summons_id=summons.id, step=step, answer=answer)


def _by_day(moment: datetime) -> datetime:
    """The same day, in the middle of the morning of the street's time."""
    return moment.replace(hour=2, minute=15, second=0, microsecond=0)  # 10:15 in Beijing
