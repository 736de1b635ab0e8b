"""Exports in the background: the rows and scope of who asked, taken up again after a death, gone when they are over."""

from __future__ import annotations

import csv
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as conf

from baiying.cases import export_writing, exporting_later
from baiying.cases.filters import CaseFilter
from baiying.cases.models import Export
from baiying.journal.models import Entry
from baiying.kit import clock
from baiying.kit.refusals import Conflict, Denied, Invalid, NotFound
from baiying.kit.sheets import read_sheet
from baiying.org import services as org
from baiying.org.rules import Actor, Scope, acting
from tests.cases.written import exported
from tests.cast import Cast

pytestmark = pytest.mark.django_db
EVERYTHING = CaseFilter()


def ask(by: Actor, wanted: CaseFilter = EVERYTHING, form: str = "csv", words: str = "") -> Export:
    return exporting_later.ask(by, wanted, form=form, words=words)


def write(cast: Cast) -> int:
    return export_writing.write_next(cast.tenant.id)


def now_of(by: Actor, export: Export) -> Export:
    with acting(by.scope):
        return exporting_later.export_of(by, export.id)


def references(by: Actor, export: Export) -> list[str]:
    _found, path = exporting_later.fetch(by, export_id=export.id)
    return [row[0] for row in csv.reader(path.read_text("utf-8-sig").splitlines())][1:]


def files(cast: Cast) -> list[str]:
    folder = exporting_later.folder_of(cast.tenant.id)
    return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []


def clean(cast: Cast) -> int:
    with acting(Scope(cast.tenant.id, "street")):
        return export_writing.clean(cast.tenant.id)


@pytest.fixture(autouse=True)
def empty_folder(settings: Any, tmp_path: Path) -> None:
    settings.EXPORTS_ROOT = str(tmp_path)


def test_the_file_holds_what_the_asker_sees_in_chunks(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export_writing, "CHUNK", 2)
    east = [
        cast.case(text=f"第{n}盏路灯坏了", name="李女士", phone="13805330005").reference for n in range(5)
    ]
    other = cast.case(text="垃圾没人收", at=cast.in_grid("e2")).reference
    cast.case(text="西边的路灯坏了", at=cast.in_grid("w1"))
    wang = cast.community_head_wang
    whole, found, sheet, features = (
        ask(wang), ask(wang, words="路灯"), ask(wang, form="xlsx"), ask(wang, form="geojson")
    )  # fmt: skip
    assert [write(cast) for _n in range(5)] == [1, 1, 1, 1, 0]
    assert references(wang, whole) == [other, *reversed(east)]
    assert references(wang, found) == list(reversed(east))
    rows = read_sheet(exporting_later.fetch(wang, export_id=sheet.id)[1].read_bytes())
    assert [row[0] for row in rows[1:]] == [other, *reversed(east)]
    written = exporting_later.fetch(wang, export_id=features.id)[1].read_text()
    assert len(json.loads(written)["features"]) == 6
    assert "李女士" not in written and "13805330005" not in written
    done = now_of(wang, whole)
    assert (done.state, done.rows_done, done.rows_all, done.words, done.conditions) == ("done", 6, 6, "", [])
    path = exporting_later.path_of(done)
    assert (done.size, path.stat().st_mode & 0o777) == (path.stat().st_size, 0o600)
    assert done.expires_at is not None and done.ended_at is not None
    assert done.expires_at - done.ended_at == timedelta(days=conf.EXPORT_DAYS)


def test_it_is_the_owners_alone_and_what_was_taken_is_recorded(cast: Cast) -> None:
    cast.case()
    export = exported(cast)
    for person in ("leader_zhou", "dispatch_clerk_bai", "community_head_wang"):
        other = getattr(cast, person)
        with acting(other.scope):
            assert list(Export.objects.all()) == []
        with pytest.raises(NotFound):
            exporting_later.fetch(other, export_id=export.id)
        with pytest.raises(NotFound):
            exporting_later.cancel(other, export_id=export.id)
    zhang = cast.dispatch_clerk_zhang
    assert len(references(zhang, export)) == 1
    with acting(Scope(cast.tenant.id, "street")):
        kept = Entry.objects.filter(event__startswith="cases.export").order_by("id")
        assert [(entry.event, entry.data) for entry in kept] == [
            ("cases.export_asked", {"export": str(export.id), "form": "csv", "asked": []}),
            ("cases.exported", {"export": str(export.id), "form": "csv", "rows": 1}),
        ]
    with pytest.raises(Denied):
        ask(cast.department_handler_sun)
    with pytest.raises(Invalid):
        ask(zhang, form="pdf")
    with pytest.raises(Invalid):
        ask(zhang, words="灯")


