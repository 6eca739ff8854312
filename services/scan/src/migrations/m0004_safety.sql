-- Whether a file carries an electronic signature; the scanner's version it was last found clean with; and what was found in it.
ALTER TABLE documents ADD COLUMN signed boolean NOT NULL DEFAULT false;
ALTER TABLE documents ADD COLUMN scanned_with text;
ALTER TABLE documents ADD COLUMN threat text;

-- That documents are scanned again when signatures change has begun: one row, so that it begins once.
CREATE TABLE rescans (
    id          integer NOT NULL PRIMARY KEY,
    begun_at    timestamptz NOT NULL
);
