-- What was read, as evidence: which ranges of each generation, with a chained hash, and what stood in the way.

-- Generation number of the inode, where the file system has one: tells a reused inode. 0 where it has none.
ALTER TABLE generation ADD COLUMN version INTEGER NOT NULL DEFAULT 0;
-- The range being read begins here; its hash so far, hex.
ALTER TABLE generation ADD COLUMN range_from INTEGER NOT NULL DEFAULT 0;
ALTER TABLE generation ADD COLUMN range_hash TEXT NOT NULL DEFAULT '';
-- When it was met, and when it last advanced: the wall clock, microseconds.
ALTER TABLE generation ADD COLUMN met INTEGER NOT NULL DEFAULT 0;
ALTER TABLE generation ADD COLUMN advanced INTEGER NOT NULL DEFAULT 0;

-- A range that was read. `hash` is SHA-256 over the hash of the range before it, if there is one, and the bytes of this
-- one. A range grows with its file; a new one begins behind a hole, after a restart, and every 64 MiB.
CREATE TABLE coverage (
    generation INTEGER NOT NULL, start INTEGER NOT NULL, stop INTEGER NOT NULL, hash BLOB NOT NULL,
    us INTEGER NOT NULL, PRIMARY KEY (generation, start)
) STRICT, WITHOUT ROWID;
-- What happened to sources and to the reading of them: gaps with their cause, rotations, blindness, steps of the clock.
CREATE TABLE ledger (
    id INTEGER PRIMARY KEY, us INTEGER NOT NULL, kind TEXT NOT NULL, source TEXT, generation INTEGER,
    start INTEGER, stop INTEGER, note TEXT NOT NULL, is_gap INTEGER NOT NULL
) STRICT;
CREATE INDEX ledger_of_source ON ledger (source, us);
-- Gaps that a store of version 1 knew: when they were found it did not say.
INSERT INTO ledger (us, kind, source, start, stop, note, is_gap)
SELECT 0, json_extract(f.body, '$.gap.cause'), g.source, json_extract(f.body, '$.gap.from'),
       json_extract(f.body, '$.gap.to'), f.path, 1 FROM gap g JOIN fact f ON f.id = g.fact;

-- The audit chain up to `seq`, signed.
CREATE TABLE checkpoint (
    seq INTEGER PRIMARY KEY, us INTEGER NOT NULL, hash BLOB NOT NULL, key TEXT NOT NULL, signature BLOB NOT NULL
) STRICT;
-- Public keys that signed it, each from a row on.
CREATE TABLE audit_key (id TEXT PRIMARY KEY, public BLOB NOT NULL, since INTEGER NOT NULL) STRICT, WITHOUT ROWID;
