-- Somebody comes with a link and no scope: which order is it about? Nothing else of the order is told.
CREATE FUNCTION dispatch_outside(p_hash text)
RETURNS TABLE (tenant_id integer, link_id uuid, subject_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT l.tenant_id, l.id, l.subject_id FROM dispatch_outsidelink l WHERE l.token_hash = p_hash
$$;
