"""Rates as a profile counts them (data/profiles.csv), with how sure one may be of them."""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Final

from baiying.cases.closure import rules_of

DATA: Final = Path(__file__).parent / "data" / "profiles.csv"
Z: Final = 1.959963984540054  # 95 %


@dataclass(frozen=True, slots=True)
class Rate:
    """A share with what it is made of; `value` is None where there is no denominator."""

    numerator: Decimal
    denominator: int

    @property
    def value(self) -> Decimal | None:
        """0 .. 1."""
        return self.numerator / self.denominator if self.denominator else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """Between which shares the truth lies in 95 of 100 cases (Wilson); None without a denominator."""
        return wilson(float(self.numerator), self.denominator) if self.denominator else None


def wilson(part: float, whole: float, z: float = Z) -> tuple[float, float]:
    """Wilson's score interval (1927) of a share, 0 <= part <= whole, whole > 0; also for weighted parts, as if the
    weights were shares of single answers.
    """
    if whole <= 0 or not 0 <= part <= whole:
        raise ValueError(f"no share: {part} of {whole}")
    share, squared = part / whole, z * z
    middle = share + squared / (2 * whole)
    aside = z * math.sqrt(share * (1 - share) / whole + squared / (4 * whole * whole))
    divisor = 1 + squared / whole
    # At the ends the share is a bound itself; rounding must not put it outside.
    return max(0.0, min(share, (middle - aside) / divisor)), min(1.0, max(share, (middle + aside) / divisor))


@dataclass(slots=True)
class Profile:
    """One way of counting. `weights` of a composite score are empty where the profile has none."""

    code: str
    name: str
    name_en: str
    source: str
    grade: str
    basically_satisfied: Decimal
    weights: Mapping[str, Decimal]


@dataclass(frozen=True, slots=True)
class Counting:
    """How a street counts: by which profile, and from how many valid call-backs on a rate is told at all."""

    profile: Profile
    least: int


@lru_cache
def profiles() -> dict[str, Profile]:
    """All profiles by code."""
    found: dict[str, dict[str, dict[str, str]]] = {}
    with DATA.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found.setdefault(row["profile"], {})[row["key"]] = row
    return {
        code: Profile(
            code, rows["name"]["name"], rows["name"]["name_en"], rows["name"]["source"], rows["name"]["grade"],
            Decimal(rows["basically_satisfied"]["value"]),
            {key.removeprefix("score_"): Decimal(r["value"]) for key, r in rows.items() if key.startswith("score_")},
        )
        for code, rows in found.items()
    }  # fmt: skip


def counting_of(tenant_id: int) -> Counting:
    """How this street counts today."""
    numbers = rules_of(tenant_id)
    return Counting(profiles()[numbers.profile], numbers["least_answers"])
