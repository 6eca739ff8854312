-- The keys that papers' statements were ever signed with. `made_here` is 1 for the one whose seed was made at the first start,
-- by whichever replica was quickest, and null for one that was given.
CREATE TABLE proof_keys (
    kid         text NOT NULL PRIMARY KEY,
    made_here   integer UNIQUE,
    seed        bytea,
    jwk         text NOT NULL,
    created_at  timestamptz NOT NULL
);
