CREATE TRIGGER bank_lines_are_append_only BEFORE UPDATE OR DELETE ON bank_lines
    FOR EACH ROW EXECUTE FUNCTION append_only();
CREATE TRIGGER line_settlements_are_append_only BEFORE UPDATE OR DELETE ON line_settlements
    FOR EACH ROW EXECUTE FUNCTION append_only();
