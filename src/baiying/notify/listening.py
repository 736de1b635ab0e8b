"""From news to letters: a listener of the journal that asks every room how it words what happened.

A notice that fails is a fault of ours. It is kept and tried again; the figures and the letters of others go on.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Final

from django.conf import settings
from django.db import InterfaceError, OperationalError, transaction
from django.utils import translation

from baiying.journal.models import Entry
from baiying.journal.services import Listener
from baiying.kit import clock
from baiying.notify.letters import Posting, Settled
from baiying.notify.models import Missed
from baiying.notify.services import miss, post_all

log = logging.getLogger("baiying.notify")

Notices = Callable[[Entry], Iterable[Posting | Settled]]
# What is older is history (an import, a demonstration, a worker that stood still for days), and no news to anybody.
# Who else is told of letters to staff: those who stand in for somebody on leave. The rooms above know who that is.
StandIns = Callable[[int, Sequence[Posting]], Sequence[Posting]]
OLDEST: Final = timedelta(days=3)
MOST_TRIES: Final = 60


def nobody_else(tenant_id: int, postings: Sequence[Posting]) -> Sequence[Posting]:
    """Where nobody stands in."""
    return ()


def letters_from(rooms: Mapping[str, Notices], stand_ins: StandIns = nobody_else) -> Listener:
    """A listener that hears the events of these rooms ("cases": cases.notices.letters_for)."""

    def hear(tenant_id: int, entries: Sequence[Entry]) -> None:
        oldest = clock.now() - OLDEST
        with translation.override(settings.LANGUAGE_CODE):
            for entry in entries:
                notices = rooms.get(entry.event.partition(".")[0])
                if notices is not None and entry.at >= oldest:
                    _post(tenant_id, entry, notices, stand_ins)

    return hear


def _post(tenant_id: int, entry: Entry, notices: Notices, stand_ins: StandIns) -> bool:
    try:
        with transaction.atomic():
            found = list(notices(entry))
            to_staff = [one for one in found if isinstance(one, Posting) and one.to.account_id is not None]
            post_all(tenant_id, [*found, *(stand_ins(tenant_id, to_staff) if to_staff else ())])
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        log.exception("a letter could not be worded", extra={"event": entry.event})
        miss(tenant_id, entry.id, entry.event, type(error).__name__)
        return False
    return True


def post_missed(tenant_id: int, rooms: Mapping[str, Notices], stand_ins: StandIns = nobody_else) -> int:
    """News that failed before is tried again, ever more rarely."""
    due = Missed.objects.filter(tenant_id=tenant_id, next_at__lte=clock.now(), tries__lt=MOST_TRIES)
    done = 0
    for missed in due.order_by("next_at")[:100]:
        entry = Entry.objects.filter(tenant_id=tenant_id, id=missed.entry_id).first()
        notices = rooms.get(missed.event.partition(".")[0])
        with translation.override(settings.LANGUAGE_CODE):
            if entry is None or notices is None or _post(tenant_id, entry, notices, stand_ins):
                missed.delete()
                done += 1
                continue
        missed.tries += 1
        missed.next_at = clock.now() + timedelta(minutes=2 ** min(missed.tries, 7))
        missed.save(update_fields=["tries", "next_at"])
    return done
