-- Finding cases by their words. `@@` is not leakproof: under a row policy PostgreSQL refuses the GIN index, so these
-- functions run as the owner and add the searcher's scope themselves, from the same settings that the policies read.
-- What they give back is an id and the words and places to check exactly; the rows themselves are read under the policy.
CREATE OR REPLACE FUNCTION cases_scope_condition() RETURNS text
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
DECLARE
    v_tenant integer := nullif(current_setting('app.tenant'), '')::integer;
    v_level text := current_setting('app.level');
    v_unit bigint := nullif(current_setting('app.unit'), '')::bigint;
BEGIN
    IF v_tenant IS NULL OR v_level = '' THEN
        PERFORM baiying_no_scope();
    END IF;
    RETURN format('c.tenant_id = %s', v_tenant) || CASE v_level
        WHEN 'street' THEN ''
        WHEN 'community' THEN format(' AND c.community_id = %s', v_unit)
        WHEN 'grid' THEN format(' AND c.grid_id = %s', v_unit)
        WHEN 'unit' THEN format(' AND c.unit_id = %s', v_unit)
        ELSE ' AND false'
    END;
END $$;

-- [["state","in",["received"]], ["received_at","gte","2026-11-01T00:00:00+08:00"], ...] as SQL. Columns and
-- comparisons come from the lists below, values only as quoted literals of the column's type.
CREATE OR REPLACE FUNCTION cases_conditions(p_conditions jsonb) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
DECLARE
    v_one jsonb;
    v_column text;
    v_type text;
    v_sql text := '';
BEGIN
    FOR v_one IN SELECT jsonb_array_elements(p_conditions) LOOP
        v_column := v_one ->> 0;
        v_type := CASE
            WHEN v_column IN ('state', 'kind', 'channel', 'rating', 'rate_method') THEN 'text'
            WHEN v_column IN ('category_id', 'community_id', 'grid_id', 'unit_id') THEN 'bigint'
            WHEN v_column IN ('received_at', 'handled_at', 'closed_at', 'reopened_at', 'rated_at', 'raised_at',
                              'due_at', 'paused_at') THEN 'timestamptz'
            WHEN v_column IN ('is_contacted', 'is_solved', 'is_not_counted') THEN 'boolean'
            WHEN v_column IN ('id', 'merged_into_id') THEN 'uuid'
        END;
        IF v_type IS NULL THEN
            RAISE EXCEPTION 'no such column to filter by: %', v_column;
        END IF;
        v_sql := v_sql || ' AND ' || CASE v_one ->> 1
            WHEN 'in' THEN format('c.%I = ANY (%L::%s[])', v_column,
                                  ARRAY(SELECT jsonb_array_elements_text(v_one -> 2)), v_type)
            WHEN 'ne' THEN format('c.%I <> %L::%s', v_column, v_one ->> 2, v_type)
            WHEN 'gte' THEN format('c.%I >= %L::%s', v_column, v_one ->> 2, v_type)
            WHEN 'lt' THEN format('c.%I < %L::%s', v_column, v_one ->> 2, v_type)
            WHEN 'is' THEN format('c.%I = %L::boolean', v_column, v_one ->> 2)
            WHEN 'null' THEN format('c.%I IS %s', v_column,
                                    CASE WHEN (v_one ->> 2)::boolean THEN 'NULL' ELSE 'NOT NULL' END)
        END;
    END LOOP;
    RETURN v_sql;
END $$;

