CREATE TRIGGER bank_lines_are_never_changed BEFORE UPDATE ON bank_lines
BEGIN SELECT RAISE(ABORT, 'bank_lines is append-only'); END;
CREATE TRIGGER bank_lines_are_never_cut BEFORE DELETE ON bank_lines
BEGIN SELECT RAISE(ABORT, 'bank_lines is append-only'); END;
CREATE TRIGGER line_settlements_are_never_changed BEFORE UPDATE ON line_settlements
BEGIN SELECT RAISE(ABORT, 'line_settlements is append-only'); END;
CREATE TRIGGER line_settlements_are_never_cut BEFORE DELETE ON line_settlements
BEGIN SELECT RAISE(ABORT, 'line_settlements is append-only'); END;
