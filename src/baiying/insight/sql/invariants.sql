-- Sentences about the cases of a street that must hold, each with the references of the cases for which it does not.
-- Every query sees one moment. %(...)s: what the step table says. The name stands after "-- name:".

-- name: state_and_times
-- A case's times say what its state says.
SELECT c.reference FROM cases_case c
WHERE c.tenant_id = %(tenant)s AND NOT (
    c.state = ANY (%(states)s)
    AND (c.handled_at IS NOT NULL) = (c.state IN ('handled', 'checked', 'rated', 'closed'))
    AND (c.checked_at IS NOT NULL) = (c.state IN ('checked', 'rated', 'closed'))
    AND (c.rated_at IS NOT NULL) = (c.state IN ('rated', 'closed'))
    AND (c.closed_at IS NOT NULL) = (c.state = ANY (%(ended)s))
    AND (c.paused_at IS NOT NULL) = (c.state = ANY (%(paused)s))
    AND (c.resume_state <> '') = (c.state = ANY (%(paused)s))
    AND (c.parked_until IS NOT NULL) = (c.state = 'parked')
    AND (c.rating <> '') = (c.rated_at IS NOT NULL)
    AND (c.is_contacted IS NOT NULL) = (c.rating NOT IN ('', 'no_answer'))
    AND (c.is_solved IS NOT NULL) = (c.rating NOT IN ('', 'no_answer'))
    AND (c.outcome <> '') = (c.state IN ('handled', 'checked', 'rated', 'closed', 'declined'))
)
ORDER BY 1

-- name: state_and_order
-- A case that a unit works on has exactly one running lead order, at that unit; no other case has one.
SELECT c.reference FROM cases_case c
LEFT JOIN dispatch_order o ON o.tenant_id = c.tenant_id AND o.subject_kind = 'case' AND o.subject_id = c.id
                          AND o.part = 'lead' AND o.state IN ('handed_out', 'acknowledged')
WHERE c.tenant_id = %(tenant)s AND NOT (
    CASE WHEN coalesce(nullif(c.resume_state, ''), c.state) = ANY (%(with_unit)s) AND c.merged_into_id IS NULL
        THEN o.id IS NOT NULL AND o.unit_id = c.unit_id
         AND (o.state = 'handed_out') = (coalesce(nullif(c.resume_state, ''), c.state) = 'handed_out')
         AND o.community_id IS NOT DISTINCT FROM c.community_id AND o.grid_id IS NOT DISTINCT FROM c.grid_id
        ELSE o.id IS NULL
    END
)
ORDER BY 1

-- name: clock
-- The limit that lists show is that of the running clock of handling; a clock stands still exactly while its case does.
SELECT c.reference FROM cases_case c
JOIN dispatch_clock k ON k.tenant_id = c.tenant_id AND k.subject_kind = 'case' AND k.subject_id = c.id
                     AND k.stopped_at IS NULL
WHERE c.tenant_id = %(tenant)s AND NOT (
    (k.what <> 'handle' OR k.due_at = c.due_at)
    AND (k.paused_at IS NOT NULL) = (c.state = ANY (%(paused)s))
    AND NOT c.state = ANY (%(ended)s)
    AND (k.next_at IS NULL) = (k.paused_at IS NOT NULL OR k.is_at_top)
    AND k.community_id IS NOT DISTINCT FROM c.community_id AND k.grid_id IS NOT DISTINCT FROM c.grid_id
    AND k.unit_id IS NOT DISTINCT FROM c.unit_id
)
ORDER BY 1

-- name: clock_state
-- A case whose clocks have been brought has those of its state, and no other: handling, what is awaited, feedback.
WITH kept AS (
    SELECT c.id, c.reference, coalesce(nullif(c.resume_state, ''), c.state) AS state,
           array_agg(k.what) FILTER (WHERE k.stopped_at IS NULL) AS whats
    FROM cases_case c
    JOIN dispatch_clock k ON k.tenant_id = c.tenant_id AND k.subject_kind = 'case' AND k.subject_id = c.id
    WHERE c.tenant_id = %(tenant)s AND c.merged_into_id IS NULL
    GROUP BY 1, 2, 3
)
SELECT reference FROM kept WHERE NOT (
    ('handle' = ANY (coalesce(whats, '{}'))) = (state = ANY (%(running)s))
    AND (%(awaited)s::jsonb ->> state IS NULL OR %(awaited)s::jsonb ->> state = ANY (coalesce(whats, '{}')))
    AND coalesce(whats, '{}') <@ (ARRAY['handle', %(awaited)s::jsonb ->> state]
                                 || CASE WHEN state = ANY (%(with_unit)s) THEN ARRAY['feedback'] ELSE '{}' END)
)
ORDER BY 1