def test_a_writer_that_died_is_followed_by_another_one(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export_writing, "CHUNK", 2)
    for _n in range(4):
        cast.case()
    zhang = cast.dispatch_clerk_zhang
    export, next_one = ask(zhang), ask(zhang)
    rows, given = export_writing.exporting.row_of, []

    def dies(case: Any) -> dict[str, Any]:
        given.append(case)
        if len(given) == 3:
            raise SystemExit  # as a kill does: nothing is put in order
        return rows(case)

    with monkeypatch.context() as deadly:
        deadly.setattr(export_writing.exporting, "row_of", dies)
        deadly.setattr(Path, "unlink", lambda *_a, **_k: None)
        with pytest.raises(SystemExit):
            write(cast)
    half = now_of(zhang, export)
    assert (half.state, half.rows_done, half.rows_all) == ("running", 2, 4)
    assert files(cast) == [f"{export.id}-1.partial"]
    assert write(cast) == 0  # one at a time, and nobody is taken for dead at once
    with clock.telling(clock.now() + timedelta(minutes=3)):
        assert write(cast) == 1
    again = now_of(zhang, export)
    assert (again.state, again.tries, again.rows_done) == ("done", 2, 4)
    export_writing._fail(half, "disk")  # what the dead one may still do counts for nothing
    assert now_of(zhang, export).state == "done"
    assert clean(cast) == 1
    assert files(cast) == [f"{export.id}-2.csv"]
    assert (write(cast), now_of(zhang, next_one).state) == (1, "done")


def test_it_fails_with_a_word(cast: Cast, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    cast.case()
    wang, zhang = cast.community_head_wang, cast.dispatch_clerk_zhang
    of_ended, of_full, of_long, of_weak = ask(wang), ask(zhang), ask(zhang, form="xlsx"), ask(zhang)
    with acting(cast.security_administrator_wu.scope):
        org.end_post(cast.security_administrator_wu, post=cast.posts["community_head_wang"])
    write(cast)
    settings.EXPORT_MEGABYTES = 0
    write(cast)
    settings.EXPORT_MEGABYTES = 10
    monkeypatch.setattr(export_writing, "MOST_ROWS_OF_SHEET", 0)
    write(cast)
    monkeypatch.setattr(export_writing, "MOST_TRIES", 0)
    write(cast)
    ended = [now_of(wang, of_ended), *(now_of(zhang, one) for one in (of_full, of_long, of_weak))]
    assert [(one.state, one.problem) for one in ended] == [
        ("failed", word) for word in ("post", "disk", "sheet", "tries")
    ]
    assert set(exporting_later.PROBLEMS) == {one.problem for one in ended}
    assert files(cast) == []


def test_cancelled_and_expired_files_go(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    cast.case()
    zhang = cast.dispatch_clerk_zhang
    done, kept = exported(cast), exported(cast)
    writing = ask(zhang, words="路灯")
    rows = export_writing.exporting.row_of

    def cancelled(case: Any) -> dict[str, Any]:
        exporting_later.cancel(zhang, export_id=writing.id)
        return rows(case)

    monkeypatch.setattr(export_writing.exporting, "row_of", cancelled)
    assert write(cast) == 1
    exporting_later.cancel(zhang, export_id=done.id)
    exporting_later.cancel(zhang, export_id=done.id)
    for one in (done, writing):
        gone = now_of(zhang, one)
        assert (gone.state, gone.words, gone.query, gone.file) == ("cancelled", "", "", "")
        with pytest.raises(NotFound):
            exporting_later.fetch(zhang, export_id=one.id)
    clean(cast)
    assert files(cast) == [f"{kept.id}-1.csv"]
    with clock.telling(clock.now() + timedelta(days=conf.EXPORT_DAYS)):
        with pytest.raises(NotFound):
            exporting_later.fetch(zhang, export_id=kept.id)
        assert (clean(cast), files(cast), now_of(zhang, kept).state) == (1, [], "expired")
    with clock.telling(clock.now() + timedelta(days=31)):
        clean(cast)
        with acting(zhang.scope):
            assert exporting_later.exports(zhang) == []


def test_five_are_enough(cast: Cast) -> None:
    zhang = cast.dispatch_clerk_zhang
    for _n in range(5):
        ask(zhang)
    with pytest.raises(Conflict):
        ask(zhang)
