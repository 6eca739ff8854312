-- Whose dossiers documents were filed with that somebody else had uploaded for them: they see these, too.
CREATE TABLE filed_for (
    document  uuid NOT NULL,
    account   uuid NOT NULL,
    PRIMARY KEY (document, account)
);
