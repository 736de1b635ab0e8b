-- Handling of the last 90 days: from the first words to "done", in calendar hours, by category here and in the street.
INSERT INTO insight_duration (
    tenant_id, community_id, category_id, n, median_hours, nine_in_ten_hours, since, computed_at
)
SELECT %(tenant)s, CASE GROUPING(t.community_id) WHEN 1 THEN 0 ELSE t.community_id END, t.category_id, count(*),
       percentile_cont(0.5) WITHIN GROUP (ORDER BY t.hours), percentile_cont(0.9) WITHIN GROUP (ORDER BY t.hours),
       %(since_day)s, %(now)s
FROM (
    SELECT c.community_id, c.category_id, extract(epoch FROM c.handled_at - c.received_at) / 3600.0 AS hours
    FROM cases_case c
    WHERE c.tenant_id = %(tenant)s AND c.handled_at >= %(since)s AND c.handled_at IS NOT NULL AND c.channel <> 'split'
) t
GROUP BY GROUPING SETS ((t.community_id, t.category_id), (t.category_id))
HAVING GROUPING(t.community_id) = 1 OR t.community_id IS NOT NULL
