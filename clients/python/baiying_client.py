"""A client of Baiying's API, made by tools/make_client.py from /api/openapi.json. Change that, not this file.

from baiying_client import Client, Problem

client = Client("http://127.0.0.1:8000", token="by_...")
for row in client.list_requests(state=["received"])["requests"]:
    client.read_request(row["reference"])
    client.take_step(row["reference"], "accept", {}, if_match=client.etag)
"""

from __future__ import annotations

import json
import urllib.error
import urllib.request
import uuid
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Literal, NotRequired, TypedDict, cast
from urllib.parse import quote, urlencode


class Problem(Exception):
    """A refusal (RFC 9457): `status`, `code`, and the whole answer as `said`."""

    def __init__(self, status: int, said: Mapping[str, Any]) -> None:
        self.status, self.said = status, said
        self.code = str(said.get("code", ""))
        super().__init__(f"{status} {self.code}: {said.get('detail', '')}")


class _Http:
    """Sends and reads. `etag` is that of the last answer, `replayed` whether it repeats an earlier one."""

    def __init__(self, address: str, token: str = "", *, language: str = "en", timeout: float = 30.0) -> None:
        self.address, self.token, self.language, self.timeout = address.rstrip("/"), token, language, timeout
        self.etag = ""
        self.replayed = False

    def _send(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        said: Any = None,
        files: Mapping[str, Sequence[bytes]] | None = None,
        headers: Mapping[str, str | None] | None = None,
    ) -> bytes:
        asked = {name: _plain(value) for name, value in (query or {}).items() if value is not None}
        address = self.address + path + (f"?{urlencode(asked, doseq=True)}" if asked else "")
        sent = {"Accept-Language": self.language} | {
            n: v for n, v in (headers or {}).items() if v is not None
        }
        if self.token:
            sent["Authorization"] = f"Bearer {self.token}"
        body: bytes | None = None
        if files and any(files.values()):
            body, sent["Content-Type"] = _parts(said, files)
        elif said is not None:
            body, sent["Content-Type"] = json.dumps(said, default=_plain).encode(), "application/json"
        request = urllib.request.Request(address, body, sent, method=method)  # noqa: S310  # address is the caller's
        try:
            with urllib.request.urlopen(request, timeout=self.timeout) as answer:  # noqa: S310
                self.etag = answer.headers.get("ETag", "")
                self.replayed = answer.headers.get("Idempotency-Replayed") == "true"
                return cast(bytes, answer.read())
        except urllib.error.HTTPError as error:
            with error:
                raw = error.read()
            try:
                said = json.loads(raw)
            except ValueError:
                said = {"detail": raw.decode(errors="replace")}
            raise Problem(error.code, said) from None

    def _json(self, method: str, path: str, **more: Any) -> Any:
        return json.loads(self._send(method, path, **more))


def _plain(value: Any) -> Any:
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value


def _parts(said: Any, files: Mapping[str, Sequence[bytes]]) -> tuple[bytes, str]:
    """(body, content type) of multipart/form-data: the words as JSON in `said`, then the pictures."""
    line = uuid.uuid4().hex
    rows = [f'--{line}\r\nContent-Disposition: form-data; name="said"\r\n\r\n'.encode()]
    rows += [json.dumps(said or {}, default=_plain).encode(), b"\r\n"]
    for name, pictures in files.items():
        for number, picture in enumerate(pictures):
            where = f'form-data; name="{name}"; filename="{number}.jpg"'
            head = f"--{line}\r\nContent-Disposition: {where}\r\nContent-Type: image/jpeg\r\n\r\n"
            rows += [head.encode(), picture, b"\r\n"]
    return b"".join([*rows, f"--{line}--\r\n".encode()]), f"multipart/form-data; boundary={line}"


class Answering(TypedDict):
    """Who answers for a place, nearest first."""

    grid: Named | None
    answering: list[AnsweringOne]


class AnsweringOne(TypedDict):
    """Who answers in which capacity; level 0 is the grid's worker. `holder` null: a gap."""

    level: int
    label: str
    holder: HolderOne | None


class AreaOne(TypedDict):
    """A community or grid."""

    code: str
    name: str


class AreaSaid(TypedDict):
    """A rectangle of the photo, in pixels from its upper left corner."""

    left: int
    top: int
    width: int
    height: int


class AssignSaid(TypedDict):
    """Who answers for what; `child` is the id of community, grid, courtyard, person or home, by level."""

    level: int
    child: int
    holder: int
    from_date: str
    until_date: NotRequired[str | None]


class BlurSaid(TypedDict):
    """What is made unrecognisable; nothing where the photo may be seen as it is."""

    areas: NotRequired[list[AreaSaid]]


class CallBackDone(TypedDict):
    """What became of the request: `state` is `reopened` where the rules take it back one level higher."""

    request: str
    state: str
    rating: str | None


class CallBackOne(TypedDict):
    """Somebody to be called; `is_due`: now; `held_by`: a colleague has it in hand; `is_mine`: the token's account has. `result` null: not over; answered, no_response, online (the reporter was quicker), over (the request went on)."""

    id: str
    request: str
    text: str
    checked_at: str | None
    is_due: bool
    next_try_at: str
    tries: int
    held_by: str | None
    is_mine: bool
    result: str | None
    version: int


class CallBackSaid(TypedDict):
    """What the reporter said: three answers, a reason of the list where dissatisfied, their words."""

    contacted: bool
    solved: bool
    rating: Literal["basically_satisfied", "dissatisfied", "satisfied"]
    reason: NotRequired[str]
    text: NotRequired[str]


class CallBackTaken(TypedDict):
    """A task in hand; `contact` null: the token may not read it."""

    call_back: CallBackOne
    contact: ContactOne | None


class CallBacks(TypedDict):
    """Those whose turn it is first."""

    call_backs: list[CallBackOne]


class CallLineOne(TypedDict):
    """What happened to a call."""

    id: str
    at: str
    step: str
    who: str
    unit: Named | None
    text: str
    summons: str | None


class CallOne(TypedDict):
    """A call with everything that hangs on it. `requests`: references of what it is about."""

    id: str
    number: str
    kind: str
    state: str
    title: str
    text: str
    place: str
    caller: Named
    raised_at: str
    issued_at: str | None
    respond_by: str | None
    counts: str
    ended_at: str | None
    result: str
    version: int
    summonses: list[SummonsOne]
    requests: list[str]
    meetings: list[MeetingOne]
    tasks: list[TaskOne]
    lines: list[CallLineOne]
    steps: list[str]


class CallPage(TypedDict):
    """Calls; cursors only when every one is asked for."""

    calls: list[CallRow]
    next: NotRequired[str | None]
    previous: NotRequired[str | None]


class CallRow(TypedDict):
    """A call as the board shows it."""

    id: str
    number: str
    kind: str
    state: str
    title: str
    text: str
    place: str
    caller: Named
    raised_at: str
    issued_at: str | None
    respond_by: str | None
    counts: str
    ended_at: str | None
    result: str
    version: int
    summonses: list[SummonsOne]


class CallSaid(TypedDict):
    """What is called for; requests by reference."""

    kind: str
    title: str
    text: str
    requests: list[str]
    parties: list[PartySaid]
    place: NotRequired[str]
    respond_by: NotRequired[str | None]


class CallStepSaid(TypedDict):
    """The words of a step."""

    text: NotRequired[str]


class CandidateOne(TypedDict):
    """An open request that may be about the same, and why: `percent` alike, `words` that both have, days and metres apart. `metres` is null where one of the two has no point."""

    request: RequestRow
    percent: int
    words: list[str]
    metres: int | None
    days: int
    same_building: bool
    same_category: bool
    same_photo: bool


class Candidates(TypedDict):
    """The likeliest first."""

    candidates: list[CandidateOne]


class Categories(TypedDict):
    """The everyday list in force today, and the kinds of requests."""

    categories: list[CategoryOne]
    kinds: list[Named]


class CategoryChance(TypedDict):
    """A category, how likely it is (0 to 1), and the words that spoke for it."""

    category: Named
    matter: str | None
    probability: float
    words: list[str]


class CategoryOne(TypedDict):
    """A category of the everyday list."""

    code: str
    name: str
    name_en: str
    group: str
    group_en: str
    matter: MatterOne | None
    default_kind: str
    anonymous_allowed: bool
    limit_working_days: int


class ClockChangeOne(TypedDict):
    """What moved a limit or let it stand still: a listed reason or a step, and words. `due_after` null: it still stands."""

    kind: Literal["change", "extend", "hard", "pause"]
    at: str
    by: str
    reason: str
    text: str
    until: str | None
    ended_at: str | None
    due_before: str
    due_after: str | None


class ClockOne(TypedDict):
    """A promise with a limit, where the limit comes from, and what became of it. `escalations`: their ids."""

    what: str
    state: Literal["paused", "running", "stopped"]
    limit: int
    unit: str
    source: str
    grade: str
    started_at: str
    due_at: str
    is_estimated: bool
    warned_at: str | None
    overdue_at: str | None
    stopped_at: str | None
    changes: list[ClockChangeOne]
    escalations: list[str]


class Clocks(TypedDict):
    """The earliest first."""

    clocks: list[ClockOne]


class Contact(TypedDict):
    """Who may be called back."""

    name: NotRequired[str]
    phone: NotRequired[str]


class ContactOne(TypedDict):
    """How the reporter may be reached."""

    name: str
    phone: str


