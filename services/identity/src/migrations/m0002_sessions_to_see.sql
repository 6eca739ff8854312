-- Where a session began and when identity last heard of it (noted at most once an hour), for its owner to look at.
ALTER TABLE sessions ADD COLUMN device text NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN network text NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN seen_at timestamptz;
