-- Who somebody is at a provider (OpenID Connect): its issuer and what it names them by for good. `assurance` is of the newest
-- sign-in there; `tax_code` an organisation's.
CREATE TABLE external_identities (
    id          uuid NOT NULL PRIMARY KEY,
    issuer      text NOT NULL,
    subject     text NOT NULL,
    account_id  uuid NOT NULL REFERENCES accounts (id),
    assurance   smallint NOT NULL,
    kind        text NOT NULL,
    tax_code    text,
    linked_at   timestamptz NOT NULL,
    last_at     timestamptz NOT NULL,
    UNIQUE (issuer, subject)
);
CREATE INDEX external_identities_by_account ON external_identities (account_id);

-- Sign-ins under way at a provider, taken once. `state` and `browser` are digests: what redeems the code is made of the secrets
-- themselves, and stands nowhere.
CREATE TABLE provider_requests (
    state       text NOT NULL PRIMARY KEY,
    browser     text NOT NULL,
    provider    text NOT NULL,
    purpose     text NOT NULL,
    account_id  uuid,
    session_id  uuid,
    acr         text,
    max_age     bigint,
    back        text NOT NULL,
    expires_at  timestamptz NOT NULL
);
CREATE INDEX provider_requests_by_end ON provider_requests (expires_at);

-- Which sessions a provider brought, so that it can end them. `ticket` is the digest of a sign-in that still waits for its second
-- step, and then becomes a session. `id_token` is sealed by a key that is kept outside the database.
CREATE TABLE provider_sessions (
    id          uuid NOT NULL PRIMARY KEY,
    session_id  uuid,
    ticket      text,
    account_id  uuid NOT NULL REFERENCES accounts (id),
    issuer      text NOT NULL,
    subject     text NOT NULL,
    sid         text,
    id_token    bytea NOT NULL,
    expires_at  timestamptz NOT NULL
);
CREATE INDEX provider_sessions_by_session ON provider_sessions (session_id);
CREATE INDEX provider_sessions_by_ticket ON provider_sessions (ticket);
CREATE INDEX provider_sessions_by_subject ON provider_sessions (issuer, subject);
CREATE INDEX provider_sessions_by_end ON provider_sessions (expires_at);

-- Logout tokens that were taken: each counts once.
CREATE TABLE logout_tokens (
    issuer      text NOT NULL,
    jti         text NOT NULL,
    expires_at  timestamptz NOT NULL,
    PRIMARY KEY (issuer, jti)
);
CREATE INDEX logout_tokens_by_end ON logout_tokens (expires_at);
