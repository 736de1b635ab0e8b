-- Cells in which figures (folded and unfolded together) and cases do not agree; none is how it should be.
WITH counted AS (
    SELECT s.grain, s.community_id, s.measure, s.bucket, s.grid_id, s.category_id, s.unit_id, sum(r.n) AS n
    FROM insight_raw(%(tenant)s, %(numbers)s, %(running)s) r
    CROSS JOIN LATERAL insight_spread(r.community_id, r.grid_id, r.category_id, r.measure, r.bucket, r.unit_id) s
    GROUP BY 1, 2, 3, 4, 5, 6, 7
), kept AS (
    SELECT grain, community_id, measure, bucket, grid_id, category_id, unit_id, sum(n) AS n
    FROM (
        SELECT grain, community_id, measure, bucket, grid_id, category_id, unit_id, n
        FROM insight_figure WHERE tenant_id = %(tenant)s
        UNION ALL
        SELECT grain, community_id, measure, bucket, grid_id, category_id, unit_id, n FROM insight_unfolded()
    ) f
    GROUP BY 1, 2, 3, 4, 5, 6, 7
)
SELECT grain, community_id, measure, bucket, grid_id, category_id, unit_id,
       coalesce(k.n, 0)::bigint AS kept, coalesce(c.n, 0)::bigint AS counted
FROM counted c FULL JOIN kept k USING (grain, community_id, measure, bucket, grid_id, category_id, unit_id)
WHERE coalesce(k.n, 0) <> coalesce(c.n, 0)
ORDER BY 1, 2, 3, 4, 5, 6, 7
LIMIT %(most)s
