CREATE TRIGGER document_record_is_not_changed BEFORE UPDATE ON document_record
BEGIN
    SELECT RAISE(ABORT, 'document_record is append-only');
END;
CREATE TRIGGER document_record_is_not_shortened BEFORE DELETE ON document_record
BEGIN
    SELECT RAISE(ABORT, 'document_record is append-only');
END;
