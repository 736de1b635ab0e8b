"""The demonstration street of `baiying up`: founded, staffed, and filled with believable work of the last weeks."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction

from baiying.cases import services
from baiying.cases.models import Case
from baiying.cases.services import Words
from baiying.kit import clock
from baiying.org.models import Tenant
from baiying.org.rules import Actor, Scope, acting
from baiying.registry.models import Building, LivingArea
from baiying.street.founding import appoint_cast, found_streets, rows
from baiying.street.office import Office, Script

Progress = Callable[..., None]
SEED = 370305002
CASES = 420
CASES_OF_SECOND_STREET = 40
RATING = {"no_answer": ""}
    "满意": "satisfied",
    "基本满意": "basically_satisfied",
    "不满意": "dissatisfied",
    "none": "",
    "": None,
}


def load(progress: Progress) -> None:
    """Load once; taken up again after an interruption. The cast's secrets go to street.json (0600), nowhere else."""
    progress("streets, grids, buildings")
    with transaction.atomic():
        tenants = found_streets()
        cast = appoint_cast(tenants)
        _write_cast(cast)
    for tenant, count in zip(tenants, (CASES, CASES_OF_SECOND_STREET), strict=True):
        _fill(tenant, count, progress)


def _write_cast(cast: list[dict[str, str]]) -> None:
    file = Path(settings.DATA) / "street.json"
    content = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    known = {row["username"]: row for row in content.get("cast", [])}
    for row in cast:
        known[row["username"]] = {**known.get(row["username"], {}), **row}
    content |= {"demonstration": True, "cast": list(known.values())}
    partial = file.with_suffix(".cast")
    partial.unlink(missing_ok=True)
    with os.fdopen(
        os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8"
    ) as stream:
        json.dump(content, stream, ensure_ascii=False, indent=1)
    partial.replace(file)


def _fill(tenant: Tenant, count: int, progress: Progress) -> None:
    dice = random.Random(SEED + tenant.id)  # noqa: S311  (a story, not a secret)
    with acting(Scope(tenant.id, "street")):
        already = Case.objects.filter(tenant_id=tenant.id).count()
        places = list(Building.objects.filter(tenant_id=tenant.id).values_list("lon", "lat", "name"))
        areas = list(LivingArea.objects.filter(tenant_id=tenant.id).values_list("lon", "lat", "name"))
    messages = rows("messages")
    dice.shuffle(messages)
    residents = rows("residents")
    office = Office(tenant.id, dice, story=True)
    now = clock.now()
    moments = sorted(_moment(dice, now) for _ in range(count))
    for number, moment in enumerate(moments):
        if number < already:
            continue
        if number % 20 == 0:
            progress(tenant.name, number, count)
        message = messages[number % len(messages)]
        lon, lat, _name = dice.choice(places if dice.random() < 0.85 else areas)
        words = _words(message, dice, lon, lat, dice.choice(residents))
        with transaction.atomic():
            with clock.telling(moment):
                by = Actor(kind="reporter", name="居民", scope=Scope(tenant.id, "public"))
                receipt = services.receive(by, words=words)
            office.play(receipt.case_id, _script(message))
    progress(tenant.name, count, count)


def _moment(dice: random.Random, now: object) -> object:
    back = timedelta(days=dice.triangular(0, 34, 4), minutes=dice.randint(0, 600))
    moment = now - back  # type: ignore[operator]
    local = moment.astimezone()  # people write by day
    if local.hour < 6:
        moment += timedelta(hours=8)
    return min(moment, now - timedelta(minutes=3))  # type: ignore[operator]


def _words(
    message: dict[str, str], dice: random.Random, lon: float, lat: float, resident: dict[str, str]
) -> Words:
    with_contact = dice.random() < 0.8
    located = dice.random() < 0.93
    return Words(
        text=message["text"],
        category=message["everyday_code"],
        kind=message["kind"] or None,
        lon=round(lon + dice.uniform(-0.0002, 0.0002), 6) if located else None,
        lat=round(lat + dice.uniform(-0.0002, 0.0002), 6) if located else None,
        place=message["place_hint"],
        name=resident["name"] if with_contact else "",
        phone=resident["phone"] if with_contact else "",
        channel=message["channel"] or "web",
    )


def _script(message: dict[str, str]) -> Script:
    return Script(
        reply=message["reply"],
        outcome=message["outcome_hint"],
        question=message["question"],
        rating=RATING.get(message["rating"], message["rating"]),
        why=message["why"],
    )
