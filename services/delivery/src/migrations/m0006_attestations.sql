-- The proofs of a result: that it was signed, numbered and sealed, each once. `follows` is the act before it: there is no seal
-- without a number, and no number without the act of signing.
CREATE TABLE attestations (
    result       uuid NOT NULL REFERENCES results (id),
    deed         text NOT NULL,
    follows      text,
    done_by      text NOT NULL,
    title        text,
    account      uuid,
    done_at      timestamptz NOT NULL,
    book         text,
    sequence     bigint,
    subject      text,
    serial       text,
    fingerprint  text,
    level        text,
    sha256       text,
    PRIMARY KEY (result, deed),
    FOREIGN KEY (result, follows) REFERENCES attestations (result, deed),
    CHECK (
        deed = 'signed' AND follows IS NULL
        OR deed = 'numbered' AND follows IS NOT NULL AND follows = 'signed'
        OR deed = 'sealed' AND follows IS NOT NULL AND follows = 'numbered'
    )
);
-- Whether a certificate ever signed here.
CREATE INDEX attestations_fingerprint ON attestations (fingerprint);

-- The pretend authority's certificates and keys, made by whichever replica was quickest. Only where seals are pretended.
CREATE TABLE pretend_authority (
    one   integer NOT NULL PRIMARY KEY,
    kept  text NOT NULL
);
