-- Persons of whose share something is being taken: whoever takes it holds the row until it is counted.
CREATE TABLE holders (
    owner       uuid NOT NULL PRIMARY KEY
);

-- For which dossier an upload is: a claim of its sender, under which it counts.
ALTER TABLE uploads ADD COLUMN dossier uuid;

-- Which papers a dossier of a person has, as far as their sender says so, and in the end those it was filed with. A place is a kind
-- of paper or, for what has none and for what was filed, the document.
CREATE TABLE dossier_papers (
    owner       uuid NOT NULL,
    dossier     uuid NOT NULL,
    place       text NOT NULL,
    document    uuid NOT NULL REFERENCES documents (id),
    enclosed    boolean NOT NULL,
    at          timestamptz NOT NULL,
    PRIMARY KEY (owner, dossier, place)
);
