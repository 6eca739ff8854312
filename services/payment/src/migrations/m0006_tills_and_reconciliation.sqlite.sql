-- SQLite changes no check: the tables are made anew.
CREATE TABLE new_journal (
    id         uuid_text PRIMARY KEY,
    order_id   uuid_text REFERENCES orders (id),
    cause      text NOT NULL UNIQUE,
    debit      text NOT NULL CHECK (debit IN ('receivable', 'revenue', 'gateway', 'platform', 'terminal', 'bank', 'till',
        'treasury', 'charges', 'unallocated', 'owed_back', 'differences')),
    credit     text NOT NULL CHECK (credit IN ('receivable', 'revenue', 'gateway', 'platform', 'terminal', 'bank', 'till',
        'treasury', 'charges', 'unallocated', 'owed_back', 'differences')),
    amount     bigint NOT NULL CHECK (amount > 0),
    posted_at  timestamp_with_timezone_text NOT NULL,
    CHECK (debit <> credit)
);
INSERT INTO new_journal SELECT id, order_id, cause, debit, credit, amount, posted_at FROM journal;
DROP VIEW entries;
DROP TRIGGER journal_is_never_cut;
DROP TABLE journal;
ALTER TABLE new_journal RENAME TO journal;
CREATE INDEX journal_by_order ON journal (order_id);
CREATE VIEW entries AS
    SELECT id AS journal_id, order_id, debit AS account, amount, posted_at FROM journal
    UNION ALL
    SELECT id AS journal_id, order_id, credit AS account, -amount AS amount, posted_at FROM journal;
CREATE TRIGGER journal_is_never_changed BEFORE UPDATE ON journal
BEGIN SELECT RAISE(ABORT, 'journal is append-only'); END;
CREATE TRIGGER journal_is_never_cut BEFORE DELETE ON journal
BEGIN SELECT RAISE(ABORT, 'journal is append-only'); END;

-- A line that waited can also be a refund's, or money between the agency's own places, of which the payer kept a charge.
CREATE TABLE new_line_settlements (
    line_id     uuid_text PRIMARY KEY REFERENCES bank_lines (id),
    order_id    uuid_text REFERENCES orders (id),
    against     uuid_text UNIQUE REFERENCES bank_lines (id),
    refund_id   uuid_text UNIQUE REFERENCES refunds (id),
    account     text CHECK (account IN ('gateway', 'platform', 'terminal', 'treasury', 'charges', 'differences')),
    charge      bigint NOT NULL DEFAULT 0 CHECK (charge >= 0),
    officer     uuid_text,
    reason      text NOT NULL,
    settled_at  timestamp_with_timezone_text NOT NULL,
    CHECK ((order_id IS NOT NULL) + (against IS NOT NULL) + (refund_id IS NOT NULL) + (account IS NOT NULL) = 1),
    CHECK ((order_id IS NULL AND account IS NULL) OR (officer IS NOT NULL AND reason <> '')),
    CHECK (charge = 0 OR account IN ('gateway', 'platform', 'terminal'))
);
INSERT INTO new_line_settlements (line_id, order_id, against, officer, reason, settled_at)
    SELECT line_id, order_id, against, officer, reason, settled_at FROM line_settlements;
DROP TRIGGER line_settlements_are_never_cut;
DROP TABLE line_settlements;
ALTER TABLE new_line_settlements RENAME TO line_settlements;
CREATE TRIGGER line_settlements_are_never_changed BEFORE UPDATE ON line_settlements
BEGIN SELECT RAISE(ABORT, 'line_settlements is append-only'); END;
CREATE TRIGGER line_settlements_are_never_cut BEFORE DELETE ON line_settlements
BEGIN SELECT RAISE(ABORT, 'line_settlements is append-only'); END;

CREATE TRIGGER till_moves_are_never_changed BEFORE UPDATE ON till_moves
BEGIN SELECT RAISE(ABORT, 'till_moves is append-only'); END;
CREATE TRIGGER till_moves_are_never_cut BEFORE DELETE ON till_moves
BEGIN SELECT RAISE(ABORT, 'till_moves is append-only'); END;
CREATE TRIGGER gateway_lines_are_never_changed BEFORE UPDATE ON gateway_lines
BEGIN SELECT RAISE(ABORT, 'gateway_lines is append-only'); END;
CREATE TRIGGER gateway_lines_are_never_cut BEFORE DELETE ON gateway_lines
BEGIN SELECT RAISE(ABORT, 'gateway_lines is append-only'); END;