class CorrectionSaid(TypedDict):
    """What is to be set right; what is left out stays. `is_urgent` as it stands confirms it; taking it away needs `urgency_reason`. Degrees in WGS-84; community and grid by code."""

    category: NotRequired[str | None]
    kind: NotRequired[str | None]
    is_urgent: NotRequired[bool | None]
    urgency_reason: NotRequired[str]
    place: NotRequired[str | None]
    lon: NotRequired[float | None]
    lat: NotRequired[float | None]
    community: NotRequired[str | None]
    grid: NotRequired[str | None]


class CoveredOne(TypedDict):
    """A passage of the original that others do not read, and as what it was found."""

    passage: str
    kind: str


class DecisionSaid(TypedDict):
    """Yes or no, and why; the reporter reads it."""

    agrees: bool
    text: str


class EffectOne(TypedDict):
    """Requests of the same kind and place before and since the measure; `ratio` per day with its interval of 95 %."""

    before: int
    before_days: int
    after: int
    after_days: int
    ratio: float | None
    low: float
    high: float | None
    verdict: Literal["early", "fell", "rose", "same"]


class EndSaid(TypedDict):
    """From which day on a link counts no more."""

    until_date: str


class EscalationOne(TypedDict):
    """Somebody up the chain was told that a promise was not kept: `what`, due when, at which level, in whose place. One of `request`, `summons`, `order` names what it is about, as far as the token sees it. `reply` null: not yet."""

    id: str
    request: str | None
    summons: str | None
    order: str | None
    what: str
    due_at: str
    told_at: str
    level: int
    label: str
    name: str
    duty: str
    deputy_for: str | None
    is_top: bool
    is_mine: bool
    reply: Literal["noted", "take_charge"] | None
    replied_at: str | None
    note: str
    version: int


class EscalationPage(TypedDict):
    """The latest first."""

    escalations: list[EscalationOne]
    next: str | None
    previous: str | None


class Event(TypedDict):
    """A CloudEvent 1.0 in structured mode; `subject` is the reference of what it is about."""

    specversion: Literal["1.0"]
    id: str
    source: str
    type: str
    subject: str
    time: str
    datacontenttype: Literal["application/json"]
    data: EventData


class EventData(TypedDict):
    """What it is about: codes and a reference, nobody's name and no words; `href` is read with a token."""

    kind: Literal["call", "case"]
    reference: str
    href: str
    from_state: str | None
    state: str | None
    community: str | None
    grid: str | None
    unit: str | None


class Evidence(TypedDict):
    """Why it is no chance: so many people between two moments, where so many were to be expected; `p` of its being chance."""

    observed: int
    expected: float
    p: float
    first_at: str
    last_at: str


class ExclusionOne(TypedDict):
    """A proposal to explain and not count a request, and what became of it. `is_own`: the account has had part in it."""

    id: str
    request: str
    reason_class: str
    text: str
    state: Literal["agreed", "appealed", "proposed", "refused", "upheld"]
    proposed_by: str
    proposed_at: str
    decided_by: str | None
    decision: str
    appeal: str
    reviewed_by: str | None
    review: str
    is_own: bool
    version: int


class ExclusionSaid(TypedDict):
    """A code of the published classes (GET /api/v1/exclusions), and why."""

    reason_class: str
    text: str


class Exclusions(TypedDict):
    """What waits for a second person, the longest first; what was decided lately; the published classes."""

    waiting: list[ExclusionOne]
    decided: list[ExclusionOne]
    classes: list[Named]


class ExportList(TypedDict):
    """One's own exports, the latest first, fifty at most."""

    exports: list[ExportOne]


class ExportOne(TypedDict):
    """How far an export is; `rows` is null until they are counted, `file` until it is written and after it expired. `problem`: post (it ended, or may no longer), disk, sheet (too many rows for XLSX), tries."""

    id: str
    state: Literal["cancelled", "done", "expired", "failed", "running", "waiting"]
    format: str
    asked_at: str
    rows_done: int
    rows: int | None
    bytes: int
    problem: str | None
    expires_at: str | None
    file: str | None


class ExportSaid(TypedDict):
    """What kind of file, and of what: `filter` as it stands behind the question mark of GET /api/v1/requests, `q` and `lon`, `lat`, `within` too."""

    format: NotRequired[Literal["csv", "geojson", "xlsx"]]
    filter: NotRequired[str]


class ExtensionSaid(TypedDict):
    """More time, in working days; the reporter reads why."""

    days: int
    reason: str
    text: str


class FollowEnded(TypedDict):
    """Done, and the number with it is deleted."""

    reference: str


class FollowLine(TypedDict):
    """A public step, by its name in the step table."""

    at: str
    step: str


class FollowMade(TypedDict):
    """The follower's own reference and secret; the page where they see how far it is. The secret cannot be read again."""

    reference: str
    key: str
    page: str


class FollowOne(TypedDict):
    """What neighbours may see of how far it is; `answer` once there is one, masked. `is_over`: no longer followed."""

    reference: str
    title: str
    state: str
    answer: str
    lines: list[FollowLine]
    has_phone: bool
    is_over: bool


class FollowSaid(TypedDict):
    """What was shown near by; a number only for one message when it is done."""

    token: str
    phone: NotRequired[str]


class Followers(TypedDict):
    """How many people follow a request and what is merged into it; who asked twice is one."""

    count: int


class GapOne(TypedDict):
    """What of a grid has nobody."""

    grid: Named
    has_holder: bool
    courtyards: int
    courtyards_without: int
    homes: int
    homes_without: int


class Gaps(TypedDict):
    """Communities that nobody of the street looks after, and every grid of the branch."""

    communities: list[Named]
    grids: list[GapOne]


class Grid(TypedDict):
    """A grid and its community's code."""

    code: str
    name: str
    community: str | None


class GuardDecision(TypedDict):
    """What was decided about a passage, by whom and why; the latest about the same passage counts."""

    number: int
    act: Literal["mask", "release"]
    passage: str
    reason: str
    by: str
    at: str


class HandOut(TypedDict):
    """To whom a case goes; units by code."""

    unit: str
    text: NotRequired[str]
    person: NotRequired[str]
    due_at: NotRequired[str | None]
    supports: NotRequired[list[Support]]
    version: NotRequired[int | None]


class HandOverSaid(TypedDict):
    """Somebody leaves on a day; every link needs a successor."""

    from_date: str
    successors: list[Successor]


class HardSaid(TypedDict):
    """Why a request is hard: a reason of the list for the step `mark_hard`, and words that the reporter reads."""

    reason: str
    text: str


class HeldOrder(TypedDict):
    """An order in hand. `request`: of a request; `call_task`: the id of the task of a call it belongs to."""

    order: OrderRow
    request: str | None
    call_task: str | None


class HolderCorrected(TypedDict):
    """What is to be set right; what is left out stays, an empty `account` takes it away."""

    name: NotRequired[str | None]
    duty: NotRequired[str | None]
    phone: NotRequired[str | None]
    account: NotRequired[str | None]


class HolderFull(TypedDict):
    """A person of the chain; `account`: the user name of the account that acts for them."""

    id: int
    code: str
    name: str
    duty: str
    phone: str
    unit: Named | None
    account: str | None
    has_left: bool
    version: int


class HolderOne(TypedDict):
    """A person in a public duty of the chain; the telephone is that of the office."""

    id: int
    code: str
    name: str
    duty: str
    phone: str
    unit: Named | None


class HolderPage(TypedDict):
    """Holders by code."""

    holders: list[HolderOne]
    next: str | None
    previous: str | None


class HolderSaid(TypedDict):
    """Who enters the chain, at which subdistrict, community or grid (by code); the telephone is that of the office."""

    unit: str
    name: str
    duty: str
    phone: NotRequired[str]
    account: NotRequired[str | None]


class InspectionOne(TypedDict):
    """A check on site: the request as the worker who is sent sees it, without its reporter. `result` null: not yet."""

    id: str
    request: str
    text: str
    category: Named
    place: str
    point: Point | None
    handled_by: Named | None
    handled_at: str
    reply: str
    photos: list[SitePhoto]
    open_until: str
    is_open: bool
    result: str | None
    result_at: str | None
    note: str
    version: int


class InspectionSaid(TypedDict):
    """What was seen; a note unless it is solved; where the worker stood, in WGS-84 degrees, both or neither."""

    result: Literal["cannot_tell", "solved", "still_there"]
    note: NotRequired[str]
    lon: NotRequired[float | None]
    lat: NotRequired[float | None]


class Inspections(TypedDict):
    """What is to be looked at, the first to run out first; what was seen lately."""

    to_do: list[InspectionOne]
    done: list[InspectionOne]


class KeySaid(TypedDict):
    """The follower's secret."""

    key: str


class KindChance(TypedDict):
    """The likeliest kind, how likely it is (0 to 1), and the words that spoke for it."""

    kind: str
    probability: float
    words: list[str]


class LimitOne(TypedDict):
    """How long something may take, and who laid it down. `category` '': every one."""

    profile: str
    step: str
    category: str
    value: int
    unit: str
    source: str
    grade: str
    valid_from: str


class Limits(TypedDict):
    """The rule profile that the street has chosen, and every limit in force today."""

    profile: str
    limits: list[LimitOne]


class LineOne(TypedDict):
    """A line of the timeline; `says` in the language of the answer, `inner` for colleagues only."""

    id: str
    at: str
    step: str
    says: str
    who: str
    text: str
    inner: str
    is_public: bool


class LinkHistory(TypedDict):
    """Everything that was and will be arranged for one place, the latest first."""

    links: list[LinkOne]
    next: str | None
    previous: str | None


