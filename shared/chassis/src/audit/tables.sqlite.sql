-- Who did what: added in the transaction of the deed, and never changed.
CREATE TABLE audit_log (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    actor_name TEXT,
    action TEXT NOT NULL,
    subject TEXT,
    detail TEXT NOT NULL
);
CREATE INDEX audit_log_of ON audit_log (subject, seq);

-- Entries that are not in the tree yet.
CREATE TABLE audit_unsealed (
    seq INTEGER PRIMARY KEY
);

-- The tree's leaves in their order: the hash of each entry.
CREATE TABLE audit_leaves (
    leaf INTEGER PRIMARY KEY,
    seq BIGINT NOT NULL UNIQUE REFERENCES audit_log (seq),
    hash BLOB NOT NULL
);

-- What the tree was at a size: a signed note.
CREATE TABLE audit_checkpoints (
    size INTEGER PRIMARY KEY,
    note TEXT NOT NULL,
    sealed_at BIGINT NOT NULL
);

-- The right edge of this log's tree ('') and of those of other services that are witnessed here.
CREATE TABLE audit_trees (
    log TEXT PRIMARY KEY,
    size BIGINT NOT NULL,
    peaks BLOB NOT NULL
);
INSERT INTO audit_trees (log, size, peaks) VALUES ('', 0, x'');

-- Checkpoints of other services' logs.
CREATE TABLE audit_witnessed (
    log TEXT NOT NULL,
    size BIGINT NOT NULL,
    note TEXT NOT NULL,
    witnessed_at BIGINT NOT NULL,
    PRIMARY KEY (log, size, note)
);

CREATE TRIGGER audit_log_waits AFTER INSERT ON audit_log
BEGIN INSERT INTO audit_unsealed (seq) VALUES (NEW.seq); END;

CREATE TRIGGER audit_log_is_not_changed BEFORE UPDATE ON audit_log
BEGIN SELECT RAISE(ABORT, 'audit_log is append-only'); END;
CREATE TRIGGER audit_log_is_not_shortened BEFORE DELETE ON audit_log
BEGIN SELECT RAISE(ABORT, 'audit_log is append-only'); END;
CREATE TRIGGER audit_leaves_are_not_changed BEFORE UPDATE ON audit_leaves
BEGIN SELECT RAISE(ABORT, 'audit_leaves is append-only'); END;
CREATE TRIGGER audit_leaves_are_not_shortened BEFORE DELETE ON audit_leaves
BEGIN SELECT RAISE(ABORT, 'audit_leaves is append-only'); END;
CREATE TRIGGER audit_checkpoints_are_not_changed BEFORE UPDATE ON audit_checkpoints
BEGIN SELECT RAISE(ABORT, 'audit_checkpoints is append-only'); END;
CREATE TRIGGER audit_checkpoints_are_not_shortened BEFORE DELETE ON audit_checkpoints
BEGIN SELECT RAISE(ABORT, 'audit_checkpoints is append-only'); END;
CREATE TRIGGER audit_witnessed_is_not_changed BEFORE UPDATE ON audit_witnessed
BEGIN SELECT RAISE(ABORT, 'audit_witnessed is append-only'); END;
CREATE TRIGGER audit_witnessed_is_not_shortened BEFORE DELETE ON audit_witnessed
BEGIN SELECT RAISE(ABORT, 'audit_witnessed is append-only'); END;
