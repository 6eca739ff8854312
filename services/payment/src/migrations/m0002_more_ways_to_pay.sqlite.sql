-- SQLite changes no check: the tables are made anew, those that refer to others first to go.
CREATE TABLE new_orders (
    id          uuid_text PRIMARY KEY,
    dossier_id  uuid_text NOT NULL,
    code        text NOT NULL,
    payer       uuid_text NOT NULL,
    payer_name  text NOT NULL,
    lines       text NOT NULL,
    total       bigint NOT NULL CHECK (total > 0),
    state       text NOT NULL CHECK (state IN ('open', 'paid', 'expired', 'cancelled')),
    method      text CHECK (method IN ('vnpay', 'transfer', 'platform', 'cash', 'card')),
    officer     uuid_text,
    note        text NOT NULL DEFAULT '',
    surplus     bigint NOT NULL DEFAULT 0 CHECK (surplus >= 0),
    ordered_at  timestamp_with_timezone_text NOT NULL,
    expires_at  timestamp_with_timezone_text NOT NULL,
    paid_at     timestamp_with_timezone_text,
    CHECK ((state = 'paid') = (paid_at IS NOT NULL)),
    CHECK ((state = 'paid') = (method IS NOT NULL))
);
INSERT INTO new_orders SELECT id, dossier_id, code, payer, payer_name, lines, total, state, method, officer, note, surplus,
    ordered_at, expires_at, paid_at FROM orders;

CREATE TABLE new_attempts (
    txn_ref         text PRIMARY KEY,
    order_id        uuid_text NOT NULL REFERENCES new_orders (id),
    amount          bigint NOT NULL CHECK (amount > 0),
    progress        text NOT NULL CHECK (progress IN ('pending', 'suspected', 'declined', 'taken')),
    ip              text NOT NULL,
    created_at      timestamp_with_timezone_text NOT NULL,
    expires_at      timestamp_with_timezone_text NOT NULL,
    bank_code       text NOT NULL DEFAULT '',
    transaction_no  text NOT NULL DEFAULT '',
    bank            text NOT NULL DEFAULT '',
    told_at         timestamp_with_timezone_text
);
INSERT INTO new_attempts SELECT txn_ref, order_id, amount, progress, ip, created_at, expires_at, bank_code, transaction_no,
    bank, told_at FROM attempts;

CREATE TABLE new_journal (
    id         uuid_text PRIMARY KEY,
    order_id   uuid_text REFERENCES new_orders (id),
    cause      text NOT NULL UNIQUE,
    debit      text NOT NULL CHECK (debit IN ('receivable', 'revenue', 'gateway', 'platform', 'bank', 'till', 'treasury',
        'unallocated', 'owed_back', 'differences')),
    credit     text NOT NULL CHECK (credit IN ('receivable', 'revenue', 'gateway', 'platform', 'bank', 'till', 'treasury',
        'unallocated', 'owed_back', 'differences')),
    amount     bigint NOT NULL CHECK (amount > 0),
    posted_at  timestamp_with_timezone_text NOT NULL,
    CHECK (debit <> credit)
);
INSERT INTO new_journal SELECT id, order_id, cause, debit, credit, amount, posted_at FROM journal;

DROP VIEW entries;
DROP TRIGGER journal_is_never_cut;
DROP TABLE journal;
DROP TABLE attempts;
DROP TABLE orders;
ALTER TABLE new_orders RENAME TO orders;
ALTER TABLE new_attempts RENAME TO attempts;
ALTER TABLE new_journal RENAME TO journal;

CREATE INDEX orders_by_dossier ON orders (dossier_id, ordered_at);
CREATE INDEX attempts_by_order ON attempts (order_id, created_at);
CREATE INDEX journal_by_order ON journal (order_id);
CREATE VIEW entries AS
    SELECT id AS journal_id, order_id, debit AS account, amount, posted_at FROM journal
    UNION ALL
    SELECT id AS journal_id, order_id, credit AS account, -amount AS amount, posted_at FROM journal;
CREATE TRIGGER journal_is_never_changed BEFORE UPDATE ON journal
BEGIN SELECT RAISE(ABORT, 'journal is append-only'); END;
CREATE TRIGGER journal_is_never_cut BEFORE DELETE ON journal
BEGIN SELECT RAISE(ABORT, 'journal is append-only'); END;
