"""Identifiers: UUIDv7 for rows, and the case reference that a resident can speak on the phone."""

from __future__ import annotations

import os
import re
import threading
import time
import unicodedata
from typing import Final
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from stdnum.iso7064 import mod_11_10

from baiying.kit.refusals import Invalid

# Fixed, so that a reference written without dashes still falls apart in one way only.
SHORT_CODE_DIGITS: Final = 4
SERIAL_DIGITS: Final = 6
_MOST_SERIAL_DIGITS: Final = 12

_SEPARATORS = re.compile(r"[\s\-\u00ad\u2010-\u2015\u2043\u2212\u30fc\u4e00\ufe58\ufe63\uff0d_.·/~]+")
_lock = threading.Lock()
_last_tick = 0


def uuid7() -> UUID:
    """A new UUIDv7 (RFC 9562): 48 bits of Unix milliseconds, 12 bits of their fraction, 62 random bits.

    Within a process every id is greater than the one before, also when the clock stands still or is set back.
    """
    global _last_tick
    nanoseconds = time.time_ns()
    milliseconds, rest = divmod(nanoseconds, 1_000_000)
    tick = milliseconds << 12 | (rest << 12) // 1_000_000
    with _lock:
        tick = _last_tick = max(tick, _last_tick + 1)
    high = (tick >> 12) << 16 | 0x7000 | tick & 0xFFF
    low = 0b10 << 62 | int.from_bytes(os.urandom(8), "big") >> 2
    return UUID(int=high << 64 | low)


def make_reference(short_code: str, serial: int) -> str:
    """The reference of a case, for example ("5002", 104673) -> "5002-104673-5".

    short_code: exactly four ASCII digits; serial: 0 .. 10^12 - 1, zero padded to at least six digits. The
    last digit is the ISO 7064 MOD 11,10 check over both: it finds every single wrong digit and nearly every
    swapped pair. Raises ValueError for anything else, because that is a fault of ours and not of a
    resident.
    """
    if not (short_code.isascii() and short_code.isdigit() and len(short_code) == SHORT_CODE_DIGITS):
        raise ValueError(f"a street's short code has {SHORT_CODE_DIGITS} digits, not {short_code!r}")
    if not 0 <= serial < 10**_MOST_SERIAL_DIGITS:
        raise ValueError(f"serial {serial} is out of range")
    padded = f"{serial:0{SERIAL_DIGITS}d}"
    return f"{short_code}-{padded}-{mod_11_10.calc_check_digit(short_code + padded)}"


def parse_reference(text: str) -> str | None:
    """The reference in its one written form, or None when the text is no reference or its check digit is
    wrong.

    Spaces, full-width digits and missing or odd dashes do not matter.
    """
    digits = _digits_of(text)
    if digits is None or not mod_11_10.is_valid(digits):
        return None
    return _dashed(digits)


def check_reference(text: str, *, field: str = "reference") -> str:
    """As parse_reference, but raises Invalid (`reference_malformed`, `reference_mistyped`) for whom it has
    to be told.
    """
    digits = _digits_of(text)
    remedy = _("请照短信或页面上的受理编号重新填写，例如 5002-104673-5。")
    if digits is None:
        raise Invalid(
            code="reference_malformed", field=field, problem=_("这不是一个受理编号。"), remedy=remedy
        )
    if not mod_11_10.is_valid(digits):
        problem = _("受理编号有一位数字不对：校验位不符。")
        raise Invalid(code="reference_mistyped", field=field, problem=problem, remedy=remedy)
    return _dashed(digits)


def _digits_of(text: str) -> str | None:
    if len(text) > 100:
        return None
    digits = _SEPARATORS.sub("", unicodedata.normalize("NFKC", text))
    least = SHORT_CODE_DIGITS + SERIAL_DIGITS + 1
    if not (digits.isascii() and digits.isdigit()):
        return None
    if not least <= len(digits) <= SHORT_CODE_DIGITS + _MOST_SERIAL_DIGITS + 1:
        return None
    # A serial is padded to six digits and no further: a longer one never starts with 0.
    if len(digits) > least and digits[SHORT_CODE_DIGITS] == "0":
        return None
    return digits


def _dashed(digits: str) -> str:
    return f"{digits[:SHORT_CODE_DIGITS]}-{digits[SHORT_CODE_DIGITS:-1]}-{digits[-1]}"
