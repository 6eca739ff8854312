CREATE FUNCTION security_acts_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'security_acts is append-only';
END
$$;
CREATE TRIGGER security_acts_are_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON security_acts
    FOR EACH STATEMENT EXECUTE FUNCTION security_acts_stay();
