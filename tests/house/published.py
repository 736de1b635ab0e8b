"""Addresses at which anybody may read the public version of cases, and what stands for their parameters."""

from __future__ import annotations

from typing import Any

OPEN311: dict[str, list[Any]] = {"edition": ["v2", "test/v2"], "fmt": ["json"]}
_CATALOGUE = ("discovery_of_all", "discovery", "discovery_slash", "services", "services_slash", "definition")
# Here the masked words of a case and its place are shown; who sent it and what was added are not.
PUBLISHED_WORDS = {
    f"open311:{name}" for name in ("requests", "requests_slash", "request", "token", "updates", "bulk")
}
PUBLIC_OF_OPEN311 = {
    f"open311:{name}": "the catalogue, and how to speak Open311" for name in _CATALOGUE
} | dict.fromkeys(PUBLISHED_WORDS, "the public version of cases, through the privacy guard (docs/open311.md)")


def hidden(name: str, markers: tuple[str, ...], shown: tuple[str, ...]) -> list[str]:
    """Which markers an address must not show: where public versions are read, all but those of words and place."""
    return [m for m in markers if name not in PUBLISHED_WORDS or m not in shown]
