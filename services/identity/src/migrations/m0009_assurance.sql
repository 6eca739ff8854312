-- By which somebody shows an officer which account is theirs: the newest code only, and only its digest.
CREATE TABLE document_check_codes (
    account_id  uuid NOT NULL PRIMARY KEY REFERENCES accounts (id),
    digest      text NOT NULL UNIQUE,
    expires_at  timestamptz NOT NULL
);

-- What officers have checked of whom. `expires_on` is the card's own, as YYYY-MM-DD; nothing for one that is good for life.
CREATE TABLE document_checks (
    id            uuid NOT NULL PRIMARY KEY,
    account_id    uuid NOT NULL REFERENCES accounts (id),
    officer_id    uuid NOT NULL,
    officer_name  text NOT NULL,
    kind          text NOT NULL,
    issued_on     text NOT NULL,
    expires_on    text,
    checked_at    timestamptz NOT NULL
);
CREATE INDEX document_checks_by_account ON document_checks (account_id);
