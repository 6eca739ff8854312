-- The audit log that every service keeps takes their place, and what they say.
INSERT INTO audit_log (at, actor, action, subject, detail)
SELECT CAST(strftime('%s', happened_at) AS INTEGER) * 1000000, by_account, 'identity.' || what, account_id, 'null'
FROM security_acts ORDER BY happened_at, id;
DROP TABLE security_acts;