-- name: merged
-- A merged case has its row in force, nothing of its own that runs, and is not below itself.
WITH RECURSIVE above (id, top, is_ring) AS (
    SELECT c.id, c.merged_into_id, false FROM cases_case c
    WHERE c.tenant_id = %(tenant)s AND c.merged_into_id IS NOT NULL
    UNION
    SELECT a.id, c.merged_into_id, c.merged_into_id = a.id FROM above a
    JOIN cases_case c ON c.id = a.top AND c.tenant_id = %(tenant)s
    WHERE c.merged_into_id IS NOT NULL AND NOT a.is_ring
)
SELECT c.reference FROM cases_case c
LEFT JOIN cases_merge m ON m.tenant_id = c.tenant_id AND m.part_id = c.id AND m.until IS NULL
WHERE c.tenant_id = %(tenant)s AND (
    (c.merged_into_id IS NOT NULL AND (
        m.lead_id IS DISTINCT FROM c.merged_into_id OR c.closed_at IS NOT NULL
        OR EXISTS (SELECT 1 FROM dispatch_clock k WHERE k.tenant_id = c.tenant_id AND k.subject_kind = 'case'
                   AND k.subject_id = c.id AND k.stopped_at IS NULL)
        OR EXISTS (SELECT 1 FROM dispatch_order o WHERE o.tenant_id = c.tenant_id AND o.subject_kind = 'case'
                   AND o.subject_id = c.id AND o.state IN ('handed_out', 'acknowledged'))
        OR EXISTS (SELECT 1 FROM above a WHERE a.id = c.id AND a.is_ring)
    ))
    OR (c.merged_into_id IS NULL AND m.id IS NOT NULL AND c.closed_at IS NULL)
)
ORDER BY 1

-- name: place
-- A case's grid lies in its community, and both in its street.
SELECT c.reference FROM cases_case c
LEFT JOIN org_unit g ON g.id = c.grid_id AND g.tenant_id = c.tenant_id AND g.level = 'grid'
LEFT JOIN org_unit m ON m.id = c.community_id AND m.tenant_id = c.tenant_id AND m.level = 'community'
WHERE c.tenant_id = %(tenant)s AND (
    (c.community_id IS NOT NULL AND m.id IS NULL)
    OR (c.grid_id IS NOT NULL AND (g.id IS NULL OR g.parent_id IS DISTINCT FROM c.community_id))
)
ORDER BY 1

-- name: receipt
-- Every case has the journal row and the line of its receipt, once.
SELECT c.reference FROM cases_case c
LEFT JOIN (
    SELECT subject_id, count(*) AS n FROM journal_entry
    WHERE tenant_id = %(tenant)s AND subject_kind = 'case' AND event = 'cases.received' GROUP BY 1
) e ON e.subject_id = c.id::text
LEFT JOIN (
    SELECT case_id, count(*) AS n FROM cases_line WHERE tenant_id = %(tenant)s AND step = 'receive' GROUP BY 1
) l ON l.case_id = c.id
WHERE c.tenant_id = %(tenant)s AND (e.n IS DISTINCT FROM 1 OR l.n IS DISTINCT FROM 1)
ORDER BY 1

-- name: journal_and_timeline
-- Every step in the journal has its public line on the timeline, and the other way round; a correction that only
-- confirmed what stood there is no news to the reporter.
WITH named AS (SELECT key AS event, value AS step FROM jsonb_each_text(%(events)s::jsonb)),
told AS (
    SELECT e.subject_id AS case_id, n.step, count(*) AS n FROM journal_entry e JOIN named n ON n.event = e.event
    WHERE e.tenant_id = %(tenant)s AND e.subject_kind = 'case' GROUP BY 1, 2
), shown AS (
    SELECT l.case_id::text, l.step, count(*) AS n FROM cases_line l JOIN named n ON n.step = l.step
    WHERE l.tenant_id = %(tenant)s AND (l.is_public OR l.step = 'correct') GROUP BY 1, 2
)
SELECT DISTINCT coalesce(c.reference, case_id)
FROM told FULL JOIN shown USING (case_id, step)
LEFT JOIN cases_case c ON c.id::text = case_id AND c.tenant_id = %(tenant)s
WHERE told.n IS DISTINCT FROM shown.n
ORDER BY 1

-- name: last_word
-- The last state that the journal tells of a case is the case's state.
SELECT c.reference FROM cases_case c
LEFT JOIN (
    SELECT DISTINCT ON (subject_id) subject_id, to_state FROM journal_entry
    WHERE tenant_id = %(tenant)s AND subject_kind = 'case' AND to_state <> '' ORDER BY subject_id, id DESC
) e ON e.subject_id = c.id::text
WHERE c.tenant_id = %(tenant)s AND e.to_state IS DISTINCT FROM c.state
ORDER BY 1

