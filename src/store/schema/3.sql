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