class LinkOne(TypedDict):
    """A holder answers for a child from a day on, until (not on) another."""

    id: int
    level: int
    child: int
    holder: HolderOne
    from_date: str
    until_date: str | None


class LinkPage(TypedDict):
    """Links in the order of their ids."""

    links: list[LinkOne]
    next: str | None
    previous: str | None


class LinksMade(TypedDict):
    """Links that were made."""

    links: list[LinkOne]


class MatterOne(TypedDict):
    """An entry of a standard's catalogue."""

    standard: str
    code: str
    name: str


class MeetingOne(TypedDict):
    """A meeting on site."""

    id: str
    place: str
    planned_at: str
    held_at: str | None
    present: list[Named]
    others_present: str
    minutes: str
    decisions: str


class MeetingSaid(TypedDict):
    """Where and when all meet."""

    place: str
    planned_at: str


class MergeOne(TypedDict):
    """That `request` was handled with `lead`, from when, by whom and why; `until` null: still. References, no more."""

    request: str
    lead: str
    since: str
    by: str
    reason: str
    metres: int | None
    until: str | None
    until_by: str | None
    until_reason: str | None


class MergeSaid(TypedDict):
    """Which requests are handled with this one, and why; a reason is needed where they lie far apart or without a place."""

    requests: list[str]
    reason: NotRequired[str]


class Merges(TypedDict):
    """Every merging that a request was part of or lead of, the latest first."""

    merges: list[MergeOne]


class MinutesSaid(TypedDict):
    """Who was there, what was said and decided; units by code."""

    held_at: str
    present: list[str]
    minutes: str
    decisions: str
    others_present: NotRequired[str]


class Named(TypedDict):
    """Something with a code of its own."""

    code: str
    name: str
    name_en: NotRequired[str]


class NearBy(TypedDict):
    """The likeliest first."""

    near: list[NearOne]


class NearOne(TypedDict):
    """An open request near by in its public version; `token` names it for following, for a day."""

    token: str
    title: str
    category: Named | None
    address: str
    metres: int | None
    days: int
    state: str


class NearSaid(TypedDict):
    """What somebody is about to report, and where (WGS-84)."""

    text: str
    lon: float
    lat: float
    category: NotRequired[str | None]
    street: NotRequired[str | None]


class NotReached(TypedDict):
    """How often it was tried; `next_try_at` null: that was the last try, the request goes on as not answered."""

    tries: int
    next_try_at: str | None


class NoteOne(TypedDict):
    """A note that was written down."""

    id: str
    at: str


class NoteSaid(TypedDict):
    """A note; `is_public`: a word to the reporter."""

    text: str
    is_public: NotRequired[bool]


class NothingSaid(TypedDict):
    """Nothing is to be said."""


class OrderOne(TypedDict):
    """An order, and the steps that this token could take on it now (of supporting orders). `photos`: those of the report, and the order's own proof."""

    order: OrderRow
    request: str | None
    steps: list[str]
    photos: list[OrderPhoto]


class OrderPage(TypedDict):
    """Orders in hand, the one due first on top."""

    orders: list[HeldOrder]
    next: str | None
    previous: str | None


class OrderPhoto(TypedDict):
    """A picture for whoever has the order; `address` gives it, with `?size=thumb` a small one."""

    id: str
    purpose: str
    added_at: str
    address: str


class OrderRow(TypedDict):
    """An order to a unit. It names units, no persons."""

    id: str
    part: str
    unit: Named
    state: str
    instruction: str
    handed_out_at: str
    acknowledged_at: str | None
    due_at: str | None
    ended_at: str | None
    result: str | None
    reason: str | None
    is_final: bool
    version: int


class OrderStepSaid(TypedDict):
    """What a step of a supporting order may need."""

    text: NotRequired[str]
    reason: NotRequired[str]
    result: NotRequired[str]
    no_photo_reason: NotRequired[str]


class OutsideLinkOne(TypedDict):
    """A link; `address` opens it for whoever holds it, null once it cannot be used any more."""

    id: str
    request: str
    order: str
    unit: Named | None
    to_name: str
    state: Literal["answered", "failed", "opened", "ready", "sent"]
    made_at: str
    sent_at: str | None
    sent_by: str | None
    opened_at: str | None
    answered_at: str | None
    answer: str | None
    failed_at: str | None
    failure: str | None
    expires_at: str
    version: int
    to_address: str
    address: str | None


class OutsideLinkPage(TypedDict):
    """Links of the token's branch, the latest first."""

    links: list[OutsideLinkRow]
    next: str | None
    previous: str | None


class OutsideLinkRow(TypedDict):
    """A link as it stands in a list. `answer`: done or not_ours; `failure`: why it came to nothing."""

    id: str
    request: str
    order: str
    unit: Named | None
    to_name: str
    state: Literal["answered", "failed", "opened", "ready", "sent"]
    made_at: str
    sent_at: str | None
    sent_by: str | None
    opened_at: str | None
    answered_at: str | None
    answer: str | None
    failed_at: str | None
    failure: str | None
    expires_at: str
    version: int


class OutsideLinkSaid(TypedDict):
    """For which order of the request, to whom; an address is a mobile number or e-mail, or left out: handed on by oneself."""

    order: str
    to_name: str
    to_address: NotRequired[str]


class OwnerOne(TypedDict):
    """A post whose holder may own a topic."""

    id: int
    unit: Named
    name: str


class Owners(TypedDict):
    """By unit."""

    owners: list[OwnerOne]


class PartRow(TypedDict):
    """A part that was split off; read with its own reference."""

    reference: str
    state: str
    category: Named
    unit: Named | None
    due_at: str
    outcome: str | None


class PartSaid(TypedDict):
    """What a part is about; unit and area by code."""

    text: str
    category: NotRequired[str]
    unit: NotRequired[str]
    area: NotRequired[str]
    place: NotRequired[str]


class PartiesSaid(TypedDict):
    """Who is called besides."""

    parties: list[PartySaid]


class PartySaid(TypedDict):
    """A unit by code, or somebody of it by name."""

    unit: str
    person: NotRequired[str]


class PassageSaid(TypedDict):
    """A passage as it stands in the original: `cover` it, or `release` one that was covered by mistake; and why."""

    act: Literal["cover", "release"]
    passage: str
    reason: str


class PhotoOne(TypedDict):
    """A photo; `address` gives the picture, with `?size=thumb` a small one."""

    id: str
    purpose: str
    width: int
    height: int
    size: int
    added_at: str
    address: str


class Photos(TypedDict):
    """The photos of a request, the oldest first."""

    photos: list[PhotoOne]


class Point(TypedDict):
    """Degrees, WGS-84."""

    lon: float
    lat: float


class PublicCopy(TypedDict):
    """A blurred copy of a photo; everybody sees it from `released_at` on. `address` gives the picture to staff."""

    id: str
    photo: str
    areas: int
    made_at: str
    released_at: str | None
    address: str


class PublicVersion(TypedDict):
    """The request as others read it, what of it is covered, and what staff decided, the latest first."""

    title: str
    text: str
    address: str
    point: Point | None
    is_sensitive: bool
    covered: list[CoveredOne]
    decisions: list[GuardDecision]
    photos: list[PublicCopy]


class RatingSaid(TypedDict):
    """The unit's own word (`justified`: yes, partly, no) or the caller's (`response`: good, fair, poor); the best needs no why."""

    justified: NotRequired[str]
    response: NotRequired[str]
    why: NotRequired[str]


class Receipt(TypedDict):
    """What the sender is told; `tracking_url` holds the reporter's secret and cannot be read again."""

    reference: str
    tracking_url: str
    state: str
    grid: AreaOne | None
    community: AreaOne | None
    located_by: str
    category: AreaOne
    kind: str
    received_at: str
    promised_by: str
    is_estimated: bool


class ReplySaid(TypedDict):
    """`take_charge` gives time before the next level is told; `noted` does so, too, and says no more than that."""

    reply: Literal["noted", "take_charge"]
    note: NotRequired[str]


class Request(TypedDict):
    """The body of a request, as JSON."""

    text: str
    category: NotRequired[str | None]
    kind: NotRequired[str | None]
    lon: NotRequired[float | None]
    lat: NotRequired[float | None]
    crs: NotRequired[str]
    place: NotRequired[str | None]
    contact: NotRequired[Contact | None]
    channel: NotRequired[str]
    occurred_at: NotRequired[str | None]
    street: NotRequired[str | None]


class RequestOne(TypedDict):
    """A request with what hangs on it, and the steps that this token could take on it now."""

    reference: str
    state: str
    kind: str
    channel: str
    category: Named
    community: Named | None
    grid: Named | None
    unit: Named | None
    text: str
    place: str
    point: Point | None
    located_by: str
    is_urgent: bool
    is_anonymous: bool
    photo_count: int
    received_at: str
    promised_by: str
    due_at: str
    handled_at: str | None
    closed_at: str | None
    updated_at: str
    outcome: str | None
    rating: str | None
    version: int
    is_estimated: bool
    is_hard: bool
    orders: list[OrderRow]
    whole: str | None
    parts: list[PartRow]
    merged_into: str | None
    merged: list[str]
    steps: list[str]


class RequestPage(TypedDict):
    """A page of requests. `total` null: more than are counted at once; ask with `count=true`."""

    requests: list[RequestRow]
    total: int | None
    next: str | None
    previous: str | None


