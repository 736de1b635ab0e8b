-- From here on the grains hold stocks only (state, held, due); what happens on a day is counted in insight_flow.
CREATE OR REPLACE FUNCTION insight_spread(
    p_community bigint, p_grid bigint, p_category bigint, p_measure text, p_bucket integer, p_unit bigint
) RETURNS TABLE (
    grain text, community_id bigint, measure text, bucket integer, grid_id bigint, category_id bigint, unit_id bigint
) LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT g.grain, g.community_id, p_measure, p_bucket, g.grid_id, g.category_id, g.unit_id
    FROM (VALUES
        ('community', p_community, 0::bigint, 0::bigint, 0::bigint, p_measure IN ('state', 'due')),
        ('grid', p_community, p_grid, 0::bigint, 0::bigint, p_measure IN ('state', 'due')),
        ('category', 0::bigint, 0::bigint, p_category, 0::bigint, p_measure IN ('state', 'due')),
        ('community_category', p_community, 0::bigint, p_category, 0::bigint, p_measure IN ('state', 'due')),
        ('unit', p_community, p_grid, 0::bigint, p_unit, p_measure = 'held')
    ) g (grain, community_id, grid_id, category_id, unit_id, is_meant)
    WHERE g.is_meant
$$;

-- The cells in which a flow is counted: four grains, by day and by month; a year costs no more to read than a month.
CREATE FUNCTION insight_spread_flow(p_community bigint, p_grid bigint, p_category bigint, p_day integer)
RETURNS TABLE (grain text, community_id bigint, span text, bucket integer, grid_id bigint, category_id bigint)
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT g.grain, g.community_id, t.span, t.bucket, g.grid_id, g.category_id
    FROM (VALUES
        ('community', p_community, 0::bigint, 0::bigint),
        ('grid', p_community, p_grid, 0::bigint),
        ('category', 0::bigint, 0::bigint, p_category),
        ('community_category', p_community, 0::bigint, p_category)
    ) g (grain, community_id, grid_id, category_id)
    CROSS JOIN (VALUES ('day', p_day), ('month', insight_month(p_day))) t (span, bucket)
$$;

-- As insight_unfolded, for what happened by day.
CREATE FUNCTION insight_unfolded_flow() RETURNS TABLE (
    grain text, community_id bigint, span text, bucket integer, grid_id bigint, category_id bigint, [[types]]
) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT s.grain, s.community_id, s.span, s.bucket, s.grid_id, s.category_id, [[sums d]]
    FROM [[flow_cells
        journal_entry e CROSS JOIN LATERAL insight_exploded(e.before, e.after) x
        WHERE e.tenant_id = current_setting('app.tenant')::integer AND e.batch_id IS NULL
        AND
    ]]
    WHERE CASE current_setting('app.level')
        WHEN 'street' THEN true
        WHEN 'community' THEN s.community_id = current_setting('app.unit')::bigint
        WHEN 'grid' THEN s.grid_id = current_setting('app.unit')::bigint
        WHEN 'unit' THEN false
        WHEN '' THEN baiying_no_scope()
        ELSE false
    END
    GROUP BY 1, 2, 3, 4, 5, 6
$$;

-- Heard entries become figures: aggregated first, then one upsert a table in the order of the key, so that two workers
-- of one street could only ever wait for one another, never lock each other out. Runs as the owner, because a row
-- policy asked three times for each of thousands of cells would double its cost; the street is the one in force.
CREATE OR REPLACE FUNCTION insight_fold(p_entries uuid[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_tenant integer := current_setting('app.tenant')::integer;
BEGIN
    IF current_setting('app.level') <> 'street' THEN
        PERFORM baiying_no_scope();
    END IF;
    WITH changed AS MATERIALIZED (
        SELECT x.community_id, x.grid_id, x.category_id, x.measure, x.bucket, x.unit_id, sum(x.n)::integer AS n
        FROM unnest(p_entries) AS heard (id)
        JOIN journal_entry e ON e.id = heard.id AND e.tenant_id = v_tenant
        CROSS JOIN LATERAL insight_exploded(e.before, e.after) x
        GROUP BY 1, 2, 3, 4, 5, 6
        HAVING sum(x.n) <> 0
    ), stock AS (
        INSERT INTO insight_figure (tenant_id, grain, community_id, measure, bucket, grid_id, category_id, unit_id, n)
        SELECT v_tenant, s.grain, s.community_id, s.measure, s.bucket, s.grid_id, s.category_id, s.unit_id, sum(c.n)
        FROM [[stock_cells changed c]]
        GROUP BY 2, 3, 4, 5, 6, 7, 8
        HAVING sum(c.n) <> 0
        ORDER BY s.grain COLLATE "C", 3, s.measure COLLATE "C", 5, 6, 7, 8
        ON CONFLICT (tenant_id, grain, community_id, measure, bucket, grid_id, category_id, unit_id)
        DO UPDATE SET n = insight_figure.n + excluded.n
    )
    INSERT INTO insight_flow (tenant_id, grain, community_id, span, bucket, grid_id, category_id, [[flows]])
    SELECT v_tenant, s.grain, s.community_id, s.span, s.bucket, s.grid_id, s.category_id, [[sums d]]
    FROM [[flow_cells changed x WHERE]]
    GROUP BY 2, 3, 4, 5, 6, 7
    ORDER BY s.grain COLLATE "C", 3, s.span COLLATE "C", 5, 6, 7
    ON CONFLICT (tenant_id, grain, community_id, span, bucket, grid_id, category_id)
    DO UPDATE SET [[added insight_flow]];
END $$;
