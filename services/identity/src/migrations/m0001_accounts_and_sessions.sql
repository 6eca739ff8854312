-- Who: a phone number, an identification number and an officer's login each belong to one account at most.
CREATE TABLE accounts (
    id          uuid NOT NULL PRIMARY KEY,
    name        text NOT NULL,
    roles       text NOT NULL,
    assurance   smallint NOT NULL,
    citizen_id  text UNIQUE,
    phone       text UNIQUE,
    email       text,
    login       text UNIQUE,
    title       text,
    created_at  timestamptz NOT NULL
);

-- How they show it. `password` is an Argon2id hash in PHC form.
CREATE TABLE credentials (
    account_id  uuid NOT NULL PRIMARY KEY REFERENCES accounts (id),
    password    text NOT NULL,
    changed_at  timestamptz NOT NULL
);

-- One row a token; `id` is its sid.
CREATE TABLE sessions (
    id          uuid NOT NULL PRIMARY KEY,
    account_id  uuid NOT NULL REFERENCES accounts (id),
    created_at  timestamptz NOT NULL,
    expires_at  timestamptz NOT NULL,
    ended_at    timestamptz
);
CREATE INDEX sessions_by_account ON sessions (account_id);
CREATE INDEX sessions_by_end ON sessions (expires_at);

-- The keys that tokens were ever signed with. `generation` is set where the seed is our own.
CREATE TABLE signing_keys (
    kid         text NOT NULL PRIMARY KEY,
    generation  integer UNIQUE,
    seed        bytea,
    jwk         text NOT NULL,
    created_at  timestamptz NOT NULL,
    retired_at  timestamptz
);

-- Wrong passwords in a row. `subject` is an account's id, or the digest of a login that nobody has.
CREATE TABLE attempts (
    subject  text NOT NULL PRIMARY KEY,
    wrong    integer NOT NULL,
    last_at  timestamptz NOT NULL
);
CREATE INDEX attempts_by_age ON attempts (last_at);
