-- Days since 1970-01-01 in the street's own time, as cases.facts.day_of counts them.
CREATE FUNCTION insight_day(p_at timestamptz) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT (p_at AT TIME ZONE 'Asia/Shanghai')::date - date '1970-01-01'
$$;

-- Months since year 0 of such a day.
CREATE FUNCTION insight_month(p_day integer) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT extract(year FROM date '1970-01-01' + p_day)::integer * 12
         + extract(month FROM date '1970-01-01' + p_day)::integer - 1
$$;
