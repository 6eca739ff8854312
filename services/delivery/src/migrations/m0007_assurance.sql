-- The version of its procedure that a result's dossier keeps, which says how surely its owner must be known; unknown of what was decided
-- before.
ALTER TABLE results ADD COLUMN procedure_version integer;
