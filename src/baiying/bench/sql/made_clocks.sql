-- %(rows)s running clocks of made-up subjects, none of them due: limits over the coming year, as a street would have
-- them had it a million promises to keep at once. One in eight stands still.
INSERT INTO dispatch_clock (
    id, tenant_id, community_id, grid_id, unit_id, subject_kind, subject_id, what, state, started_at, limit_value,
    limit_unit, source, grade, due_at, is_estimated, warn_at, next_at, level, is_at_top, pause_reason, paused_at, pause_until
)
SELECT gen_random_uuid(), %(tenant)s, g.parent_id, g.id, CASE WHEN r.n %% 3 = 0 THEN %(unit)s ELSE g.id END, 'bench',
       gen_random_uuid(), (ARRAY['handle', 'handle', 'accept', 'acknowledge', 'check'])[1 + r.n %% 5],
       CASE WHEN r.n %% 8 = 0 THEN 'paused' ELSE 'running' END, %(now)s, 5, 'working_day', 'bench', 'D',
       d.due_at, false, d.due_at - interval '10 hours', CASE WHEN r.n %% 8 <> 0 THEN d.due_at - interval '10 hours' END,
       0, false, CASE WHEN r.n %% 8 = 0 THEN 'ask' ELSE '' END, CASE WHEN r.n %% 8 = 0 THEN %(now)s::timestamptz END,
       CASE WHEN r.n %% 8 = 0 THEN d.due_at END
FROM generate_series(1, %(rows)s) r (n)
JOIN bench_grid g ON g.n = r.n %% (SELECT count(*) FROM bench_grid)
CROSS JOIN LATERAL (SELECT %(now)s::timestamptz + interval '2 days' + random() * interval '360 days' AS due_at) d;
