-- The audit log that every service keeps takes their place, and what they say.
INSERT INTO audit_log (at, actor, action, subject, detail)
SELECT (EXTRACT(EPOCH FROM happened_at) * 1000000)::bigint, by_account::text, 'identity.' || what, account_id, 'null'
FROM security_acts ORDER BY happened_at, id;
DROP TABLE security_acts;
DROP FUNCTION security_acts_stay;
