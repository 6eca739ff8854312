-- One order a fee; its total never changes.
CREATE TABLE orders (
    id          uuid PRIMARY KEY,
    dossier_id  uuid NOT NULL,
    code        text NOT NULL,
    payer       uuid NOT NULL,
    payer_name  text NOT NULL,
    lines       text NOT NULL,
    total       bigint NOT NULL CHECK (total > 0),
    state       text NOT NULL CHECK (state IN ('open', 'paid', 'expired', 'cancelled')),
    method      text CHECK (method IN ('vnpay', 'cash')),
    officer     uuid,
    note        text NOT NULL DEFAULT '',
    surplus     bigint NOT NULL DEFAULT 0 CHECK (surplus >= 0),
    ordered_at  timestamptz NOT NULL,
    expires_at  timestamptz NOT NULL,
    paid_at     timestamptz,
    CHECK ((state = 'paid') = (paid_at IS NOT NULL)),
    CHECK ((state = 'paid') = (method IS NOT NULL))
);
CREATE INDEX orders_by_dossier ON orders (dossier_id, ordered_at);

-- One visit to the gateway. `bank_code`, `transaction_no` and `bank` are the bank's words.
CREATE TABLE attempts (
    txn_ref         text PRIMARY KEY,
    order_id        uuid NOT NULL REFERENCES orders (id),
    amount          bigint NOT NULL CHECK (amount > 0),
    progress        text NOT NULL CHECK (progress IN ('pending', 'suspected', 'declined', 'taken')),
    ip              text NOT NULL,
    created_at      timestamptz NOT NULL,
    expires_at      timestamptz NOT NULL,
    bank_code       text NOT NULL DEFAULT '',
    transaction_no  text NOT NULL DEFAULT '',
    bank            text NOT NULL DEFAULT '',
    told_at         timestamptz
);
CREATE INDEX attempts_by_order ON attempts (order_id, created_at);

-- The ledger. A row is one amount with two sides, so that no row can be out of balance, and a cause posts once.
CREATE TABLE journal (
    id         uuid PRIMARY KEY,
    order_id   uuid NOT NULL REFERENCES orders (id),
    cause      text NOT NULL UNIQUE,
    debit      text NOT NULL CHECK (debit IN ('receivable', 'revenue', 'gateway', 'till', 'owed_back')),
    credit     text NOT NULL CHECK (credit IN ('receivable', 'revenue', 'gateway', 'till', 'owed_back')),
    amount     bigint NOT NULL CHECK (amount > 0),
    posted_at  timestamptz NOT NULL,
    CHECK (debit <> credit)
);
CREATE INDEX journal_by_order ON journal (order_id);
CREATE VIEW entries AS
    SELECT id AS journal_id, order_id, debit AS account, amount, posted_at FROM journal
    UNION ALL
    SELECT id AS journal_id, order_id, credit AS account, -amount AS amount, posted_at FROM journal;

-- Every signed word of the bank's about our terminal, and what it was answered; also those that changed nothing.
CREATE TABLE notices (
    id              uuid PRIMARY KEY,
    heard_by        text NOT NULL CHECK (heard_by IN ('ipn', 'query')),
    txn_ref         text NOT NULL,
    amount          bigint,
    bank_code       text NOT NULL,
    transaction_no  text NOT NULL,
    reply           text NOT NULL,
    heard_at        timestamptz NOT NULL
);
CREATE INDEX notices_by_attempt ON notices (txn_ref);

-- The pretend bank's own books; nothing outside the sandbox reads them.
CREATE TABLE sandbox_transactions (
    number      bigint PRIMARY KEY,
    txn_ref     text NOT NULL UNIQUE,
    asked       text NOT NULL,
    code        text NOT NULL,
    status      text NOT NULL,
    refunded    bigint NOT NULL DEFAULT 0,
    decided_at  timestamptz NOT NULL,
    tries       bigint NOT NULL DEFAULT 0,
    last_reply  text NOT NULL DEFAULT ''
);
CREATE TABLE sandbox_refunds (
    request_id   text PRIMARY KEY,
    txn_ref      text NOT NULL,
    amount       bigint NOT NULL,
    refunded_at  timestamptz NOT NULL
);
