-- An officer's till: opened with change from the treasurer or by the first money, counted at the day's end, received by another.
CREATE TABLE tills (
    id             uuid PRIMARY KEY,
    officer        uuid NOT NULL,
    officer_name   text NOT NULL,
    opened_with    bigint NOT NULL CHECK (opened_with >= 0),
    opened_at      timestamptz NOT NULL,
    expected       bigint,
    counted        bigint CHECK (counted >= 0),
    card_expected  bigint,
    card_counted   bigint CHECK (card_counted >= 0),
    note           text NOT NULL DEFAULT '',
    closed_at      timestamptz,
    received_by    uuid,
    received_name  text NOT NULL DEFAULT '',
    received_at    timestamptz,
    CHECK ((closed_at IS NULL) = (counted IS NULL)),
    CHECK ((closed_at IS NULL) = (expected IS NULL)),
    CHECK ((closed_at IS NULL) = (card_counted IS NULL)),
    CHECK ((closed_at IS NULL) = (card_expected IS NULL)),
    CHECK (closed_at IS NOT NULL OR received_at IS NULL),
    CHECK ((received_at IS NULL) = (received_by IS NULL)),
    CHECK (received_by <> officer),
    CHECK (note <> '' OR closed_at IS NULL OR (counted = expected AND card_counted = card_expected))
);
CREATE UNIQUE INDEX one_open_till_an_officer ON tills (officer) WHERE closed_at IS NULL;
CREATE INDEX tills_to_receive ON tills (closed_at) WHERE received_at IS NULL;

-- What went through a till: a fee taken, in cash or by card, or a refund paid out in cash.
CREATE TABLE till_moves (
    id         uuid PRIMARY KEY,
    till_id    uuid NOT NULL REFERENCES tills (id),
    order_id   uuid NOT NULL REFERENCES orders (id),
    refund_id  uuid UNIQUE REFERENCES refunds (id),
    kind       text NOT NULL CHECK (kind IN ('cash', 'card', 'refund')),
    amount     bigint NOT NULL CHECK (amount > 0),
    slip       text NOT NULL DEFAULT '',
    moved_at   timestamptz NOT NULL,
    CHECK ((kind = 'refund') = (refund_id IS NOT NULL)),
    CHECK ((kind = 'card') = (slip <> ''))
);
CREATE UNIQUE INDEX one_taking_an_order ON till_moves (order_id) WHERE refund_id IS NULL;
CREATE INDEX till_moves_by_till ON till_moves (till_id, moved_at);

-- What comes round: the first start begins it.
CREATE TABLE rounds (
    name      text PRIMARY KEY,
    begun_at  timestamptz NOT NULL
);

-- The hourly look at the books: the sum of all entries, and the accounts that differ from what they stand for, as JSON.
CREATE TABLE book_checks (
    id          uuid PRIMARY KEY,
    checked_at  timestamptz NOT NULL,
    sum         bigint NOT NULL,
    differing   text NOT NULL
);
CREATE INDEX book_checks_by_time ON book_checks (checked_at);

-- What the gateway's files say of each day, each line kept once.
CREATE TABLE gateway_lines (
    id              uuid PRIMARY KEY,
    gateway         text NOT NULL CHECK (gateway IN ('vnpay', 'platform')),
    transaction_no  text NOT NULL,
    txn_ref         text NOT NULL,
    kind            text NOT NULL CHECK (kind IN ('payment', 'refund')),
    amount          bigint NOT NULL CHECK (amount > 0),
    paid_on         text NOT NULL,
    officer         uuid,
    taken_at        timestamptz NOT NULL,
    UNIQUE (gateway, transaction_no, kind)
);
CREATE INDEX gateway_lines_by_ref ON gateway_lines (txn_ref);
CREATE INDEX gateway_lines_by_day ON gateway_lines (gateway, paid_on);

-- What does not agree: open until a later look finds it gone, or an officer says why it is so.
CREATE TABLE discrepancies (
    id           uuid PRIMARY KEY,
    kind         text NOT NULL,
    subject      text NOT NULL,
    order_id     uuid REFERENCES orders (id),
    amount       bigint NOT NULL,
    found_at     timestamptz NOT NULL,
    seen_at      timestamptz NOT NULL,
    closed_at    timestamptz,
    closed_by    uuid,
    closed_name  text NOT NULL DEFAULT '',
    note         text NOT NULL DEFAULT '',
    CHECK ((closed_by IS NULL) = (note = '')),
    CHECK (closed_by IS NULL OR closed_at IS NOT NULL)
);
CREATE UNIQUE INDEX one_open_discrepancy ON discrepancies (kind, subject) WHERE closed_at IS NULL;
CREATE INDEX discrepancies_by_subject ON discrepancies (kind, subject, closed_at);

-- Each comparison: by a rule or an officer, and what it brought.
CREATE TABLE reconciliations (
    id      uuid PRIMARY KEY,
    run_at  timestamptz NOT NULL,
    run_by  text NOT NULL,
    asked   bigint NOT NULL,
    found   bigint NOT NULL,
    gone    bigint NOT NULL,
    open    bigint NOT NULL
);
CREATE INDEX reconciliations_by_time ON reconciliations (run_at);
