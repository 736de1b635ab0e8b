"""`verify` over the chain: the founded street holds, and what is broken past the services is found."""

from __future__ import annotations

from datetime import date

import pytest

from baiying.chain.models import Holder, Link
from baiying.insight.checking import broken
from baiying.org.rules import Scope, acting
from baiying.registry.models import Home
from tests.cast import Cast
from tests.doors.test_chain_pages import Chain

pytestmark = pytest.mark.django_db
NAMES = ("chain_one_holder", "chain_place", "chain_ring", "chain_left", "home_place")


def faults(cast: Cast) -> dict[str, list[str]]:
    found = {name: broken(cast.tenant.id, name) for name in NAMES}
    return {name: subjects for name, subjects in found.items() if subjects}


def test_what_services_made_holds(cast: Cast) -> None:
    Chain(cast)
    with acting(Scope(cast.tenant.id, "street")):
        assert faults(cast) == {}


def test_what_was_broken_is_found(cast: Cast) -> None:
    chain = Chain(cast)
    with acting(Scope(cast.tenant.id, "street")):
        Link.objects.filter(pk=chain.links[3].pk).update(grid=cast.units["e2"])
        Holder.objects.filter(pk=chain.people["head"].pk).update(left_on=date(2026, 1, 1))
        Home.objects.filter(pk=chain.homes[1].pk).update(grid=cast.units["e2"])
        assert faults(cast) == {
            "chain_place": [f"link {chain.links[3].pk}"], "chain_left": ["holder head"],
            "home_place": [f"home {chain.homes[1].code}"],
        }  # fmt: skip
