-- 0002: instances, their history, and what must be found again after a restart. (0001 kept histories in an encoding of its own; a
-- database of it is moved aside.)
-- Append-only: a change is a new file with the next number; user_version says which files a database has seen.

CREATE TABLE instance (
    key     INTEGER PRIMARY KEY,            -- given by the engine, grows
    id      TEXT    NOT NULL UNIQUE,
    name    TEXT    NOT NULL,
    version TEXT,
    tags    TEXT,                           -- JSON object
    status  INTEGER NOT NULL,               -- OrchestrationStatus of the protocol
    created INTEGER NOT NULL,               -- UTC ticks, as every time here
    updated INTEGER NOT NULL,
    first   INTEGER NOT NULL,               -- oldest history row of this generation: holds the input
    head    INTEGER NOT NULL,               -- newest history row: holds the output of a finished instance
    custom  TEXT                            -- custom status, JSON
);

-- Only ever appended to, so that a commit touches the end of the table alone. An instance's rows are a chain
-- from instance.head backwards.
CREATE TABLE history (
    key    INTEGER PRIMARY KEY,
    prev   INTEGER NOT NULL,                -- 0: the first of its generation
    events BLOB    NOT NULL                 -- entries of OrchestratorRequest.pastEvents
);

-- Instances that a restart must look at: not begun yet, or with an activity under way.
CREATE TABLE work (instance INTEGER PRIMARY KEY);

CREATE TABLE timer (
    due      INTEGER NOT NULL,
    instance INTEGER NOT NULL,
    id       INTEGER NOT NULL,              -- generation << 32 | action; -1: the delayed start of the instance
    PRIMARY KEY (due, instance, id)
) WITHOUT ROWID;

-- Messages sent but not taken in yet. The sender's commit writes the row, the receiver's deletes it.
CREATE TABLE inbox (
    key    INTEGER PRIMARY KEY,
    target TEXT    NOT NULL,
    due    INTEGER NOT NULL,                -- 0: at once
    event  BLOB    NOT NULL
);

CREATE INDEX inbox_due ON inbox (due) WHERE due > 0;

CREATE TABLE entity (
    key     INTEGER PRIMARY KEY,
    id      TEXT    NOT NULL UNIQUE,
    state   TEXT,                           -- NULL: none
    owner   TEXT,                           -- the orchestration that holds the lock
    updated INTEGER NOT NULL
);
