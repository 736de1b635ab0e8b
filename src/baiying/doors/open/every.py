"""Every module that declares operations: whoever needs the whole list imports this one."""

from __future__ import annotations

from typing import Final

from baiying.doors.open import (
    calling,
    chain,
    changing,
    closing,
    escalations,
    exporting,
    following,
    handing_out,
    intake,
    merging,
    orders,
    outside,
    places,
    reading,
    similar,
    topics,
)

DECLARING: Final = (
    intake, reading, exporting, changing, handing_out, merging, similar, following, orders, escalations, closing, outside, calling, topics, chain,
    places,
)  # fmt: skip
