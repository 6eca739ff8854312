-- Who did what: added in the transaction of the deed, and never changed.
CREATE TABLE audit_log (
    seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    actor_name TEXT,
    action TEXT NOT NULL,
    subject UUID,
    detail TEXT NOT NULL
);
CREATE INDEX audit_log_of ON audit_log (subject, seq);

-- Entries that are not in the tree yet.
CREATE TABLE audit_unsealed (
    seq BIGINT PRIMARY KEY
);

-- The tree's leaves in their order: the hash of each entry.
CREATE TABLE audit_leaves (
    leaf BIGINT PRIMARY KEY,
    seq BIGINT NOT NULL UNIQUE REFERENCES audit_log (seq),
    hash BYTEA NOT NULL
);

-- What the tree was at a size: a signed note.
CREATE TABLE audit_checkpoints (
    size BIGINT PRIMARY KEY,
    note TEXT NOT NULL,
    sealed_at BIGINT NOT NULL
);

-- The right edge of this log's tree ('') and of those of other services that are witnessed here.
CREATE TABLE audit_trees (
    log TEXT PRIMARY KEY,
    size BIGINT NOT NULL,
    peaks BYTEA NOT NULL
);
INSERT INTO audit_trees (log, size, peaks) VALUES ('', 0, '');

-- Checkpoints of other services' logs.
CREATE TABLE audit_witnessed (
    log TEXT NOT NULL,
    size BIGINT NOT NULL,
    note TEXT NOT NULL,
    witnessed_at BIGINT NOT NULL,
    PRIMARY KEY (log, size, note)
);

CREATE FUNCTION audit_waits_for_its_seal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO audit_unsealed (seq) VALUES (NEW.seq);
    RETURN NULL;
END
$$;
CREATE TRIGGER audit_log_waits AFTER INSERT ON audit_log
    FOR EACH ROW EXECUTE FUNCTION audit_waits_for_its_seal();

CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME;
END
$$;
CREATE TRIGGER audit_log_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log
    FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only();
CREATE TRIGGER audit_leaves_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_leaves
    FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only();
CREATE TRIGGER audit_checkpoints_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_checkpoints
    FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only();
CREATE TRIGGER audit_witnessed_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_witnessed
    FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only();
