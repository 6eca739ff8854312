-- Papers that citizens keep for later dossiers, as scan said it. One that is kept no more has its row without a kind and all that
-- follows, so that an older word does not bring it back. A day is written 2027-04-08.
CREATE TABLE kept_papers (
    document      uuid PRIMARY KEY,
    owner         uuid NOT NULL,
    revision      bigint NOT NULL,
    kind          text,
    name          text,
    given_at      timestamptz,
    valid_until   text,
    first_dossier uuid
);
CREATE INDEX kept_papers_owner ON kept_papers (owner);
