-- Cells in which figures (folded and unfolded together) and cases do not agree; none is how it should be.
WITH raw AS MATERIALIZED (
    SELECT * FROM insight_raw(%(tenant)s, %(numbers)s, %(running)s)
), counted_stock AS (
    SELECT s.grain, s.community_id, s.measure, s.bucket, s.grid_id, s.category_id, s.unit_id, sum(r.n) AS n
    FROM [[stock_cells raw r]]
    GROUP BY 1, 2, 3, 4, 5, 6, 7
), kept_stock AS (
    SELECT grain, community_id, measure, bucket, grid_id, category_id, unit_id, sum(n) AS n
    FROM (
        SELECT grain, community_id, measure, bucket, grid_id, category_id, unit_id, n
        FROM insight_figure WHERE tenant_id = %(tenant)s
        UNION ALL
        SELECT grain, community_id, measure, bucket, grid_id, category_id, unit_id, n FROM insight_unfolded()
    ) f
    GROUP BY 1, 2, 3, 4, 5, 6, 7
), counted AS (
    SELECT s.grain, s.community_id, s.span, s.bucket, s.grid_id, s.category_id, [[sums d]]
    FROM [[flow_cells raw x WHERE]]
    GROUP BY 1, 2, 3, 4, 5, 6
), kept AS (
    SELECT f.grain, f.community_id, f.span, f.bucket, f.grid_id, f.category_id, [[sums f]]
    FROM (
        SELECT grain, community_id, span, bucket, grid_id, category_id, [[flows]]
        FROM insight_flow WHERE tenant_id = %(tenant)s
        UNION ALL
        SELECT grain, community_id, span, bucket, grid_id, category_id, [[flows]] FROM insight_unfolded_flow()
    ) f
    GROUP BY 1, 2, 3, 4, 5, 6
)
SELECT grain, community_id, measure, bucket, grid_id, category_id, unit_id,
       coalesce(k.n, 0)::bigint, coalesce(c.n, 0)::bigint
FROM counted_stock c FULL JOIN kept_stock k
USING (grain, community_id, measure, bucket, grid_id, category_id, unit_id)
WHERE coalesce(k.n, 0) <> coalesce(c.n, 0)
UNION ALL
SELECT grain, community_id, m.measure || CASE span WHEN 'month' THEN '_by_month' ELSE '' END, bucket, grid_id,
       category_id, 0, coalesce(m.kept, 0)::bigint, coalesce(m.counted, 0)::bigint
FROM counted FULL JOIN kept USING (grain, community_id, span, bucket, grid_id, category_id)
CROSS JOIN LATERAL (VALUES [[pairs]]) m (measure, kept, counted)
WHERE coalesce(m.kept, 0) <> coalesce(m.counted, 0)
ORDER BY 1, 2, 3, 4, 5, 6, 7
LIMIT %(most)s
