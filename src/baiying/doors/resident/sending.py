"""The last page of a report and what follows: an honest preview, the sending, and the receipt."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from baiying.cases import services, wording
from baiying.cases.preview import preview
from baiying.cases.tracking import Followed, accept_by, followed_by_secret
from baiying.doors.resident import drafts, visits
from baiying.doors.resident.frame import show
from baiying.doors.resident.questions import PAGES, Asked
from baiying.doors.shared import limits, words
from baiying.doors.shared.names import name_of
from baiying.insight.queries import Pace, promise_for
from baiying.kit.photos import Photo
from baiying.kit.refusals import Conflict
from baiying.org.queries import street_map
from baiying.org.rules import Actor, Scope


class Changed(Exception):
    """These words were sent already, and then changed."""


def send(request: HttpRequest, asked: Asked, photos: list[Photo]) -> HttpResponse:
    """Hand the report in and show the receipt; the same draft again shows the same receipt.

    Raises Changed (the draft then has a key of its own), or the refusal of the service or of the limits.
    """
    draft = asked.draft
    limits.take_intake(request)
    try:
        receipt = services.receive(_resident(asked), words=drafts.words_of(draft, photos))
    except Conflict:
        draft.key = drafts.Draft(street=draft.street).key
        raise Changed from None
    followed = followed_by_secret(receipt.reference, receipt.secret)
    response = show(
        request, "sent", asked.street, _receipt(request, asked, followed, dict(receipt.answer)), status=200
    )
    visits.remember(response, followed)
    return response


def look_it_over(asked: Asked) -> dict[str, Any]:
    """What will happen to these words, before they are sent. Raises the service's refusals."""
    draft = asked.draft
    seen = preview(_resident(asked), words=drafts.words_of(draft))
    street = street_map(asked.street.id)
    pace = promise_for(asked.street.id, seen.community.id if seen.community else None, seen.category.id)
    return {
        "category": name_of(seen.category),
        "kind": wording.kind_name(seen.kind),
        "community": name_of(seen.community) if seen.community else "",
        "grid": name_of(seen.grid) if seen.grid else "",
        "unit": name_of(seen.unit) if seen.unit else "",
        "located_by": seen.located_by,
        "place": _place(asked),
        "shown": seen.public,
        "promised_by": seen.promised_by,
        "is_estimated": seen.is_estimated,
        "pace": say_pace(pace, name_of(seen.community) if seen.community else "") if pace else "",
        "office": name_of(street.root),
    }


def say_pace(pace: Pace, community: str) -> str:
    """近来 … 的同类诉求（共 38 件）：一半在 2 天内办完，九成在 4 天内办完."""
    where = community if pace.is_local and community else _("全街道")
    said = {
        "since": words.say_date(pace.since),
        "where": where,
        "n": pace.n,
        "median": say_hours(pace.median_hours),
        "most": say_hours(pace.nine_in_ten_hours),
    }
    return (
        _("%(since)s以来，%(where)s办完的同类诉求有 %(n)d 件：一半在%(median)s内办完，九成在%(most)s内办完。")
        % said
    )


def say_hours(hours: float) -> str:
    """5 小时, 3 天: no more exact than it is honest."""
    if hours < 36:
        whole = max(1, round(hours))
        return ngettext(" %(n)d 小时", " %(n)d 小时", whole) % {"n": whole}
    days = max(2, round(hours / 24))
    return ngettext(" %(n)d 天", " %(n)d 天", days) % {"n": days}


def _place(asked: Asked) -> str:
    """Where, in the words of whoever told us."""
    draft = asked.draft
    parts: list[str] = []
    if draft.building:
        parts.append(_label(PAGES["building"].form(asked, None).fields["building"], str(draft.building)))
    elif draft.living_area:
        parts.append(_label(PAGES["where"].form(asked, None).fields["living_area"], str(draft.living_area)))
    if draft.place:
        parts.append(draft.place)
    if draft.has_point:
        parts.append(_("已标出位置"))
    return " · ".join(part for part in parts if part)


def _label(field: Any, value: str) -> str:
    for key, label in field.choices:
        if isinstance(label, list | tuple):
            for inner, name in label:
                if str(inner) == value:
                    return str(name)
        elif str(key) == value:
            return str(label)
    return ""


def _receipt(
    request: HttpRequest, asked: Asked, followed: Followed, answer: dict[str, Any]
) -> dict[str, Any]:
    street = street_map(asked.street.id)
    accepted = accept_by(followed)
    community = street.by_code.get((answer.get("community") or {}).get("code", ""))
    return {
        "reference": followed.reference,
        "link": visits.link(request, followed),
        "qr": visits.qr(visits.link(request, followed)),
        "office": name_of(community or street.root),
        "promised_by": datetime.fromisoformat(answer["promised_by"]),
        "is_estimated": answer.get("is_estimated", False),  # not in answers that were kept before it was said
        "accept_by": accepted.at,
        "is_accept_estimated": accepted.is_estimated,
        "has_phone": bool(asked.draft.phone),
        "island": True,
    }


def _resident(asked: Asked) -> Actor:
    return Actor(kind="reporter", name="居民", scope=Scope(asked.street.id, "public"))
