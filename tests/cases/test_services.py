"""Writes to a case beside its steps: notes, photos, corrections, who may see the telephone number."""

from __future__ import annotations

import pytest
from django.db import transaction

from baiying.cases import queries, services, steps
from baiying.cases.facts import facts_of
from baiying.cases.models import Case, Line
from baiying.cases.photos import path_of
from baiying.cases.said import Correction
from baiying.dispatch.models import Order
from baiying.journal.models import Entry
from baiying.kit.refusals import Conflict, Denied, Invalid, NotFound
from baiying.org.rules import Scope, acting
from tests.cast import WAYS, Cast, a_photo


def last_line(cast: Cast, case: Case) -> Line:
    with acting(Scope(cast.tenant.id, "street")):
        return Line.objects.filter(case_id=case.id).latest("id")


def entries(cast: Cast, case: Case) -> list[Entry]:
    with acting(Scope(cast.tenant.id, "street")):
        return list(Entry.objects.filter(subject_id=str(case.id)).order_by("id"))


@pytest.mark.parametrize("state", list(steps.NUMBER))
def test_cast_leads_a_case_to_every_state(cast: Cast, state: str) -> None:
    assert set(WAYS) == set(steps.NUMBER)
    assert cast.lead(cast.case(), state).state == state


def test_note_inside_is_not_for_the_reporter(cast: Cast) -> None:
    case = cast.case()
    services.add_note(cast.community_clerk_liu, case_id=case.id, text="先打电话", is_public=False)
    services.add_note(cast.community_clerk_liu, case_id=case.id, text="下午三点到", is_public=True)
    with acting(cast.reporter_of(case).scope):
        told = queries.lines_of(case, public_only=True)
    assert [line.text for line in told] == ["", "下午三点到"]
    assert [e.event for e in entries(cast, case)] == ["cases.received", "cases.noted", "cases.noted"]
    assert all(e.after is None for e in entries(cast, case)[1:])


@pytest.mark.parametrize("words", ["", " \n", "字" * 4001])
def test_note_needs_words_and_not_too_many(cast: Cast, words: str) -> None:
    case = cast.case()
    with pytest.raises(Invalid) as refused, transaction.atomic():
        services.add_note(cast.community_clerk_liu, case_id=case.id, text=words, is_public=False)
    assert refused.value.field == "text"
    assert len(entries(cast, case)) == 1


def test_photos_are_kept_until_the_case_is_closed(cast: Cast) -> None:
    case = cast.case()
    services.add_photos(cast.reporter_of(case), case_id=case.id, pictures=[a_photo(), a_photo("red")])
    case = cast.read(case.id)
    assert (case.photo_count, case.version) == (2, 1)
    assert last_line(cast, case).data == {"count": 2}
    stored = stored_pictures(cast, case)
    assert len(stored) == 4
    assert all(content.startswith(b"\xff\xd8\xff") for content in stored)
    closed = cast.lead(cast.case(), steps.CLOSED)
    with pytest.raises(Conflict), transaction.atomic():
        services.add_photos(cast.reporter_of(closed), case_id=closed.id, pictures=[a_photo()])


def stored_pictures(cast: Cast, case: Case) -> list[bytes]:
    with acting(Scope(cast.tenant.id, "street")):
        return [
            path_of(photo, thumb=thumb).read_bytes() for photo in case.photos.all() for thumb in (False, True)
        ]


def test_contact_is_shown_to_whoever_may_and_that_is_recorded(cast: Cast) -> None:
    case = cast.case(name="王大妈", phone="138 0000 1234")
    contact = services.reveal_contact(cast.grid_worker_li, case_id=case.id)
    assert (contact.name, contact.phone) == ("王大妈", "13800001234")
    last = entries(cast, case)[-1]
    assert (last.event, last.actor_name, last.before, last.after, last.data) == (
        "cases.contact_read", "李强", None, None, {},
    )  # fmt: skip
    with pytest.raises(Denied), transaction.atomic():
        services.reveal_contact(cast.leader_zhou, case_id=case.id)
    with pytest.raises(NotFound), transaction.atomic():
        services.reveal_contact(cast.grid_worker_lu, case_id=case.id)
    with pytest.raises(NotFound) as none, transaction.atomic():
        services.reveal_contact(cast.grid_worker_li, case_id=cast.case().id)
    assert none.value.field == "contact"
    assert len(entries(cast, case)) == 2


def test_contact_card_hides_unless_told(cast: Cast) -> None:
    case = cast.case(name="欧阳大妈", phone="13800001234")
    with acting(cast.grid_worker_li.scope):
        masked, clear = queries.contact_card(case, in_clear=False), queries.contact_card(case, in_clear=True)
    assert masked is not None
    assert clear is not None
    assert (masked.name, masked.phone, masked.is_masked) == ("欧**", "138****1234", True)
    assert (clear.name, clear.phone, clear.is_masked) == ("欧阳大妈", "13800001234", False)


def test_correcting_category_moves_the_limit_and_is_counted_anew(cast: Cast) -> None:
    case = cast.case()
    before = facts_of(case)
    done = services.correct(
        cast.dispatch_clerk_zhang, case_id=case.id, version=0, changes=Correction(category="manhole-cover")
    )
    assert (done.category.code, done.version) == ("manhole-cover", 1)
    assert done.due_at < case.due_at
    assert done.promised_by == case.promised_by
    changes = last_line(cast, case).data["changes"]
    assert changes["category"] == ["street-light-out", "manhole-cover"]
    entry = entries(cast, case)[-1]
    assert (entry.event, entry.before, entry.after) == (
        "cases.corrected",
        before,
        facts_of(cast.read(case.id)),
    )


