"""The nightly job: the street learns categories, kinds and urgency from its own closed cases, and uses them only if that is better.

A version is learnt from the earlier cases and judged, beside what is in use, on later ones that neither has seen. That
happens in a process of its own (kit.learning.in_time): it touches no database, and the worker never loads scikit-learn.
"""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from django.db.models import Exists, Max, OuterRef, Q

import baiying
from baiying.cases import catalogue, dangers, learnt, steps, suggesting, urgency
from baiying.cases.facts import SPLIT
from baiying.cases.learnt import (
    CANDIDATE,
    CATEGORY,
    KIND,
    LIVE,
    ORDINARY,
    PREDICTS,
    REFUSED,
    URGENCY,
    URGENT,
    WORDS,
)
from baiying.cases.models import Case, LearningLook, LearntVersion, Line
from baiying.kit import clock
from baiying.kit.privacy import mask
from baiying.org.queries import system_actor
from baiying.org.rules import Actor, acting

LEAST_CASES: Final = 200  # confirmed by staff and closed
LEAST_CLASSES: Final = 3  # with at least so many of the earlier cases:
LEAST_OF_A_CLASS: Final = 10
LEAST_LATER: Final = 40  # that are judged on
LEAST_URGENT: Final = 30  # of the earlier cases, where urgency is learnt,
LEAST_URGENT_LATER: Final = 10  # and of the later ones: one in ten more or less is a figure at all
LEAST_NEW: Final = 20  # closed since the last version
SHARE_EARLIER: Final = 0.8
MOST_CASES: Final = 20_000  # the latest
MOST_CHARACTERS: Final = 1_000
MOST_BYTES: Final = 20_000_000
TIMEOUT: Final = 900  # seconds
# What a night comes to, and what `LearningLook.data` then holds.
RESULTS: Final = (
    "live",
    "waits",
    "no_better",
    "few_cases",
    "few_new",
    "few_labels",
    "few_urgent",
    "few_later",
    "few_words",
    "large",
)

_Row = tuple[
    datetime, str, str, dict[str, float]
]  # received, masked words, label, what the words say unlearnt


def learn(tenant_id: int) -> int:
    """Learn what there is enough for; returns how many versions were made."""
    return sum(_learnt(tenant_id, predicts) for predicts in PREDICTS)


def _learnt(tenant_id: int, predicts: str) -> int:
    by = system_actor(tenant_id)
    with acting(by.scope):
        task_or_why = _gathered(tenant_id, predicts)
    if isinstance(task_or_why, tuple):
        _note(by, predicts, *task_or_why)
        return 0
    found = asked(task_or_why["task"])
    if "missing" in found:
        _note(by, predicts, *_too_few(task_or_why["task"], found))
        return 0
    file = base64.b64decode(found["model"])
    if len(file) > MOST_BYTES:
        _note(by, predicts, "large", {"bytes": len(file)})
        return 0
    _keep(by, predicts, task_or_why, found, file)
    return 1


def usable(tenant_id: int, predicts: str = CATEGORY) -> Any:
    """Closed cases whose category (or kind, or urgency) a member of staff has confirmed or corrected. The scope is set.

    Accepting confirms category and kind: the form shows them side by side. Urgency only where it was said. Sensitive
    categories and parts of cases are left out; "other" teaches nothing about categories.
    """
    by_person = Q(step="accept") | Q(step="correct", data__changes__has_key=predicts)
    confirmed = Line.objects.filter(
        urgency.BY_PERSON if predicts == URGENCY else by_person,
        case_id=OuterRef("id"), tenant_id=tenant_id, actor_kind="staff",
    )  # fmt: skip
    found = (
        Case.objects.filter(Exists(confirmed), tenant_id=tenant_id, state=steps.CLOSED)
        .exclude(channel=SPLIT)
        .exclude(category__is_sensitive=True)
    )
    return found.exclude(category__code=catalogue.OTHER) if predicts == CATEGORY else found


