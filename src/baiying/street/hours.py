"""The office's hours in the told past: staff work by day, residents write whenever they like."""

from __future__ import annotations

import random
from datetime import date, datetime, time, timedelta
from typing import Final

from baiying.kit.calendar import ZONE, is_working_day

OPENS: Final = time(8, 30)
CLOSES: Final = time(17, 30)
SATURDAY_CLOSES: Final = time(12, 0)
_SATURDAYS_WORKED = 0.4
_SETTLING_IN = timedelta(minutes=100)  # not all that lay there is done at the stroke of the bell


def in_hours(moment: datetime, dice: random.Random, *, saturdays: bool = False) -> datetime:
    """`moment` (aware) itself when the office is open then, else some time after it opens next.

    Monday to Friday 8:30 to 17:30, holidays and make-up days kept; saturdays: now and then Saturday morning too.
    """
    day = moment.astimezone(ZONE).date()
    while True:
        closes = _closes(day, dice, saturdays=saturdays)
        opens = datetime.combine(day, OPENS, ZONE)
        if closes is not None and moment < opens:
            return opens + dice.random() * _SETTLING_IN
        if closes is not None and moment <= closes:
            return moment
        day += timedelta(days=1)


def _closes(day: date, dice: random.Random, *, saturdays: bool) -> datetime | None:
    """When the office closes on the day; None: it does not open."""
    if is_working_day(day):
        return datetime.combine(day, CLOSES, ZONE)
    if saturdays and day.weekday() == 5 and dice.random() < _SATURDAYS_WORKED:
        return datetime.combine(day, SATURDAY_CLOSES, ZONE)
    return None
