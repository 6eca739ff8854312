-- The tokens of the Official Account, and which replica renews them until when: one row.
CREATE TABLE zalo_tokens (
    id          integer NOT NULL PRIMARY KEY CHECK (id = 1),
    tokens      text NOT NULL,
    held_by     uuid,
    held_until  timestamptz
);
INSERT INTO zalo_tokens (id, tokens) VALUES (1, '');
