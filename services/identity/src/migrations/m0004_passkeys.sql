-- Passkeys (WebAuthn). `credential_id` is the authenticator's name for it in base64url; `credential` is its public key with the
-- counter of its uses, as the library keeps it. `suspected_at`: the counter went back, so somebody has a copy; it opens nothing.
CREATE TABLE passkeys (
    id             uuid NOT NULL PRIMARY KEY,
    account_id     uuid NOT NULL REFERENCES accounts (id),
    credential_id  text NOT NULL UNIQUE,
    credential     text NOT NULL,
    name           text NOT NULL,
    added_at       timestamptz NOT NULL,
    used_at        timestamptz,
    suspected_at   timestamptz
);
CREATE INDEX passkeys_by_account ON passkeys (account_id);

-- Challenges that wait for an authenticator's answer. `digest` is of the ticket that the browser holds; taken once. `account_id`
-- is whose passkey it must be, where that is known; `sign_in` the sign-in that waits for a second step.
CREATE TABLE passkey_challenges (
    digest      text NOT NULL PRIMARY KEY,
    account_id  uuid REFERENCES accounts (id),
    sign_in     text,
    state       text NOT NULL,
    expires_at  timestamptz NOT NULL
);
CREATE INDEX passkey_challenges_by_account ON passkey_challenges (account_id);
CREATE INDEX passkey_challenges_by_end ON passkey_challenges (expires_at);