def test_correcting_nothing_is_refused(cast: Cast) -> None:
    case = cast.case()
    with pytest.raises(Invalid), transaction.atomic():
        services.correct(cast.dispatch_clerk_zhang, case_id=case.id, version=0, changes=Correction())
    with pytest.raises(Conflict) as stale, transaction.atomic():
        services.correct(
            cast.dispatch_clerk_zhang, case_id=case.id, version=7, changes=Correction(place="东门")
        )
    assert stale.value.field == "version"
    assert cast.read(case.id).version == 0


def test_correcting_the_place_takes_orders_along(cast: Cast) -> None:
    case = cast.lead(cast.case(), steps.HANDED_OUT)
    lon, lat = cast.in_grid("w1")
    changes = Correction(lon=lon, lat=lat)
    done = services.correct(cast.dispatch_clerk_zhang, case_id=case.id, version=case.version, changes=changes)
    assert (done.community_id, done.grid_id) == (cast.units["west"].id, cast.units["w1"].id)
    with acting(cast.community_head_chen.scope):
        order = Order.objects.get(subject_id=case.id)
    assert (order.community_id, order.grid_id) == (done.community_id, done.grid_id)
    services.take_step(cast.community_head_chen, case_id=case.id, step="recall", data=cast.data_for("recall"))
    with pytest.raises(NotFound), transaction.atomic():
        services.take_step(cast.community_head_wang, case_id=case.id, step="accept")


def test_a_case_is_not_moved_out_of_the_hands_that_hold_it(cast: Cast) -> None:
    case = cast.lead(cast.case(), steps.ACCEPTED)
    data = services.StepData(unit_id=cast.units["e1"].id)
    case = services.take_step(cast.dispatch_clerk_zhang, case_id=case.id, step="hand_out", data=data)
    lon, lat = cast.in_grid("e2")
    with pytest.raises(Conflict) as refused, transaction.atomic():
        services.correct(
            cast.dispatch_clerk_zhang,
            case_id=case.id,
            version=case.version,
            changes=Correction(lon=lon, lat=lat),
        )
    assert refused.value.field == "place"
    assert cast.read(case.id).grid_id == cast.units["e1"].id


def test_nobody_corrects_a_case_out_of_their_own_area(cast: Cast) -> None:
    case = cast.case()
    for changes in (
        Correction(grid_id=cast.units["w1"].id),
        Correction(community_id=cast.units["west"].id),
        Correction(lon=cast.in_grid("w2")[0], lat=cast.in_grid("w2")[1]),
        Correction(lon=118.2, lat=36.9),
    ):
        with pytest.raises(Denied) as refused, transaction.atomic():
            services.correct(cast.community_head_wang, case_id=case.id, version=0, changes=changes)
        assert (refused.value.unit, refused.value.field) == ("东风社区", "place")
    assert cast.read(case.id).version == 0
    assert len(entries(cast, case)) == 1


def test_near_by_measures_and_keeps_to_the_scope(cast: Cast) -> None:
    lon, lat = cast.in_grid("e1")
    here = cast.case(at=(lon, lat))
    close = cast.case(at=(lon + 0.001, lat))  # some 89 m
    cast.case(at=(lon + 0.0022, lat))  # some 196 m
    cast.lead(cast.case(at=(lon, lat)), steps.CLOSED)
    with acting(cast.dispatch_clerk_zhang.scope):
        found = queries.near_by(cast.dispatch_clerk_zhang.scope, lon, lat)
        others = queries.near_by(cast.dispatch_clerk_zhang.scope, lon, lat, apart_from=here.id)
    assert [near.case.id for near in found] == [here.id, close.id]
    assert 85 < (found[1].metres or 0) < 93
    assert [near.case.id for near in others] == [close.id]
    for outsider in (cast.community_head_chen, cast.outsider_zhao, cast.department_handler_sun):
        with acting(outsider.scope):
            assert queries.near_by(outsider.scope, lon, lat) == []


def test_near_by_is_the_nearest_however_many_lie_around(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "_LOOKED_AT", 2)
    lon, lat = cast.in_grid("e1")
    cast.case(at=(lon, lat + 0.0006))  # 67 m
    east = cast.case(at=(lon + 0.0007, lat))  # 62 m: a degree of longitude is the shorter one
    here = cast.case(at=(lon, lat))
    with acting(cast.dispatch_clerk_zhang.scope):
        found = queries.near_by(cast.dispatch_clerk_zhang.scope, lon, lat)
    assert [near.case.id for near in found] == [here.id, east.id]


def test_same_phone_is_found_however_it_is_written(cast: Cast) -> None:
    case = cast.case(phone="13800001234")
    with acting(cast.dispatch_clerk_zhang.scope):
        found = queries.with_same_phone(cast.dispatch_clerk_zhang.scope, "+86 138-0000-1234")
        assert [near.case.id for near in found] == [case.id]
        assert queries.with_same_phone(cast.dispatch_clerk_zhang.scope, "no number") == []
    with acting(cast.outsider_zhao.scope):
        assert queries.with_same_phone(cast.outsider_zhao.scope, "13800001234") == []


def test_next_case_is_the_one_due_first_that_waits_for_this_person(cast: Cast) -> None:
    first, second = cast.case(text="井盖松动响"), cast.case()  # manholes are due sooner
    cast.lead(cast.case(), steps.HANDED_OUT)
    with acting(cast.dispatch_clerk_zhang.scope):
        found = queries.next_case(cast.dispatch_clerk_zhang, apart_from=second.id)
        assert found is not None
        assert (found[0].id, found[1].name) == (first.id, "accept")
    with acting(cast.checker_qian.scope):
        assert queries.next_case(cast.checker_qian, apart_from=second.id) is None
