-- What the provider of electronic invoices has of each receipt: that it was issued, and that it was cancelled.
CREATE TABLE receipt_exports (
    series       text NOT NULL,
    number       bigint NOT NULL,
    word         text NOT NULL CHECK (word IN ('issued', 'cancelled')),
    reference    text NOT NULL,
    exported_at  timestamptz NOT NULL,
    PRIMARY KEY (series, number, word),
    FOREIGN KEY (series, number) REFERENCES receipts (series, number)
);
