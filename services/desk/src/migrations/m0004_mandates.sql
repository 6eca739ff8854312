-- Who filed a dossier for its applicant, under a mandate, as JSON; nothing where the applicant did.
ALTER TABLE work_items ADD COLUMN filed_by text;
