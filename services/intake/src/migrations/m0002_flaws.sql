-- What is wrong with the pictures of a document's pages (JSON), as scan said it.
ALTER TABLE documents ADD COLUMN flaws text NOT NULL DEFAULT '[]';
