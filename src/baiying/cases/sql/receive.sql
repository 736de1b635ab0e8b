-- One round trip for one request: key, case, contact, first line, journal. Called by cases.intake only.
-- SECURITY DEFINER: a resident has no scope; the function writes exactly one new case and reads nothing of others.
CREATE FUNCTION cases_receive(
    p_tenant integer, p_community bigint, p_grid bigint, p_short_code text, p_id uuid,
    p_kind text, p_category bigint, p_matter bigint, p_channel text, p_text text, p_place text,
    p_lon double precision, p_lat double precision, p_located_by text, p_living_area bigint, p_building bigint,
    p_anonymous boolean, p_urgent boolean, p_received_at timestamptz, p_received_by bigint,
    p_occurred_at timestamptz, p_promised_by timestamptz, p_photos smallint, p_search text[],
    p_name text, p_phone text, p_phone_hash text,
    p_line uuid, p_line_data jsonb, p_entry uuid, p_facts jsonb,
    p_actor_kind text, p_actor_id bigint, p_actor_name text, p_unit bigint, p_unit_name text,
    p_key text, p_body text, p_answer jsonb
) RETURNS TABLE (reference text, case_id uuid, answer jsonb, is_repeat boolean, is_conflict boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_digits text;
    v_sum integer := 5;
    v_digit integer;
    v_reference text;
    v_answer jsonb;
    v_old cases_intakekey%ROWTYPE;
BEGIN
    v_digits := nextval('cases_reference_serial')::text;
    v_digits := lpad(v_digits, greatest(6, length(v_digits)), '0');  -- lpad also cuts: the millionth case came twice
    -- ISO 7064 mod 11,10 over street code and serial, as in kit.ids.make_reference
    FOR i IN 1 .. length(p_short_code || v_digits) LOOP
        v_digit := substr(p_short_code || v_digits, i, 1)::integer;
        v_sum := (((CASE v_sum WHEN 0 THEN 10 ELSE v_sum END) * 2) % 11 + v_digit) % 10;
    END LOOP;
    v_digit := (1 - ((CASE v_sum WHEN 0 THEN 10 ELSE v_sum END) * 2) % 11 + 10) % 10;
    v_reference := p_short_code || '-' || v_digits || '-' || v_digit;
    v_answer := p_answer || jsonb_build_object('reference', v_reference);

    IF p_key IS NOT NULL THEN
        INSERT INTO cases_intakekey (tenant_id, key_hash, body_hash, case_id, answer, created_at)
        VALUES (p_tenant, p_key, p_body, p_id, v_answer, p_received_at)
        ON CONFLICT DO NOTHING;
        IF NOT FOUND THEN
            SELECT k.* INTO v_old FROM cases_intakekey k WHERE k.tenant_id = p_tenant AND k.key_hash = p_key;
            RETURN QUERY SELECT v_old.answer ->> 'reference', v_old.case_id, v_old.answer,
                                v_old.body_hash = p_body, v_old.body_hash <> p_body;
            RETURN;
        END IF;
    END IF;

    INSERT INTO cases_case (
        id, tenant_id, community_id, grid_id, reference, state, resume_state, kind, category_id, matter_id, channel,
        text, place, lon, lat, located_by, living_area_id, building_id, is_anonymous, is_urgent, received_at,
        received_by, occurred_at, promised_by, due_at, outcome, rating, reopen_count, photo_count, tracking_epoch,
        version, updated_at, search
    ) VALUES (
        p_id, p_tenant, p_community, p_grid, v_reference, 'received', '', p_kind, p_category, p_matter, p_channel,
        p_text, p_place, p_lon, p_lat, p_located_by, p_living_area, p_building, p_anonymous, p_urgent, p_received_at,
        p_received_by, p_occurred_at, p_promised_by, p_promised_by, '', '', 0, p_photos, 0,
        0, p_received_at, array_to_tsvector(p_search)
    );
    IF p_name <> '' OR p_phone <> '' THEN
        INSERT INTO cases_contact (case_id, tenant_id, name, phone, phone_hash)
        VALUES (p_id, p_tenant, p_name, p_phone, p_phone_hash);
    END IF;
    INSERT INTO cases_line (id, tenant_id, case_id, at, step, is_public, actor_kind, actor_id, actor_name,
                            unit_id, unit_name, text, data)
    VALUES (p_line, p_tenant, p_id, p_received_at, 'receive', true, p_actor_kind, p_actor_id, p_actor_name,
            p_unit, p_unit_name, '', p_line_data);
    INSERT INTO journal_entry (id, tenant_id, at, event, subject_kind, subject_id, actor_kind, actor_id, actor_name,
                               community_id, grid_id, unit_id, from_state, to_state, before, after, data, batch_id)
    VALUES (p_entry, p_tenant, p_received_at, 'cases.received', 'case', p_id::text, p_actor_kind, p_actor_id,
            p_actor_name, p_community, p_grid, NULL, '', 'received', NULL, p_facts, '{}', NULL);
    RETURN QUERY SELECT v_reference, p_id, v_answer, false, false;
END $$;
