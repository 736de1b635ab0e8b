-- How many cases are merged into one now, whichever branches they lie in: a number, nothing else of them. For lists,
-- which would otherwise ask once more under the street's scope. The tenant is the one that is in force.
CREATE FUNCTION cases_merged_count(p_id uuid) RETURNS integer
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    RETURN (
        SELECT count(*)::integer FROM cases_case c
        WHERE c.tenant_id = nullif(current_setting('app.tenant', true), '')::integer AND c.merged_into_id = p_id
    );
END;
$$;
