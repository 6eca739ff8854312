-- By what filed dossiers are found again that have something in common: keyed digests, whose key is not in this database. Of a row
-- alone nothing can be read; it is forgotten after INTAKE__SIGNALS__DAYS.
CREATE TABLE signal_marks (
    digest      text NOT NULL,
    dossier_id  uuid NOT NULL,
    account     uuid NOT NULL,
    person      text NOT NULL,
    filed_at    timestamptz NOT NULL,
    PRIMARY KEY (digest, dossier_id)
);
CREATE INDEX signal_marks_by_filing ON signal_marks (filed_at);

-- How a dossier was filed, digests again, and what was said of it last (JSON). Forgotten with its marks.
CREATE TABLE signal_filings (
    dossier_id  uuid PRIMARY KEY,
    account     uuid NOT NULL,
    person      text NOT NULL,
    name        text NOT NULL,
    phone       text,
    email       text,
    assurance   bigint NOT NULL,
    filed_at    timestamptz NOT NULL,
    revision    bigint NOT NULL,
    said        text NOT NULL
);
CREATE INDEX signal_filings_by_filing ON signal_filings (filed_at);

-- What is done again and again, begun once whatever replicas there are.
CREATE TABLE rounds (
    name      text PRIMARY KEY,
    begun_at  timestamptz NOT NULL
);
