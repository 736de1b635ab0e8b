-- Figures anew from the cases. What is in the cases but not heard yet is left out: it will be folded like everything
-- else. One statement, one snapshot.
WITH raw AS MATERIALIZED (
    SELECT * FROM insight_raw(%(tenant)s, %(numbers)s, %(running)s)
), stock AS (
    INSERT INTO insight_figure (tenant_id, grain, community_id, measure, bucket, grid_id, category_id, unit_id, n)
    SELECT %(tenant)s, f.grain, f.community_id, f.measure, f.bucket, f.grid_id, f.category_id, f.unit_id, sum(f.n)
    FROM (
        SELECT s.grain, s.community_id, s.measure, s.bucket, s.grid_id, s.category_id, s.unit_id, r.n
        FROM [[stock_cells raw r]]
        UNION ALL
        SELECT u.grain, u.community_id, u.measure, u.bucket, u.grid_id, u.category_id, u.unit_id, -u.n
        FROM insight_unfolded() u
    ) f
    GROUP BY 2, 3, 4, 5, 6, 7, 8
    HAVING sum(f.n) <> 0
)
INSERT INTO insight_flow (tenant_id, grain, community_id, span, bucket, grid_id, category_id, [[flows]])
SELECT %(tenant)s, f.grain, f.community_id, f.span, f.bucket, f.grid_id, f.category_id, [[sums f]]
FROM (
    SELECT s.grain, s.community_id, s.span, s.bucket, s.grid_id, s.category_id, [[of d]]
    FROM [[flow_cells raw x WHERE]]
    UNION ALL
    SELECT u.grain, u.community_id, u.span, u.bucket, u.grid_id, u.category_id, [[less u]] FROM insight_unfolded_flow() u
) f
GROUP BY 2, 3, 4, 5, 6, 7
