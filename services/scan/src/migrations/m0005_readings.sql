-- Documents in hand: whose, how far each is, and when its reader last said so. One whose reader has fallen silent counts no more, and
-- neither does one that waits to be called: it was held in 1970.
CREATE TABLE readings (
    document    uuid NOT NULL PRIMARY KEY REFERENCES documents (id),
    owner       uuid NOT NULL,
    done        integer NOT NULL,
    pages       integer NOT NULL,
    held_at     timestamptz NOT NULL
);
CREATE INDEX readings_owner ON readings (owner);

-- Archival copies: each lies beside the original; this is what it must still be.
CREATE TABLE archives (
    document    uuid NOT NULL PRIMARY KEY REFERENCES documents (id),
    sha256      text NOT NULL,
    bytes       bigint NOT NULL
);
