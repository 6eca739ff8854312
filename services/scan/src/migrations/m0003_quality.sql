-- Why a document was rejected: 'content' (for good) or 'quality' (an officer may overrule it).
ALTER TABLE documents ADD COLUMN fault text;

-- What is wrong with the picture of a page, and where: fractions of its width and height.
CREATE TABLE flaws (
    document    uuid NOT NULL REFERENCES documents (id),
    page        integer NOT NULL,
    number      integer NOT NULL,
    kind        text NOT NULL,
    weight      text NOT NULL,
    from_left   real NOT NULL,
    from_top    real NOT NULL,
    width       real NOT NULL,
    height      real NOT NULL,
    PRIMARY KEY (document, page, number)
);

-- Documents that an officer took in spite of their pictures.
CREATE TABLE overrules (
    document    uuid NOT NULL PRIMARY KEY REFERENCES documents (id),
    officer     uuid NOT NULL,
    reason      text NOT NULL,
    overruled_at timestamptz NOT NULL
);