def _gathered(tenant_id: int, predicts: str) -> dict[str, Any] | tuple[str, dict[str, int]]:
    """The task with the times of its cases; or why there is none."""
    cases = usable(tenant_id, predicts)
    many = cases.count()
    if many < LEAST_CASES:
        return "few_cases", {"cases": many, "least": LEAST_CASES}
    made = LearntVersion.objects.filter(tenant_id=tenant_id, predicts=predicts)
    last = made.order_by("-number").values_list("trained_at", flat=True).first()
    if last is not None:
        new = cases.filter(closed_at__gt=last).count()
        if new < LEAST_NEW:
            return "few_new", {"cases": new, "least": LEAST_NEW}
    live = made.filter(state=LIVE).first()
    rows = _rows(cases, tenant_id, predicts)
    place = int(len(rows) * SHARE_EARLIER)
    until = _known_until(tenant_id, predicts)
    if until is not None:  # what is in use is not asked what it learnt from
        place = max(place, sum(row[0] <= until for row in rows))
    earlier, later = rows[:place], rows[place:]
    if len(later) < LEAST_LATER:
        return "few_later", {"later": len(later), "least": LEAST_LATER}
    if predicts == URGENCY and (few := _few_urgent(earlier, later)):
        return "few_urgent", few
    task = {
        "earlier": [_text(row) for row in earlier], "later": [_text(row) for row in later],
        "live": base64.b64encode(bytes(live.model)).decode() if live else "",
        "least_of_a_label": LEAST_OF_A_CLASS, "least_later": LEAST_LATER,
        "least_labels": 2 if predicts == URGENCY else LEAST_CLASSES,
        "least_later_of_a_label": LEAST_URGENT_LATER if predicts == URGENCY else 0,
    }  # fmt: skip
    return {
        "task": task, "first_at": earlier[0][0], "last_at": earlier[-1][0], "judged_until": later[-1][0],
        "beside": live.number if live else WORDS,
    }  # fmt: skip


def _few_urgent(earlier: list[_Row], later: list[_Row]) -> dict[str, int] | None:
    """How many urgent cases there are, where they are too few to learn from or to judge by."""
    many, judging = (sum(row[2] == URGENT for row in rows) for rows in (earlier, later))
    return None if many >= LEAST_URGENT and judging >= LEAST_URGENT_LATER else _urgent_ones(many, judging)


def _urgent_ones(many: int, judging: int) -> dict[str, int]:
    return {"cases": many, "least": LEAST_URGENT, "later": judging, "least_later": LEAST_URGENT_LATER}


def _too_few(task: dict[str, Any], found: dict[str, Any]) -> tuple[str, dict[str, int]]:
    """What the process missed: it judges on no text that was already sent earlier, and fewer are left."""
    if found.get("label") == URGENT:
        many = sum(row["label"] == URGENT for row in task["earlier"])
        return "few_urgent", _urgent_ones(many, found["later"])
    return f"few_{found['missing']}", {name: found[name] for name in found.keys() - {"missing", "label"}}


def _known_until(tenant_id: int, predicts: str) -> datetime | None:
    """The last case that anything in use was learnt from. Categories speak for kinds, too, not the other way."""
    speak = (CATEGORY, KIND) if predicts == KIND else (predicts,)
    live = LearntVersion.objects.filter(tenant_id=tenant_id, state=LIVE, predicts__in=speak)
    until: datetime | None = live.aggregate(Max("last_at"))["last_at__max"]
    return until


