-- Receipts: each series counts 1, 2, 3 with no gap. A row is never changed, but for being cancelled once.
CREATE TABLE receipt_series (
    series  text PRIMARY KEY,
    last    bigint NOT NULL CHECK (last >= 0)
);
CREATE TABLE receipts (
    series        text NOT NULL REFERENCES receipt_series (series),
    number        bigint NOT NULL CHECK (number > 0),
    order_id      uuid NOT NULL REFERENCES orders (id),
    payer_name    text NOT NULL,
    replaces_series  text,
    replaces_number  bigint,
    issued_at     timestamptz NOT NULL,
    cancelled_at  timestamptz,
    cancelled_by  uuid,
    reason        text NOT NULL DEFAULT '',
    PRIMARY KEY (series, number),
    CHECK ((cancelled_at IS NULL) = (reason = ''))
);
CREATE UNIQUE INDEX one_valid_receipt_an_order ON receipts (order_id) WHERE cancelled_at IS NULL;
CREATE INDEX receipts_by_order ON receipts (order_id);

-- Money on its way back. `txn_ref` is the attempt that the gateway gives it back for; without one it is paid out by hand.
CREATE TABLE refunds (
    id            uuid PRIMARY KEY,
    order_id      uuid NOT NULL REFERENCES orders (id),
    cause         text NOT NULL CHECK (cause IN ('refused', 'stopped', 'surplus', 'mistake')),
    amount        bigint NOT NULL CHECK (amount > 0),
    standing      text NOT NULL CHECK (standing IN ('asked', 'rejected', 'approved', 'sent', 'failed', 'done')),
    txn_ref       text REFERENCES attempts (txn_ref),
    note          text NOT NULL,
    asked_by      uuid,
    asked_at      timestamptz NOT NULL,
    decided_by    uuid,
    decided_at    timestamptz,
    gateway_code  text NOT NULL DEFAULT '',
    paid_from     text CHECK (paid_from IN ('gateway', 'till', 'bank')),
    paid_by       uuid,
    reference     text NOT NULL DEFAULT '',
    done_at       timestamptz,
    CHECK ((standing = 'done') = (done_at IS NOT NULL)),
    CHECK ((standing = 'done') = (paid_from IS NOT NULL))
);
CREATE INDEX refunds_by_order ON refunds (order_id, asked_at);
CREATE INDEX refunds_to_do ON refunds (asked_at) WHERE standing IN ('asked', 'approved', 'sent', 'failed');

-- Who took the money at the counter, as the receipt names them.
ALTER TABLE orders ADD COLUMN officer_name text NOT NULL DEFAULT '';

-- How the pretend bank ends a refund of this payment.
ALTER TABLE sandbox_transactions ADD COLUMN refund_status text NOT NULL DEFAULT '00';
