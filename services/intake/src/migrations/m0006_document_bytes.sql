-- How large a document is, as scan said it; 0 where it was heard of before that was kept.
ALTER TABLE documents ADD COLUMN bytes bigint NOT NULL DEFAULT 0;
