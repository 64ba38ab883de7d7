-- What delivery needs beside: why an attempt failed, where a retry by hand began, and which of a channel is due.

CREATE TYPE delivery_failure AS ENUM
  ('TARGET_REFUSED', 'UNREACHABLE', 'TIMED_OUT', 'REDIRECTED', 'REJECTED', 'GONE', 'MISCONFIGURED');
ALTER TABLE notification_attempts ADD COLUMN code delivery_failure;
ALTER TABLE notifications ADD COLUMN retried_after INTEGER NOT NULL DEFAULT 0;
ALTER TABLE notifications ADD CONSTRAINT notifications_retried_after_check CHECK (retried_after BETWEEN 0 AND attempts);

-- Of each channel what is due, oldest first, however many wait for a dead one.
CREATE INDEX notifications_channel_due_idx ON notifications (channel_id, next_attempt_at, id) WHERE status = 'PENDING';
-- How many of them are being sent.
CREATE INDEX notifications_claimed_idx ON notifications (channel_id, claimed_until)
  WHERE status = 'PENDING' AND claimed_until IS NOT NULL;
CREATE INDEX notifications_ended_idx ON notifications (ended_at) WHERE ended_at IS NOT NULL;
-- What searches in any case look into.
ALTER TABLE notifications
  ADD COLUMN dedup_key_folded TEXT NOT NULL GENERATED ALWAYS AS (without_case(dedup_key)) STORED;
