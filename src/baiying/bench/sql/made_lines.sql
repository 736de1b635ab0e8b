-- Two to six lines of the timeline for the latest cases, as far as each has come.
INSERT INTO cases_line (
    id, tenant_id, case_id, at, step, is_public, actor_kind, actor_id, actor_name, unit_id, unit_name, text, data
)
SELECT (lpad(to_hex((extract(epoch FROM l.at) * 1000)::bigint), 12, '0') || '7' || substr(l.salt, 1, 3) || 'b'
            || substr(l.salt, 4, 15))::uuid,
       c.tenant_id, c.id, l.at, l.step, true, l.actor_kind, NULL, l.actor_name, u.id, coalesce(u.name, ''), l.text,
       l.data::jsonb
FROM (
    SELECT * FROM cases_case WHERE tenant_id = %(tenant)s ORDER BY received_at DESC, id DESC LIMIT %(most)s
) c
CROSS JOIN LATERAL (VALUES
    ('receive', c.received_at, true, 'reporter', '居民', '', '{"channel": "web"}', md5(random()::text)),
    ('accept', c.received_at + interval '10 minutes', c.state <> 'received', 'staff', '测速员', '', '{}',
        md5(random()::text)),
    ('hand_out', c.received_at + interval '15 minutes', c.unit_id IS NOT NULL, 'staff', '测速员', '',
        '{"unit": ' || coalesce(c.unit_id, 0) || '}', md5(random()::text)),
    ('acknowledge', c.received_at + interval '20 minutes', c.unit_id IS NOT NULL AND c.state <> 'handed_out',
        'staff', '经办人', '', '{}', md5(random()::text)),
    ('handle', c.handled_at, c.handled_at IS NOT NULL, 'staff', '经办人', '已到现场处理，请您看看还有没有问题。',
        '{"outcome": "solved"}', md5(random()::text)),
    ('close', c.closed_at, c.closed_at IS NOT NULL, 'staff', '测速员', '谢谢您的反映。', '{"outcome": "solved"}',
        md5(random()::text))
) l (step, at, is_meant, actor_kind, actor_name, text, data, salt)
LEFT JOIN org_unit u ON u.id = c.unit_id AND l.actor_name = '经办人'
WHERE l.is_meant;
