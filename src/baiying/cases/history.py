"""What anybody may read of how a case went on: its steps in plain sentences, without names and without free words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.utils.translation import gettext as _

from baiying.cases import catalogue, steps, wording
from baiying.cases.facts import SPLIT
from baiying.cases.models import Line, Merge
from baiying.cases.named import OUTCOMES
from baiying.kit.language import is_english
from baiying.kit.lifecycle import RESUME
from baiying.org.queries import street_map
from baiying.org.rules import Scope, acting, seeing

BY_DEFAULT = timedelta(days=1)  # how far back a list of updates looks that names no time
# What merging leaves in the thread of a part; it changes no state, and taking the lead's answer back restores one.
MERGE, UNMERGE, TAKE_BACK = "merge", "unmerge", "take_back"
# Steps of the lifecycle, the receipt, and merging; notes, corrections and calls are between the reporter and the office.
SHOWN = frozenset({"receive", MERGE, UNMERGE, TAKE_BACK, *(step.name for step in steps.LIFECYCLE.steps)})


@dataclass(frozen=True, slots=True)
class Merged:
    """A time in which a case was handled with another one. `lead`: its reference, "" where nothing of it may be told."""

    reference: str  # whether or not it may be told
    lead: str
    since: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Happened:
    """One step. `to`: the state it led to, "" where merging changed none; a step that let a paused case go on leads back
    into its handling. `is_merged`: it is handled with another one since then or still; `lead` as in Merged.
    """

    id: UUID
    case_id: UUID
    reference: str
    at: datetime
    step: str
    to: str
    outcome: str
    said: str
    is_merged: bool = False
    lead: str = ""
    answers: Mapping[str, Sequence[str]] = field(default_factory=dict)


def merges_of(tenant_id: int, case_ids: Iterable[UUID]) -> dict[UUID, list[Merged]]:
    """When these cases were handled with others, the first first; one query.

    The two are not tied together where one is sensitive: of that one neither words nor place are told, and the other
    would tell them. A part that was split off is no request that anybody knows.
    """
    scope = Scope(tenant_id, "street")
    hidden = {category.id for category in catalogue.all_categories() if category.is_sensitive}
    found: dict[UUID, list[Merged]] = {}
    with seeing(scope):
        rows = Merge.objects.filter(tenant_id=tenant_id, part_id__in=list(case_ids)).order_by("since", "id")
        for part, lead, channel, kind, lead_kind, since, until in rows.values_list(
            "part_id", "lead__reference", "lead__channel", "part__category_id", "lead__category_id", "since", "until",
        ):  # fmt: skip
            is_told = channel != SPLIT and kind not in hidden and lead_kind not in hidden
            found.setdefault(part, []).append(Merged(lead, lead if is_told else "", since, until))
    return found


def public_history(
    tenant_id: int, case_ids: Sequence[UUID], merges: Mapping[UUID, Sequence[Merged]]
) -> dict[UUID, list[Happened]]:
    """The steps of these cases, the first first; one query. `merges`: of merges_of."""
    scope = Scope(tenant_id, "street")
    found: dict[UUID, list[Happened]] = {}
    with seeing(scope):
        rows = Line.objects.within(scope).filter(case_id__in=case_ids, is_public=True, step__in=SHOWN)
        for line in rows.select_related("case").only(*_COLUMNS).order_by("id"):
            found.setdefault(line.case_id, []).append(_happened(line, merges.get(line.case_id, ())))
    return found


def public_steps(
    tenant_id: int, since: datetime, until: datetime, *, size: int, after: tuple[datetime, UUID] | None = None
) -> list[Happened]:
    """What happened in the street between two moments, the first first: steps after the receipt. Two queries."""
    scope = Scope(tenant_id, "street")
    with acting(scope):
        rows = Line.objects.within(scope).filter(
            at__gte=since, at__lte=until, is_public=True, step__in=SHOWN - {"receive"}
        )
        if after is not None:
            rows = rows.filter(at__gte=after[0]).exclude(at=after[0], id__lte=after[1])
        rows = rows.exclude(case__channel=SPLIT).select_related("case").only(*_COLUMNS)
        lines = list(rows.order_by("at", "id")[:size])
        merges = merges_of(tenant_id, {line.case_id for line in lines})
        return [_happened(line, merges.get(line.case_id, ())) for line in lines]


_COLUMNS = (
    "id", "tenant_id", "case_id", "at", "step", "data", "unit_id", "unit_name", "actor_kind", "case__id",
    "case__reference",
)  # fmt: skip


def _happened(line: Line, merges: Sequence[Merged]) -> Happened:
    step, merged = steps.LIFECYCLE.step(line.step), _merged_at(line, merges)
    to = "" if line.step in WORDS else steps.RECEIVED
    if step is not None:
        to = steps.IN_PROGRESS if step.to == RESUME else step.to
    return Happened(
        id=line.id,
        case_id=line.case_id,
        reference=line.case.reference,
        at=line.at,
        step=line.step,
        to=to,
        outcome=str(line.data.get("outcome", "")),
        said=_said(line, to) if to else WORDS[line.step](merged.lead if merged is not None else ""),
        is_merged=merged is not None,
        lead=merged.lead if merged is not None else "",
        answers=line.data.get("answers", {}),
    )


def _merged_at(line: Line, merges: Sequence[Merged]) -> Merged | None:
    """In which merging a case is after this line."""
    if line.step == MERGE:  # its time is that of the line itself, to the moment
        mine = [one for one in merges if one.reference == line.data.get("lead") and one.since <= line.at]
    else:
        mine = [one for one in merges if one.since <= line.at and (one.until is None or line.at < one.until)]
    return mine[-1] if mine and line.step != UNMERGE else None


def say_merge(lead: str) -> str:
    """That a case is handled with another one; `lead` as in Merged."""
    return (
        _("与 %(lead)s 是同一件事，合在一起办") % {"lead": lead}
        if lead
        else _("已有人先反映同一件事，合在一起办")
    )


WORDS: Mapping[str, Callable[[str], str]] = {
    MERGE: say_merge,
    UNMERGE: lambda _lead: _("改为单独办理"),
    TAKE_BACK: lambda _lead: _("答复收回，继续一起办"),
}


def _said(line: Line, to: str) -> str:
    """`已派单：综合行政执法中队`, `已结案：已解决`. Only listed words: what somebody wrote is for the reporter alone."""
    state = steps.LIFECYCLE.state(to)
    told = state.label_en if is_english() else str(state.label)
    unit = street_map(line.tenant_id).by_code.get(str(line.data.get("unit", "")))
    reason = str(line.data.get("reason", ""))
    if unit is not None:
        more = unit.name_en if is_english() and unit.name_en else unit.name
    elif reason and catalogue.reason(reason) is not None:
        more = wording.reason_name(reason)
    else:
        more = str(OUTCOMES.get(str(line.data.get("outcome", "")), ""))
    return state_and(told, more)


def state_and(state: str, more: str) -> str:
    """`已结案：已解决`; the state alone when there is no more to say."""
    return _("%(state)s：%(more)s") % {"state": state, "more": more} if more else state
