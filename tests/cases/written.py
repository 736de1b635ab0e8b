"""An export of everything that the clerk sees, written, with its file."""

from __future__ import annotations

from baiying.cases import export_writing, exporting_later
from baiying.cases.filters import CaseFilter
from baiying.cases.models import Export
from tests.cast import Cast


def exported(cast: Cast) -> Export:
    """Asked for by the clerk, and done."""
    found = exporting_later.ask(cast.dispatch_clerk_zhang, CaseFilter(), form="csv")
    assert export_writing.write_next(cast.tenant.id) == 1
    return found
