-- How many calls about a payment the pretend bank still hears without answering.
ALTER TABLE sandbox_transactions ADD COLUMN unanswered integer NOT NULL DEFAULT 0;
