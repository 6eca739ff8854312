-- The last number given out in each book.
CREATE TABLE books (
    organisation  text NOT NULL,
    symbol        text NOT NULL,
    year          integer NOT NULL,
    last          bigint NOT NULL,
    PRIMARY KEY (organisation, symbol, year)
);

-- One row a result, with every word that is printed on it.
CREATE TABLE results (
    id                 uuid NOT NULL PRIMARY KEY,
    dossier            uuid NOT NULL,
    code               text NOT NULL,
    owner              uuid NOT NULL,
    initials           text NOT NULL,
    procedure          text NOT NULL,
    title              text NOT NULL,
    title_en           text NOT NULL,
    organisation       text NOT NULL,
    organisation_name  text NOT NULL,
    symbol             text NOT NULL,
    year               integer NOT NULL,
    sequence           bigint NOT NULL,
    number             text NOT NULL,
    check_code         text NOT NULL,
    copies             integer NOT NULL,
    delivery           text NOT NULL,
    paper              text NOT NULL,
    state              text NOT NULL,
    numbered_at        timestamptz NOT NULL,
    sha256             text,
    bytes              bigint,
    issued_at          timestamptz,
    opened_at          timestamptz,
    handed_over_by     text,
    handed_over_at     timestamptz,
    handed_over_to     text,
    handed_over_note   text,
    officer            uuid,
    revoked_at         timestamptz,
    revoked_reason     text,
    revoked_by         uuid
);
-- Each of these is a promise: one result a dossier, no number twice, no code for two papers.
CREATE UNIQUE INDEX results_dossier ON results (dossier);
CREATE UNIQUE INDEX results_number ON results (organisation, symbol, year, sequence);
CREATE UNIQUE INDEX results_check_code ON results (check_code);
CREATE INDEX results_sha256 ON results (sha256);
CREATE INDEX results_state ON results (state, issued_at);

-- The parcels that carried a result.
CREATE TABLE shipments (
    result      uuid NOT NULL REFERENCES results (id),
    carrier     text NOT NULL,
    number      text NOT NULL,
    officer     uuid NOT NULL,
    shipped_at  timestamptz NOT NULL,
    PRIMARY KEY (result, carrier, number)
);
