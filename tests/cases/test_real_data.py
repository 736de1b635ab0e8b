"""Real messages and a real city, where their files lie beside the checkout; skipped elsewhere."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import pytest

from baiying.cases.models import Case
from baiying.cases.services import Words, receive
from baiying.kit import text
from baiying.org import queries as org
from baiying.org.importing import import_file
from baiying.org.rules import Scope, acting
from tests.cast import Cast

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
MESSAGES = DATA / "messages" / "messages-dev.csv"
DISTRICTS = DATA / "city311" / "nyc-community-districts.geojson"
REQUESTS = DATA / "city311" / "nyc-requests.csv"
BOROUGHS = {"MANHATTAN": 1, "BRONX": 2, "BROOKLYN": 3, "QUEENS": 4, "STATEN ISLAND": 5}
LAST_DISTRICT = 18  # higher numbers are parks and airports, which have no board

pytestmark = pytest.mark.slow


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.skipif(not MESSAGES.exists(), reason=f"{MESSAGES.name} is not beside the checkout")
def test_every_real_message_becomes_a_case_with_its_words(cast: Cast) -> None:
    rows = rows_of(MESSAGES)
    places = [cast.in_grid(code) for code in ("e1", "e2", "w1", "w2")]
    kept: dict[str, str] = {}
    for number, row in enumerate(rows):
        lon, lat = places[number % 4]
        words = "\n".join(part for part in (row["title"], row["body"]) if part.strip())
        said = Words(text=words, lon=lon, lat=lat, phone="15400000001", key=row["id"], body=words.encode())
        receipt = receive(cast.reporter, words=said)
        kept[receipt.reference] = text.clean(words)
    assert len(kept) == len(rows) > 3000
    with acting(Scope(cast.tenant.id, "street")):
        found = dict(Case.objects.within(Scope(cast.tenant.id, "street")).values_list("reference", "text"))
        categories = Counter(Case.objects.values_list("category__code", flat=True))
    assert found == kept
    assert categories["other"] < len(rows) / 2, categories.most_common(5)


@pytest.mark.django_db
@pytest.mark.skipif(not REQUESTS.exists(), reason=f"{REQUESTS.name} is not beside the checkout")
def test_another_citys_requests_fall_into_their_districts() -> None:
    done = import_file(DISTRICTS, code="NYC", name="New York")
    assert done.by_level == {"community": 59, "grid": 59}
    tenant = org.tenant_by_code("NYC")
    assert tenant is not None
    org.forget()
    street = org.street_map(tenant.id)
    wanted, agreed = 0, 0
    for row in rows_of(REQUESTS):
        number, _blank, borough = row["Community Board"].partition(" ")
        if (
            not row["Latitude"]
            or borough not in BOROUGHS
            or not number.isdigit()
            or int(number) > LAST_DISTRICT
        ):
            continue
        wanted += 1
        found = street.community_at(float(row["Longitude"]), float(row["Latitude"]))
        agreed += found is not None and found.code == str(100 * BOROUGHS[borough] + int(number))
    assert wanted > 5000
    assert agreed / wanted >= 0.995, (agreed, wanted)
