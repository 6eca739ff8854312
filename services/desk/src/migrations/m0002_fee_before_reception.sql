-- The code that a fee is asked for under before the dossier is received; received, it keeps it.
ALTER TABLE work_items ADD COLUMN early_code text;
CREATE UNIQUE INDEX work_items_by_early_code ON work_items (early_code);
