-- As what kind of paper a document was sent, and what was read on it (JSON), as scan said it.
ALTER TABLE documents ADD COLUMN kind text;
ALTER TABLE documents ADD COLUMN fields text NOT NULL DEFAULT '[]';
CREATE INDEX documents_by_kind ON documents (owner, kind, checked_at);
