-- The running or last order of every open case that a unit has.
INSERT INTO dispatch_order (
    id, tenant_id, subject_kind, subject_id, community_id, grid_id, unit_id, state, instruction, reason, due_at,
    handed_out_at, acknowledged_at, ended_at
)
SELECT gen_random_uuid(), c.tenant_id, 'case', c.id, c.community_id, c.grid_id, c.unit_id,
       CASE WHEN c.handled_at IS NOT NULL THEN 'finished' WHEN c.state = 'returned' THEN 'returned'
            WHEN c.state = 'handed_out' THEN 'handed_out' ELSE 'acknowledged' END,
       '', '', c.due_at, c.received_at + interval '15 minutes',
       CASE WHEN c.state NOT IN ('handed_out', 'returned') THEN c.received_at + interval '20 minutes' END,
       CASE WHEN c.state = 'returned' THEN c.updated_at ELSE c.handled_at END
FROM cases_case c
WHERE c.tenant_id = %(tenant)s AND c.closed_at IS NULL AND c.unit_id IS NOT NULL
  AND NOT EXISTS (SELECT 1 FROM dispatch_order o WHERE o.tenant_id = c.tenant_id AND o.subject_id = c.id);
