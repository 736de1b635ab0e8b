"""The SQL that is written out from the list of flows and from the fragments."""

from __future__ import annotations

from baiying.insight.flows import FLOWS, expand
from baiying.insight.services import SQL, statement


def test_cells_are_selected_over_the_rows_that_are_named() -> None:
    stock = expand("SELECT sum(c.n) FROM [[stock_cells changed c]]")
    assert " ".join(stock.split()) == (
        "SELECT sum(c.n) FROM changed c CROSS JOIN LATERAL insight_spread( "
        "c.community_id, c.grid_id, c.category_id, c.measure, c.bucket, c.unit_id ) s "
        "WHERE c.measure IN ('state', 'held', 'due')"
    )
    flow = " ".join(expand("FROM [[flow_cells entry e, facts x\n WHERE e.id = 1 AND\n]] GROUP BY 1").split())
    names = ", ".join(f"'{flow}'" for flow in FLOWS)
    assert f"FROM entry e, facts x WHERE e.id = 1 AND x.measure = ANY (ARRAY[{names}]) GROUP BY" in flow
    assert flow.endswith(") d CROSS JOIN LATERAL insight_spread_flow("
                         "d.community_id, d.grid_id, d.category_id, d.bucket) s GROUP BY 1")  # fmt: skip


def test_which_cells_a_fact_goes_to_is_written_once() -> None:
    used = {
        path.name
        for path in SQL.glob("*.sql")
        if "LATERAL insight_spread" in path.read_text(encoding="utf-8")
    }
    # The two besides are what the first migrations ran, before flows had rows of their own.
    assert used == {"cells.sql", "spread.sql", "fold.sql"}


def test_nothing_is_left_to_write_out() -> None:
    unfinished = [path.stem for path in SQL.glob("*.sql") if "_cells " in statement(path.stem)]
    assert unfinished == []
