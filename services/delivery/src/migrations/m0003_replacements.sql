-- A result may be replaced by another of the same dossier, which is its next edition: each once.
ALTER TABLE results ADD COLUMN edition integer NOT NULL DEFAULT 1;
ALTER TABLE results ADD COLUMN replaces uuid REFERENCES results (id);
ALTER TABLE results ADD COLUMN replaced_by uuid REFERENCES results (id);
-- Why it stands for another, until that other one's row says so.
ALTER TABLE results ADD COLUMN replacing_reason text;
ALTER TABLE results ADD COLUMN replacing_by uuid;
-- Whom it is for; unknown for what was numbered before.
ALTER TABLE results ADD COLUMN holder text;
DROP INDEX results_dossier;
CREATE UNIQUE INDEX results_edition ON results (dossier, edition);

-- Officers look for what was issued.
CREATE INDEX results_code ON results (code);
CREATE INDEX results_written_number ON results (number);
