-- What a transfer for an order is called: found again in the words of the bank's statement.
CREATE TABLE transfer_references (
    order_id   uuid PRIMARY KEY REFERENCES orders (id),
    reference  text NOT NULL UNIQUE,
    made_at    timestamptz NOT NULL
);

-- The lines of the bank's statement, each taken in once, however it came. `found` is what was seen in it then.
CREATE TABLE bank_lines (
    id          uuid PRIMARY KEY,
    account     text NOT NULL,
    reference   text NOT NULL,
    booked_on   text NOT NULL,
    direction   text NOT NULL CHECK (direction IN ('credit', 'debit')),
    amount      bigint NOT NULL CHECK (amount > 0),
    remitter    text NOT NULL,
    purpose     text NOT NULL,
    end_to_end  text NOT NULL,
    reversal    boolean NOT NULL,
    found       text NOT NULL CHECK (found IN ('paid', 'surplus', 'no_reference', 'unknown_reference', 'several_orders',
        'too_little', 'too_much', 'outgoing', 'returned')),
    order_id    uuid REFERENCES orders (id),
    source      text NOT NULL CHECK (source IN ('webhook', 'csv', 'camt053')),
    officer     uuid,
    taken_at    timestamptz NOT NULL,
    UNIQUE (account, reference),
    CHECK (found NOT IN ('paid', 'surplus') OR (direction = 'credit' AND order_id IS NOT NULL))
);
CREATE INDEX bank_lines_by_order ON bank_lines (order_id);
CREATE INDEX bank_lines_by_amount ON bank_lines (account, end_to_end, amount);

-- What became of a line that waited: an officer's word for an order, or another line that takes it back.
CREATE TABLE line_settlements (
    line_id     uuid PRIMARY KEY REFERENCES bank_lines (id),
    order_id    uuid REFERENCES orders (id),
    against     uuid UNIQUE REFERENCES bank_lines (id),
    officer     uuid,
    reason      text NOT NULL,
    settled_at  timestamptz NOT NULL,
    CHECK ((order_id IS NULL) <> (against IS NULL)),
    CHECK (order_id IS NULL OR (officer IS NOT NULL AND reason <> ''))
);