-- The next p_limit cases that hold all lexemes, the latest first (p_older) or the earliest after the key first.
-- A frequent word is found on the way along the recency index; a rare one by GIN. Which of the two, the planner
-- cannot know when words exclude one another, so the walk is bounded, and what lies behind it goes through GIN.
-- The walk begins where the period asked for begins. Who is content with p_enough of the p_limit gets what the walk
-- found, and is spared the rest: ranking wants many, but not at any price.
DROP FUNCTION IF EXISTS cases_search(text, jsonb, timestamptz, uuid, boolean, integer);
CREATE OR REPLACE FUNCTION cases_search(
    p_query text, p_conditions jsonb, p_at timestamptz, p_id uuid, p_older boolean, p_limit integer, p_enough integer
) RETURNS TABLE (id uuid, received_at timestamptz, words text, place text, living_area_id bigint, building_id bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp
SET enable_seqscan = off SET jit = off AS $$
DECLARE
    c_walk CONSTANT integer := 4000;
    v_scope text := cases_scope_condition();
    v_match text := cases_conditions(p_conditions) || format(' AND c.search @@ %L::tsquery', p_query);
    v_period text := cases_conditions(
        (SELECT coalesce(jsonb_agg(one), '[]') FROM jsonb_array_elements(p_conditions) one WHERE one ->> 0 = 'received_at')
    );
    v_order text := CASE WHEN p_older THEN 'DESC' ELSE 'ASC' END;
    v_beyond text := CASE WHEN p_older THEN '<' ELSE '>' END;
    v_key text := '';
    v_near text := '';
    v_count integer;
    v_at timestamptz;
    v_id uuid;
BEGIN
    IF p_at IS NOT NULL THEN
        v_key := format(' AND (c.received_at, c.id) %s (%L::timestamptz, %L::uuid)', v_beyond, p_at, p_id);
    END IF;
    EXECUTE format(
        'SELECT c.received_at, c.id FROM cases_case c WHERE %1$s%2$s%3$s
         ORDER BY c.received_at %4$s, c.id %4$s OFFSET %5$s LIMIT 1', v_scope, v_key, v_period, v_order, c_walk
    ) INTO v_at, v_id;
    IF v_at IS NOT NULL THEN
        -- Written as a range, not as NOT beyond: only so can the index end where the walk ends.
        v_near := format(' AND (c.received_at, c.id) %s (%L::timestamptz, %L::uuid)',
                         CASE WHEN p_older THEN '>=' ELSE '<=' END, v_at, v_id);
    END IF;
    RETURN QUERY EXECUTE format(
        'SELECT c.id, c.received_at, c.text, c.place, c.living_area_id, c.building_id FROM cases_case c
         WHERE %1$s%2$s%3$s%4$s
         ORDER BY c.received_at %5$s, c.id %5$s LIMIT %6$s', v_scope, v_key, v_near, v_match, v_order, p_limit
    );
    GET DIAGNOSTICS v_count = ROW_COUNT;
    IF v_at IS NULL OR v_count >= p_enough THEN
        RETURN;
    END IF;
    v_key := format(' AND (c.received_at, c.id) %s (%L::timestamptz, %L::uuid)', v_beyond, v_at, v_id);
    RETURN QUERY EXECUTE format(
        'WITH hits AS MATERIALIZED (SELECT c.id, c.received_at FROM cases_case c WHERE %1$s%2$s%3$s),
              page AS MATERIALIZED (SELECT * FROM hits ORDER BY received_at %4$s, id %4$s LIMIT %5$s)
         SELECT c.id, c.received_at, c.text, c.place, c.living_area_id, c.building_id
         FROM page JOIN cases_case c ON c.id = page.id
         ORDER BY c.received_at %4$s, c.id %4$s', v_scope, v_key, v_match, v_order, p_limit - v_count
    );
END $$;

-- How many cases hold all lexemes; at most p_most are counted.
CREATE OR REPLACE FUNCTION cases_search_count(p_query text, p_conditions jsonb, p_most bigint) RETURNS bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp
SET enable_seqscan = off SET jit = off AS $$
DECLARE
    v_count bigint;
BEGIN
    EXECUTE format(
        'SELECT count(*) FROM (SELECT 1 FROM cases_case c WHERE %s%s AND c.search @@ %L::tsquery LIMIT %s) hits',
        cases_scope_condition(), cases_conditions(p_conditions), p_query, p_most
    ) INTO v_count;
    RETURN v_count;
END $$;
