CREATE TRIGGER parked_audit_is_not_changed BEFORE UPDATE ON parked_audit
BEGIN
    SELECT RAISE(ABORT, 'parked_audit is append-only');
END;
CREATE TRIGGER parked_audit_is_not_shortened BEFORE DELETE ON parked_audit
BEGIN
    SELECT RAISE(ABORT, 'parked_audit is append-only');
END;
