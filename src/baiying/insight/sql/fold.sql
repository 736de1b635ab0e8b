-- Heard entries become figures: aggregated first, then one upsert in the order of the key, so that two workers of
-- one street could only ever wait for one another, never lock each other out. Runs as the owner, because a row policy
-- asked three times for each of thousands of cells would double its cost; the street is the one in force, as a whole.
CREATE FUNCTION insight_fold(p_entries uuid[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_tenant integer := current_setting('app.tenant')::integer;
BEGIN
    IF current_setting('app.level') <> 'street' THEN
        PERFORM baiying_no_scope();
    END IF;
    INSERT INTO insight_figure (tenant_id, grain, community_id, measure, bucket, grid_id, category_id, unit_id, n)
    SELECT v_tenant, s.grain, s.community_id, s.measure, s.bucket, s.grid_id, s.category_id, s.unit_id, sum(d.n)
    FROM (
        SELECT x.community_id, x.grid_id, x.category_id, x.measure, x.bucket, x.unit_id, sum(x.n)::integer AS n
        FROM unnest(p_entries) AS heard (id)
        JOIN journal_entry e ON e.id = heard.id AND e.tenant_id = v_tenant
        CROSS JOIN LATERAL insight_exploded(e.before, e.after) x
        GROUP BY 1, 2, 3, 4, 5, 6
        HAVING sum(x.n) <> 0
    ) d
    CROSS JOIN LATERAL insight_spread(d.community_id, d.grid_id, d.category_id, d.measure, d.bucket, d.unit_id) s
    GROUP BY 2, 3, 4, 5, 6, 7, 8
    HAVING sum(d.n) <> 0
    ORDER BY s.grain COLLATE "C", 3, s.measure COLLATE "C", 5, 6, 7, 8
    ON CONFLICT (tenant_id, grain, community_id, measure, bucket, grid_id, category_id, unit_id)
    DO UPDATE SET n = insight_figure.n + excluded.n;
END $$;
