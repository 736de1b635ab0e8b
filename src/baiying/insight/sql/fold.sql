-- Heard entries become figures: aggregated first, then one upsert in the order of the key, so that two workers of
-- one street could only ever wait for one another, never lock each other out.
INSERT INTO insight_figure (tenant_id, grain, community_id, measure, bucket, grid_id, category_id, unit_id, n)
SELECT %(tenant)s, s.grain, s.community_id, s.measure, s.bucket, s.grid_id, s.category_id, s.unit_id, sum(d.n)
FROM (
    SELECT x.community_id, x.grid_id, x.category_id, x.measure, x.bucket, x.unit_id, sum(x.n) AS n
    FROM journal_entry e CROSS JOIN LATERAL insight_exploded(e.before, e.after) x
    WHERE e.tenant_id = %(tenant)s AND e.id = ANY (%(entries)s)
    GROUP BY 1, 2, 3, 4, 5, 6
    HAVING sum(x.n) <> 0
) d
CROSS JOIN LATERAL insight_spread(d.community_id, d.grid_id, d.category_id, d.measure, d.bucket, d.unit_id) s
GROUP BY 2, 3, 4, 5, 6, 7, 8
HAVING sum(d.n) <> 0
ORDER BY 2, 3, 4, 5, 6, 7, 8
ON CONFLICT (tenant_id, grain, community_id, measure, bucket, grid_id, category_id, unit_id)
DO UPDATE SET n = insight_figure.n + excluded.n
