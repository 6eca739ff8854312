CREATE TRIGGER receipts_are_never_cut BEFORE DELETE ON receipts
BEGIN SELECT RAISE(ABORT, 'receipts stay'); END;
CREATE TRIGGER receipts_are_only_cancelled BEFORE UPDATE ON receipts
WHEN OLD.cancelled_at IS NOT NULL OR NEW.series <> OLD.series OR NEW.number <> OLD.number OR NEW.order_id <> OLD.order_id
    OR NEW.payer_name <> OLD.payer_name OR NEW.replaces_series IS NOT OLD.replaces_series
    OR NEW.replaces_number IS NOT OLD.replaces_number OR NEW.issued_at <> OLD.issued_at
BEGIN SELECT RAISE(ABORT, 'a receipt is only ever cancelled, once'); END;