class RequestRow(TypedDict):
    """A request as it stands in a list."""

    reference: str
    state: str
    kind: str
    channel: str
    category: Named
    community: Named | None
    grid: Named | None
    unit: Named | None
    text: str
    place: str
    point: Point | None
    located_by: str
    is_urgent: bool
    is_anonymous: bool
    photo_count: int
    received_at: str
    promised_by: str
    due_at: str
    handled_at: str | None
    closed_at: str | None
    updated_at: str
    outcome: str | None
    rating: str | None
    version: int


class SimilarRuleOne(TypedDict):
    """Within how many metres and days, and from which percentage on. `category` null: every one without a rule of its own. `source`: `street` where it was set here, else where the number comes from; `grade` A to D, how well it is founded."""

    category: Named | None
    metres: int
    days: int
    percent: int
    source: str
    grade: Literal["A", "B", "C", "D"]


class SimilarRuleSaid(TypedDict):
    """The numbers and why; `category` null or left out: for every one without a rule of its own."""

    category: NotRequired[str | None]
    metres: int
    days: int
    percent: int
    reason: str


class SimilarRules(TypedDict):
    """What is in force; the rule for all others first. `version` changes with every setting."""

    rules: list[SimilarRuleOne]
    version: int


class SimilarSetting(TypedDict):
    """What the street set once, who and why; the latest of a category counts."""

    category: str | None
    metres: int
    days: int
    percent: int
    reason: str
    by: str
    at: str


class SimilarSettings(TypedDict):
    """The latest first."""

    settings: list[SimilarSetting]
    next: str | None
    previous: str | None


class SitePhoto(TypedDict):
    """A picture of the request that is checked."""

    id: str
    purpose: str
    address: str


class StateOne(TypedDict):
    """A state; `number` is its bucket in figures."""

    code: str
    number: int
    name: str
    name_en: str


class StepOne(TypedDict):
    """A step: from which states to which (`<resume>`: back to where it was), what it needs, whose it is."""

    name: str
    label: str
    from_states: list[str]
    to: str
    needs: list[str]
    permission: str
    by: list[str]


class StepSaid(TypedDict):
    """What a step may need; which of it, the table of the steps says. Units by code."""

    text: NotRequired[str]
    inner: NotRequired[str]
    reason: NotRequired[str]
    unit: NotRequired[str]
    person: NotRequired[str]
    supports: NotRequired[list[str]]
    due_at: NotRequired[str | None]
    until: NotRequired[str | None]
    outcome: NotRequired[str]
    result: NotRequired[str]
    no_photo_reason: NotRequired[str]
    without_supports: NotRequired[str]
    without_parts: NotRequired[str]
    reuse: NotRequired[str]
    rating: NotRequired[str]
    contacted: NotRequired[bool | None]
    solved: NotRequired[bool | None]
    method: NotRequired[str]
    category: NotRequired[str | None]
    kind: NotRequired[str | None]
    is_urgent: NotRequired[bool | None]
    urgency_reason: NotRequired[str]


class Street(TypedDict):
    """A street."""

    code: str
    name: str


class Successor(TypedDict):
    """Who takes a link over."""

    link: int
    holder: int


class Suggestions(TypedDict):
    """At most three categories, the likeliest first; the words that speak for urgency and how likely it is; the unit. `is_sure`: the first category is likely enough to be chosen beforehand. `urgent_probability`: 0 to 1, calibrated; from 0.5 on the desk holds the request likely to be urgent. `urgent` has the words of danger below that, too."""

    categories: list[CategoryChance]
    is_sure: bool
    kind: KindChance | None
    urgent: list[str]
    urgent_probability: float
    handing_out: UnitSuggested


class SummonsOne(TypedDict):
    """One called unit, or one person of it. `steps`: what this token could do now."""

    id: str
    call: str
    unit: Named
    person: str
    state: str
    called_at: str | None
    respond_by: str | None
    acknowledged_at: str | None
    expected_at: str | None
    arrived_at: str | None
    reported_at: str | None
    report: str
    reason: str
    justified: str
    response: str
    is_missing: bool
    is_late: bool
    version: int
    steps: list[str]


class SummonsStepSaid(TypedDict):
    """What a step of a summons may need; the table says what."""

    text: NotRequired[str]
    expected_at: NotRequired[str | None]
    arrived_at: NotRequired[str | None]
    place: NotRequired[str]


class Summonses(TypedDict):
    """What the token's own unit is called to."""

    summonses: list[SummonsOne]


class Support(TypedDict):
    """A unit that shall support; what is left out is as for the one in charge."""

    unit: str
    text: NotRequired[str]
    due_at: NotRequired[str | None]


class SupportSaid(TypedDict):
    """Which unit shall support, and what it shall do."""

    unit: str
    text: str
    due_at: NotRequired[str | None]
    person: NotRequired[str]


class TableOne(TypedDict):
    """One lifecycle as a table."""

    states: list[StateOne]
    steps: list[StepOne]


class Tables(TypedDict):
    """The lifecycles of a request, of a call, of a summons and of a topic."""

    request: TableOne
    call: TableOne
    summons: TableOne
    topic: TableOne


class TaskOne(TypedDict):
    """A task of a call and its order, as far as it may be seen."""

    id: str
    unit: Named
    text: str
    due_at: str
    result: str
    order: OrderRow | None


class TaskSaid(TypedDict):
    """A task for one of the called units."""

    unit: str
    text: str
    due_at: str
    meeting: NotRequired[str | None]


class Timeline(TypedDict):
    """What happened, in order."""

    lines: list[LineOne]


class TopicLineOne(TypedDict):
    """A line of a topic's history."""

    at: str
    step: str
    who: str
    text: str


class TopicOne(TypedDict):
    """A topic with what hangs on it: the requests behind it that the token sees, and the steps it could take now."""

    id: str
    state: str
    kind: str
    title: str
    category: Named | None
    community: Named | None
    grid: Named | None
    point: Point | None
    evidence: Evidence
    latest_observed: int
    request_count: int
    unit: Named | None
    owner: str
    measure_on: str | None
    proposed_at: str
    ended_at: str | None
    version: int
    measure: str
    result: str
    effect: EffectOne | None
    requests: list[str]
    lines: list[TopicLineOne]
    steps: list[str]


class TopicRequestSaid(TypedDict):
    """Which request is put in, or taken out."""

    request: str
    change: NotRequired[Literal["in", "out"]]


class TopicRow(TypedDict):
    """A topic as it stands in a list. `evidence` is that of the proposal and never changes; `latest_observed`: lately."""

    id: str
    state: str
    kind: str
    title: str
    category: Named | None
    community: Named | None
    grid: Named | None
    point: Point | None
    evidence: Evidence
    latest_observed: int
    request_count: int
    unit: Named | None
    owner: str
    measure_on: str | None
    proposed_at: str
    ended_at: str | None
    version: int


class TopicStepSaid(TypedDict):
    """What a step may need; `post`: an `id` of GET /api/v1/topic-owners, `day`: since when the measure is in force."""

    text: NotRequired[str]
    post: NotRequired[int | None]
    day: NotRequired[str | None]


class Topics(TypedDict):
    """The latest first, two hundred at most."""

    topics: list[TopicRow]


class UnitSuggested(TypedDict):
    """Who should have it by the street's rules of orders: version and row of the rules, or a saying of the categories. `passed`: units that would have been next and have returned it. `limit_days`: working days that the row gives."""

    unit: Named | None
    supports: list[Named]
    version: int | None
    row: int | None
    saying: str | None
    passed: list[str]
    limit_days: int | None


class Units(TypedDict):
    """The units of a street; no people."""

    street: Street
    communities: list[Named]
    grids: list[Grid]
    departments: list[Named]


class UnmergeSaid(TypedDict):
    """Why they are taken apart."""

    reason: str


class WithdrawSaid(TypedDict):
    """Why others shall see the copy no more."""

    reason: str


