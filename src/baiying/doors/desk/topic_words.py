"""A topic in plain words: what recurs where, how sure that is, what became of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later

from baiying.doors.shared.names import name_of
from baiying.doors.shared.words import say_date
from baiying.org.queries import street_map
from baiying.registry.queries import place_name
from baiying.topics import queries, steps
from baiying.topics.models import Topic, TopicLine

KINDS: Final[dict[str, str | Promise]] = {
    "point": later("同一地点反复"),
    "estate": later("整个小区集中"),
    "burst": later("短期集中"),
    "matter": later("同一件事反复"),
}
VERDICTS: Final[dict[str, tuple[str, str, str | Promise]]] = {
    "fell": ("done", "done", later("下降了")),
    "same": ("open", "info", later("没有明显变化")),
    "rose": ("late", "late", later("上升了")),
    "early": ("wait", "wait", later("还看不出来")),
}
TONES: Final = {
    steps.PROPOSED: ("soon", "inbox"), steps.OPEN: ("open", "work"), steps.MEASURED: ("open", "handled"),
    steps.CLOSED: ("done", "done"), steps.DISMISSED: ("quiet", "decline"),
}  # fmt: skip
LINES: Final[dict[str, tuple[str, str | Promise]]] = {
    "propose": ("chart", later("系统提出")),
    "effect": ("chart", later("系统比较措施前后")),
    "tie": ("plus", later("放进一件诉求")),
    "untie": ("undo", later("移出一件诉求")),
}
LINES_OF_ITSELF: Final = ("propose", "propose_again", "effect")  # nobody did these


def said_row(topic: Topic) -> dict[str, Any]:
    """A row of the list."""
    tone, icon = TONES[topic.state]
    street = street_map(topic.tenant_id)
    unit = street.units.get(topic.unit_id or 0)
    return {
        "href": reverse("desk_topic", kwargs={"topic_id": topic.id}),
        "title": topic.title,
        "kind": KINDS.get(topic.kind, topic.kind),
        "place": place_of(topic),
        "category": name_of(topic.category) if topic.category else "",
        "observed": (topic.latest or topic.evidence).get("observed"),
        "expected": expected(topic.evidence),
        "count": getattr(topic, "case_count", 0),
        "unit": name_of(unit) if unit else "",
        "owner": topic.owner_name,
        "badge": {"tone": tone, "icon": icon, "label": steps.TOPIC.state(topic.state).label},
        "proposed_at": topic.proposed_at,
    }


def place_of(topic: Topic) -> str:
    """Where: the building or estate, else grid or community, else the whole street."""
    units = street_map(topic.tenant_id).units
    if topic.level in ("building", "living_area") and topic.living_area_id is not None:
        building = topic.building_id if topic.level == "building" else None
        return place_name(topic.tenant_id, topic.living_area_id, building)
    for unit_id in (topic.grid_id, topic.community_id):
        if unit_id in units:
            return name_of(units[unit_id])
    return _("全街道")


def expected(evidence: dict[str, Any]) -> str:
    """The number that chance would bring, with as many digits as tell something."""
    value = float(evidence.get("expected", 0))
    if value < 0.1:
        return _("不到 0.1")
    return f"{value:.1f}" if value < 10 else f"{value:.0f}"


def why(topic: Topic) -> list[str]:
    """The numbers in plain words, as they were when the topic was proposed."""
    found = topic.evidence
    numbers = {
        "n": found["observed"], "expected": expected(found), "first": _day(found["first_at"]),
        "last": _day(found["last_at"]),
    }  # fmt: skip
    told = {
        "point": _(
            "%(first)s至%(last)s，有 %(n)s 人反映这里的同一类事。如果只是碰巧，大约 %(expected)s 人。"
        ),
        "estate": _(
            "%(first)s至%(last)s，这个小区有 %(n)s 人反映同一类事。如果只是碰巧，大约 %(expected)s 人。"
        ),
        "burst": _("%(first)s至%(last)s，有 %(n)s 人反映。照以前的情况，这段时间大约 %(expected)s 人。"),
        "matter": _("%(first)s至%(last)s，有 %(n)s 人反映同一件事。平常一件事大约 %(expected)s 人反映。"),
    }[topic.kind]
    return [told % numbers, _chance(float(found["p"])), *_more(topic)]


def _chance(p: float) -> str:
    if p < 1e-4:
        return _("纯属碰巧的可能不到万分之一。")
    return _("纯属碰巧的可能不到千分之一。") if p < 1e-3 else _("纯属碰巧的可能不到百分之一。")


def _more(topic: Topic) -> list[str]:
    latest = topic.latest or {}
    if latest.get("observed", 0) == topic.evidence["observed"]:
        return []
    said = _("最近一次复查（%(day)s）：%(n)s 人。")
    return [said % {"day": _day(latest["until"]), "n": latest["observed"]}]


def _day(moment: str) -> str:
    found = datetime.fromisoformat(moment)
    day = timezone.localdate(found) if found.tzinfo else found.date()
    return str(say_date(day, year=True))


def facts(topic: Topic) -> list[dict[str, Any]]:
    """What stands beside the page."""
    row = said_row(topic)
    owner = " ".join(part for part in (row["unit"], topic.owner_name) if part)
    measure = f"{say_date(topic.measure_on, year=True)} {topic.measure}" if topic.measure_on else ""
    found = [
        {"name": _("类型"), "value": row["kind"]},
        {"name": _("地点"), "value": row["place"]},
        {"name": _("类别"), "value": row["category"]},
        {"name": _("提出时间"), "when": topic.proposed_at},
        {"name": _("责任人"), "value": owner},
        {"name": _("采取的措施"), "value": measure},
        {"name": _("结果"), "value": topic.result},
    ]
    return [fact for fact in found if fact.get("value") or fact.get("when")]


def said_effect(topic: Topic) -> dict[str, Any] | None:
    """Before and after the measure; as it was at the end for what is closed, as it is now for the others."""
    found = queries.effect_told(topic)
    if found is None:
        return None
    tone, icon, word = VERDICTS[found.verdict]
    return {
        "before": found.before, "before_days": found.before_days, "after": found.after, "after_days": found.after_days,
        "ratio": None if found.ratio is None else f"{found.ratio:.2f}",
        "low": f"{found.low:.2f}",
        "high": "" if found.high is None else f"{found.high:.2f}",
        "badge": {"tone": tone, "icon": icon, "label": word},
    }  # fmt: skip


def said_counts(data: Mapping[str, Any]) -> str:
    """`前 60 天 14 件，后 28 天 2 件：下降了`."""
    said = _("前 %(before_days)s 天 %(before)s 件，后 %(after_days)s 天 %(after)s 件：%(verdict)s")
    return said % {**data, "verdict": VERDICTS[data["verdict"]][2]}


def entries(lines: Iterable[TopicLine]) -> list[dict[str, Any]]:
    """The history as shared/parts/timeline.html shows it, the latest first."""
    return [_entry(line) for line in reversed(list(lines))]


def _entry(line: TopicLine) -> dict[str, Any]:
    step = steps.TOPIC.step(line.step)
    icon, label = LINES.get(line.step, ("note", step.label if step else line.step))
    data = line.data
    body = [line.text, data.get("reference", ""), data.get("owner", "")]
    if line.step == "propose":
        said = _("%(n)s 人，碰巧大约 %(expected)s 人，共 %(cases)s 件")
        body.append(said % {"n": data["observed"], "expected": expected(data), "cases": data["cases"]})
    if line.step == "effect":
        body.append(said_counts(data))
    if data.get("day"):
        body.insert(0, _day(data["day"]))
    return {
        "icon": icon, "what": label, "who": _("系统") if line.step in LINES_OF_ITSELF else line.actor_name, "at": line.at,
        "body": "\n".join(str(part) for part in body if part),
    }  # fmt: skip
