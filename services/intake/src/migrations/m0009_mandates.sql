-- Under which mandate a dossier was opened, where it was opened for somebody else.
ALTER TABLE dossiers ADD COLUMN mandate uuid;
CREATE INDEX dossiers_by_mandate ON dossiers (mandate);

-- Under which mandate somebody has opened a dossier to read it, who is no officer.
ALTER TABLE openings ADD COLUMN mandate uuid;

-- People and organisations whom others may file for, as identity introduced them.
CREATE TABLE givers (
    account     uuid NOT NULL PRIMARY KEY,
    name        text NOT NULL,
    citizen_id  text,
    phone       text,
    email       text,
    tax_code    text,
    told_at     timestamptz NOT NULL
);
