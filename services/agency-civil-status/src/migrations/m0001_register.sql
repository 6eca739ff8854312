-- The keys are the record's number and office, and a person's name, as they are searched for.
CREATE TABLE records (
    id          uuid NOT NULL PRIMARY KEY,
    kind        varchar(20) NOT NULL,
    number_key  varchar(60) NOT NULL,
    office_key  varchar(400) NOT NULL,
    record      text NOT NULL,
    added_at    timestamptz NOT NULL
);
CREATE UNIQUE INDEX records_once ON records (kind, number_key, office_key);

CREATE TABLE names (
    record    uuid NOT NULL,
    name_key  varchar(200) NOT NULL,
    PRIMARY KEY (record, name_key)
);
CREATE INDEX names_by_name ON names (name_key);
