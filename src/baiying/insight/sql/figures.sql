-- Sums for one page, in one statement and so of one moment: roll-up, what is not folded yet, and - for what falls due
-- within the running hour - the cases themselves. stocks: [{part, split, grain, measure, name, first, last}];
-- flows: [{part, split, grain, span, first, last}]; the grain `category` is the street's and stands under community 0.
-- Gives (part, name, key, [n]) for a stock and (part, '', key, [one n for each flow]).
WITH stocks AS MATERIALIZED (
    SELECT w.*, p.community_id AS community
    FROM jsonb_to_recordset(%(stocks)s::jsonb) AS w (
        part text, split text, grain text, measure text, name text, first integer, last integer
    )
    CROSS JOIN LATERAL unnest(
        CASE w.grain WHEN 'category' THEN ARRAY[0]::bigint[] ELSE %(communities)s::bigint[] END
    ) AS p (community_id)
), flows AS MATERIALIZED (
    SELECT w.*, p.community_id AS community
    FROM jsonb_to_recordset(%(flows)s::jsonb) AS w (
        part text, split text, grain text, span text, first integer, last integer
    )
    CROSS JOIN LATERAL unnest(
        CASE w.grain WHEN 'category' THEN ARRAY[0]::bigint[] ELSE %(communities)s::bigint[] END
    ) AS p (community_id)
), counted AS (
    SELECT w.part, w.split, w.name, f.community_id, f.grid_id, f.category_id, f.unit_id, f.bucket, f.n
    FROM stocks w JOIN insight_figure f
      ON f.tenant_id = %(tenant)s AND f.grain = w.grain AND f.community_id = w.community AND f.measure = w.measure
     AND f.bucket BETWEEN w.first AND w.last
    UNION ALL
    SELECT w.part, w.split, w.name, f.community_id, f.grid_id, f.category_id, f.unit_id, f.bucket, f.n
    FROM stocks w JOIN insight_unfolded() f
      ON f.grain = w.grain AND f.community_id = w.community AND f.measure = w.measure
     AND f.bucket BETWEEN w.first AND w.last
    UNION ALL
    SELECT w.part, w.split, w.name, coalesce(c.community_id, 0), coalesce(c.grid_id, 0), c.category_id, 0, 0, 1
    FROM (SELECT DISTINCT part, split, name FROM stocks WHERE name = 'overdue') w
    CROSS JOIN cases_case c
    WHERE c.tenant_id = %(tenant)s AND c.due_at >= %(hour)s AND c.due_at < %(now)s
      AND c.handled_at IS NULL AND c.paused_at IS NULL AND c.closed_at IS NULL AND c.state = ANY (%(running)s)
      AND c.channel <> 'split'
      AND coalesce(c.community_id, 0) = ANY (%(communities)s)
), happened AS (
    SELECT w.part, w.split, f.community_id, f.grid_id, f.category_id, f.bucket, [[of f]]
    FROM flows w JOIN insight_flow f
      ON f.tenant_id = %(tenant)s AND f.grain = w.grain AND f.community_id = w.community AND f.span = w.span
     AND f.bucket BETWEEN w.first AND w.last
    UNION ALL
    SELECT w.part, w.split, f.community_id, f.grid_id, f.category_id, f.bucket, [[of f]]
    FROM flows w JOIN insight_unfolded_flow() f
      ON f.grain = w.grain AND f.community_id = w.community AND f.span = w.span
     AND f.bucket BETWEEN w.first AND w.last
)
SELECT part, name, CASE split
           WHEN 'community' THEN community_id WHEN 'grid' THEN grid_id WHEN 'category' THEN category_id
           WHEN 'unit' THEN unit_id WHEN 'bucket' THEN bucket ELSE 0
       END AS key, ARRAY[sum(n)::integer]
FROM counted
GROUP BY 1, 2, 3
UNION ALL
SELECT part, '', key, ARRAY[[[flows]]]
FROM (
    SELECT h.part, CASE h.split
               WHEN 'community' THEN h.community_id WHEN 'grid' THEN h.grid_id WHEN 'category' THEN h.category_id
               WHEN 'bucket' THEN h.bucket ELSE 0
           END AS key, [[sums h]]
    FROM happened h
    GROUP BY 1, 2
) s
