-- One-time codes that were asked for, each under the digest of the ticket that the browser which asked holds. `mac` is of the code under a
-- key that is kept outside the database. `sending` is what the sending is told by. A row goes when its time is over.
CREATE TABLE one_time_codes (
    digest        text NOT NULL PRIMARY KEY,
    sending       uuid NOT NULL UNIQUE,
    purpose       text NOT NULL,
    account_id    uuid REFERENCES accounts (id),
    kind          text NOT NULL CHECK (kind IN ('phone', 'email')),
    contact       text NOT NULL,
    about         uuid,
    mac           text NOT NULL,
    wrong         integer NOT NULL,
    -- Whether anything was sent: nothing is to a contact that nobody has, and whoever asked cannot tell.
    is_sent       boolean NOT NULL,
    asked_at      timestamptz NOT NULL,
    expires_at    timestamptz NOT NULL,
    taken_at      timestamptz,
    -- When it was known that it did not arrive.
    failed_at     timestamptz,
    -- What decides how often another may be asked for: as at the first.
    lane          text NOT NULL
);
CREATE INDEX one_time_codes_by_end ON one_time_codes (expires_at);
CREATE INDEX one_time_codes_by_age ON one_time_codes (asked_at);

-- When codes were asked for in the last day, as a list of moments. `subject` is a MAC of the contact, or of the account that asks.
CREATE TABLE code_asks (
    subject  text NOT NULL PRIMARY KEY,
    asked    text NOT NULL,
    last_at  timestamptz NOT NULL
);
CREATE INDEX code_asks_by_age ON code_asks (last_at);

-- Passwords on their way to be set anew: a code was right. `digest` is of the ticket that the browser holds; taken once.
CREATE TABLE recoveries (
    digest        text NOT NULL PRIMARY KEY,
    account_id    uuid NOT NULL REFERENCES accounts (id),
    second_shown  boolean NOT NULL,
    begun_at      timestamptz NOT NULL,
    expires_at    timestamptz NOT NULL
);
CREATE INDEX recoveries_by_account ON recoveries (account_id);
CREATE INDEX recoveries_by_end ON recoveries (expires_at);

-- Whether a session began by a passkey: it may then stand for one where a password is set anew.
ALTER TABLE sessions ADD COLUMN by_passkey boolean NOT NULL DEFAULT FALSE;

-- The telephones and e-mail addresses that were shown to reach an account's owner. E-mail addresses are in small letters. From
-- `counts_from` on a code to it may stand for its owner, until `ends_at`: where another took its place by less than the account is known
-- by, the one before counts until the other does.
CREATE TABLE proven_contacts (
    kind         text NOT NULL CHECK (kind IN ('phone', 'email')),
    contact      text NOT NULL,
    account_id   uuid NOT NULL REFERENCES accounts (id),
    proven_at    timestamptz NOT NULL,
    counts_from  timestamptz NOT NULL,
    ends_at      timestamptz,
    PRIMARY KEY (kind, contact)
);
CREATE INDEX proven_contacts_by_account ON proven_contacts (account_id);
