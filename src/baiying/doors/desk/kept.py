"""Words typed into a form whose session had ended: carried through the sign-in as plain text, sent on only by hand."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme

FIELD: Final = "kept_words"
_SECRET = ("password", "code", "csrfmiddlewaretoken", FIELD)
_MOST_FIELDS: Final = 500


@dataclass(frozen=True)
class Kept:
    """A form as it came: where it was going, where its page was, and its fields in order. Files do not come along."""

    path: str
    page: str
    fields: tuple[tuple[str, str], ...]
    had_files: bool = False

    def packed(self) -> str:
        """As the value of one hidden field; templates escape it."""
        return json.dumps([self.path, self.page, self.fields, self.had_files], ensure_ascii=False)

    @property
    def words(self) -> list[tuple[str, str]]:
        """The fields that hold words of a person, for showing."""
        return [(name, value) for name, value in self.fields if len(value) > 12 and not name.startswith("_")]


def keep(request: HttpRequest) -> Kept:
    """What a POST carried."""
    referer = urlsplit(request.headers.get("Referer", ""))
    page = referer.path + (f"?{referer.query}" if referer.query else "")
    fields = tuple(
        (name, value)
        for name in request.POST
        if not any(secret in name for secret in _SECRET)
        for value in request.POST.getlist(name)
    )
    own = referer.netloc == request.get_host() and is_local(page, request)
    path = request.get_full_path()
    return Kept(path, page if own else path, fields[:_MOST_FIELDS], bool(request.FILES))


def kept_in(request: HttpRequest) -> Kept | None:
    """What the sign-in form carried along, if it can be read and leads nowhere else than here."""
    packed = request.POST.get(FIELD, "")
    if not packed:
        return None
    try:
        path, page, fields, had_files = json.loads(packed)
        kept = Kept(
            str(path), str(page), tuple((str(n), str(v)) for n, v in fields[:_MOST_FIELDS]), bool(had_files)
        )
    except (ValueError, TypeError, RecursionError):
        return None
    return kept if is_local(kept.path, request) and is_local(kept.page, request) else None


def is_local(address: str, request: HttpRequest) -> bool:
    """Whether an address stays on this site: a path, and nothing that a browser would read as another host."""
    return address.startswith("/") and url_has_allowed_host_and_scheme(
        address, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )


def context(kept: Kept | None) -> dict[str, Any]:
    """For templates."""
    return {"kept_field": FIELD, "kept_form": kept}
