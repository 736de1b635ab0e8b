"""What recurs is found, what is chance is not: on streets whose truth is known."""

import argparse
import csv
import io
import json
import random
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from baiying.command import text as text_command
from baiying.command.trouble import Trouble
from baiying.kit.recurring import Finding, Item, Settings, find
from baiying.kit.recurring.table import main, moment, talk
from tests.kit.recurring.synthetic import BEGINS, DAYS, Street

END = BEGINS + timedelta(days=DAYS)


@pytest.fixture(scope="module")
def street() -> Street:
    made = Street(1)
    made.put_all()
    return made


@pytest.fixture(scope="module")
def found(street: Street) -> list[Finding]:
    return find(street.items, Settings(until=END))


def test_everything_that_was_put_in_is_found_and_nothing_else(street: Street, found: list[Finding]) -> None:
    told = {(f.kind, f.level, f.place): street.found_as(f.ids) for f in found}
    assert told == {
        ("point", "building", "b17"): "lamp",
        ("estate", "living_area", "a6"): "estate",
        ("burst", "living_area", "a15"): "burst",
    }


def test_a_finding_says_how_many_came_how_many_were_to_be_expected_and_how_sure_that_is(
    street: Street, found: list[Finding]
) -> None:
    lamp = next(f for f in found if f.kind == "point")
    assert set(lamp.ids) >= street.truth["lamp"]
    assert (lamp.category, lamp.observed, lamp.observed == len(lamp.ids)) == ("lamp", 7, True)
    assert lamp.expected < 0.5 and lamp.p <= lamp.q <= 0.01
    assert "三单元门口的感应灯修好又坏" in lamp.title
    assert (lamp.first_at, lamp.last_at) == (BEGINS + timedelta(days=12), BEGINS + timedelta(days=168))


def test_the_order_in_which_messages_come_does_not_matter(street: Street, found: list[Finding]) -> None:
    shuffled = list(street.items)
    random.Random(5).shuffle(shuffled)
    assert find(shuffled, Settings(until=END)) == found


def test_streets_where_nothing_was_put_in_hold_nothing() -> None:
    assert [find(Street(seed, 800).items, Settings(until=END)) for seed in (11, 12)] == [[], []]


def test_one_person_who_writes_again_and_again_is_one() -> None:
    street = Street(2, 400)
    street.put_all()
    lamp = street.truth["lamp"]
    same = [replace(item, who="one") if item.id in lamp else item for item in street.items]
    assert [f.place for f in find(same, Settings(until=END)) if set(f.ids) & lamp] == []


def test_what_came_long_ago_is_not_proposed_any_more(street: Street) -> None:
    assert find(street.items, Settings(until=END + timedelta(days=60))) == []


def test_a_title_shows_nobody() -> None:
    words = "我叫张建国，电话13800001234，楼下水泵房夜里嗡嗡响睡不着"
    street = Street(3, 300)
    for n in range(6):
        street.items.append(
            Item(f"x{n}", END - timedelta(days=6 * n + 1), words, "noise", {"building": "b3"}, f"p{n}")
        )
    title = next(f.title for f in find(street.items, Settings(until=END)) if "x1" in f.ids)
    assert ("张建国" in title, "13800001234" in title, "水泵房" in title) == (False, False, True)


def test_nothing_holds_nothing_and_an_id_comes_once() -> None:
    assert find([]) == []
    item = Item("1", BEGINS, "灯")
    assert find([item]) == []
    with pytest.raises(ValueError, match="twice"):
        find([item, item])


def test_any_table_can_be_asked(street: Street, tmp_path: Path) -> None:
    with (tmp_path / "in.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "title", "body", "time", "who", "building", "living_area"])
        for i in street.items:
            said = i.at.strftime("%Y/%m/%d %H:%M:%S")
            writer.writerow([i.id, i.text, "", said, i.who, i.places["building"], i.places["living_area"]])
    main([str(tmp_path / "in.csv"), "--text", "title,body", "--who", "who", "--place", "building,living_area",
          "--out", str(tmp_path / "out.csv")])  # fmt: skip
    with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert sorted(str(street.found_as(tuple(row["ids"].split()))) for row in rows) == [
        "burst",
        "estate",
        "lamp",
    ]
    said = ["text", "hot", str(tmp_path / "in.csv"), "--text", "nothing", "--out", str(tmp_path / "o.csv")]
    parser = argparse.ArgumentParser()
    text_command.add_arguments(parser)
    with pytest.raises(Trouble, match="no column 'nothing'"):
        text_command.run(parser.parse_args(said[1:]))


def test_the_worker_talks_in_lines(street: Street, found: list[Finding]) -> None:
    lines = [json.dumps({"until": END.isoformat()})]
    lines += [
        json.dumps({"id": i.id, "at": i.at.isoformat(), "text": i.text, "category": i.category,
                    "places": dict(i.places), "who": i.who})
        for i in street.items
    ]  # fmt: skip
    out = io.StringIO()
    talk(lines, out)
    answered = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [(a["kind"], a["place"], tuple(a["ids"])) for a in answered] == [
        (f.kind, f.place, f.ids) for f in found
    ]


def test_moments_as_tables_have_them() -> None:
    assert [moment(said).isoformat() for said in ("2019/2/8 1:05:09", "2019/12/28", "2019-02-28 11:25:05")] == [
        "2019-02-08T01:05:09", "2019-12-28T00:00:00", "2019-02-28T11:25:05",
    ]  # fmt: skip
