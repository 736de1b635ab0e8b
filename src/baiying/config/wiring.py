"""Who hears what happened. The journal is drained to these listeners, in this order, in one transaction."""

from __future__ import annotations

from collections.abc import Sequence

from baiying.insight import services as insight
from baiying.journal.services import Listener

LISTENERS: Sequence[Listener] = (insight.fold,)  # figures
