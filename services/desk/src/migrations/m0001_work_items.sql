-- One row a dossier. Columns named in JSON hold what only the desk reads as a whole.
CREATE TABLE work_items (
    dossier_id         uuid PRIMARY KEY,
    state              text NOT NULL,
    procedure          text NOT NULL,
    procedure_version  bigint NOT NULL,
    applicant          text NOT NULL,
    form               text NOT NULL,
    documents          text NOT NULL,
    submitted_at       timestamptz NOT NULL,
    channel            text NOT NULL,
    delivery           text NOT NULL,
    handler            text,
    round              bigint NOT NULL CHECK (round > 0),
    missing            text NOT NULL,
    fee                text NOT NULL,
    owner              uuid,
    owner_name         text NOT NULL,
    code               text UNIQUE,
    organisation       text,
    received_at        timestamptz,
    promised_at        timestamptz,
    due_at             timestamptz,
    fee_order          uuid,
    fee_paid_at        timestamptz,
    examinations       bigint NOT NULL,
    note               text,
    proposal           text,
    supplemented_at    timestamptz,
    signer             uuid,
    signed_by          text,
    signer_title       text,
    decided_at         timestamptz,
    on_time            boolean,
    closed_at          timestamptz,
    CHECK ((code IS NULL) = (received_at IS NULL)),
    CHECK ((code IS NULL) = (due_at IS NULL)),
    CHECK ((signed_by IS NULL) = (decided_at IS NULL))
);
CREATE INDEX work_items_by_due ON work_items (state, due_at);

-- How many dossiers an office has received on a day in Vietnam.
CREATE TABLE day_counters (
    organisation  text NOT NULL,
    day           text NOT NULL,
    received      bigint NOT NULL CHECK (received > 0),
    PRIMARY KEY (organisation, day)
);

-- The stops of the legal clock, each with the old and the new due time.
CREATE TABLE pauses (
    dossier_id    uuid NOT NULL REFERENCES work_items (dossier_id),
    number        bigint NOT NULL,
    cause         text NOT NULL CHECK (cause IN ('supplement', 'financial_duty', 'suspension')),
    paused_from   timestamptz NOT NULL,
    paused_until  timestamptz,
    due_before    timestamptz NOT NULL,
    due_after     timestamptz,
    PRIMARY KEY (dossier_id, number),
    CHECK ((paused_until IS NULL) = (due_after IS NULL))
);

-- Who did what, when. `account` is an officer's; without one it was a service.
CREATE TABLE register_entries (
    id           uuid PRIMARY KEY,
    dossier_id   uuid NOT NULL REFERENCES work_items (dossier_id),
    entered_at   timestamptz NOT NULL,
    account      uuid,
    who          text NOT NULL,
    act          text NOT NULL,
    state_before text,
    state_after  text NOT NULL,
    detail       text NOT NULL
);
CREATE INDEX register_entries_by_dossier ON register_entries (dossier_id, id);
