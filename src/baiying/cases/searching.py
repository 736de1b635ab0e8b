"""Finding cases by their words: any two characters that stand together, inside the searcher's scope.

Words are looked for in what the reporter wrote, in the place as it was described, and in the address (the names of
living area and building). The index holds pairs of characters (kit.text.bigrams). All pairs of a query being there is
necessary, not sufficient, so what the index finds is checked exactly here; see sql/search.sql for how it is found.

Two orders: by recency (`find`), and the best of the latest (`best`): see `ranking`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

from django.db import connection

from baiying.cases import ranking, rules, secrets
from baiying.cases.filters import Condition, as_json
from baiying.cases.models import Case, Contact
from baiying.journal.services import News, record
from baiying.kit import text
from baiying.org.rules import Actor, current_scope, demand
from baiying.registry.queries import place_name

MOST_CHARACTERS: Final = 100
MOST_BY_PHONE: Final = 5_000
MOST_RANKED: Final = 200  # the best are chosen among so many of the latest
_LARGEST_CHUNK: Final = 20_000


class Key(NamedTuple):
    """Where a case stands in the order of recency."""

    at: datetime
    id: UUID


@dataclass(frozen=True, slots=True)
class Wanted:
    """Words that must all occur, prepared once. `is_exact`: the index alone decides, nothing is left to check."""

    words: tuple[str, ...]
    tsquery: str
    is_exact: bool

    def is_in(self, normal: str) -> bool:
        """Whether a normalised text holds every word."""
        return all(word in normal for word in self.words)


def wanted(query: str) -> Wanted | None:
    """What to look for: every word of the query (between blanks). None when no word has two characters together."""
    words = tuple(dict.fromkeys(text.normalised(query[:MOST_CHARACTERS]).split()))
    pairs = {word: text.query_bigrams(word) for word in words}
    lexemes = list(dict.fromkeys(pair for found in pairs.values() for pair in found))
    if not lexemes:
        return None
    return Wanted(words, text.as_tsquery(lexemes), all(found == [word] for word, found in pairs.items()))


def find(
    what: Wanted, conditions: Sequence[Condition], *, beyond: Key | None, older: bool = True, most: int
) -> list[Key]:
    """The next cases with these words: from the latest on, or beyond a key; `older` False goes towards newer ones.

    In the order of the walk (the latest first, or for newer ones the nearest to the key first). Needs a scope.
    """
    found: list[Key] = []
    for hit in _walk(what, conditions, beyond, older, most):
        found.append(hit.key)
        if len(found) == most:
            break
    return found


@dataclass(frozen=True, slots=True)
class Best:
    """The best matches among the latest. `is_all`: nothing else holds the words; else older ones are left."""

    keys: list[Key]
    is_all: bool
    oldest: Key | None  # where the rest begins, in the order of recency


def best(what: Wanted, conditions: Sequence[Condition], *, until: Key, enough: int) -> Best:
    """Of the latest cases with these words, up to MOST_RANKED received before `until`: the best first.

    A rare word is ranked whole. Of a frequent one at least `enough` are ranked (as many as lie near), so that no
    question costs a walk through all years. Needs a scope.
    """
    hits: list[_Hit] = []
    for hit in _walk(what, conditions, until, True, MOST_RANKED, enough):
        hits.append(hit)
        if len(hits) == MOST_RANKED:
            break
    ranked = sorted(hits, key=lambda hit: (hit.rank(what), hit.key), reverse=True)
    oldest = min((hit.key for hit in hits), default=None)
    is_all = len(hits) < enough or not find(what, conditions, beyond=oldest, most=1)
    return Best([hit.key for hit in ranked], is_all, oldest)


def count(what: Wanted, conditions: Sequence[Condition]) -> int:
    """How many cases within the scope hold the words; exact, and as slow as there are many."""
    if what.is_exact:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT cases_search_count(%s, %s::jsonb, %s)", [what.tsquery, as_json(conditions), 2**62]
            )
            return int(cursor.fetchone()[0])
    return sum(1 for _hit in _walk(what, conditions, None, True, _LARGEST_CHUNK))


@dataclass(frozen=True, slots=True)
class _Hit:
    """A true match. Texts are normalised."""

    key: Key
    text: str
    where: str  # place and address

    def rank(self, what: Wanted) -> float:
        return ranking.rank(what.words, self.text, self.where, self.key.at)


def _walk(
    what: Wanted,
    conditions: Sequence[Condition],
    beyond: Key | None,
    older: bool,
    first: int,
    enough: int | None = None,
) -> Iterator[_Hit]:
    """True matches, chunk by chunk; each chunk four times as long, for queries that the index misjudges.

    With `enough`, the walk may end early, as soon as so many were found.
    """
    asked = as_json(conditions)
    scope = current_scope()
    tenant_id = scope.tenant if scope else 0  # the function raises without a scope
    chunk = first if what.is_exact else first + first // 4
    given = 0
    while True:
        with connection.cursor() as cursor:
            at, case_id = beyond or (None, None)
            cursor.execute(
                "SELECT * FROM cases_search(%s, %s::jsonb, %s, %s, %s, %s, %s)",
                [what.tsquery, asked, at, case_id, older, chunk, chunk if enough is None else enough],
            )
            rows = cursor.fetchall()
        for found_id, received_at, words, place, area, building in rows:
            where = text.normalised(f"{place}\n{place_name(tenant_id, area, building)}")
            hit = _Hit(Key(received_at, found_id), text.normalised(words), where)
            if what.is_exact or what.is_in(f"{hit.text} {hit.where}"):
                given += 1
                yield hit
        if len(rows) < (chunk if enough is None else enough) or (enough is not None and given >= enough):
            return
        beyond = Key(rows[-1][1], rows[-1][0])
        chunk = min(4 * chunk, _LARGEST_CHUNK)


def cases_by_phone(by: Actor, number: str) -> list[UUID]:
    """The cases that were reported under a telephone number (normalised), the latest first; who asked is recorded.

    The number itself is written nowhere. Raises Denied for whoever may not read contacts.
    """
    demand(by, rules.READ_CONTACT)
    rows = Contact.objects.filter(tenant_id=by.scope.tenant, phone_hash=secrets.phone_hash(number))
    found = list(rows.order_by("-case_id").values_list("case_id", flat=True)[:MOST_BY_PHONE])
    record(
        News(
            tenant_id=by.scope.tenant,
            event="cases.phone_searched",
            subject_kind="account",
            subject_id=str(by.account_id or ""),
            actor_kind=by.kind,
            actor_id=by.account_id,
            actor_name=by.name,
            data={"found": len(found)},
        )
    )
    return found


def indexed(
    tenant_id: int, words: str, place: str, living_area_id: int | None, building_id: int | None
) -> list[str]:
    """The lexemes by which a case is found: its words, its place as described, its address."""
    address = place_name(tenant_id, living_area_id, building_id)
    return text.bigrams(f"{words}\n{place}\n{address}" if address else f"{words}\n{place}")


def reindex(case: Case) -> None:
    """Words or place were corrected: they are found by the new ones."""
    lexemes = indexed(case.tenant_id, case.text, case.place, case.living_area_id, case.building_id)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE cases_case SET search = array_to_tsvector(%s::text[]) WHERE tenant_id = %s AND id = %s",
            [lexemes, case.tenant_id, case.id],
        )
