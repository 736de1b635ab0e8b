-- From facts to the cells in which they are counted: once for folding, rebuilding and comparing. flows.expand writes
-- these into the other statements where they say [[stock_cells rows alias]] and [[flow_cells rows]].

-- name: stock_cells
-- What is so now, as cells s. `rows` bear the facts; the alias is the last word.
{rows}
CROSS JOIN LATERAL insight_spread(
    {row}.community_id, {row}.grid_id, {row}.category_id, {row}.measure, {row}.bucket, {row}.unit_id
) s
WHERE {row}.measure IN ('state', 'held', 'due')

-- name: flow_cells
-- What happened by day, as cells s of the sums d. `rows` bear the facts x and end where a condition can follow.
(
    SELECT x.community_id, x.grid_id, x.category_id, x.bucket, [[pivot x]]
    FROM {rows} x.measure = ANY (ARRAY[[[names]]])
    GROUP BY 1, 2, 3, 4
) d
CROSS JOIN LATERAL insight_spread_flow(d.community_id, d.grid_id, d.category_id, d.bucket) s
