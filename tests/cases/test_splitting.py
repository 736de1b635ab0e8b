"""Cases split into parts, several levels deep: counted once, ended together, told as one story."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from baiying.cases import parts, splitting, steps
from baiying.cases.filters import CaseFilter
from baiying.cases.models import Case, Split
from baiying.cases.services import StepData, take_step
from baiying.dispatch.models import Order
from baiying.doors.shared import case_counts
from baiying.insight import checking
from baiying.insight import queries as figures
from baiying.kit import ids
from baiying.kit.refusals import Conflict, Denied, Invalid
from baiying.org.rules import Scope, acting
from tests.cast import Cast

pytestmark = pytest.mark.django_db


def split(cast: Cast, case: Case, text: str = "换路灯", **more: object) -> Case:
    part = splitting.Part(text=text, **more)  # type: ignore[arg-type]
    return splitting.split(cast.dispatch_clerk_zhang, case_id=case.id, part=part)


def through(cast: Cast, case: Case) -> Case:
    """A part handed to dept-enforcement, done and checked."""
    for person, step in [
        ("department_handler_sun", "acknowledge"), ("department_handler_sun", "handle"), ("checker_qian", "check"),
    ]:  # fmt: skip
        take_step(getattr(cast, person), case_id=case.id, step=step, data=cast.data_for(step))
    return cast.read(case.id)


def to_rated(cast: Cast, case: Case) -> None:
    for person, step in [
        ("department_handler_sun", "handle"), ("checker_qian", "check"), ("dispatch_clerk_zhang", "rate"),
    ]:  # fmt: skip
        take_step(getattr(cast, person), case_id=case.id, step=step, data=cast.data_for(step))


def test_a_part_is_a_case_of_its_own(cast: Cast) -> None:
    whole = cast.lead(cast.case(name="王先生", phone="13805330000"), steps.IN_PROGRESS)
    part = split(
        cast, whole, category="neighbour-dispute", area_id=cast.units["e2"].id,
        unit_id=cast.units["dept-enforcement"].id,
    )  # fmt: skip
    assert (part.state, part.channel, part.grid_id, part.lon) == (
        "handed_out",
        "split",
        cast.units["e2"].id,
        None,
    )
    assert ids.parse_reference(part.reference) == part.reference
    assert (part.promised_by, part.due_at) == (whole.promised_by, whole.due_at)
    with acting(Scope(cast.tenant.id, "street")):
        link = Split.objects.get(case_id=part.id)
        assert (link.parent_id, link.depth) == (whole.id, 1)
        assert not Case.objects.filter(contact__case_id=part.id).exists()
    assert [p.reference for p in parts.parts_of(whole)] == [part.reference]


def test_three_levels_and_no_deeper(cast: Cast) -> None:
    case = cast.lead(cast.case(), steps.IN_PROGRESS)
    for _level in range(3):
        case = split(cast, case)
    with pytest.raises(Conflict) as refused, transaction.atomic():
        split(cast, case)
    assert refused.value.field == "depth"
    with (
        pytest.raises(IntegrityError, match="split_not_of_itself"),
        acting(Scope(cast.tenant.id, "street")),
    ):
        Split.objects.filter(case_id=case.id).update(parent_id=case.id)


@pytest.mark.parametrize("state", [steps.RECEIVED, steps.HANDLED, steps.CLOSED, steps.DECLINED])
def test_only_what_is_being_worked_on_is_split(cast: Cast, state: str) -> None:
    case = cast.lead(cast.case(), state)
    with pytest.raises(Conflict), transaction.atomic():
        split(cast, case)


def test_wrong_words_places_and_people_are_named(cast: Cast) -> None:
    case = cast.lead(cast.case(), steps.IN_PROGRESS)
    for more, field in (
        ({"text": " "}, "text"), ({"category": "no-such"}, "category"),
        ({"area_id": cast.units["dept-municipal"].id}, "area"), ({"unit_id": 0}, "unit"),
    ):  # fmt: skip
        with pytest.raises(Invalid) as refused, transaction.atomic():
            split(cast, case, **more)
        assert refused.value.field == field
    with pytest.raises(Denied), transaction.atomic():
        splitting.split(cast.department_handler_sun, case_id=case.id, part=splitting.Part(text="x"))
    assert parts.parts_of(case) == []


def test_parts_are_not_counted_as_requests(cast: Cast) -> None:
    street = Scope(cast.tenant.id, "street")
    whole = cast.lead(cast.case(), steps.IN_PROGRESS)
    with acting(street):
        before = figures.stock(street)
    part = through(cast, split(cast, whole, unit_id=cast.units["dept-enforcement"].id))
    split(cast, whole)
    with acting(street):
        assert figures.stock(street) == before
        assert case_counts.count_exactly(street, CaseFilter(is_open=True)) == 1
        assert [c.id for c in case_counts.rows_of(street, CaseFilter())] == [whole.id]
        assert case_counts.count_exactly(street, CaseFilter(channels=("split",))) == 2
    assert (part.state, part.rating) == (steps.RATED, "no_answer")  # nobody is called back
    wrong = [f for f in checking.check(cast.tenant) if f.check != "photo_files"]
    assert wrong == []


def test_the_whole_closes_when_its_parts_are_done_and_they_with_it(cast: Cast) -> None:
    whole = cast.lead(cast.case(), steps.IN_PROGRESS)
    part = through(cast, split(cast, whole, unit_id=cast.units["dept-enforcement"].id))
    to_rated(cast, whole)
    take_step(cast.dispatch_clerk_zhang, case_id=whole.id, step="close", data=cast.data_for("close"))
    assert (cast.read(whole.id).state, cast.read(part.id).state, cast.read(part.id).outcome) == (
        "closed", "closed", "solved",
    )  # fmt: skip


def test_open_parts_hold_the_whole_unless_somebody_says_why(cast: Cast) -> None:
    whole = cast.lead(cast.case(), steps.IN_PROGRESS)
    part = split(cast, whole, unit_id=cast.units["dept-municipal"].id)
    below = split(cast, part)
    to_rated(cast, whole)
    with pytest.raises(Conflict) as refused, transaction.atomic():
        take_step(cast.dispatch_clerk_zhang, case_id=whole.id, step="close", data=cast.data_for("close"))
    assert refused.value.field == "without_parts" and part.reference in str(refused.value.problem)
    data = StepData(outcome="solved", without_parts="居民说剩下的自己处理")
    take_step(cast.dispatch_clerk_zhang, case_id=whole.id, step="close", data=data)
    states = [cast.read(c.id).state for c in (whole, part, below)]
    assert states == ["closed", "closed", "closed"]
    with acting(Scope(cast.tenant.id, "street")):
        assert Order.objects.get(subject_id=part.id).state == "recalled"
    assert [f for f in checking.check(cast.tenant) if f.check != "photo_files"] == []


def test_the_reporter_reads_one_story(cast: Cast) -> None:
    whole = cast.lead(cast.case(), steps.IN_PROGRESS)
    split(
        cast,
        whole,
        text="内部要求不给居民看",
        category="neighbour-dispute",
        unit_id=cast.units["dept-municipal"].id,
    )
    with acting(Scope(cast.tenant.id, "case", case=whole.id)):
        told = [(part.category.code, line.step) for part, line in parts.story_of(whole)]
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('app.level')")
            assert cursor.fetchone() == ("case",)  # the reader's own scope is back
    assert told == [("neighbour-dispute", "hand_out")]


def test_split_on_the_page(cast: Cast) -> None:
    whole = cast.lead(cast.case(), steps.IN_PROGRESS)
    client, page = cast.client("dispatch_clerk_zhang"), reverse("desk_case", args=[whole.reference])
    address = reverse("desk_case_split", args=[whole.reference])
    closed = client.get(page).content.decode()
    assert f"{page}?open=split" in closed and 'id="split-form"' not in closed
    assert 'id="split-form"' in client.get(page + "?open=split").content.decode()
    client.post(address, {"text": "", "place": "三号楼东头"})
    assert "三号楼东头" in client.get(page).content.decode()  # what was typed is still there
    assert (
        client.post(address, {"text": "修井盖", "unit": cast.units["dept-municipal"].id}).status_code == 302
    )
    part = parts.parts_of(whole)[0]
    assert part.reference in client.get(page).content.decode()
    below = client.get(reverse("desk_case", args=[part.reference])).content.decode()
    assert whole.reference in below
    lists = reverse("desk_cases")
    assert part.reference not in client.get(lists).content.decode()
    assert part.reference in client.get(lists + "?channel=split&open=yes").content.decode()
