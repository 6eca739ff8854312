CREATE FUNCTION document_record_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'document_record is append-only';
END
$$;
CREATE TRIGGER document_record_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON document_record
    FOR EACH STATEMENT EXECUTE FUNCTION document_record_is_append_only();
