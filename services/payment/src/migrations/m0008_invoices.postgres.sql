CREATE TRIGGER receipt_exports_are_append_only BEFORE UPDATE OR DELETE ON receipt_exports
    FOR EACH ROW EXECUTE FUNCTION append_only();
