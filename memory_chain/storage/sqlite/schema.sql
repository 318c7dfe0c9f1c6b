-- One user's memory. Times are microseconds since 1970, in UTC; bodies are JSON records (storage/records.py).
-- Whatever belongs to a message refers to its row and goes with it.

-- Whose memory it is, and what is counted so often that it is kept counted. One row.
CREATE TABLE chain (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    user_id TEXT NOT NULL,
    hash_key BLOB NOT NULL,                -- of the hashes in `forgotten`
    version INTEGER NOT NULL,              -- drawn anew whenever derived state is written
    traces INTEGER NOT NULL DEFAULT 0,     -- 1: something was forgotten and its bytes are not erased yet
    unread INTEGER NOT NULL DEFAULT 0,     -- of the queue, kept by its triggers
    waiting INTEGER NOT NULL DEFAULT 0,
    dead INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE meta (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- What was said. Numbers are never used again.
CREATE TABLE sessions (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE speakers (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    role TEXT NOT NULL,
    name TEXT,
    messages INTEGER NOT NULL
) STRICT;
CREATE INDEX speakers_by_name ON speakers (role, name);

CREATE TABLE messages (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    session INTEGER NOT NULL REFERENCES sessions,
    speaker INTEGER NOT NULL REFERENCES speakers,
    at INTEGER NOT NULL,
    text TEXT NOT NULL,
    metadata TEXT
) STRICT;
CREATE INDEX messages_by_time ON messages (at, seq);
CREATE INDEX messages_by_session ON messages (session, at, seq);
CREATE INDEX messages_by_speaker ON messages (speaker);

-- What the ranking reads of a message. No entry depends on another message.
CREATE TABLE turns (
    seq INTEGER PRIMARY KEY REFERENCES messages ON DELETE CASCADE,
    session INTEGER NOT NULL,
    speaker INTEGER NOT NULL,
    at INTEGER NOT NULL,
    tokens TEXT NOT NULL,
    traits INTEGER NOT NULL
) STRICT;
-- detail stays full: without positions bm25() is 0 in a contentless table.
CREATE VIRTUAL TABLE turn_index USING fts5 (tokens, content = '', contentless_delete = 1, tokenize = 'ascii');
CREATE VIRTUAL TABLE turn_terms USING fts5vocab (turn_index, row);

-- What is still to be understood, and what could not be.
CREATE TABLE queue (
    seq INTEGER PRIMARY KEY REFERENCES messages ON DELETE CASCADE,
    tries INTEGER NOT NULL DEFAULT 0,
    read_by_rules INTEGER NOT NULL DEFAULT 0,
    not_before INTEGER,
    error TEXT NOT NULL DEFAULT '',
    raw TEXT NOT NULL DEFAULT '',
    dead INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX queue_unread ON queue (seq) WHERE dead = 0 AND read_by_rules = 0;
CREATE INDEX queue_waiting ON queue (seq) WHERE dead = 0;
CREATE INDEX queue_troubled ON queue (seq) WHERE dead = 1 OR error <> '';

CREATE TRIGGER queue_added AFTER INSERT ON queue BEGIN
    UPDATE chain SET
        unread = unread + (new.dead = 0 AND new.read_by_rules = 0),
        waiting = waiting + (new.dead = 0),
        dead = dead + (new.dead = 1);
END;
CREATE TRIGGER queue_changed AFTER UPDATE ON queue BEGIN
    UPDATE chain SET
        unread = unread + (new.dead = 0 AND new.read_by_rules = 0) - (old.dead = 0 AND old.read_by_rules = 0),
        waiting = waiting + (new.dead = 0) - (old.dead = 0),
        dead = dead + (new.dead = 1) - (old.dead = 1);
END;
CREATE TRIGGER queue_removed AFTER DELETE ON queue BEGIN
    UPDATE chain SET
        unread = unread - (old.dead = 0 AND old.read_by_rules = 0),
        waiting = waiting - (old.dead = 0),
        dead = dead - (old.dead = 1);
END;

CREATE TABLE leases (
    name TEXT PRIMARY KEY,
    owner TEXT NOT NULL,
    until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The log: what each message revealed. `topic` is the main one, to which the attitude was shown.
CREATE TABLE topics (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    key TEXT NOT NULL UNIQUE,
    label TEXT NOT NULL,                   -- the wording that was said first
    terms INTEGER NOT NULL
) STRICT;

CREATE TABLE topic_terms (
    term TEXT NOT NULL,
    topic INTEGER NOT NULL REFERENCES topics ON DELETE CASCADE,
    PRIMARY KEY (term, topic)
) STRICT, WITHOUT ROWID;
CREATE INDEX topic_terms_by_topic ON topic_terms (topic);

CREATE TABLE observations (
    seq INTEGER PRIMARY KEY REFERENCES messages ON DELETE CASCADE,
    at INTEGER NOT NULL,
    writer TEXT NOT NULL,
    subject TEXT NOT NULL,
    attitude TEXT NOT NULL,
    topic INTEGER REFERENCES topics,
    items INTEGER NOT NULL,                -- how many attributes and events the body has
    body TEXT NOT NULL
) STRICT;
CREATE INDEX observations_by_writer ON observations (writer);
CREATE INDEX observations_with_items ON observations (at, seq) WHERE items > 0;
CREATE INDEX observations_with_attitude ON observations (subject, at, seq)
    WHERE attitude <> 'neutral' AND topic IS NOT NULL;
CREATE INDEX observations_by_topic ON observations (topic) WHERE topic IS NOT NULL;

CREATE TABLE topic_messages (
    topic INTEGER NOT NULL REFERENCES topics,
    at INTEGER NOT NULL,
    seq INTEGER NOT NULL REFERENCES observations ON DELETE CASCADE,
    label TEXT NOT NULL,
    PRIMARY KEY (topic, at, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX topic_messages_by_message ON topic_messages (seq);

CREATE TABLE corrections (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    at INTEGER NOT NULL,
    body TEXT NOT NULL
) STRICT;

-- The state derived from the log.
CREATE TABLE attributes (
    id TEXT PRIMARY KEY,
    known_from INTEGER NOT NULL,
    body TEXT NOT NULL
) STRICT;

CREATE TABLE events (
    id TEXT PRIMARY KEY,
    known_from INTEGER NOT NULL,
    body TEXT NOT NULL
) STRICT;

CREATE TABLE changes (
    number INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    operation TEXT NOT NULL,
    kind TEXT NOT NULL,
    item_id TEXT NOT NULL,
    source_id TEXT NOT NULL,
    reason TEXT NOT NULL,
    previous_id TEXT,
    writer TEXT NOT NULL
) STRICT;
CREATE INDEX changes_by_time ON changes (at, number);
CREATE INDEX changes_by_item ON changes (item_id);
CREATE INDEX changes_by_previous ON changes (previous_id) WHERE previous_id IS NOT NULL;

-- What registered memory types keep.
CREATE TABLE kept (
    memory_type TEXT NOT NULL,
    seq INTEGER NOT NULL REFERENCES messages ON DELETE CASCADE,
    ordinal INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (memory_type, seq, ordinal)
) STRICT, WITHOUT ROWID;
CREATE INDEX kept_by_message ON kept (seq);

-- Vectors of messages, and how many each model has; `writes` counts every change.
CREATE TABLE vector_models (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    vectors INTEGER NOT NULL DEFAULT 0,
    writes INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE vectors (
    model INTEGER NOT NULL REFERENCES vector_models,
    seq INTEGER NOT NULL REFERENCES messages ON DELETE CASCADE,
    vector BLOB NOT NULL,
    UNIQUE (model, seq)
) STRICT;
CREATE INDEX vectors_by_message ON vectors (seq);
CREATE TRIGGER vector_added AFTER INSERT ON vectors BEGIN
    UPDATE vector_models SET vectors = vectors + 1, writes = writes + 1 WHERE id = new.model;
END;
CREATE TRIGGER vector_removed AFTER DELETE ON vectors BEGIN
    UPDATE vector_models SET vectors = vectors - 1, writes = writes + 1 WHERE id = old.model;
END;

-- The ledger of model calls, failed ones too.
CREATE TABLE calls (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    body TEXT NOT NULL
) STRICT;

-- Hashes of what was forgotten, so that it does not come back.
CREATE TABLE forgotten (
    hash BLOB PRIMARY KEY
) STRICT, WITHOUT ROWID;
