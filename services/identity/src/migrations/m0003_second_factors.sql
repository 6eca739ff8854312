-- Second factors (TOTP). `seed` is sealed by a key that is kept outside the database; `key_id` names it. Nothing is asked for
-- before `confirmed_at`. `last_step` is the step of the newest code that was taken.
CREATE TABLE second_factors (
    account_id    uuid NOT NULL PRIMARY KEY REFERENCES accounts (id),
    seed          bytea NOT NULL,
    key_id        text NOT NULL,
    begun_at      timestamptz NOT NULL,
    confirmed_at  timestamptz,
    last_step     bigint
);

-- `mac` is the code under a key that is kept outside the database.
CREATE TABLE recovery_codes (
    account_id  uuid NOT NULL REFERENCES accounts (id),
    mac         text NOT NULL,
    used_at     timestamptz,
    PRIMARY KEY (account_id, mac)
);

-- Whose password was right and who is now asked for a code. `digest` is of the ticket that the browser holds; taken once.
CREATE TABLE sign_ins (
    digest      text NOT NULL PRIMARY KEY,
    account_id  uuid NOT NULL REFERENCES accounts (id),
    expires_at  timestamptz NOT NULL
);
CREATE INDEX sign_ins_by_account ON sign_ins (account_id);
CREATE INDEX sign_ins_by_end ON sign_ins (expires_at);

-- What was done to how somebody shows who they are, and by whom.
CREATE TABLE security_acts (
    id           uuid NOT NULL PRIMARY KEY,
    account_id   uuid NOT NULL REFERENCES accounts (id),
    what         text NOT NULL,
    by_account   uuid NOT NULL,
    happened_at  timestamptz NOT NULL
);
CREATE INDEX security_acts_by_account ON security_acts (account_id, happened_at);
