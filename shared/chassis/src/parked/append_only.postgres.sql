CREATE FUNCTION parked_audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'parked_audit is append-only';
END
$$;
CREATE TRIGGER parked_audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON parked_audit
    FOR EACH STATEMENT EXECUTE FUNCTION parked_audit_is_append_only();
