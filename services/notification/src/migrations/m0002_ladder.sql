-- What a person wants. Whoever never said anything has no row.
CREATE TABLE preferences (
    account     uuid NOT NULL PRIMARY KEY,
    language    text NOT NULL CHECK (language IN ('vi', 'en')),
    -- Minutes since midnight in Vietnam; nothing for no quiet hours.
    quiet_from  integer,
    quiet_to    integer,
    is_digest   boolean NOT NULL,
    -- The channels that are turned off for news of some urgency, as JSON.
    off         text NOT NULL,
    changed_at  timestamptz NOT NULL,
    CHECK ((quiet_from IS NULL) = (quiet_to IS NULL))
);

-- The words for it, and when the supplement that was asked for came.
ALTER TABLE contacts ADD COLUMN procedure_code text;
ALTER TABLE contacts ADD COLUMN procedure_version integer;
ALTER TABLE contacts ADD COLUMN supplemented_at timestamptz;
CREATE INDEX contacts_account ON contacts (account);

-- How one piece of news, or the digest of a day, is being told to one person. `id` is the message's, or made of person and day.
CREATE TABLE tellings (
    id         uuid NOT NULL PRIMARY KEY,
    account    uuid NOT NULL,
    dossier    uuid NOT NULL REFERENCES contacts (dossier),
    urgency    text NOT NULL CHECK (urgency IN ('urgent', 'normal', 'low')),
    lane       smallint NOT NULL,
    state      text NOT NULL CHECK (state IN ('open', 'delivered', 'superseded', 'exhausted', 'called')),
    -- When it is looked at again; whoever is at it has moved this to the end of their lease.
    due_at     timestamptz NOT NULL,
    opened_at  timestamptz NOT NULL,
    ended_at   timestamptz,
    CHECK ((state = 'open') = (ended_at IS NULL))
);
CREATE INDEX tellings_due ON tellings (lane, due_at) WHERE state = 'open';
CREATE INDEX tellings_next ON tellings (due_at) WHERE state = 'open';

ALTER TABLE messages ADD COLUMN telling uuid REFERENCES tellings (id);
-- When it goes into a digest; nothing when it is told by itself.
ALTER TABLE messages ADD COLUMN digest_at timestamptz;
-- What it asks for is done.
ALTER TABLE messages ADD COLUMN is_moot boolean NOT NULL DEFAULT FALSE;
ALTER TABLE messages ADD COLUMN short text NOT NULL DEFAULT '';
ALTER TABLE messages ADD COLUMN short_en text NOT NULL DEFAULT '';
ALTER TABLE messages ADD COLUMN details text NOT NULL DEFAULT '{}';
CREATE INDEX messages_telling ON messages (telling);
CREATE INDEX messages_digest ON messages (account, digest_at) WHERE telling IS NULL AND digest_at IS NOT NULL;

-- What was tried by one channel. It is written down before the call outside, and its answer after it. The key of what is
-- sent is event, recipient and channel: a telling has its event and its recipient, and a channel once.
CREATE TABLE attempts (
    id          uuid NOT NULL PRIMARY KEY,
    telling     uuid NOT NULL REFERENCES tellings (id),
    channel     text NOT NULL CHECK (channel IN ('mail', 'sms', 'zalo', 'push')),
    address     text NOT NULL,
    state       text NOT NULL CHECK (state IN ('trying', 'later', 'taken', 'accepted', 'delivered', 'failed')),
    tries       integer NOT NULL,
    begun_at    timestamptz NOT NULL,
    tried_at    timestamptz NOT NULL,
    -- The end of the lease of who tries, or when it may be tried again.
    until_at    timestamptz NOT NULL,
    provider    text,
    reference   text,
    code        text,
    ended_at    timestamptz
);
CREATE UNIQUE INDEX attempts_once ON attempts (telling, channel);
CREATE INDEX attempts_reference ON attempts (provider, reference) WHERE reference IS NOT NULL;

-- Receipts that came before the answer that names what they are about.
CREATE TABLE early_receipts (
    provider   text NOT NULL,
    reference  text NOT NULL,
    outcome    text NOT NULL CHECK (outcome IN ('delivered', 'failed')),
    code       text,
    at         timestamptz NOT NULL,
    PRIMARY KEY (provider, reference)
);

-- What links are signed with.
CREATE TABLE signing_keys (
    name  text NOT NULL PRIMARY KEY,
    key   text NOT NULL
);

-- What no channel could tell, and an officer tells by telephone.
CREATE TABLE calls (
    telling     uuid NOT NULL PRIMARY KEY REFERENCES tellings (id),
    dossier     uuid NOT NULL REFERENCES contacts (dossier),
    opened_at   timestamptz NOT NULL,
    owner       uuid,
    owner_name  text NOT NULL DEFAULT '',
    claimed_at  timestamptz,
    tries       integer NOT NULL DEFAULT 0,
    result      text CHECK (result IN ('told', 'no_answer', 'wrong_number', 'not_needed')),
    note        text NOT NULL DEFAULT '',
    done_at     timestamptz,
    CHECK ((owner IS NULL) = (claimed_at IS NULL)),
    CHECK (done_at IS NULL OR owner IS NOT NULL)
);
CREATE INDEX calls_open ON calls (opened_at) WHERE done_at IS NULL;

-- The browsers that a person wants to be noted in.
CREATE TABLE subscriptions (
    id          uuid NOT NULL PRIMARY KEY,
    account     uuid NOT NULL,
    endpoint    text NOT NULL,
    -- The whole subscription as the browser gave it.
    keys        text NOT NULL,
    made_at     timestamptz NOT NULL
);
CREATE UNIQUE INDEX subscriptions_endpoint ON subscriptions (endpoint);
CREATE INDEX subscriptions_account ON subscriptions (account);

-- The mails of before are attempts; the Message-ID of each stays, since it is made of the id.
INSERT INTO tellings (id, account, dossier, urgency, lane, state, due_at, opened_at, ended_at)
SELECT messages.id, messages.account, messages.dossier, 'normal', 1,
    CASE mails.state WHEN 'waiting' THEN 'open' WHEN 'sent' THEN 'delivered' ELSE 'exhausted' END,
    messages.written_at, messages.written_at,
    CASE mails.state WHEN 'waiting' THEN NULL ELSE COALESCE(mails.sent_at, mails.tried_at, messages.written_at) END
FROM mails JOIN messages ON messages.id = mails.message;
UPDATE messages SET telling = id WHERE id IN (SELECT message FROM mails);
INSERT INTO attempts (id, telling, channel, address, state, tries, begun_at, tried_at, until_at, provider, code, ended_at)
SELECT mails.message, mails.message, 'mail', mails.address,
    CASE mails.state WHEN 'waiting' THEN 'later' WHEN 'sent' THEN 'taken' ELSE 'failed' END,
    mails.attempts, messages.written_at, COALESCE(mails.tried_at, messages.written_at), messages.written_at,
    'smtp', CAST(mails.answer AS text),
    CASE mails.state WHEN 'waiting' THEN NULL ELSE COALESCE(mails.sent_at, mails.tried_at, messages.written_at) END
FROM mails JOIN messages ON messages.id = mails.message;
DROP TABLE mails;
