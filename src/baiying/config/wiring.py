"""Who hears what happened. The journal is drained to these listeners, in this order, in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from baiying.cases import clocks
from baiying.cases import notices as cases
from baiying.cases import order_notices as orders
from baiying.cases.announced import CASES
from baiying.config.standing_in import stand_ins
from baiying.dispatch import notices as dispatch
from baiying.dispatch.announced import CALLS
from baiying.insight import services as insight
from baiying.journal.services import Listener
from baiying.notify import listening
from baiying.topics import notices as topics
from baiying.webhooks.listening import announce

# By the first word of the event: who words its letters. Carrying them is the worker's (command/carriers.py).
NOTICES: Final[Mapping[str, listening.Notices]] = {
    "cases": cases.letters_for,
    "dispatch": lambda entry: [
        *cases.letters_for(entry),
        *dispatch.letters_for(entry),
        *orders.letters_for(entry),
    ],  # clocks run on cases
    "topics": topics.letters_for,
}

LISTENERS: Sequence[Listener] = (
    insight.fold,  # figures
    clocks.hear,  # what was received begins to run
    listening.letters_from(NOTICES, stand_ins),  # letters
    announce({"case": CASES, "call": CALLS}),  # webhooks; carrying them is the senders' (command/senders.py)
)


def post_missed_letters(tenant_id: int) -> int:
    """Letters that could not be worded before are tried again."""
    return listening.post_missed(tenant_id, NOTICES, stand_ins)