def _rows(cases: Any, tenant_id: int, predicts: str) -> list[_Row]:
    """The latest cases, the oldest first; names, numbers and homes are covered before anything is learnt."""
    today = clock.today()
    label = {CATEGORY: "category__code", KIND: "kind", URGENCY: "is_urgent"}[predicts]
    found = cases.order_by("-received_at", "-id").values_list(
        "received_at", "text", label, "contact__name", "contact__phone"
    )[:MOST_CASES]
    rows = []
    for at, text, code, name, phone in found.iterator(chunk_size=2_000):
        words = mask(
            text[:MOST_CHARACTERS],
            known_names=[name] if name else [],
            known_phones=[phone] if phone else [],
        ).text
        if predicts == CATEGORY:
            first = {one.category.code: one.probability for one in suggesting.listed(words, on=today)}
        elif predicts == KIND:
            first = suggesting.kinds_unlearnt(words, on=today, tenant_id=tenant_id)
        else:
            first = suggesting.first_urgency(dangers.spoken(words))
            code = URGENT if code else ORDINARY
        rows.append((at, words, code, first))
    return rows[::-1]


def _text(row: _Row) -> dict[str, Any]:
    return {"text": row[1], "label": row[2], "first": row[3]}


def asked(task: dict[str, Any]) -> dict[str, Any]:
    """What the process answers. Raises CalledProcessError, TimeoutExpired."""
    done = subprocess.run(
        [sys.executable, "-m", "baiying.kit.learning"],
        input=json.dumps(task, ensure_ascii=False), stdout=subprocess.PIPE, text=True, encoding="utf-8",
        env={**os.environ, "PYTHONPATH": str(Path(baiying.__file__).parents[1]), "OMP_NUM_THREADS": "1"},
        timeout=TIMEOUT, check=True,
    )  # fmt: skip
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def is_better(candidate: dict[str, Any], live: dict[str, Any]) -> bool:
    """Macro-F1 higher and not less often right, on the same later cases; of the urgent ones none more is missed."""
    found, before = (figures["labels"].get(URGENT, {}).get("recall", 0.0) for figures in (candidate, live))
    return bool(
        candidate["macro_f1"] > live["macro_f1"]
        and candidate["accuracy"] >= live["accuracy"]
        and found >= before
    )


def _keep(by: Actor, predicts: str, gathered: dict[str, Any], found: dict[str, Any], file: bytes) -> None:
    tenant_id = by.scope.tenant
    with acting(by.scope):
        made = LearntVersion.objects.filter(tenant_id=tenant_id, predicts=predicts)
        known = list(made.defer("model").select_for_update(of=("self",)).order_by("number"))
        live = next((row for row in known if row.state == LIVE), None)
        is_same = (live.number if live else WORDS) == gathered["beside"]  # nobody changed it meanwhile
        better = is_better(found["candidate"], found["live"])
        waits = not is_same or learnt.is_held(tenant_id, predicts)
        result = ("waits" if waits else "live") if better else "no_better"
        row = LearntVersion.objects.create(
            tenant_id=tenant_id, predicts=predicts, number=known[-1].number + 1 if known else 1,
            state=CANDIDATE if better else REFUSED, trained_at=clock.now(), first_at=gathered["first_at"],
            last_at=gathered["last_at"], judged_until=gathered["judged_until"],
            learnt_count=sum(found["labels"].values()), classes=found["labels"],
            figures=found["candidate"], beside=found["live"], beside_number=gathered["beside"], model=file,
        )  # fmt: skip
        if result == "live":
            learnt.put(by, live, row, "")
        said = {name: found["candidate"][name] for name in ("macro_f1", "accuracy")}
        learnt.tell(by, "cases.learnt", predicts, row.number, {"number": row.number, "result": result} | said)
        _note(by, predicts, result, {"number": row.number})
    learnt.forget(tenant_id)


def _note(by: Actor, predicts: str, result: str, data: dict[str, Any]) -> None:
    """What this night came to, in the place of what the last one did."""
    with acting(by.scope):
        LearningLook.objects.update_or_create(
            tenant_id=by.scope.tenant, predicts=predicts,
            defaults={"at": clock.now(), "result": result, "data": data},
        )  # fmt: skip
