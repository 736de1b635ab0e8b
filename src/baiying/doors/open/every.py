"""Every module that declares operations: whoever needs the whole list imports this one."""

from __future__ import annotations

from typing import Final

from baiying.doors.open import (
    calling,
    chain,
    changing,
    exporting,
    handing_out,
    intake,
    orders,
    places,
    reading,
)

DECLARING: Final = (intake, reading, exporting, changing, handing_out, orders, calling, chain, places)
