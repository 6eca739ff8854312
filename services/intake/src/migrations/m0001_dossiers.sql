-- A dossier as its citizen sees it. `state` and `code` follow from its events; they stand here to be searched.
CREATE TABLE dossiers (
    id                 uuid PRIMARY KEY,
    account            uuid NOT NULL,
    procedure          text NOT NULL,
    procedure_version  bigint NOT NULL CHECK (procedure_version > 0),
    form               text NOT NULL,
    documents          text NOT NULL,
    delivery           text,
    address            text,
    citizen_id         text,
    state              text NOT NULL,
    code               text,
    opened_at          timestamptz NOT NULL
);
CREATE INDEX dossiers_by_account ON dossiers (account, opened_at);
CREATE INDEX dossiers_by_code ON dossiers (code);

-- What is known of a dossier. The id comes from the content: heard twice is known once.
CREATE TABLE events (
    id          uuid PRIMARY KEY,
    dossier_id  uuid NOT NULL REFERENCES dossiers (id),
    at          timestamptz NOT NULL,
    fact        text NOT NULL
);
CREATE INDEX events_by_dossier ON events (dossier_id);

-- What scan said about each document. Rejected ones have a reason.
CREATE TABLE documents (
    id          uuid PRIMARY KEY,
    owner       uuid NOT NULL,
    sha256      text NOT NULL,
    reason_vi   text,
    reason_en   text,
    checked_at  timestamptz NOT NULL,
    CHECK ((reason_vi IS NULL) = (reason_en IS NULL))
);
