-- Which officers have opened a dossier, once a day in Vietnam each, for its owner to read.
CREATE TABLE openings (
    dossier_id  uuid NOT NULL,
    officer     uuid NOT NULL,
    day         text NOT NULL,
    name        text NOT NULL,
    title       text,
    opened_at   timestamptz NOT NULL,
    PRIMARY KEY (dossier_id, officer, day)
);
