-- One fact of the journal as the cells in which it is counted. Flows are kept per day and per month, so that a year
-- costs no more to read than a month; the full cube of all columns is not kept (it compresses threefold only).
CREATE FUNCTION insight_spread(
    p_community bigint, p_grid bigint, p_category bigint, p_measure text, p_bucket integer, p_unit bigint
) RETURNS TABLE (
    grain text, community_id bigint, measure text, bucket integer, grid_id bigint, category_id bigint, unit_id bigint
) LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT g.grain, g.community_id, t.measure, t.bucket, g.grid_id, g.category_id, g.unit_id
    FROM (VALUES
        ('community', p_community, 0::bigint, 0::bigint, 0::bigint, p_measure <> 'held'),
        ('grid', p_community, p_grid, 0::bigint, 0::bigint, p_measure <> 'held'),
        ('category', 0::bigint, 0::bigint, p_category, 0::bigint, p_measure <> 'held'),
        ('community_category', p_community, 0::bigint, p_category, 0::bigint, p_measure <> 'held'),
        ('unit', p_community, p_grid, 0::bigint, p_unit, p_measure = 'held')
    ) g (grain, community_id, grid_id, category_id, unit_id, is_meant)
    CROSS JOIN (VALUES
        (p_measure, p_bucket, true),
        (p_measure || '_by_month', insight_month(p_bucket), p_measure NOT IN ('state', 'held', 'due'))
    ) t (measure, bucket, is_meant)
    WHERE g.is_meant AND t.is_meant
$$;

-- The facts before (-1) and after (+1) an event; see cases.facts.
CREATE FUNCTION insight_exploded(p_before jsonb, p_after jsonb) RETURNS TABLE (
    community_id bigint, grid_id bigint, category_id bigint, measure text, bucket integer, unit_id bigint, n integer
) LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT coalesce((f.facts ->> 'c')::bigint, 0), coalesce((f.facts ->> 'g')::bigint, 0),
           coalesce((f.facts ->> 'k')::bigint, 0), m.fact ->> 0, (m.fact ->> 1)::integer, (m.fact ->> 2)::bigint, f.sign
    FROM (VALUES (p_before, -1), (p_after, 1)) f (facts, sign), jsonb_array_elements(f.facts -> 'm') m (fact)
$$;

-- What has happened and is not folded yet, cell by cell, within the reader's scope. Runs as the owner: the journal
-- row of a case that moved to another community is not visible in the one it left, though its figures change too.
-- STABLE, so that it reads the snapshot of the statement that calls it.
CREATE FUNCTION insight_unfolded() RETURNS TABLE (
    grain text, community_id bigint, measure text, bucket integer, grid_id bigint, category_id bigint, unit_id bigint,
    n bigint
) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT s.grain, s.community_id, s.measure, s.bucket, s.grid_id, s.category_id, s.unit_id, sum(d.n)
    FROM (
        SELECT x.community_id, x.grid_id, x.category_id, x.measure, x.bucket, x.unit_id, sum(x.n)::integer AS n
        FROM journal_entry e CROSS JOIN LATERAL insight_exploded(e.before, e.after) x
        WHERE e.tenant_id = current_setting('app.tenant')::integer AND e.batch_id IS NULL
        GROUP BY 1, 2, 3, 4, 5, 6
        HAVING sum(x.n) <> 0
    ) d
    CROSS JOIN LATERAL insight_spread(d.community_id, d.grid_id, d.category_id, d.measure, d.bucket, d.unit_id) s
    WHERE CASE current_setting('app.level')
        WHEN 'street' THEN true
        WHEN 'community' THEN s.community_id = current_setting('app.unit')::bigint
        WHEN 'grid' THEN s.grid_id = current_setting('app.unit')::bigint
        WHEN 'unit' THEN s.unit_id = current_setting('app.unit')::bigint
        WHEN '' THEN baiying_no_scope()
        ELSE false
    END
    GROUP BY 1, 2, 3, 4, 5, 6, 7
$$;
