-- Stacks that a counter scanned in one go, and what stood behind each of their cover sheets.
CREATE TABLE batches (
    id           uuid NOT NULL PRIMARY KEY,
    officer      uuid NOT NULL,
    officer_name text NOT NULL,
    name         text NOT NULL,
    sha256       text NOT NULL,
    bytes        bigint NOT NULL,
    state        text NOT NULL,
    reason_vi    text,
    reason_en    text,
    done         integer NOT NULL,
    pages        integer NOT NULL,
    stored_at    timestamptz NOT NULL,
    split_at     timestamptz
);
CREATE INDEX batches_officer ON batches (officer, stored_at);

CREATE TABLE batch_parts (
    id           uuid NOT NULL PRIMARY KEY,
    batch        uuid NOT NULL REFERENCES batches (id),
    number       integer NOT NULL,
    sheet        integer,
    first_page   integer,
    last_page    integer,
    sha256       text,
    bytes        bigint,
    dossier      uuid,
    code         text,
    component    text,
    paper_vi     text,
    paper_en     text,
    replaces     boolean NOT NULL,
    question     integer NOT NULL,
    state        text NOT NULL,
    reason_vi    text,
    reason_en    text,
    choices      text,
    document     uuid,
    settled_by   uuid,
    settled_at   timestamptz
);
CREATE INDEX batch_parts_batch ON batch_parts (batch, number);
