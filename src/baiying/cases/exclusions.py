"""Explained, not counted (解释不计入): one proposes, another at the street decides, the resident may appeal.

A case that is not counted stays what it is; only its answer leaves the rates, and the share of such cases stands beside
every rate. While an appeal waits the answer counts again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from baiying.cases import rules, steps
from baiying.cases.closure import is_valid
from baiying.cases.facts import facts_of
from baiying.cases.lines import tell, write_line
from baiying.cases.models import Case, Exclusion
from baiying.cases.reference import rows
from baiying.cases.wording import uncounted_name
from baiying.kit import clock
from baiying.kit import text as kit_text
from baiying.kit.ids import uuid7
from baiying.kit.refusals import Conflict, Denied, Invalid, NotFound
from baiying.kit.versions import not_overtaken
from baiying.org.rules import PERMISSIONS, Actor, acting, demand

MOST_WORDS: Final = 1_000
IN_FORCE: Final = (Exclusion.State.AGREED, Exclusion.State.UPHELD)
OPEN: Final = (Exclusion.State.PROPOSED, Exclusion.State.APPEALED)
PROPOSABLE: Final = frozenset({steps.HANDLED, steps.CHECKED, steps.RATED, steps.CLOSED})


@dataclass(frozen=True, slots=True)
class Waiting:
    """A review with its case. `is_own`: this person has had part in it and may not decide."""

    exclusion: Exclusion
    case: Case
    is_own: bool


def classes() -> list[tuple[str, str]]:
    """(code, name in the reader's language) of the published classes in force."""
    today = clock.today()
    return [(r["code"], uncounted_name(r["code"])) for r in rows("uncounted") if is_valid(r, today)]


def propose(by: Actor, *, case_id: UUID, class_code: str, text: str) -> Exclusion:
    """Propose that a handled case be explained and not counted."""
    with acting(by.scope):
        case = _locked(by, case_id)
        demand(by, rules.EXCLUDE, case)
        if by.account_id is None:
            raise _needs_somebody_else()
        if class_code not in {code for code, _name in classes()}:
            raise Invalid(
                field="class_code",
                problem=_("请从公布的类别里选一个。"),
                remedy=_("没有合适的，就不能不计入。"),
            )
        words = _words(text, "text")
        if case.state not in PROPOSABLE:
            raise Conflict(
                field="state",
                problem=_("这件还没有办结，不能提请不计入。"),
                remedy=_("办结并答复居民以后再提请。"),
            )
        if of_case(case) is not None:
            raise Conflict(
                field="state", problem=_("这件已经提请过了。"), remedy=_("请看诉求页面上的审定情况。")
            )
        row = Exclusion.objects.create(
            id=uuid7(), tenant_id=case.tenant_id, case_id=case.id, community_id=case.community_id,
            class_code=class_code, text=words, proposed_by=by.account_id, proposed_name=by.name,
            proposed_at=clock.now(),
        )  # fmt: skip
        write_line(by, case, "propose_exclusion", "", {"class": class_code, "inner": words}, is_public=False)
        tell(by, case, "cases.exclusion_proposed", case.state, None, {"class": class_code})
        return row


def decide(
    by: Actor, *, exclusion_id: UUID, agrees: bool, text: str, version: int | None = None
) -> Exclusion:
    """The second person decides; after an appeal somebody who has had no part in it yet."""
    with acting(by.scope):
        row = _open(by, exclusion_id, version)
        case = _locked(by, row.case_id)
        demand(by, rules.DECIDE_EXCLUSION, case)
        if by.scope.level != "street":
            declared = PERMISSIONS[rules.DECIDE_EXCLUSION]
            raise Denied(permission=declared.name, sentence=declared.sentence, unit=by.unit_said or by.name)
        if by.account_id is None or by.account_id in _had_part(row):
            raise _needs_somebody_else()
        words, before = _words(text, "text"), facts_of(case)
        signed = (by.account_id, by.name, clock.now(), words)
        was_appealed = row.state == Exclusion.State.APPEALED
        if was_appealed:
            row.reviewed_by, row.reviewed_name, row.reviewed_at, row.review = signed
            row.state = Exclusion.State.UPHELD if agrees else Exclusion.State.REFUSED
        else:
            row.decided_by, row.decided_name, row.decided_at, row.decision = signed
            row.state = Exclusion.State.AGREED if agrees else Exclusion.State.REFUSED
        row.save()
        _count(case, not agrees)
        said = {"class": row.class_code, "agreed": agrees, "appealed": was_appealed}
        write_line(by, case, "exclude", words if agrees or was_appealed else "", said, is_public=True)
        tell(by, case, "cases.excluded", case.state, before, said)
        return row


def appeal(by: Actor, *, case_id: UUID, text: str) -> Exclusion:
    """The reporter does not agree: the answer counts again until somebody else has looked at it. Once."""
    with acting(by.scope):
        case = _locked(by, case_id)
        row: Exclusion | None = (
            Exclusion.objects.within(by.scope).select_for_update(of=("self",))
            .filter(case_id=case.id, state=Exclusion.State.AGREED).first()
        )  # fmt: skip
        if by.kind != "reporter" or row is None:
            raise Conflict(
                field="state",
                problem=_("这件现在没有可以复核的决定。"),
                remedy=_("还有疑问，请打电话给街道。"),
            )
        words, before = _words(text, "text"), facts_of(case)
        row.state, row.appeal, row.appealed_at = Exclusion.State.APPEALED, words, clock.now()
        row.save(update_fields=["state", "appeal", "appealed_at"])
        _count(case, True)
        write_line(by, case, "appeal", words, {}, is_public=True)
        tell(by, case, "cases.exclusion_appealed", case.state, before)
        return row


def of_case(case: Case) -> Exclusion | None:
    """What was proposed or decided for a case that the caller has read within scope; what was refused is past."""
    rows_ = Exclusion.objects.filter(tenant_id=case.tenant_id, case_id=case.id)
    found: Exclusion | None = rows_.exclude(state=Exclusion.State.REFUSED).first()
    return found


def waiting(by: Actor) -> list[Waiting]:
    """Reviews that wait for a decision, the longest first."""
    return _with_cases(by, Exclusion.objects.within(by.scope).filter(state__in=OPEN).order_by("proposed_at"))


def decided(by: Actor, most: int = 30) -> list[Waiting]:
    """What was decided lately."""
    rows_ = Exclusion.objects.within(by.scope).exclude(state__in=OPEN).order_by("-proposed_at")[:most]
    return _with_cases(by, rows_)


def waiting_by_id(by: Actor, exclusion_id: UUID) -> Waiting:
    """One review with its case. Raises NotFound."""
    found = _with_cases(by, Exclusion.objects.within(by.scope).filter(id=exclusion_id))
    if not found:
        raise NotFound(problem=_("没有这项提请。"), remedy=_("请从列表里选一项。"))
    return found[0]


def _with_cases(by: Actor, rows_: Any) -> list[Waiting]:
    held = list(rows_)
    cases = Case.objects.within(by.scope).defer("search").in_bulk([row.case_id for row in held])
    return [Waiting(r, cases[r.case_id], by.account_id in _had_part(r)) for r in held if r.case_id in cases]


def _had_part(row: Exclusion) -> set[int]:
    return {account for account in (row.proposed_by, row.decided_by) if account is not None}


def _count(case: Case, does_count: bool) -> None:
    case.is_not_counted = not does_count
    case.version += 1
    case.updated_at = clock.now()
    case.save(update_fields=["is_not_counted", "version", "updated_at"])


def _words(text: str, field: str) -> str:
    words = kit_text.clean(text).strip()
    if not words or len(words) > MOST_WORDS:
        raise Invalid(
            field=field, problem=_("没有写理由，或者写得太长。"), remedy=_("请写清楚理由，一千字以内。")
        )
    return words


def _needs_somebody_else() -> Conflict:
    return Conflict(
        field="decider",
        problem=_("提请和审定不能是同一个人；复核也要换没有参与过的人。"),
        remedy=_("请另一位同志来审定。"),
    )


def _open(by: Actor, exclusion_id: UUID, version: int | None) -> Exclusion:
    found = Exclusion.objects.within(by.scope).select_for_update(of=("self",)).filter(id=exclusion_id)
    row: Exclusion | None = found.first()
    if row is None:
        raise NotFound(problem=_("没有这项提请。"), remedy=_("请从列表里选一项。"))
    not_overtaken(row, version, state=row.state)
    if row.state not in OPEN:
        raise Conflict(field="state", problem=_("这项已经审定过了。"), remedy=_("请看诉求页面上的审定情况。"))
    return row


def _locked(by: Actor, case_id: UUID) -> Case:
    found = Case.objects.within(by.scope).select_for_update(of=("self",)).filter(id=case_id)
    case: Case | None = found.first()
    if case is None:
        raise NotFound(problem=_("没有这件诉求，或它不在您的范围内。"), remedy=_("请核对编号。"))
    return case
