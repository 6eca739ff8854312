-- Each check takes more than the one before, so that what is there needs no second look.
ALTER TABLE journal
    DROP CONSTRAINT journal_debit_check,
    DROP CONSTRAINT journal_credit_check,
    ADD CONSTRAINT journal_debit_check CHECK (debit IN ('receivable', 'revenue', 'gateway', 'platform', 'terminal', 'bank',
        'till', 'treasury', 'charges', 'unallocated', 'owed_back', 'differences')) NOT VALID,
    ADD CONSTRAINT journal_credit_check CHECK (credit IN ('receivable', 'revenue', 'gateway', 'platform', 'terminal', 'bank',
        'till', 'treasury', 'charges', 'unallocated', 'owed_back', 'differences')) NOT VALID;

-- A line that waited can also be a refund's, or money between the agency's own places, of which the payer kept a charge.
ALTER TABLE line_settlements
    ADD COLUMN refund_id uuid UNIQUE REFERENCES refunds (id),
    ADD COLUMN account text CHECK (account IN ('gateway', 'platform', 'terminal', 'treasury', 'charges', 'differences')),
    ADD COLUMN charge bigint NOT NULL DEFAULT 0 CHECK (charge >= 0),
    DROP CONSTRAINT line_settlements_check,
    DROP CONSTRAINT line_settlements_check1,
    ADD CONSTRAINT one_settlement CHECK (num_nonnulls(order_id, against, refund_id, account) = 1),
    ADD CONSTRAINT said_by_an_officer CHECK (COALESCE(order_id::text, account) IS NULL OR (officer IS NOT NULL AND reason <> '')),
    ADD CONSTRAINT charge_of_a_payout CHECK (charge = 0 OR account IN ('gateway', 'platform', 'terminal'));

CREATE TRIGGER till_moves_are_append_only BEFORE UPDATE OR DELETE ON till_moves
    FOR EACH ROW EXECUTE FUNCTION append_only();
CREATE TRIGGER gateway_lines_are_append_only BEFORE UPDATE OR DELETE ON gateway_lines
    FOR EACH ROW EXECUTE FUNCTION append_only();
CREATE TRIGGER book_checks_are_append_only BEFORE UPDATE OR DELETE ON book_checks
    FOR EACH ROW EXECUTE FUNCTION append_only();
