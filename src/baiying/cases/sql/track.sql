-- A reporter comes with a reference and no scope: which case is it? Nothing else of the case is told.
CREATE FUNCTION cases_track(p_reference text)
RETURNS TABLE (tenant_id integer, case_id uuid, tracking_epoch smallint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT c.tenant_id, c.id, c.tracking_epoch FROM cases_case c WHERE c.reference = p_reference
$$;

-- Whether a request whose connection broke had arrived; asked with the id that only its sender knows.
CREATE FUNCTION cases_receipt(p_id uuid) RETURNS TABLE (reference text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT c.reference FROM cases_case c WHERE c.id = p_id
$$;
