CREATE TRIGGER receipt_exports_are_never_changed BEFORE UPDATE ON receipt_exports
BEGIN SELECT RAISE(ABORT, 'receipt_exports is append-only'); END;
CREATE TRIGGER receipt_exports_are_never_cut BEFORE DELETE ON receipt_exports
BEGIN SELECT RAISE(ABORT, 'receipt_exports is append-only'); END;
