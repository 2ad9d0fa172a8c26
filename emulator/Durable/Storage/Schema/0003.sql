-- 0003: the number of the newest commit, written by it: tells whether a COMMIT that reported an error was done.

CREATE TABLE newest_commit (number INTEGER NOT NULL);

INSERT INTO newest_commit VALUES (0);
