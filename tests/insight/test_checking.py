"""What must hold is found when it does not: each invariant is broken once, by hand, as the database's owner could."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction

from baiying.cases import services as cases
from baiying.cases import steps
from baiying.cases.models import Case, Photo
from baiying.cases.services import StepData
from baiying.command.verify import verify
from baiying.command.worker_rounds import ROUNDS, Rounds
from baiying.dispatch.models import Clock, Order
from baiying.insight.checking import SENTENCES, Finding, check, invariants
from baiying.insight.models import Flow
from baiying.journal.models import Entry
from baiying.kit.ids import uuid7
from baiying.org.rules import Scope, acting
from tests.cast import Cast, a_photo

Break = Callable[[Cast, Case], object]


def test_a_street_in_which_everything_happened_holds(cast: Cast) -> None:
    for state in steps.NUMBER:
        case = cast.lead(cast.case(photos=[a_photo()]), state)
        if state not in steps.ENDED:
            cases.add_photos(cast.dispatch_clerk_zhang, case_id=case.id, pictures=[a_photo("red")])
            cases.add_note(cast.dispatch_clerk_zhang, case_id=case.id, text="看过了", is_public=True)
            changes = cases.Correction(grid_id=cast.units["e2"].id)
            cases.correct(
                cast.dispatch_clerk_zhang,
                case_id=case.id,
                version=cast.read(case.id).version,
                changes=changes,
            )
    Rounds(ROUNDS).make()
    asked = cast.lead(cast.case(), steps.WAITING)
    confirmed = cases.Correction(is_urgent=False)
    cases.correct(cast.dispatch_clerk_zhang, case_id=asked.id, version=asked.version, changes=confirmed)
    assert verify([cast.tenant, cast.other_tenant]) == []


def test_every_check_has_its_sentence() -> None:
    assert set(SENTENCES) == {
        *invariants(),
        "figures",
        "seals",
        "reference",
        "photo_files",
        "clock_limit",
        "clock_feedback",
    }


def set_case(**values: object) -> Break:
    return lambda cast, case: Case.objects.filter(id=case.id).update(**values)


def lose_file(cast: Cast, case: Case) -> None:
    photo = Photo.objects.get(case=case)
    (Path(settings.MEDIA_ROOT) / f"{photo.stored_as}.thumb.jpg").unlink()


def add_entry(cast: Cast, case: Case, **more: object) -> None:
    Entry.objects.create(
        **{
            "id": uuid7(), "tenant_id": cast.tenant.id, "at": case.received_at, "event": "cases.noted",
            "subject_kind": "case", "subject_id": str(case.id), "actor_kind": "system",
        } | more
    )  # fmt: skip


BREAKS: tuple[tuple[Break, set[str]], ...] = (
    (set_case(checked_at=None), {"state_and_times"}),
    (set_case(state="lost"), {"state_and_times", "last_word", "figures", "clock_state"}),
    (set_case(photo_count=7), {"photo_count"}),
    (set_case(community_id=None), {"place", "figures", "clock"}),
    (lambda cast, case: Clock.objects.get_queryset().update(next_at=None), {"clock"}),
    (lambda cast, case: Clock.objects.get_queryset().update(what="accept"), {"clock_state", "clock_limit"}),
    (lambda cast, case: Clock.objects.get_queryset().update(limit_value=4), {"clock_limit"}),
    (set_case(reference="9001-100001-0"), {"reference"}),
    (
        lambda cast, case: Order.objects.filter(subject_id=case.id).update(state="acknowledged"),
        {"state_and_order"},
    ),
    (
        lambda cast, case: Flow.objects.filter(grain="grid").update(handled=9),
        {"figures"},
    ),
    (
        lambda cast, case: add_entry(cast, case, event="cases.parked", to_state="checked"),
        {"journal_and_timeline"},
    ),
    (lambda cast, case: add_entry(cast, case, to_state="parked"), {"last_word"}),
    (
        lambda cast, case: add_entry(cast, case, event="cases.received"),
        {"receipt", "journal_and_timeline"},
    ),
    (lambda cast, case: add_entry(cast, case, subject_id=str(uuid7())), {"journal_orphans"}),
    (lambda cast, case: Photo.objects.filter(case=case).update(purpose="report"), {"proof"}),
    (lose_file, {"photo_files"}),  # the last: a file does not come back with the transaction
)


def test_what_does_not_hold_is_found(cast: Cast) -> None:
    case = cast.lead(cast.case(), steps.IN_PROGRESS)
    done = StepData(text="已修好。", outcome="solved", photos=[a_photo()])
    cases.take_step(cast.department_handler_sun, case_id=case.id, step="handle", data=done)
    cases.take_step(cast.checker_qian, case_id=case.id, step="check")
    Rounds(ROUNDS).make()
    assert check(cast.tenant) == []
    for break_it, expected in BREAKS:
        with acting(Scope(cast.tenant.id, "street")):
            break_it(cast, case)
            assert {finding.check for finding in check(cast.tenant)} == expected
            transaction.set_rollback(True)


def test_a_limit_that_differs_from_its_clock_is_found(cast: Cast) -> None:
    case = cast.lead(cast.case(), steps.IN_PROGRESS)
    Rounds(ROUNDS).make()
    assert check(cast.tenant) == []
    with acting(Scope(cast.tenant.id, "street")):
        Clock.objects.get_queryset().filter(subject_id=case.id).update(due_at=case.due_at + timedelta(days=1))
    assert [(f.check, f.subject) for f in check(cast.tenant)] == [("clock", case.reference)]


def test_a_changed_journal_is_found(cast: Cast) -> None:
    case = cast.case()
    Rounds(ROUNDS).make()
    with acting(Scope(cast.tenant.id, "street")), connection.cursor() as cursor:
        cursor.execute("UPDATE journal_entry SET batch_id = batch_id + 0")  # all that the service may touch
    assert check(cast.tenant) == []
    with acting(Scope(cast.tenant.id, "street")):
        batch = Entry.objects.filter(tenant_id=cast.tenant.id, batch_id__isnull=False).first()
        assert batch is not None
        add_entry(cast, case, batch_id=batch.batch_id)
    found = check(cast.tenant)
    assert [f.check for f in found] == ["seals"]
    assert found[0] == Finding("seals", cast.tenant.code, "journal", found[0].detail)
