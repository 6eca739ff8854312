CREATE FUNCTION only_cancelled() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'receipts stay';
    END IF;
    IF OLD.cancelled_at IS NOT NULL
        OR (NEW.series, NEW.number, NEW.order_id, NEW.payer_name, NEW.replaces_series, NEW.replaces_number, NEW.issued_at)
            IS DISTINCT FROM (OLD.series, OLD.number, OLD.order_id, OLD.payer_name, OLD.replaces_series, OLD.replaces_number, OLD.issued_at) THEN
        RAISE EXCEPTION 'a receipt is only ever cancelled, once';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER receipts_are_only_cancelled BEFORE UPDATE OR DELETE ON receipts
    FOR EACH ROW EXECUTE FUNCTION only_cancelled();
