-- A dossier's procedure, which the national payment platform wants to know; unknown of orders from before.
ALTER TABLE orders ADD COLUMN procedure_code text;

-- The gateway an attempt goes through, and where the platform lets the payer pay; the gateway that said a word.
ALTER TABLE attempts ADD COLUMN gateway text NOT NULL DEFAULT 'vnpay' CHECK (gateway IN ('vnpay', 'platform'));
ALTER TABLE attempts ADD COLUMN pay_url text NOT NULL DEFAULT '';
ALTER TABLE notices ADD COLUMN gateway text NOT NULL DEFAULT 'vnpay' CHECK (gateway IN ('vnpay', 'platform'));

-- The pretend platform's own books; nothing outside the sandbox reads them. Money that is decided moves at `settled_at`.
CREATE TABLE sandbox_platform (
    reference   text PRIMARY KEY,
    number      bigint NOT NULL UNIQUE,
    asked       text NOT NULL,
    code        text NOT NULL DEFAULT '',
    settled_at  timestamptz,
    tries       bigint NOT NULL DEFAULT 0,
    last_reply  text NOT NULL DEFAULT ''
);
CREATE TABLE sandbox_platform_days (
    name  text PRIMARY KEY,
    day   text NOT NULL
);
