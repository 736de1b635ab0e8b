"""The timeline of a case as shared/parts/timeline.html shows it, for the desk and for the reporter."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

from django.utils.translation import gettext as _

from baiying.cases import wording
from baiying.cases.models import Line, Photo

# step: (icon, tone); a step not named here is a plain note
LOOKS: Final[dict[str, tuple[str, str]]] = {
    "receive": ("inbox", ""),
    "accept": ("accept", ""),
    "decline": ("decline", ""),
    "hand_out": ("send", ""),
    "recall": ("undo", ""),
    "acknowledge": ("sign", ""),
    "return": ("return", ""),
    "start": ("work", ""),
    "ask": ("wait", "wait"),
    "answer": ("note", ""),
    "stop_waiting": ("work", ""),
    "park": ("pause", "wait"),
    "unpark": ("work", ""),
    "handle": ("handled", ""),
    "send_back": ("return", ""),
    "check": ("check", ""),
    "inspect": ("check", ""),
    "sample": ("check", ""),
    "find_unsolved": ("reopen", ""),
    "reopen_higher": ("reopen", ""),
    "rate": ("rate", ""),
    "go_unrated": ("rate", ""),
    "close": ("done", ""),
    "reopen": ("reopen", ""),
    "photo": ("photo", ""),
    "correct": ("note", ""),
    "split": ("list", ""),
    "close_with_whole": ("done", ""),
    "merge": ("list", ""),
    "merge_in": ("list", ""),
    "unmerge": ("undo", ""),
    "unmerge_out": ("undo", ""),
    "take_back": ("return", ""),
    "handle_with_lead": ("handled", ""),
    "decline_with_lead": ("decline", ""),
    "check_with_lead": ("check", ""),
    "close_with_lead": ("done", ""),
    "support_out": ("send", ""),
    "support_ack": ("sign", ""),
    "support_return": ("return", ""),
    "support_result": ("handled", ""),
    "support_cancel": ("undo", ""),
    "call": ("people", ""),
    "extend": ("clock", ""),
    "mark_hard": ("clock", ""),
    "guard": ("lock", ""),
}


# step: what was photographed with it
_INSPECTION: Final = (Photo.Purpose.INSPECTION,)
SHOWN_WITH: Final[dict[str, tuple[str, ...]]] = {
    "handle": (Photo.Purpose.BEFORE, Photo.Purpose.PROOF),
    "support_result": (Photo.Purpose.PROOF,),
    "inspect": _INSPECTION,
    "sample": _INSPECTION,
    "find_unsolved": _INSPECTION,
}


def entries(
    lines: Iterable[Line],
    reader: wording.Reader,
    *,
    photos: Iterable[Photo] = (),
    picture: Callable[[Photo], dict[str, Any]] | None = None,
) -> list[dict[str, Any]]:
    """One entry a line; a word for colleagues stands apart below it and is marked, the reporter never gets it."""
    kept = list(photos)
    told: list[dict[str, Any]] = []
    for line in lines:
        if reader == "reporter" and not line.is_public:
            continue
        told.append(_entry(line, reader))
        if picture is not None and line.step in SHOWN_WITH:
            told[-1]["photos"] = [
                picture(p)
                for p in kept
                if p.purpose in SHOWN_WITH[line.step] and abs((p.added_at - line.at).total_seconds()) < 60
            ]
        inner = wording.inner_word(line)
        if reader == "staff" and inner:
            told.append(
                {
                    "icon": "lock",
                    "what": _("内部备注"),
                    "who": told[-1]["who"],
                    "at": line.at,
                    "body": inner,
                    "is_inside": True,
                }
            )
    return told


def _entry(line: Line, reader: wording.Reader) -> dict[str, Any]:
    icon, tone = LOOKS.get(line.step, ("note", ""))
    if line.step == "close" and line.data.get("outcome") == "solved":
        tone = "done"
    body = line.text
    if line.step in ("decline", "decline_with_lead") and (help_from := wording.who_can_help(line)):
        body = f"{body}\n{help_from}".strip()
    return {
        "id": line.id.hex,
        "icon": icon,
        "tone": tone,
        "what": wording.say_line(line, reader),
        "who": wording.who_of(line, reader),
        "at": line.at,
        "body": body,
        "is_inside": not line.is_public,
    }
