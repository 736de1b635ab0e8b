"""Every module that declares operations: whoever needs the whole list imports this one."""

from __future__ import annotations

from typing import Final

from baiying.doors.open import (
    beside,
    calling,
    chain,
    chain_people,
    changing,
    closing,
    escalations,
    exporting,
    following,
    guarding,
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
    intake, reading, exporting, beside, changing, handing_out, guarding, merging, similar, following, orders, escalations, closing, outside, calling, topics, chain, chain_people,
    places,
)  # fmt: skip
