-- %(rows)s cases, spread over three years; `ended` says whether all of them are over, or all still open (the open
-- stock of a street follows its hands, not the length of its history). Weights: few matters and few buildings make
-- most of the work; office hours make most of the day.
INSERT INTO cases_case (
    id, tenant_id, community_id, grid_id, unit_id, reference, state, resume_state, kind, category_id, matter_id,
    channel, text, place, lon, lat, located_by, living_area_id, building_id, is_anonymous, is_urgent, received_at,
    promised_by, due_at, paused_at, parked_until, handled_at, checked_at, rated_at, closed_at, reopened_at,
    outcome, rating, is_contacted, is_solved, reopen_count, photo_count, tracking_epoch, version, updated_at, search
)
WITH dice AS MATERIALIZED (
    SELECT %(now)s::timestamptz - CASE WHEN %(ended)s
               THEN interval '1095 days' * (1 - (n - 0.5) / %(rows)s) + interval '1 hour'
               ELSE interval '6 days' * -ln(1 - random() * 0.999) END AS at,
           floor((SELECT count(*) FROM bench_text) * power(random(), 1.4))::integer AS text_n,
           floor((SELECT count(*) FROM bench_place) * power(random(), 1.2))::integer AS place_n,
           nextval('cases_reference_serial') AS serial,
           random() AS u, -ln(1 - random()) AS slow, random() AS r1, random() AS r2, random() AS r3
    FROM generate_series(1, %(rows)s) n
), placed AS (
    SELECT d.*, t.kind, t.category_id, t.matter_id, t.limit_days, t.text, p.place, p.grid_id, p.community_id,
           p.living_area_id, p.building_id, p.lon, p.lat, t.search || p.search AS search,
           coalesce(t.unit_id, p.community_id) AS unit_id, md5(random()::text) AS salt,
           -- done within what has passed since; a few at once
           CASE WHEN %(ended)s THEN least(slow * 2.4, extract(epoch FROM %(now)s::timestamptz - d.at) / 86400 * 0.5)
                ELSE extract(epoch FROM %(now)s::timestamptz - d.at) / 86400 * 0.6 END * interval '1 day' AS took,
           CASE WHEN %(ended)s THEN CASE WHEN u < 0.07 THEN 'declined' ELSE 'closed' END
                ELSE (SELECT s.state FROM bench_state s WHERE d.u < s.up_to ORDER BY s.up_to LIMIT 1) END AS state
    FROM dice d JOIN bench_text t ON t.n = d.text_n JOIN bench_place p ON p.n = d.place_n
), staged AS (
    SELECT p.*, state IN ('handled', 'checked', 'rated', 'closed') AS is_handled,
           state IN ('checked', 'rated', 'closed') AS is_checked, state IN ('rated', 'closed') AS is_rated,
           CASE WHEN r1 < 0.12 THEN 'no_answer' WHEN r1 < 0.82 THEN 'satisfied'
                WHEN r1 < 0.94 THEN 'basically_satisfied' ELSE 'dissatisfied' END AS said
    FROM placed p
)
SELECT (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7' || substr(salt, 1, 3) || 'b'
            || substr(salt, 4, 15))::uuid,
       %(tenant)s, community_id, grid_id,
       CASE WHEN state IN ('received', 'accepted', 'declined') THEN NULL ELSE unit_id END,
       pg_temp.reference_of(%(short_code)s, serial), state,
       CASE WHEN state IN ('waiting', 'parked') THEN 'in_progress' ELSE '' END, kind, category_id, matter_id,
       (ARRAY['web', 'web', 'phone', 'wechat', 'wechat', 'visit', 'hotline', 'grid', 'app', 'letter'])[1 + floor(r2 * 10)::integer],
       text, place, lon, lat, CASE WHEN grid_id IS NULL THEN 'unknown' ELSE 'point' END, living_area_id, building_id,
       false, r3 < 0.004, at, at + limit_days * interval '34 hours', at + limit_days * interval '34 hours',
       CASE WHEN state IN ('waiting', 'parked') THEN at + took END,
       CASE WHEN state = 'parked' THEN (at + interval '60 days')::date END,
       CASE WHEN is_handled THEN at + took END, CASE WHEN is_checked THEN at + took * 1.2 END,
       CASE WHEN is_rated THEN at + took * 1.4 END,
       CASE WHEN state IN ('closed', 'declined') THEN at + took * 1.5 END,
       CASE WHEN state = 'reopened' THEN at + took END,
       CASE WHEN NOT is_handled THEN '' WHEN r3 < 0.72 THEN 'solved' WHEN r3 < 0.94 THEN 'explained'
            ELSE 'unsolved' END,
       CASE WHEN is_rated THEN said ELSE '' END,
       CASE WHEN is_rated THEN said <> 'no_answer' END, CASE WHEN is_rated AND said <> 'no_answer' THEN r3 < 0.9 END,
       0, 0, 0, 6, at + took * 1.5, search
FROM staged;
