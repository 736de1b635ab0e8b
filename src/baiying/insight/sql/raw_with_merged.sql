-- The facts of all cases of a street, counted from the cases themselves: what the figures must come to. Written
-- apart from cases.facts on purpose; the two check each other. p_numbers: state -> bucket; p_running: states whose
-- clock runs. Takes the place of raw_by_method.sql: a case that is merged into another is a demand, but no work of its own.
CREATE OR REPLACE FUNCTION insight_raw(p_tenant integer, p_numbers jsonb, p_running text[]) RETURNS TABLE (
    community_id bigint, grid_id bigint, category_id bigint, measure text, bucket integer, unit_id bigint, n bigint
) LANGUAGE sql STABLE AS $$
    SELECT coalesce(c.community_id, 0), coalesce(c.grid_id, 0), c.category_id, m.measure, m.bucket, m.unit_id, count(*)
    FROM cases_case c
    CROSS JOIN LATERAL (
        SELECT c.rated_at IS NOT NULL AND c.rating <> 'no_answer' AND NOT c.is_not_counted AS is_answered
    ) a
    CROSS JOIN LATERAL (VALUES
        ('state', (p_numbers ->> c.state)::integer, 0::bigint, c.merged_into_id IS NULL),
        ('held', (p_numbers ->> c.state)::integer, c.unit_id, c.unit_id IS NOT NULL AND c.merged_into_id IS NULL),
        ('due', floor(extract(epoch FROM c.due_at) / 3600)::integer, 0, c.state = ANY (p_running) AND c.merged_into_id IS NULL),
        ('received', insight_day(c.received_at), 0, true),
        ('handled', insight_day(c.handled_at), 0, c.handled_at IS NOT NULL),
        ('reopened', insight_day(c.reopened_at), 0, c.reopened_at IS NOT NULL),
        ('closed', insight_day(c.closed_at), 0, c.closed_at IS NOT NULL AND c.state <> 'declined'),
        ('declined', insight_day(c.closed_at), 0, c.closed_at IS NOT NULL AND c.state = 'declined'),
        ('raised', insight_day(c.raised_at), 0, c.raised_at IS NOT NULL),
        ('not_counted', insight_day(c.rated_at), 0, c.rated_at IS NOT NULL AND c.is_not_counted),
        ('unanswered', insight_day(c.rated_at), 0,
            c.rated_at IS NOT NULL AND c.rating = 'no_answer' AND NOT c.is_not_counted),
        (c.rating, insight_day(c.rated_at), 0, a.is_answered),
        (c.rate_method, insight_day(c.rated_at), 0, a.is_answered AND c.rate_method <> ''),
        ('called_back', insight_day(c.rated_at), 0, a.is_answered),
        ('contacted', insight_day(c.rated_at), 0, a.is_answered AND c.is_contacted IS TRUE),
        ('solved', insight_day(c.rated_at), 0, a.is_answered AND c.is_solved IS TRUE)
    ) m (measure, bucket, unit_id, is_meant)
    WHERE c.tenant_id = p_tenant AND m.is_meant AND c.channel <> 'split'
    GROUP BY 1, 2, 3, 4, 5, 6
$$;
