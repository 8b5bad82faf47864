-- Until somebody acknowledges a case, its people are reminded of every duty that began: `share` is how much of its time,
-- in percent, has passed at `due`. 0 is a duty that began before there were reminders: what has passed of it by now is
-- not made up for.
CREATE TABLE reminder (
    number TEXT NOT NULL, policy TEXT NOT NULL, what TEXT NOT NULL, share INTEGER NOT NULL, due INTEGER NOT NULL,
    PRIMARY KEY (number, policy, what)
) STRICT, WITHOUT ROWID;
CREATE INDEX reminder_due ON reminder (due);
INSERT INTO reminder (number, policy, what, share, due)
SELECT d.number, d.policy, d.what, 0, d.began FROM duty d JOIN incident_case c ON c.number = d.number
WHERE c.state = 'draft' AND c.alias_of IS NULL;
-- The roles that a case was told to, those of escalations too.
ALTER TABLE incident_case ADD COLUMN roles TEXT NOT NULL DEFAULT '[]';
UPDATE incident_case SET roles = coalesce(
    (SELECT o.body ->> '$.roles' FROM outbox o WHERE o.number = incident_case.number ORDER BY o.created DESC LIMIT 1), '[]');
-- How people are told of many incidents at once.

-- Cases whose mail the limiter held back, until the digest or a list tells of them. `told` is the core that people know.
CREATE TABLE held (
    number TEXT PRIMARY KEY, us INTEGER NOT NULL, kind TEXT NOT NULL, level INTEGER NOT NULL, people INTEGER NOT NULL,
    told TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX held_gravest ON held (kind, level, people);
-- Chains that have changed since the last digest and that open no draft.
CREATE TABLE unopened (chain TEXT PRIMARY KEY, us INTEGER NOT NULL) STRICT, WITHOUT ROWID;
-- Suppressions that stand, or whose end is not told yet; and the chains that came under each. `opened` is 1 of one that
-- was too grave to be suppressed.
CREATE TABLE suppression (id TEXT PRIMARY KEY, body TEXT NOT NULL, ended INTEGER) STRICT, WITHOUT ROWID;
CREATE TABLE suppressed (
    chain TEXT PRIMARY KEY, rule TEXT NOT NULL, us INTEGER NOT NULL, opened INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX suppressed_by ON suppressed (rule);
-- Which chains a case speaks of: a storm would have each of its cases look at all chains.
CREATE INDEX chain_of_case ON chain (number) WHERE number IS NOT NULL;
-- What people have said of a case beside its state: its level, when somebody knew of it, and what else belongs to it.
CREATE TABLE case_level (number TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE case_known (number TEXT PRIMARY KEY, at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE case_link (
    number TEXT NOT NULL, other TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (number, other)
) STRICT, WITHOUT ROWID;
CREATE INDEX case_alias ON incident_case (alias_of) WHERE alias_of IS NOT NULL;
