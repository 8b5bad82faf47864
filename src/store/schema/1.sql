-- What was read.
CREATE TABLE generation (
    id INTEGER PRIMARY KEY, source TEXT NOT NULL, path TEXT NOT NULL,
    device INTEGER NOT NULL, inode INTEGER NOT NULL, born INTEGER NOT NULL,
    head_len INTEGER NOT NULL, head_hash TEXT NOT NULL,
    offset INTEGER NOT NULL, lines INTEGER NOT NULL, marker TEXT NOT NULL, state TEXT NOT NULL
) STRICT;
CREATE TABLE clock (source TEXT PRIMARY KEY, latest INTEGER NOT NULL) STRICT, WITHOUT ROWID;

-- What the lines say. Facts are only ever added, but for those of a last line without newline, which `watch --once`
-- reads and does not commit: they go when the file goes on, and the whole line says what it says.
CREATE TABLE thread (
    id INTEGER PRIMARY KEY, channel TEXT NOT NULL, host TEXT NOT NULL, name TEXT NOT NULL,
    UNIQUE (channel, host, name)
) STRICT;
CREATE TABLE fact (
    id INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE, thread INTEGER NOT NULL REFERENCES thread (id),
    us INTEGER NOT NULL, quality TEXT NOT NULL, role TEXT NOT NULL,
    source TEXT NOT NULL, path TEXT NOT NULL, offset INTEGER NOT NULL, line INTEGER NOT NULL,
    body TEXT NOT NULL,
    event INTEGER -- derived: the event whose hit this is
) STRICT;
CREATE INDEX fact_of_thread ON fact (thread, us);
CREATE INDEX fact_of_event ON fact (event) WHERE event IS NOT NULL;
CREATE TABLE unfinished (fact INTEGER PRIMARY KEY, generation INTEGER NOT NULL) STRICT;
CREATE TABLE gap (fact INTEGER PRIMARY KEY, source TEXT NOT NULL) STRICT;
CREATE TABLE link (a INTEGER NOT NULL, b INTEGER NOT NULL, PRIMARY KEY (a, b)) STRICT, WITHOUT ROWID;
CREATE TABLE open_thread (
    thread INTEGER PRIMARY KEY, source TEXT NOT NULL, since INTEGER NOT NULL, until INTEGER NOT NULL
) STRICT;

-- What they amount to: computed, and computed anew whenever a fact comes.
CREATE TABLE event (
    id INTEGER PRIMARY KEY AUTOINCREMENT, route TEXT NOT NULL, actor BLOB NOT NULL, first INTEGER NOT NULL,
    recheck INTEGER, body TEXT NOT NULL
) STRICT;
CREATE INDEX event_of_actor ON event (route, actor, first);
CREATE INDEX event_recheck ON event (recheck) WHERE recheck IS NOT NULL;
CREATE TABLE event_thread (
    thread INTEGER NOT NULL, event INTEGER NOT NULL, PRIMARY KEY (thread, event)
) STRICT, WITHOUT ROWID;
CREATE TABLE chain (
    id TEXT PRIMARY KEY, route TEXT NOT NULL, actor BLOB NOT NULL, first INTEGER NOT NULL,
    opens INTEGER NOT NULL, number TEXT, members TEXT NOT NULL, body TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX chain_of_actor ON chain (route, actor);

-- What people were told.
CREATE TABLE incident_case (
    number TEXT PRIMARY KEY, state TEXT NOT NULL, alias_of TEXT, notified_level INTEGER NOT NULL,
    revision INTEGER NOT NULL, created INTEGER NOT NULL, mailed INTEGER NOT NULL,
    update_due INTEGER, draft TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX case_update ON incident_case (update_due) WHERE update_due IS NOT NULL;
CREATE TABLE case_event (
    thread INTEGER NOT NULL, us INTEGER NOT NULL, number TEXT NOT NULL, PRIMARY KEY (thread, us, number)
) STRICT, WITHOUT ROWID;
CREATE TABLE duty (
    number TEXT NOT NULL, policy TEXT NOT NULL, what TEXT NOT NULL, began INTEGER NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (number, policy, what)
) STRICT, WITHOUT ROWID;
CREATE TABLE outbox (
    id TEXT PRIMARY KEY, number TEXT NOT NULL, created INTEGER NOT NULL, state TEXT NOT NULL, body TEXT NOT NULL,
    receipt TEXT
) STRICT;
CREATE INDEX outbox_open ON outbox (state) WHERE state IN ('new', 'spooled');

-- Every act of the program: a hash chain.
CREATE TABLE audit (
    seq INTEGER PRIMARY KEY, us INTEGER NOT NULL, kind TEXT NOT NULL, body TEXT NOT NULL,
    previous BLOB NOT NULL, hash BLOB NOT NULL
) STRICT;
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