class Client(_Http):
    """Every operation, by its name."""

    def list_requests(
        self,
        *,
        q: str | None = None,
        open: Literal["yes", "no"] | None = None,
        lon: float | None = None,
        lat: float | None = None,
        within: Literal["200", "500", "1000", "2000"] | None = None,
        overdue: Literal["yes"] | None = None,
        due: Literal["soon"] | None = None,
        community: str | None = None,
        grid: str | None = None,
        unit: str | None = None,
        contacted: Literal["yes", "no"] | None = None,
        solved: Literal["yes", "no"] | None = None,
        counted: Literal["yes", "no"] | None = None,
        merged: Literal["yes", "any"] | None = None,
        category: Sequence[str] | None = None,
        topic: str | None = None,
        kind: Sequence[str] | None = None,
        channel: Sequence[
            Literal[
                "web", "phone", "visit", "wechat", "app", "api", "hotline", "grid", "letter", "other", "split"
            ]
        ]
        | None = None,
        rating: Sequence[Literal["satisfied", "basically_satisfied", "dissatisfied", "no_answer"]]
        | None = None,
        method: Sequence[Literal["online", "phone", "on_site"]] | None = None,
        state: Sequence[
            Literal[
                "received",
                "accepted",
                "declined",
                "handed_out",
                "acknowledged",
                "returned",
                "in_progress",
                "waiting",
                "parked",
                "handled",
                "checked",
                "rated",
                "closed",
                "reopened",
            ]
        ]
        | None = None,
        received_from: str | None = None,
        received_to: str | None = None,
        handled_from: str | None = None,
        handled_to: str | None = None,
        closed_from: str | None = None,
        closed_to: str | None = None,
        reopened_from: str | None = None,
        reopened_to: str | None = None,
        rated_from: str | None = None,
        rated_to: str | None = None,
        raised_from: str | None = None,
        raised_to: str | None = None,
        cursor: str | None = None,
        limit: int | None = None,
        count: bool | None = None,
    ) -> RequestPage:
        """List requests, the latest first."""
        return cast(
            RequestPage,
            self._json(
                "GET",
                "/api/v1/requests",
                query={
                    "q": q,
                    "open": open,
                    "lon": lon,
                    "lat": lat,
                    "within": within,
                    "overdue": overdue,
                    "due": due,
                    "community": community,
                    "grid": grid,
                    "unit": unit,
                    "contacted": contacted,
                    "solved": solved,
                    "counted": counted,
                    "merged": merged,
                    "category": category,
                    "topic": topic,
                    "kind": kind,
                    "channel": channel,
                    "rating": rating,
                    "method": method,
                    "state": state,
                    "received_from": received_from,
                    "received_to": received_to,
                    "handled_from": handled_from,
                    "handled_to": handled_to,
                    "closed_from": closed_from,
                    "closed_to": closed_to,
                    "reopened_from": reopened_from,
                    "reopened_to": reopened_to,
                    "rated_from": rated_from,
                    "rated_to": rated_to,
                    "raised_from": raised_from,
                    "raised_to": raised_to,
                    "cursor": cursor,
                    "limit": limit,
                    "count": count,
                },
            ),
        )

    def send_request(self, said: Request, *, idempotency_key: str | None = None) -> Receipt:
        """Send a request."""
        return cast(
            Receipt,
            self._json("POST", "/api/v1/requests", said=said, headers={"Idempotency-Key": idempotency_key}),
        )

    def read_request(self, reference: str) -> RequestOne:
        """Read one request."""
        return cast(RequestOne, self._json("GET", f"/api/v1/requests/{quote(str(reference), safe='')}"))

    def read_timeline(self, reference: str) -> Timeline:
        """What happened to a request."""
        return cast(
            Timeline, self._json("GET", f"/api/v1/requests/{quote(str(reference), safe='')}/timeline")
        )

    def list_photos(self, reference: str) -> Photos:
        """List the photos of a request."""
        return cast(Photos, self._json("GET", f"/api/v1/requests/{quote(str(reference), safe='')}/photos"))

    def add_photos(
        self,
        reference: str,
        said: NothingSaid,
        *,
        idempotency_key: str | None = None,
        photos: Sequence[bytes] = (),
    ) -> Photos:
        """Add photos to a request that is not closed."""
        return cast(
            Photos,
            self._json(
                "POST",
                f"/api/v1/requests/{quote(str(reference), safe='')}/photos",
                said=said,
                files={"photos": photos},
                headers={"Idempotency-Key": idempotency_key},
            ),
        )

    def read_photo(self, reference: str, photo_id: str, *, size: Literal["thumb"] | None = None) -> bytes:
        """Read a photo."""
        return self._send(
            "GET",
            f"/api/v1/requests/{quote(str(reference), safe='')}/photos/{quote(str(photo_id), safe='')}",
            query={"size": size},
        )

    def take_step(
        self,
        reference: str,
        step: Literal[
            "accept",
            "decline",
            "hand_out",
            "recall",
            "acknowledge",
            "return",
            "start",
            "ask",
            "answer",
            "stop_waiting",
            "park",
            "unpark",
            "handle",
            "send_back",
            "check",
            "inspect",
            "find_unsolved",
            "rate",
            "go_unrated",
            "close",
            "reopen",
        ],
        said: StepSaid,
        *,
        if_match: str,
        idempotency_key: str | None = None,
        photos: Sequence[bytes] = (),
        before_photos: Sequence[bytes] = (),
    ) -> RequestOne:
        """Lead a request one step on."""
        return cast(
            RequestOne,
            self._json(
                "POST",
                f"/api/v1/requests/{quote(str(reference), safe='')}/steps/{quote(str(step), safe='')}",
                said=said,
                files={"photos": photos, "before_photos": before_photos},
                headers={"If-Match": if_match, "Idempotency-Key": idempotency_key},
            ),
        )

    def add_note(self, reference: str, said: NoteSaid, *, idempotency_key: str | None = None) -> NoteOne:
        """Write a note, for colleagues or for the reporter."""
        return cast(
            NoteOne,
            self._json(
                "POST",
                f"/api/v1/requests/{quote(str(reference), safe='')}/notes",
                said=said,
                headers={"Idempotency-Key": idempotency_key},
            ),
        )

    def reveal_contact(
        self, reference: str, said: NothingSaid, *, idempotency_key: str | None = None
    ) -> ContactOne:
        """Ask how the reporter may be reached."""
        return cast(
            ContactOne,
            self._json(
                "POST",
                f"/api/v1/requests/{quote(str(reference), safe='')}/contact",
                said=said,
                headers={"Idempotency-Key": idempotency_key},
            ),
        )

    def correct_request(
        self, reference: str, said: CorrectionSaid, *, if_match: str, idempotency_key: str | None = None
    ) -> RequestOne:
        """Set category, kind, urgency or place right."""
        return cast(
            RequestOne,
            self._json(
                "POST",
                f"/api/v1/requests/{quote(str(reference), safe='')}/corrections",
                said=said,
                headers={"If-Match": if_match, "Idempotency-Key": idempotency_key},
            ),
        )

    def extend_request(
        self, reference: str, said: ExtensionSaid, *, if_match: str, idempotency_key: str | None = None
    ) -> RequestOne:
        """Give a request more time."""
        return cast(
            RequestOne,
            self._json(
                "POST",
                f"/api/v1/requests/{quote(str(reference), safe='')}/extensions",
                said=said,
                headers={"If-Match": if_match, "Idempotency-Key": idempotency_key},
            ),
        )

    def mark_request_hard(
        self, reference: str, said: HardSaid, *, if_match: str, idempotency_key: str | None = None
    ) -> RequestOne:
        """Find that a request is hard, with the limit for that."""
        return cast(
            RequestOne,
            self._json(
                "POST",
                f"/api/v1/requests/{quote(str(reference), safe='')}/hard",
                said=said,
                headers={"If-Match": if_match, "Idempotency-Key": idempotency_key},
            ),
        )

    def split_request(
        self, reference: str, said: PartSaid, *, idempotency_key: str | None = None
    ) -> RequestOne:
        """Take a part out of a request."""
        return cast(
            RequestOne,
            self._json(
                "POST",
                f"/api/v1/requests/{quote(str(reference), safe='')}/parts",
                said=said,
                headers={"Idempotency-Key": idempotency_key},
            ),
        )

    def ask_for_support(
        self, reference: str, said: SupportSaid, *, idempotency_key: str | None = None
    ) -> OrderRow:
        """Ask a unit to support the one in charge."""
        return cast(
            OrderRow,
            self._json(
                "POST",
                f"/api/v1/requests/{quote(str(reference), safe='')}/supports",
                said=said,
                headers={"Idempotency-Key": idempotency_key},
            ),
        )

    def list_clocks(self, reference: str) -> Clocks:
        """The clocks of a request, and what moved them."""
        return cast(Clocks, self._json("GET", f"/api/v1/requests/{quote(str(reference), safe='')}/clocks"))

    def list_suggestions(self, reference: str) -> Suggestions:
        """What its words and the rules suggest for a request."""
        return cast(
            Suggestions, self._json("GET", f"/api/v1/requests/{quote(str(reference), safe='')}/suggestions")
        )

    def list_calls(
        self,
        *,
        show: Literal["all", "late", "missing", "open"] | None = None,
        cursor: str | None = None,
        limit: int | None = None,
    ) -> CallPage:
        """The board of calls."""
        return cast(
            CallPage,
            self._json("GET", "/api/v1/calls", query={"show": show, "cursor": cursor, "limit": limit}),
        )

    def raise_call(self, said: CallSaid, *, idempotency_key: str | None = None) -> CallOne:
        """Call several units to one or more requests."""
        return cast(
            CallOne,
            self._json("POST", "/api/v1/calls", said=said, headers={"Idempotency-Key": idempotency_key}),
        )

    def read_call(self, call_id: str) -> CallOne:
        """Read a call."""
        return cast(CallOne, self._json("GET", f"/api/v1/calls/{quote(str(call_id), safe='')}"))

    def take_call_step(
        self,
        call_id: str,
        step: Literal["issue", "turn_down", "end", "withdraw"],
        said: CallStepSaid,
        *,
        if_match: str,
        idempotency_key: str | None = None,
    ) -> CallOne:
        """Lead a call one step on."""
        return cast(
            CallOne,
            self._json(
                "POST",
                f"/api/v1/calls/{quote(str(call_id), safe='')}/steps/{quote(str(step), safe='')}",
                said=said,
                headers={"If-Match": if_match, "Idempotency-Key": idempotency_key},
            ),
        )

    def call_more(self, call_id: str, said: PartiesSaid, *, idempotency_key: str | None = None) -> CallOne:
        """Call more units while the call is open."""
        return cast(
            CallOne,
            self._json(
                "POST",
                f"/api/v1/calls/{quote(str(call_id), safe='')}/parties",
                said=said,
                headers={"Idempotency-Key": idempotency_key},
            ),
        )

    def list_summonses(self) -> Summonses:
        """What the token's own unit is called to."""
        return cast(Summonses, self._json("GET", "/api/v1/summonses"))

    def read_summons(self, summons_id: str) -> SummonsOne:
        """Read a summons."""
        return cast(SummonsOne, self._json("GET", f"/api/v1/summonses/{quote(str(summons_id), safe='')}"))

    def take_summons_step(
        self,
        summons_id: str,
        step: Literal[
            "acknowledge",
            "change_time",
            "object",
            "uphold",
            "overrule",
            "refuse",
            "insist",
            "accept_refusal",
            "refer",
            "arrive",
            "report",
            "release",
            "mark_absent",
        ],
        said: SummonsStepSaid,
        *,
        if_match: str,
        idempotency_key: str | None = None,
    ) -> SummonsOne:
        """Lead a summons one step on."""
        return cast(
            SummonsOne,
            self._json(
                "POST",
                f"/api/v1/summonses/{quote(str(summons_id), safe='')}/steps/{quote(str(step), safe='')}",
                said=said,
                headers={"If-Match": if_match, "Idempotency-Key": idempotency_key},
            ),
        )

    def rate_summons(
        self, summons_id: str, said: RatingSaid, *, idempotency_key: str | None = None
    ) -> SummonsOne:
        """Assess a call, or a response."""
        return cast(
            SummonsOne,
            self._json(
                "POST",
                f"/api/v1/summonses/{quote(str(summons_id), safe='')}/rating",
                said=said,
                headers={"Idempotency-Key": idempotency_key},
            ),
        )

    def plan_meeting(
        self, call_id: str, said: MeetingSaid, *, idempotency_key: str | None = None
    ) -> MeetingOne:
        """Ask all who are called to one place."""
        return cast(
            MeetingOne,
            self._json(
                "POST",
                f"/api/v1/calls/{quote(str(call_id), safe='')}/meetings",
                said=said,
                headers={"Idempotency-Key": idempotency_key},
            ),
        )

    def record_meeting(
        self, meeting_id: str, said: MinutesSaid, *, idempotency_key: str | None = None
    ) -> MeetingOne:
        """Write down a meeting."""
        return cast(
            MeetingOne,
            self._json(
                "POST",
                f"/api/v1/meetings/{quote(str(meeting_id), safe='')}/minutes",
                said=said,
                headers={"Idempotency-Key": idempotency_key},
            ),
        )

    def give_task(self, call_id: str, said: TaskSaid, *, idempotency_key: str | None = None) -> TaskOne:
        """Give one of the called units a task."""
        return cast(
            TaskOne,
            self._json(
                "POST",
                f"/api/v1/calls/{quote(str(call_id), safe='')}/tasks",
                said=said,
                headers={"Idempotency-Key": idempotency_key},
            ),
        )

    def take_task_step(
        self,
        task_id: str,
        step: Literal["acknowledge", "finish", "give_back", "recall"],
        said: CallStepSaid,
        *,
        idempotency_key: str | None = None,
    ) -> TaskOne:
        """Take, finish or return a task of a call, or take it back."""
        return cast(
            TaskOne,
            self._json(
                "POST",
                f"/api/v1/call-tasks/{quote(str(task_id), safe='')}/steps/{quote(str(step), safe='')}",
                said=said,
                headers={"Idempotency-Key": idempotency_key},
            ),
        )

    def who_answers(
        self,
        *,
        lon: float | None = None,
        lat: float | None = None,
        grid: str | None = None,
        building: int | None = None,
        home: int | None = None,
        on: str | None = None,
    ) -> Answering:
        """Who answers for a place."""
        return cast(
            Answering,
            self._json(
                "GET",
                "/api/v1/chain/answering",
                query={"lon": lon, "lat": lat, "grid": grid, "building": building, "home": home, "on": on},
            ),
        )

    def list_links(
        self,
        *,
        level: int | None = None,
        holder: int | None = None,
        on: str | None = None,
        cursor: str | None = None,
        limit: int | None = None,
    ) -> LinkPage:
        """Who answers for what, link by link."""
        return cast(
            LinkPage,
            self._json(
                "GET",
                "/api/v1/chain/links",
                query={"level": level, "holder": holder, "on": on, "cursor": cursor, "limit": limit},
            ),
        )

    def assign_link(self, said: AssignSaid, *, idempotency_key: str | None = None) -> LinksMade:
        """A holder answers for a child from a day on."""
        return cast(
            LinksMade,
            self._json(
                "POST", "/api/v1/chain/links", said=said, headers={"Idempotency-Key": idempotency_key}
            ),
        )

    def list_holders(
        self, *, q: str | None = None, cursor: str | None = None, limit: int | None = None
    ) -> HolderPage:
        """The persons of the chain."""
        return cast(
            HolderPage,
            self._json("GET", "/api/v1/chain/holders", query={"q": q, "cursor": cursor, "limit": limit}),
        )

    def put_holder(self, said: HolderSaid, *, idempotency_key: str | None = None) -> HolderFull:
        """A person enters the chain."""
        return cast(
            HolderFull,
            self._json(
                "POST", "/api/v1/chain/holders", said=said, headers={"Idempotency-Key": idempotency_key}
            ),
        )

    def list_gaps(self) -> Gaps:
        """What has nobody."""
        return cast(Gaps, self._json("GET", "/api/v1/chain/gaps"))

    def end_link(self, link_id: int, said: EndSaid, *, idempotency_key: str | None = None) -> LinksMade:
        """A link counts no more from a day on."""
        return cast(
            LinksMade,
            self._json(
                "POST",
                f"/api/v1/chain/links/{quote(str(link_id), safe='')}/end",
                said=said,
                headers={"Idempotency-Key": idempotency_key},
            ),
        )

    def hand_over_links(
        self, holder_id: int, said: HandOverSaid, *, idempotency_key: str | None = None
    ) -> LinksMade:
        """Somebody leaves: every link goes to a successor."""
        return cast(
            LinksMade,
            self._json(
                "POST",
                f"/api/v1/chain/holders/{quote(str(holder_id), safe='')}/hand-over",
                said=said,
                headers={"Idempotency-Key": idempotency_key},
            ),
        )

    def read_holder(self, holder_id: int) -> HolderFull:
        """Read a person of the chain."""
        return cast(HolderFull, self._json("GET", f"/api/v1/chain/holders/{quote(str(holder_id), safe='')}"))

    def correct_holder(
        self, holder_id: int, said: HolderCorrected, *, if_match: str, idempotency_key: str | None = None
    ) -> HolderFull:
        """Set a person of the chain right."""
        return cast(
            HolderFull,
            self._json(
                "POST",
                f"/api/v1/chain/holders/{quote(str(holder_id), safe='')}/corrections",
                said=said,
                headers={"If-Match": if_match, "Idempotency-Key": idempotency_key},
            ),
        )

    def read_link_history(
        self,
        *,
        level: int | None = None,
        child: int | None = None,
        cursor: str | None = None,
        limit: int | None = None,
    ) -> LinkHistory:
        """Who held, holds and will hold a place."""
        return cast(
            LinkHistory,
            self._json(
                "GET",
                "/api/v1/chain/history",
                query={"level": level, "child": child, "cursor": cursor, "limit": limit},
            ),
        )

    def list_call_backs(self) -> CallBacks:
        """List who is to be called back."""
        return cast(CallBacks, self._json("GET", "/api/v1/call-backs"))

    def read_call_back(self, call_back_id: str) -> CallBackOne:
        """Read a call-back."""
        return cast(CallBackOne, self._json("GET", f"/api/v1/call-backs/{quote(str(call_back_id), safe='')}"))

    def take_call_back(
        self, call_back_id: str, said: NothingSaid, *, if_match: str, idempotency_key: str | None = None
    ) -> CallBackTaken:
        """Take a call-back in hand."""
        return cast(
            CallBackTaken,
            self._json(
                "POST",
                f"/api/v1/call-backs/{quote(str(call_back_id), safe='')}/take",
                said=said,
                headers={"If-Match": if_match, "Idempotency-Key": idempotency_key},
            ),
        )

    def answer_call_back(
        self, call_back_id: str, said: CallBackSaid, *, if_match: str, idempotency_key: str | None = None
    ) -> CallBackDone:
        """Write down what the reporter said."""
        return cast(
            CallBackDone,
            self._json(
                "POST",
                f"/api/v1/call-backs/{quote(str(call_back_id), safe='')}/answer",
                said=said,
                headers={"If-Match": if_match, "Idempotency-Key": idempotency_key},
            ),
        )

    def miss_call_back(
        self, call_back_id: str, said: NothingSaid, *, if_match: str, idempotency_key: str | None = None
    ) -> NotReached:
        """Write down that nobody answered."""
        return cast(
            NotReached,
            self._json(
                "POST",
                f"/api/v1/call-backs/{quote(str(call_back_id), safe='')}/no-answer",
                said=said,
                headers={"If-Match": if_match, "Idempotency-Key": idempotency_key},
            ),
        )

    def list_inspections(self) -> Inspections:
        """List the checks on site of the token's grid."""
        return cast(Inspections, self._json("GET", "/api/v1/inspections"))

    def read_inspection(self, inspection_id: str) -> InspectionOne:
        """Read a check on site."""
        return cast(
            InspectionOne, self._json("GET", f"/api/v1/inspections/{quote(str(inspection_id), safe='')}")
        )

    def read_inspection_photo(
        self, inspection_id: str, photo_id: str, *, size: Literal["thumb"] | None = None
    ) -> bytes:
        """Read a photo of a check."""
        return self._send(
            "GET",
            f"/api/v1/inspections/{quote(str(inspection_id), safe='')}/photos/{quote(str(photo_id), safe='')}",
            query={"size": size},
        )

    def record_inspection(
        self,
        inspection_id: str,
        said: InspectionSaid,
        *,
        if_match: str,
        idempotency_key: str | None = None,
        photos: Sequence[bytes] = (),
    ) -> InspectionOne:
        """Write down what was seen on site."""
        return cast(
            InspectionOne,
            self._json(
                "POST",
                f"/api/v1/inspections/{quote(str(inspection_id), safe='')}/result",
                said=said,
                files={"photos": photos},
                headers={"If-Match": if_match, "Idempotency-Key": idempotency_key},
            ),
        )

    def list_exclusions(self) -> Exclusions:
        """What is explained and not counted."""
        return cast(Exclusions, self._json("GET", "/api/v1/exclusions"))

    def propose_exclusion(
        self, reference: str, said: ExclusionSaid, *, idempotency_key: str | None = None
    ) -> ExclusionOne:
        """Propose that a request be not counted."""
        return cast(
            ExclusionOne,
            self._json(
                "POST",
                f"/api/v1/requests/{quote(str(reference), safe='')}/exclusions",
                said=said,
                headers={"Idempotency-Key": idempotency_key},
            ),
        )

    def read_exclusion(self, exclusion_id: str) -> ExclusionOne:
        """Read a proposal not to count a request."""
        return cast(
            ExclusionOne, self._json("GET", f"/api/v1/exclusions/{quote(str(exclusion_id), safe='')}")
        )

    def decide_exclusion(
        self, exclusion_id: str, said: DecisionSaid, *, if_match: str, idempotency_key: str | None = None
    ) -> ExclusionOne:
        """Decide whether a request is counted."""
        return cast(
            ExclusionOne,
            self._json(
                "POST",
                f"/api/v1/exclusions/{quote(str(exclusion_id), safe='')}/decision",
                said=said,
                headers={"If-Match": if_match, "Idempotency-Key": idempotency_key},
            ),
        )

    def list_escalations(
        self,
        *,
        show: Literal["all", "mine"] | None = None,
        cursor: str | None = None,
        limit: int | None = None,
    ) -> EscalationPage:
        """Promises that were not kept, and who was told."""
        return cast(
            EscalationPage,
            self._json("GET", "/api/v1/escalations", query={"show": show, "cursor": cursor, "limit": limit}),
        )

    def answer_escalation(
        self, escalation_id: str, said: ReplySaid, *, if_match: str, idempotency_key: str | None = None
    ) -> EscalationOne:
        """Say that one knows, or takes charge."""
        return cast(
            EscalationOne,
            self._json(
                "POST",
                f"/api/v1/escalations/{quote(str(escalation_id), safe='')}/acknowledge",
                said=said,
                headers={"If-Match": if_match, "Idempotency-Key": idempotency_key},
            ),
        )

    def export_requests(
        self,
        *,
        format: Literal["csv", "xlsx", "geojson"] | None = None,
        q: str | None = None,
        open: Literal["yes", "no"] | None = None,
        lon: float | None = None,
        lat: float | None = None,
        within: Literal["200", "500", "1000", "2000"] | None = None,
        overdue: Literal["yes"] | None = None,
        due: Literal["soon"] | None = None,
        community: str | None = None,
        grid: str | None = None,
        unit: str | None = None,
        contacted: Literal["yes", "no"] | None = None,
        solved: Literal["yes", "no"] | None = None,
        counted: Literal["yes", "no"] | None = None,
        merged: Literal["yes", "any"] | None = None,
        category: Sequence[str] | None = None,
        topic: str | None = None,
        kind: Sequence[str] | None = None,
        channel: Sequence[
            Literal[
                "web", "phone", "visit", "wechat", "app", "api", "hotline", "grid", "letter", "other", "split"
            ]
        ]
        | None = None,
        rating: Sequence[Literal["satisfied", "basically_satisfied", "dissatisfied", "no_answer"]]
        | None = None,
        method: Sequence[Literal["online", "phone", "on_site"]] | None = None,
        state: Sequence[
            Literal[
                "received",
                "accepted",
                "declined",
                "handed_out",
                "acknowledged",
                "returned",
                "in_progress",
                "waiting",
                "parked",
                "handled",
                "checked",
                "rated",
                "closed",
                "reopened",
            ]
        ]
        | None = None,
        received_from: str | None = None,
        received_to: str | None = None,
        handled_from: str | None = None,
        handled_to: str | None = None,
        closed_from: str | None = None,
        closed_to: str | None = None,
        reopened_from: str | None = None,
        reopened_to: str | None = None,
        rated_from: str | None = None,
        rated_to: str | None = None,
        raised_from: str | None = None,
        raised_to: str | None = None,
        cursor: str | None = None,
        limit: int | None = None,
        count: bool | None = None,
    ) -> bytes:
        """Export a list as CSV, XLSX or GeoJSON."""
        return self._send(
            "GET",
            "/api/v1/exports/requests",
            query={
                "format": format,
                "q": q,
                "open": open,
                "lon": lon,
                "lat": lat,
                "within": within,
                "overdue": overdue,
                "due": due,
                "community": community,
                "grid": grid,
                "unit": unit,
                "contacted": contacted,
                "solved": solved,
                "counted": counted,
                "merged": merged,
                "category": category,
                "topic": topic,
                "kind": kind,
                "channel": channel,
                "rating": rating,
                "method": method,
                "state": state,
                "received_from": received_from,
                "received_to": received_to,
                "handled_from": handled_from,
                "handled_to": handled_to,
                "closed_from": closed_from,
                "closed_to": closed_to,
                "reopened_from": reopened_from,
                "reopened_to": reopened_to,
                "rated_from": rated_from,
                "rated_to": rated_to,
                "raised_from": raised_from,
                "raised_to": raised_to,
                "cursor": cursor,
                "limit": limit,
                "count": count,
            },
        )

    def start_export(self, said: ExportSaid, *, idempotency_key: str | None = None) -> ExportOne:
        """Have a list written into a file in the background."""
        return cast(
            ExportOne,
            self._json("POST", "/api/v1/exports", said=said, headers={"Idempotency-Key": idempotency_key}),
        )

    def list_exports(self) -> ExportList:
        """List one's own exports."""
        return cast(ExportList, self._json("GET", "/api/v1/exports"))

    def read_export(self, export_id: str) -> ExportOne:
        """How far an export is."""
        return cast(ExportOne, self._json("GET", f"/api/v1/exports/{quote(str(export_id), safe='')}"))

    def read_export_file(self, export_id: str) -> bytes:
        """Fetch the file of an export."""
        return self._send("GET", f"/api/v1/exports/{quote(str(export_id), safe='')}/file")

    def cancel_export(
        self, export_id: str, said: NothingSaid, *, idempotency_key: str | None = None
    ) -> ExportOne:
        """Cancel an export, or delete its file."""
        return cast(
            ExportOne,
            self._json(
                "POST",
                f"/api/v1/exports/{quote(str(export_id), safe='')}/cancel",
                said=said,
                headers={"Idempotency-Key": idempotency_key},
            ),
        )

    def look_near(self, said: NearSaid) -> NearBy:
        """Open requests near by that may be about the same."""
        return cast(NearBy, self._json("POST", "/api/v1/nearby", said=said))

    def follow(self, said: FollowSaid) -> FollowMade:
        """Follow a request that was shown near by."""
        return cast(FollowMade, self._json("POST", "/api/v1/follows", said=said))

    def read_follow(self, reference: str, *, key: str | None = None) -> FollowOne:
        """How far it is, for a follower."""
        return cast(
            FollowOne,
            self._json("GET", f"/api/v1/follows/{quote(str(reference), safe='')}", query={"key": key}),
        )

    def unfollow(self, reference: str, said: KeySaid) -> FollowEnded:
        """No longer follow."""
        return cast(
            FollowEnded,
            self._json("POST", f"/api/v1/follows/{quote(str(reference), safe='')}/end", said=said),
        )

    def forget_follower_phone(self, reference: str, said: KeySaid) -> FollowEnded:
        """Follow on without a number."""
        return cast(
            FollowEnded,
            self._json("POST", f"/api/v1/follows/{quote(str(reference), safe='')}/forget-number", said=said),
        )

    def read_public_version(self, reference: str) -> PublicVersion:
        """What others see of a request."""
        return cast(
            PublicVersion, self._json("GET", f"/api/v1/requests/{quote(str(reference), safe='')}/public")
        )

    def guard_passage(
        self, reference: str, said: PassageSaid, *, idempotency_key: str | None = None
    ) -> PublicVersion:
        """Cover a passage, or show one that was covered."""
        return cast(
            PublicVersion,
            self._json(
                "POST",
                f"/api/v1/requests/{quote(str(reference), safe='')}/public/passages",
                said=said,
                headers={"Idempotency-Key": idempotency_key},
            ),
        )

    def blur_photo(
        self, reference: str, photo_id: str, said: BlurSaid, *, idempotency_key: str | None = None
    ) -> PublicCopy:
        """Make a copy of a photo for others."""
        return cast(
            PublicCopy,
            self._json(
                "POST",
                f"/api/v1/requests/{quote(str(reference), safe='')}/photos/{quote(str(photo_id), safe='')}/copies",
                said=said,
                headers={"Idempotency-Key": idempotency_key},
            ),
        )

    def read_public_copy(
        self, reference: str, public_photo_id: str, *, size: Literal["thumb"] | None = None
    ) -> bytes:
        """Read a copy of a photo, released or not."""
        return self._send(
            "GET",
            f"/api/v1/requests/{quote(str(reference), safe='')}/public-photos/{quote(str(public_photo_id), safe='')}",
            query={"size": size},
        )

    def release_public_copy(
        self, reference: str, public_photo_id: str, said: NothingSaid, *, idempotency_key: str | None = None
    ) -> PublicCopy:
        """Let everybody see a copy of a photo."""
        return cast(
            PublicCopy,
            self._json(
                "POST",
                f"/api/v1/requests/{quote(str(reference), safe='')}/public-photos/{quote(str(public_photo_id), safe='')}/release",
                said=said,
                headers={"Idempotency-Key": idempotency_key},
            ),
        )

    def withdraw_public_copy(
        self, reference: str, public_photo_id: str, said: WithdrawSaid, *, idempotency_key: str | None = None
    ) -> PublicVersion:
        """Take a copy of a photo back."""
        return cast(
            PublicVersion,
            self._json(
                "POST",
                f"/api/v1/requests/{quote(str(reference), safe='')}/public-photos/{quote(str(public_photo_id), safe='')}/withdraw",
                said=said,
                headers={"Idempotency-Key": idempotency_key},
            ),
        )

    def hand_out(self, reference: str, said: HandOut, *, idempotency_key: str | None = None) -> RequestOne:
        """Hand out to the unit in charge and those that support it."""
        return cast(
            RequestOne,
            self._json(
                "POST",
                f"/api/v1/requests/{quote(str(reference), safe='')}/hand-out",
                said=said,
                headers={"Idempotency-Key": idempotency_key},
            ),
        )

    def list_candidates(self, reference: str) -> Candidates:
        """Open requests that may be about the same."""
        return cast(
            Candidates, self._json("GET", f"/api/v1/requests/{quote(str(reference), safe='')}/candidates")
        )

    def merge_requests(
        self, reference: str, said: MergeSaid, *, if_match: str, idempotency_key: str | None = None
    ) -> RequestOne:
        """Handle other requests with this one."""
        return cast(
            RequestOne,
            self._json(
                "POST",
                f"/api/v1/requests/{quote(str(reference), safe='')}/merges",
                said=said,
                headers={"If-Match": if_match, "Idempotency-Key": idempotency_key},
            ),
        )

    def list_merges(self, reference: str) -> Merges:
        """What a request was merged with, and when."""
        return cast(Merges, self._json("GET", f"/api/v1/requests/{quote(str(reference), safe='')}/merges"))

    def unmerge_request(
        self, reference: str, said: UnmergeSaid, *, if_match: str, idempotency_key: str | None = None
    ) -> RequestOne:
        """Take a merged request apart again."""
        return cast(
            RequestOne,
            self._json(
                "POST",
                f"/api/v1/requests/{quote(str(reference), safe='')}/unmerge",
                said=said,
                headers={"If-Match": if_match, "Idempotency-Key": idempotency_key},
            ),
        )

    def count_followers(self, reference: str) -> Followers:
        """How many people follow a request."""
        return cast(
            Followers, self._json("GET", f"/api/v1/requests/{quote(str(reference), safe='')}/followers")
        )

    def list_orders(
        self,
        *,
        part: Literal["lead", "support"] | None = None,
        cursor: str | None = None,
        limit: int | None = None,
    ) -> OrderPage:
        """List what the token's unit has in hand."""
        return cast(
            OrderPage,
            self._json("GET", "/api/v1/orders", query={"part": part, "cursor": cursor, "limit": limit}),
        )

    def read_order(self, order_id: str) -> OrderOne:
        """Read an order."""
        return cast(OrderOne, self._json("GET", f"/api/v1/orders/{quote(str(order_id), safe='')}"))

    def read_order_photo(
        self, order_id: str, photo_id: str, *, size: Literal["thumb"] | None = None
    ) -> bytes:
        """Read a photo of an order."""
        return self._send(
            "GET",
            f"/api/v1/orders/{quote(str(order_id), safe='')}/photos/{quote(str(photo_id), safe='')}",
            query={"size": size},
        )

    def take_order_step(
        self,
        order_id: str,
        step: Literal["acknowledge", "return", "report", "cancel"],
        said: OrderStepSaid,
        *,
        if_match: str,
        idempotency_key: str | None = None,
        photos: Sequence[bytes] = (),
    ) -> OrderRow:
        """Acknowledge, return, report or cancel a supporting order."""
        return cast(
            OrderRow,
            self._json(
                "POST",
                f"/api/v1/orders/{quote(str(order_id), safe='')}/steps/{quote(str(step), safe='')}",
                said=said,
                files={"photos": photos},
                headers={"If-Match": if_match, "Idempotency-Key": idempotency_key},
            ),
        )

    def list_outside_links(
        self,
        *,
        state: Literal["answered", "failed", "opened", "ready", "sent"] | None = None,
        cursor: str | None = None,
        limit: int | None = None,
    ) -> OutsideLinkPage:
        """List what went outside."""
        return cast(
            OutsideLinkPage,
            self._json(
                "GET", "/api/v1/outside-links", query={"state": state, "cursor": cursor, "limit": limit}
            ),
        )

    def read_outside_link(self, outside_link_id: str) -> OutsideLinkOne:
        """Read a link and its address."""
        return cast(
            OutsideLinkOne, self._json("GET", f"/api/v1/outside-links/{quote(str(outside_link_id), safe='')}")
        )

    def make_outside_link(
        self, reference: str, said: OutsideLinkSaid, *, idempotency_key: str | None = None
    ) -> OutsideLinkOne:
        """Give an order to somebody without an account."""
        return cast(
            OutsideLinkOne,
            self._json(
                "POST",
                f"/api/v1/requests/{quote(str(reference), safe='')}/outside-links",
                said=said,
                headers={"Idempotency-Key": idempotency_key},
            ),
        )

    def take_outside_link_step(
        self,
        outside_link_id: str,
        step: Literal["sent", "renew", "withdraw"],
        said: NothingSaid,
        *,
        if_match: str,
        idempotency_key: str | None = None,
    ) -> OutsideLinkOne:
        """Sent by hand, made anew, or withdrawn."""
        return cast(
            OutsideLinkOne,
            self._json(
                "POST",
                f"/api/v1/outside-links/{quote(str(outside_link_id), safe='')}/steps/{quote(str(step), safe='')}",
                said=said,
                headers={"If-Match": if_match, "Idempotency-Key": idempotency_key},
            ),
        )

    def list_categories(self, *, street: str | None = None) -> Categories:
        """List the categories and kinds of requests."""
        return cast(Categories, self._json("GET", "/api/v1/categories", query={"street": street}))

    def list_units(self, *, street: str | None = None) -> Units:
        """List communities, grids, departments and partner units."""
        return cast(Units, self._json("GET", "/api/v1/units", query={"street": street}))

    def list_limits(self) -> Limits:
        """List the limits in force."""
        return cast(Limits, self._json("GET", "/api/v1/limits"))

    def list_steps(self) -> Tables:
        """The step tables."""
        return cast(Tables, self._json("GET", "/api/v1/steps"))

    def list_similar_rules(self) -> SimilarRules:
        """By which numbers requests count as similar."""
        return cast(SimilarRules, self._json("GET", "/api/v1/similar-rules"))

    def set_similar_rule(
        self, said: SimilarRuleSaid, *, if_match: str, idempotency_key: str | None = None
    ) -> SimilarRules:
        """Set by which numbers requests count as similar."""
        return cast(
            SimilarRules,
            self._json(
                "POST",
                "/api/v1/similar-rules",
                said=said,
                headers={"If-Match": if_match, "Idempotency-Key": idempotency_key},
            ),
        )

    def list_similar_settings(
        self, *, cursor: str | None = None, limit: int | None = None
    ) -> SimilarSettings:
        """What was set, by whom and why."""
        return cast(
            SimilarSettings,
            self._json("GET", "/api/v1/similar-rules/history", query={"cursor": cursor, "limit": limit}),
        )

    def list_topics(self, *, show: Literal["ended", "mine", "open", "proposed"] | None = None) -> Topics:
        """List what recurs."""
        return cast(Topics, self._json("GET", "/api/v1/topics", query={"show": show}))

    def read_topic(self, topic_id: str) -> TopicOne:
        """Read one topic."""
        return cast(TopicOne, self._json("GET", f"/api/v1/topics/{quote(str(topic_id), safe='')}"))

    def take_topic_step(
        self,
        topic_id: str,
        step: Literal["open", "dismiss", "hand_over", "take_measure", "close", "reopen"],
        said: TopicStepSaid,
        *,
        if_match: str,
        idempotency_key: str | None = None,
    ) -> TopicOne:
        """Lead a topic one step on."""
        return cast(
            TopicOne,
            self._json(
                "POST",
                f"/api/v1/topics/{quote(str(topic_id), safe='')}/steps/{quote(str(step), safe='')}",
                said=said,
                headers={"If-Match": if_match, "Idempotency-Key": idempotency_key},
            ),
        )

    def change_topic_requests(
        self, topic_id: str, said: TopicRequestSaid, *, idempotency_key: str | None = None
    ) -> TopicOne:
        """Put a request into a topic, or take it out."""
        return cast(
            TopicOne,
            self._json(
                "POST",
                f"/api/v1/topics/{quote(str(topic_id), safe='')}/requests",
                said=said,
                headers={"Idempotency-Key": idempotency_key},
            ),
        )

    def list_topic_owners(self) -> Owners:
        """List who may own a topic."""
        return cast(Owners, self._json("GET", "/api/v1/topic-owners"))
