-- What was read on a document, field by field of its kind of paper, and where: fractions of a page's width and height.
CREATE TABLE fields (
    document    uuid NOT NULL REFERENCES documents (id),
    number      integer NOT NULL,
    name        text NOT NULL,
    value       text NOT NULL,
    confidence  integer NOT NULL CHECK (confidence BETWEEN 0 AND 100),
    origin      text NOT NULL,
    page        integer NOT NULL,
    from_left   real NOT NULL,
    from_top    real NOT NULL,
    width       real NOT NULL,
    height      real NOT NULL,
    disputed    boolean NOT NULL,
    PRIMARY KEY (document, number)
);