-- name: photo_count
-- A case says as many photos as it has.
SELECT c.reference FROM cases_case c
LEFT JOIN (SELECT case_id, count(*) AS n FROM cases_photo WHERE tenant_id = %(tenant)s GROUP BY 1) p ON p.case_id = c.id
WHERE c.tenant_id = %(tenant)s AND c.photo_count <> coalesce(p.n, 0)
ORDER BY 1

-- name: proof
-- Work reported done has a photo of the place or the reason why there is none.
SELECT c.reference FROM cases_case c
WHERE c.tenant_id = %(tenant)s AND c.handled_at IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM cases_photo p WHERE p.tenant_id = c.tenant_id AND p.case_id = c.id AND p.purpose = 'proof'
) AND NOT EXISTS (
    SELECT 1 FROM cases_line l WHERE l.tenant_id = c.tenant_id AND l.case_id = c.id AND l.step = 'handle'
      AND l.data ->> 'no_photo_reason' <> ''
) AND NOT EXISTS (
    SELECT 1 FROM cases_line l WHERE l.tenant_id = c.tenant_id AND l.case_id = c.id AND l.step IN ('close_with_whole', 'handle_with_lead')
)
ORDER BY 1

-- name: journal_orphans
-- The journal speaks only of cases that exist.
SELECT e.subject_id FROM journal_entry e
WHERE e.tenant_id = %(tenant)s AND e.subject_kind = 'case'
  AND NOT EXISTS (SELECT 1 FROM cases_case c WHERE c.tenant_id = e.tenant_id AND c.id::text = e.subject_id)
GROUP BY 1 ORDER BY 1

-- name: chain_one_holder
SELECT 'link ' || a.id
FROM chain_link a
JOIN chain_link b ON b.tenant_id = a.tenant_id AND b.level = a.level AND b.child_id = a.child_id AND b.id > a.id
WHERE a.tenant_id = %(tenant)s
    AND daterange(a.from_date, a.until_date) && daterange(b.from_date, b.until_date)

-- name: chain_place
SELECT 'link ' || l.id
FROM chain_link l
LEFT JOIN org_unit u ON u.id = l.unit_id
LEFT JOIN registry_courtyard y ON y.id = l.courtyard_id
LEFT JOIN chain_holder p ON p.id = l.person_id
LEFT JOIN registry_home h ON h.id = l.home_id
JOIN chain_holder holder ON holder.id = l.holder_id
WHERE l.tenant_id = %(tenant)s AND (
    (l.community_id, coalesce(l.grid_id, 0)) IS DISTINCT FROM (
        CASE WHEN l.level = 1 THEN u.id
             ELSE coalesce(y.community_id, p.community_id, h.community_id, u.parent_id) END,
        CASE WHEN l.level = 1 THEN 0
             WHEN l.level = 2 THEN u.id
             ELSE coalesce(y.grid_id, p.grid_id, h.grid_id, 0) END
    )
    OR holder.community_id IS DISTINCT FROM (CASE WHEN l.level = 1 THEN NULL ELSE l.community_id END)
    OR holder.tenant_id <> l.tenant_id
)

-- name: chain_ring
WITH RECURSIVE below (link, top, person, span) AS (
    SELECT l.id, l.holder_id, l.person_id, daterange(l.from_date, l.until_date)
    FROM chain_link l
    WHERE l.tenant_id = %(tenant)s AND l.level IN (4, 5) AND l.until_date IS DISTINCT FROM l.from_date
    UNION
    SELECT b.link, b.top, l.person_id, b.span * daterange(l.from_date, l.until_date)
    FROM below b
    JOIN chain_link l ON l.holder_id = b.person AND l.level IN (4, 5)
    WHERE b.person <> b.top AND NOT isempty(b.span * daterange(l.from_date, l.until_date))
)
SELECT DISTINCT 'link ' || link FROM below WHERE person = top

-- name: chain_left
SELECT 'holder ' || h.code
FROM chain_holder h
WHERE h.tenant_id = %(tenant)s AND h.left_on IS NOT NULL AND EXISTS (
    SELECT FROM chain_link l
    WHERE l.holder_id = h.id AND l.until_date IS DISTINCT FROM l.from_date
        AND (l.until_date IS NULL OR l.until_date > h.left_on)
)

-- name: home_place
SELECT 'home ' || h.code
FROM registry_home h
JOIN registry_building b ON b.id = h.building_id
JOIN org_unit g ON g.id = b.grid_id
LEFT JOIN registry_courtyard y ON y.id = b.courtyard_id
WHERE h.tenant_id = %(tenant)s
    AND (h.grid_id <> b.grid_id OR h.community_id <> g.parent_id OR y.grid_id <> b.grid_id)
