"""How moments are written: W3C, to the second, with the street's offset."""

from __future__ import annotations

from datetime import datetime

from baiying.kit.calendar import ZONE


def said(at: datetime) -> str:
    """2026-11-23T14:05:00+08:00"""
    return at.astimezone(ZONE).isoformat(timespec="seconds")
