-- Whoever replaced a result signed what stands for it.
INSERT INTO attestations (result, deed, done_by, title, account, done_at)
SELECT id, 'signed', paper::json #>> '{signer,name}', paper::json #>> '{signer,title}', replacing_by, (paper::json #>> '{head,issued_at}')::timestamptz FROM results;
INSERT INTO attestations (result, deed, follows, done_by, done_at, book, sequence)
SELECT id, 'numbered', 'signed', organisation_name, numbered_at, symbol || '/' || year, sequence FROM results;
-- The seals that were set before proofs were kept: their columns stay and are read no more.
INSERT INTO attestations (result, deed, follows, done_by, done_at, level, sha256)
SELECT id, 'sealed', 'numbered', sealed_by, sealed_at, 'B-B', sha256 FROM results
WHERE sealed_by IS NOT NULL AND sealed_at IS NOT NULL AND sha256 IS NOT NULL;
