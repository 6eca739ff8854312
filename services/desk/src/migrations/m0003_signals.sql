-- What intake found about a dossier that an officer should look at, the latest word; what it found is JSON. It may come before the dossier.
CREATE TABLE signals (
    dossier_id  uuid PRIMARY KEY,
    revision    bigint NOT NULL CHECK (revision > 0),
    score       bigint NOT NULL,
    level       text NOT NULL,
    found       text NOT NULL,
    found_at    timestamptz NOT NULL
);
CREATE INDEX signals_by_score ON signals (score);

-- What officers found when they looked at the papers. `revision` is what they had seen of the signals; 0 without any.
CREATE TABLE signal_notes (
    id            uuid PRIMARY KEY,
    dossier_id    uuid NOT NULL REFERENCES work_items (dossier_id),
    revision      bigint NOT NULL,
    finding       text NOT NULL,
    note          text NOT NULL,
    officer       uuid NOT NULL,
    officer_name  text NOT NULL,
    noted_at      timestamptz NOT NULL
);
CREATE INDEX signal_notes_by_dossier ON signal_notes (dossier_id, id);
