-- One user's memory. Times are microseconds since 1970, in UTC; payloads are JSON records (storage/records.py).

CREATE TABLE meta (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;

-- What was said.
CREATE TABLE message (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    session TEXT NOT NULL,
    role TEXT NOT NULL,
    speaker TEXT,
    text TEXT NOT NULL,
    at INTEGER NOT NULL,
    metadata TEXT NOT NULL
);
CREATE INDEX message_by_time ON message (at, seq);

-- How many messages each speaker has, kept by the triggers below.
CREATE TABLE speaker (
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    messages INTEGER NOT NULL,
    PRIMARY KEY (name, role)
) WITHOUT ROWID;
CREATE TRIGGER speaker_added AFTER INSERT ON message BEGIN
    INSERT INTO speaker VALUES (coalesce(new.speaker, ''), new.role, 1)
    ON CONFLICT DO UPDATE SET messages = messages + 1;
END;
CREATE TRIGGER speaker_removed AFTER DELETE ON message BEGIN
    UPDATE speaker SET messages = messages - 1 WHERE name = coalesce(old.speaker, '') AND role = old.role;
    DELETE FROM speaker WHERE messages = 0;
END;

-- What the ranking reads: no entry depends on another message.
CREATE TABLE turn (
    seq INTEGER PRIMARY KEY,
    session TEXT NOT NULL,
    speaker TEXT NOT NULL,
    at INTEGER NOT NULL,
    tokens TEXT NOT NULL,
    traits INTEGER NOT NULL
);
CREATE INDEX turn_by_session ON turn (session, at, seq);
CREATE VIRTUAL TABLE turn_index USING fts5 (
    tokens, content = '', contentless_delete = 1, tokenize = 'ascii'
);
CREATE VIRTUAL TABLE turn_terms USING fts5vocab (turn_index, row);

-- What is still to be understood, and what could not be.
CREATE TABLE queue (
    seq INTEGER PRIMARY KEY,
    tries INTEGER NOT NULL DEFAULT 0,
    read_by_rules INTEGER NOT NULL DEFAULT 0,
    not_before INTEGER,
    error TEXT NOT NULL DEFAULT '',
    raw TEXT NOT NULL DEFAULT '',
    dead INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX queue_unread ON queue (seq) WHERE read_by_rules = 0 AND dead = 0;
CREATE TABLE lease (
    name TEXT PRIMARY KEY,
    owner TEXT NOT NULL,
    until INTEGER NOT NULL
) WITHOUT ROWID;

-- The log: what each message revealed. Its items stand in `observed`.
CREATE TABLE observation (
    message_id TEXT PRIMARY KEY,
    writer TEXT NOT NULL,
    payload TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX observation_by_writer ON observation (writer);
CREATE TABLE observed (
    at INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    ordinal INTEGER NOT NULL,
    source TEXT NOT NULL,
    kind TEXT NOT NULL,
    writer TEXT NOT NULL,
    payload TEXT NOT NULL,
    PRIMARY KEY (at, seq, ordinal)
) WITHOUT ROWID;
CREATE INDEX observed_by_source ON observed (source);
CREATE TABLE correction (
    id TEXT PRIMARY KEY,
    corrected TEXT NOT NULL
) WITHOUT ROWID;

-- The state derived from the log.
CREATE TABLE attribute (
    id TEXT PRIMARY KEY,
    known_from INTEGER NOT NULL,
    payload TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE event (
    id TEXT PRIMARY KEY,
    known_from INTEGER NOT NULL,
    payload TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE change (
    number INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    item_id TEXT NOT NULL,
    previous_id TEXT,
    payload TEXT NOT NULL
);
CREATE INDEX change_by_time ON change (at);
CREATE INDEX change_by_item ON change (item_id);
CREATE INDEX change_by_previous ON change (previous_id) WHERE previous_id IS NOT NULL;

-- Topics: the same words in any order are one topic.
CREATE TABLE topic (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE
);
CREATE TABLE topic_message (
    topic INTEGER NOT NULL,
    at INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    message_id TEXT NOT NULL,
    label TEXT NOT NULL,
    attitude TEXT NOT NULL,
    reason TEXT NOT NULL,
    subject TEXT NOT NULL,
    PRIMARY KEY (topic, at, seq)
) WITHOUT ROWID;
CREATE INDEX topic_message_by_message ON topic_message (message_id);
CREATE INDEX topic_message_by_attitude ON topic_message (subject, at) WHERE attitude <> 'neutral';
CREATE VIRTUAL TABLE topic_index USING fts5 (
    tokens, content = '', contentless_delete = 1, tokenize = 'ascii'
);

-- What registered memory types keep of a message.
CREATE TABLE kept (
    memory_type TEXT NOT NULL,
    message_id TEXT NOT NULL,
    ordinal INTEGER NOT NULL,
    payload TEXT NOT NULL,
    PRIMARY KEY (memory_type, message_id, ordinal)
) WITHOUT ROWID;

CREATE TABLE vector (
    model TEXT NOT NULL,
    seq INTEGER NOT NULL,
    data BLOB NOT NULL,
    PRIMARY KEY (model, seq)
);

-- The ledger of model calls, failed ones too.
CREATE TABLE call (
    number INTEGER PRIMARY KEY,
    payload TEXT NOT NULL
);

-- Hashes of forgotten message ids and items, so that they do not come back.
CREATE TABLE forgotten (
    hash BLOB PRIMARY KEY
) WITHOUT ROWID;
