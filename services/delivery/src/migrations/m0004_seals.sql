-- Whose seal a result's file bears, and the moment that the seal names.
ALTER TABLE results ADD COLUMN sealed_by text;
ALTER TABLE results ADD COLUMN sealed_at timestamptz;
