"""Requests about the same thing, for programs: what may be the same, merging, taking apart again, who follows."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import msgspec

from baiying.cases import candidates, following, merging, queries, rules
from baiying.cases.models import Case, Merge
from baiying.doors.open.changing import ONE
from baiying.doors.open.declaring import Answer, Call, operation
from baiying.doors.open.reading import TAG, case_for, shown
from baiying.doors.open.shapes import RequestOne, RequestRow, row_of
from baiying.kit.refusals import Refusal
from baiying.org.rules import demand


class CandidateOne(msgspec.Struct, kw_only=True):
    """An open request that may be about the same, and why: `percent` alike, `words` that both have, days and metres apart.

    `metres` is null where one of the two has no point.
    """

    request: RequestRow
    percent: int
    words: list[str]
    metres: int | None
    days: int
    same_building: bool
    same_category: bool
    same_photo: bool


class Candidates(msgspec.Struct):
    """The likeliest first."""

    candidates: list[CandidateOne]


class MergeSaid(msgspec.Struct, forbid_unknown_fields=True):
    """Which requests are handled with this one, and why; a reason is needed where they lie far apart or without a place."""

    requests: Annotated[list[str], msgspec.Meta(min_length=1, max_length=merging.MOST_MERGED)]
    reason: str = ""


class UnmergeSaid(msgspec.Struct, forbid_unknown_fields=True):
    """Why they are taken apart."""

    reason: str


class MergeOne(msgspec.Struct, kw_only=True):
    """That `request` was handled with `lead`, from when, by whom and why; `until` null: still. References, no more."""

    request: str
    lead: str
    since: datetime
    by: str
    reason: str
    metres: int | None
    until: datetime | None
    until_by: str | None
    until_reason: str | None


class Merges(msgspec.Struct):
    """Every merging that a request was part of or lead of, the latest first."""

    merges: list[MergeOne]


class Followers(msgspec.Struct):
    """How many people follow a request and what is merged into it; who asked twice is one."""

    count: int


@operation(
    "list_candidates", "GET", f"{ONE}/candidates", tag=TAG, summary="Open requests that may be about the same",
    answer=Candidates, permission=rules.READ,
)  # fmt: skip
def list_candidates(call: Call) -> Candidates:
    """By place and time first, then by words and pictures; none where the request is over, merged or a part itself."""
    case = case_for(call)
    is_open = candidates.stands_alone(case)
    found = candidates.candidates(call.by.scope, candidates.about(case)) if is_open else []
    return Candidates([_candidate(one) for one in found])


def _candidate(one: candidates.Candidate) -> CandidateOne:
    return CandidateOne(
        request=row_of(one.case), percent=one.percent, words=list(one.words), days=one.days,
        metres=None if one.metres is None else round(one.metres), same_building=one.is_same_building,
        same_category=one.is_same_category, same_photo=one.is_same_photo,
    )  # fmt: skip


@operation(
    "merge_requests", "POST", f"{ONE}/merges", tag=TAG, summary="Handle other requests with this one",
    answer=RequestOne, permission=rules.MERGE, version="change", body=MergeSaid,
)  # fmt: skip
def merge_requests(call: Call) -> Answer:
    """All of them, or none: each reporter keeps their own thread, promise and rating, and one answer goes to all."""
    said: MergeSaid = call.body
    demand(call.by, rules.READ)
    lead = case_for(call)
    parts = [_named(call, reference, number) for number, reference in enumerate(said.requests)]
    ids = [part.id for part in parts]
    merging.merge(
        call.by, lead_id=lead.id, part_ids=ids, reason=said.reason, versions={lead.id: call.version}
    )
    return shown(call.by, case_for(call))


def _named(call: Call, reference: str, number: int) -> Case:
    try:
        return queries.case_by_reference(call.by.scope, reference)
    except Refusal as refused:
        refused.field = f"requests[{number}]"
        raise


@operation(
    "unmerge_request", "POST", f"{ONE}/unmerge", tag=TAG, summary="Take a merged request apart again",
    answer=RequestOne, permission=rules.MERGE, version="change", body=UnmergeSaid,
)  # fmt: skip
def unmerge_request(call: Call) -> Answer:
    """It goes on by itself, exactly as it was: state, unit, orders, limits."""
    demand(call.by, rules.READ)
    case, said = case_for(call), call.body
    merging.unmerge(call.by, part_id=case.id, reason=said.reason, version=call.version)
    return shown(call.by, case_for(call))


@operation(
    "list_merges", "GET", f"{ONE}/merges", tag=TAG, summary="What a request was merged with, and when",
    answer=Merges, permission=rules.READ,
)  # fmt: skip
def list_merges(call: Call) -> Merges:
    """Those in force and those undone; of a request outside the token's branch the reference alone is told."""
    return Merges([_merge(row) for row in merging.history_of(case_for(call))])


def _merge(row: Merge) -> MergeOne:
    ended: dict[str, Any] = {"until_by": None, "until_reason": None}
    if row.until is not None:
        ended = {"until_by": row.until_name, "until_reason": row.until_reason}
    return MergeOne(
        request=row.part.reference, lead=row.lead.reference, since=row.since, by=row.by_name, reason=row.reason,
        metres=row.metres, until=row.until, **ended,
    )  # fmt: skip


@operation(
    "count_followers", "GET", f"{ONE}/followers", tag=TAG, summary="How many people follow a request",
    answer=Followers, permission=rules.READ,
)  # fmt: skip
def count_followers(call: Call) -> Followers:
    """Never who: their numbers are shown to nobody."""
    return Followers(following.count_of(case_for(call)))
