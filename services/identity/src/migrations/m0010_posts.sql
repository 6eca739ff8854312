-- Where officers work, and from when to when: days in Vietnam. What was ended before its last day stays, for whoever asks who was in
-- office then.
CREATE TABLE posts (
    id            uuid NOT NULL PRIMARY KEY,
    account_id    uuid NOT NULL REFERENCES accounts (id),
    organisation  text NOT NULL,
    roles         text NOT NULL,
    from_day      date NOT NULL,
    until_day     date,
    given_by      uuid,
    given_at      timestamptz NOT NULL,
    ended_at      timestamptz
);
CREATE INDEX posts_by_account ON posts (account_id);
