"""A report being written, carried from page to page inside the form itself: no session, no cookie, no word lost.

The draft is sealed (signed), so that photos, the moment it was begun and the key against doubles can be believed.
A seal that does not hold any more - keys changed, a page from last week - costs only these, never the words.
"""

from __future__ import annotations

import base64
import binascii
import dataclasses
import hashlib
import json
import secrets
import unicodedata
import zlib
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec
from django.core import signing

from baiying.cases.services import Words
from baiying.doors.resident import staging
from baiying.kit import clock
from baiying.kit.photos import Photo

_SALT: Final = "baiying.draft"
_MOST_UNPACKED: Final = 1_000_000  # bytes; ten thousand characters are far less


@dataclass(slots=True, kw_only=True)
class Draft:
    """What was typed so far, as typed."""

    street: str
    key: str = field(default_factory=lambda: secrets.token_hex(16))
    started: float = field(default_factory=lambda: clock.now().timestamp())
    text: str = ""
    photos: list[str] = field(default_factory=list)  # names in staging
    category: str = ""
    kind: str = ""
    lon: str = ""
    lat: str = ""
    living_area: int = 0
    building: int = 0
    place: str = ""
    name: str = ""
    phone: str = ""
    warned: str = ""  # mark of the words that were met with "call first"
    has_seen_all: bool = False  # came to the last page before: a change leads straight back to it
    is_asked: bool = False  # was asked to look once more before sending

    @property
    def has_point(self) -> bool:
        """Whether a position was given, sound or not."""
        return bool(self.lon or self.lat)

    @property
    def has_place(self) -> bool:
        """Whether anything at all says where."""
        return bool(self.has_point or self.living_area or self.building or self.place)

    @property
    def mark(self) -> str:
        """Changes with the words."""
        return hashlib.sha256(self.text.encode()).hexdigest()[:12]


def seal(draft: Draft) -> str:
    """The draft as text for a hidden field."""
    return signing.dumps(dataclasses.asdict(draft), salt=_SALT, compress=True)


def unseal(sealed: str) -> tuple[Draft | None, bool]:
    """(the draft, whether its seal held). From a broken seal the words are saved, from nonsense nothing."""
    try:
        return msgspec.convert(signing.loads(sealed, salt=_SALT), Draft), True
    except (signing.BadSignature, msgspec.ValidationError, ValueError, zlib.error):
        pass
    try:
        return _saved(sealed), False
    except (ValueError, TypeError, zlib.error, binascii.Error, msgspec.ValidationError, RecursionError):
        return None, False


def _saved(sealed: str) -> Draft:
    payload = sealed.rsplit(":", 2)[0]
    is_compressed = payload.startswith(".")
    payload = payload.removeprefix(".")
    raw = base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))
    if is_compressed:
        raw = zlib.decompressobj().decompress(raw, _MOST_UNPACKED)
    said: dict[str, Any] = json.loads(raw.decode("latin-1"))
    for trusted in ("key", "started", "photos", "is_asked"):
        said.pop(trusted, None)
    return msgspec.convert(said, Draft)


def photos_of(draft: Draft) -> list[Photo]:
    """The photos still kept; those whose day is over are taken out of the draft."""
    found = [(name, staging.get(name)) for name in draft.photos]
    draft.photos = [name for name, photo in found if photo is not None]
    return [photo for _name, photo in found if photo is not None]


def degrees(typed: str) -> float | None:
    """A typed number of degrees, full-width digits included; None for nothing, not-a-number for nonsense."""
    if not typed:
        return None
    try:
        return float(unicodedata.normalize("NFKC", typed).strip().rstrip("°"))
    except ValueError:
        return float("nan")


def words_of(draft: Draft, photos: list[Photo] | None = None) -> Words:
    """What the draft says, for the service; with its key, so that sending twice keeps it once."""
    return Words(
        text=draft.text,
        category=draft.category or None,
        kind=draft.kind or None,
        lon=degrees(draft.lon),
        lat=degrees(draft.lat),
        place=draft.place,
        living_area_id=draft.living_area or None,
        building_id=draft.building or None,
        name=draft.name,
        phone=draft.phone,
        channel="web",
        photos=photos or [],
        key=draft.key,
        key_owner="resident",
        body=_content(draft),
    )


def _content(draft: Draft) -> bytes:
    said = dataclasses.asdict(draft)
    for apart in ("key", "started", "warned", "has_seen_all", "is_asked"):
        said.pop(apart)
    return json.dumps(said, sort_keys=True, ensure_ascii=True).encode()
