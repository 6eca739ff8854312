-- Ids of messages that have taken effect.
CREATE TABLE inbox (
    message_id TEXT PRIMARY KEY
);

-- What this service said, append-only.
CREATE TABLE outbox (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    message_id TEXT NOT NULL,
    wire TEXT NOT NULL,
    routing_key TEXT NOT NULL,
    subject TEXT,
    said_at BIGINT NOT NULL,
    traceparent TEXT,
    causation TEXT,
    body TEXT NOT NULL
);

-- How far the relay has come: all up to `high` is settled, except `open`.
CREATE TABLE relay (
    id SMALLINT PRIMARY KEY,
    high BIGINT NOT NULL,
    open TEXT NOT NULL
);
INSERT INTO relay (id, high, open) VALUES (1, 0, '[]');

-- Messages that wait for another attempt, heard ('in') or unroutable ('out').
CREATE TABLE deferred (
    message_id TEXT NOT NULL,
    direction TEXT NOT NULL,
    wire TEXT NOT NULL,
    envelope TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    due_at BIGINT NOT NULL,
    history TEXT NOT NULL,
    PRIMARY KEY (message_id, direction)
);
CREATE INDEX deferred_due ON deferred (due_at);

-- Messages that wait for a person.
CREATE TABLE parked (
    message_id TEXT NOT NULL,
    direction TEXT NOT NULL,
    wire TEXT NOT NULL,
    envelope TEXT NOT NULL,
    reason TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    history TEXT NOT NULL,
    parked_at BIGINT NOT NULL,
    PRIMARY KEY (message_id, direction)
);

-- Who did what with a parked message.
CREATE TABLE parked_audit (
    id TEXT PRIMARY KEY,
    message_id TEXT NOT NULL,
    direction TEXT NOT NULL,
    wire TEXT NOT NULL,
    action TEXT NOT NULL,
    actor TEXT NOT NULL,
    note TEXT NOT NULL,
    body_sha256 TEXT NOT NULL,
    at BIGINT NOT NULL
);

-- Messages to be said later.
CREATE TABLE scheduled (
    message_id TEXT PRIMARY KEY,
    due_at BIGINT NOT NULL,
    envelope TEXT NOT NULL
);
CREATE INDEX scheduled_due ON scheduled (due_at);

-- Answers given for an Idempotency-Key, kept with the effect they report.
CREATE TABLE idempotency (
    scope TEXT NOT NULL,
    key TEXT NOT NULL,
    request_sha256 TEXT NOT NULL,
    answer TEXT NOT NULL,
    answered_at BIGINT NOT NULL,
    PRIMARY KEY (scope, key)
);
CREATE INDEX idempotency_age ON idempotency (answered_at);
