"""The demonstration street of `baiying up`: founded, staffed, and filled with believable work of the last weeks."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Callable
from datetime import datetime, timedelta
from operator import itemgetter

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from baiying.cases import catalogue, services, steps
from baiying.cases.models import Case
from baiying.cases.services import Words
from baiying.dispatch import ringing
from baiying.kit import clock
from baiying.org.models import Tenant
from baiying.org.rules import Actor, Scope, acting
from baiying.registry.models import Building, LivingArea
from baiying.street import letters, orders, recurring, visiting
from baiying.street.calls import play_calls
from baiying.street.founding import HOME, appoint_cast, found_streets, rows
from baiying.street.hours import in_hours
from baiying.street.office import Office, Script
from baiying.street.six_levels import found_chain

Progress = Callable[..., None]
SEED = 370305002
CASES = 240
DAYS_TOLD = 14  # how far back the clocks' warnings reach
CASES_OF_SECOND_STREET = 24
UNANSWERED = 4  # checked a week ago and not rated since: the desk has somebody to telephone, on whatever day it is drawn
UNANSWERED_SINCE = (timedelta(days=7), timedelta(days=10))
AT_COUNTER = ("visit", "letter")  # somebody sits there and takes it
RATING = {
    "满意": "satisfied",
    "基本满意": "basically_satisfied",
    "不满意": "dissatisfied",
    "none": "",
    "no_answer": "",
}


def load(progress: Progress) -> None:
    """Load once; taken up again after an interruption. The cast's secrets go to street.json (0600), nowhere else."""
    progress("streets, grids, buildings")
    with transaction.atomic():
        tenants = found_streets()
        cast = appoint_cast(tenants)
        _write_cast(cast)
        for tenant in tenants:
            progress("the chain of", tenant.name)
            with acting(Scope(tenant.id, "street")):
                found_chain(tenant, is_complete=tenant.code == HOME)
    for tenant, count in zip(tenants, (CASES, CASES_OF_SECOND_STREET), strict=True):
        _fill(tenant, count, progress)


def _write_cast(cast: list[dict[str, str]]) -> None:
    assert settings.DATA is not None  # the launcher names the data folder
    file = settings.DATA / "street.json"
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
        places = _places(tenant)
    residents = [r for r in rows("residents") if r["tenant_code"] == tenant.code]
    # Messages that name a street's own places belong to the home street.
    messages = [m for m in rows("messages") if tenant.code == HOME or m["anywhere"] == "true"]
    dice.shuffle(messages)
    office = Office(tenant.id, dice, story=True)
    unanswered = 0
    for number, (moment, message) in enumerate(_arrivals(dice, messages, count)):
        if number < already:
            continue
        if number % 20 == 0:
            progress(tenant.name, number, count)
        words = _words(message, dice, places, dice.choice(residents), at_home=tenant.code == HOME)
        with transaction.atomic():
            with clock.telling(moment):
                by = Actor(kind="reporter", name="居民", scope=Scope(tenant.id, "public"))
                receipt = services.receive(by, words=words)
            least, most = UNANSWERED_SINCE
            is_silent = unanswered < UNANSWERED and words.phone and least < clock.now() - moment < most
            wanted = steps.CHECKED if is_silent else ""
            unanswered += office.play(receipt.case_id, _script(message), wanted=wanted) == wanted
    if tenant.code == HOME:
        office.fill_every_desk()
        orders.show_orders(office)
    visiting.fill_the_desk(office)
    letters.ask_by_telephone(tenant.id)
    if tenant.code == HOME:
        with transaction.atomic():
            play_calls(office, dice)
        recurring.show_topic(office, places[recurring.WHERE])
    _ring_the_past(tenant.id)
    progress(tenant.name, count, count)


def _ring_the_past(tenant_id: int) -> None:
    """What was late then was told then, or a street just founded would begin with a hundred letters about old promises."""
    now = clock.now()
    for days in range(DAYS_TOLD, 2, -1):
        with clock.telling(now - timedelta(days=days)):
            ringing.ring(tenant_id)


def _places(tenant: Tenant) -> dict[str, tuple[float, float]]:
    """Where each named building and living area is."""
    areas = LivingArea.objects.filter(tenant_id=tenant.id).values_list("name", "lon", "lat")
    buildings = Building.objects.filter(tenant_id=tenant.id).values_list("name", "lon", "lat")
    return {name: (lon, lat) for name, lon, lat in [*areas, *buildings]}


def _arrivals(
    dice: random.Random, messages: list[dict[str, str]], count: int
) -> list[tuple[datetime, dict[str, str]]]:
    """What came, and when: in the order of the references."""
    now = clock.now()
    came = []
    for number in range(count):
        message = messages[number % len(messages)]
        came.append((_moment(dice, now, at_counter=message["channel"] in AT_COUNTER), message))
    return sorted(came, key=itemgetter(0))


def _moment(dice: random.Random, now: datetime, *, at_counter: bool) -> datetime:
    latest = now - timedelta(minutes=3)
    drawn = now - timedelta(days=dice.triangular(0, 34, 0), minutes=dice.randint(0, 600))
    if timezone.localtime(drawn).hour < 6:  # people write by day
        drawn += timedelta(hours=8)
    if not at_counter:
        return min(drawn, latest)
    moment = in_hours(drawn, dice)
    while moment > latest:  # the counter opens only later today: then it was the day before
        drawn -= timedelta(days=1)
        moment = in_hours(drawn, dice)
    return moment


def _words(
    message: dict[str, str],
    dice: random.Random,
    places: dict[str, tuple[float, float]],
    resident: dict[str, str],
    *,
    at_home: bool,
) -> Words:
    category, _matter = catalogue.category_for(message["everyday_code"], "", on=clock.today())
    with_contact = not category.anonymous_allowed or dice.random() < 0.8
    hint = message["place_hint"] if at_home else ""
    name = hint if hint in places else dice.choice(list(places))
    lon, lat = places[name]
    with_point = dice.random() < 0.8
    return Words(
        text=message["text"],
        category=message["everyday_code"],
        kind=message["kind"] or None,
        lon=round(lon + dice.uniform(-0.0001, 0.0001), 6) if with_point else None,
        lat=round(lat + dice.uniform(-0.0001, 0.0001), 6) if with_point else None,
        place=hint or (name if dice.random() < 0.75 else ""),
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
