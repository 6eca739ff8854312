CREATE TABLE documents (
    id          uuid NOT NULL PRIMARY KEY,
    owner       uuid NOT NULL,
    kind        text,
    name        text NOT NULL,
    sha256      text NOT NULL,
    bytes       bigint NOT NULL,
    media_type  text NOT NULL,
    state       text NOT NULL,
    reason_vi   text,
    reason_en   text,
    letters     bigint,
    stored_at   timestamptz NOT NULL,
    checked_at  timestamptz
);
-- The same citizen's same bytes are one document, however often they are sent.
CREATE UNIQUE INDEX documents_owner_sha256 ON documents (owner, sha256);

CREATE TABLE pages (
    document    uuid NOT NULL REFERENCES documents (id),
    number      integer NOT NULL,
    source      text NOT NULL,
    text        text NOT NULL,
    confidence  real,
    PRIMARY KEY (document, number)
);
