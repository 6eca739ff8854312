-- How a document came here: 'uploaded' by its owner, scanned at a 'counter', or 'issued' by an agency.
ALTER TABLE documents ADD COLUMN origin text NOT NULL DEFAULT 'uploaded';

-- What their owners say about papers: whether later dossiers may have one, until when it is valid (a day, 2027-04-08), and whether
-- they want to see it no more. One about which nothing was said has no row.
CREATE TABLE keepings (
    document     uuid NOT NULL PRIMARY KEY REFERENCES documents (id),
    owner        uuid NOT NULL,
    consented_at timestamptz,
    said_until   text,
    removed_at   timestamptz,
    revision     bigint NOT NULL
);
CREATE INDEX keepings_owner ON keepings (owner);

-- Who did what with a document, when, and for which dossier. Rows are added and never changed.
CREATE TABLE document_record (
    id           uuid NOT NULL PRIMARY KEY,
    document     uuid NOT NULL REFERENCES documents (id),
    at           timestamptz NOT NULL,
    deed         text NOT NULL,
    role         text NOT NULL,
    actor        uuid,
    actor_name   text,
    dossier      uuid,
    procedure    text
);
CREATE INDEX document_record_of ON document_record (document, at);
