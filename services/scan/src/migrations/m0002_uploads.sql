-- Uploads that come piece by piece, and may break off and go on.
CREATE TABLE uploads (
    id          uuid NOT NULL PRIMARY KEY,
    owner       uuid NOT NULL,
    metadata    text NOT NULL,
    length      bigint NOT NULL,
    received    bigint NOT NULL,
    media_type  text,
    document    uuid REFERENCES documents (id),
    begun_at    timestamptz NOT NULL,
    expires_at  timestamptz NOT NULL
);
CREATE INDEX uploads_owner ON uploads (owner);

-- Where the bytes of an upload lie until they are one file.
CREATE TABLE upload_pieces (
    upload      uuid NOT NULL REFERENCES uploads (id),
    begins      bigint NOT NULL,
    bytes       bigint NOT NULL,
    name        uuid NOT NULL,
    PRIMARY KEY (upload, begins)
);
