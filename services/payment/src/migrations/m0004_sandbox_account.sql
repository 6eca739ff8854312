-- The agency's account in the pretend bank's own books; nothing outside the sandbox reads them.
CREATE TABLE sandbox_transfers (
    number      bigint PRIMARY KEY,
    account     text NOT NULL,
    reference   text NOT NULL UNIQUE,
    booked_on   text NOT NULL,
    direction   text NOT NULL,
    amount      bigint NOT NULL CHECK (amount > 0),
    remitter    text NOT NULL,
    purpose     text NOT NULL,
    end_to_end  text NOT NULL,
    reversal    boolean NOT NULL,
    booked_at   timestamptz NOT NULL
);
CREATE INDEX sandbox_transfers_by_day ON sandbox_transfers (account, booked_on);
