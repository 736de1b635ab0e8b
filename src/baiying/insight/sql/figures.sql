-- Sums for one page, in one statement and so of one moment: roll-up, what is not folded yet, and - for what falls due
-- within the running hour - the cases themselves. wanted: [{part, split, grain, measure, name, first, last}];
-- the grain `category` is the street's as a whole and stands under community 0.
WITH wanted AS MATERIALIZED (
    SELECT w.*, p.community_id AS community
    FROM jsonb_to_recordset(%(wanted)s::jsonb) AS w (
        part text, split text, grain text, measure text, name text, first integer, last integer
    )
    CROSS JOIN LATERAL unnest(
        CASE w.grain WHEN 'category' THEN ARRAY[0]::bigint[] ELSE %(communities)s::bigint[] END
    ) AS p (community_id)
), summed AS (
    SELECT w.part, w.split, w.name, f.community_id, f.grid_id, f.category_id, f.unit_id, f.bucket, f.n
    FROM wanted w JOIN insight_figure f
      ON f.tenant_id = %(tenant)s AND f.grain = w.grain AND f.community_id = w.community AND f.measure = w.measure
     AND f.bucket BETWEEN w.first AND w.last
    UNION ALL
    SELECT w.part, w.split, w.name, f.community_id, f.grid_id, f.category_id, f.unit_id, f.bucket, f.n
    FROM wanted w JOIN insight_unfolded() f
      ON f.grain = w.grain AND f.community_id = w.community AND f.measure = w.measure
     AND f.bucket BETWEEN w.first AND w.last
    UNION ALL
    SELECT w.part, w.split, w.name, coalesce(c.community_id, 0), coalesce(c.grid_id, 0), c.category_id, 0, 0, 1
    FROM (SELECT DISTINCT part, split, name FROM wanted WHERE name = 'overdue') w
    CROSS JOIN cases_case c
    WHERE c.tenant_id = %(tenant)s AND c.due_at >= %(hour)s AND c.due_at < %(now)s
      AND c.handled_at IS NULL AND c.paused_at IS NULL AND c.closed_at IS NULL AND c.state = ANY (%(running)s)
      AND coalesce(c.community_id, 0) = ANY (%(communities)s)
)
SELECT part, name, CASE split
           WHEN 'community' THEN community_id WHEN 'grid' THEN grid_id WHEN 'category' THEN category_id
           WHEN 'unit' THEN unit_id WHEN 'bucket' THEN bucket ELSE 0
       END AS key, sum(n)::bigint
FROM summed
GROUP BY 1, 2, 3
