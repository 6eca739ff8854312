CREATE TRIGGER security_acts_are_never_changed BEFORE UPDATE ON security_acts
BEGIN SELECT RAISE(ABORT, 'security_acts is append-only'); END;
CREATE TRIGGER security_acts_are_never_cut BEFORE DELETE ON security_acts
BEGIN SELECT RAISE(ABORT, 'security_acts is append-only'); END;
