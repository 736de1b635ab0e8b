"""Reads of the chain."""

from __future__ import annotations

from baiying.chain.escalating import EscalationMap, Seat, escalation_map, escalation_path

__all__ = ["EscalationMap", "Seat", "escalation_map", "escalation_path"]
