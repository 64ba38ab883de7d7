-- While all channels of a route are off, its steps begin with the look that would have told it: `told_at` is then when
-- that was, and `told_severity` null until somebody was told. The check refused that, and with it all that was to be told
-- in the same transaction.
ALTER TABLE notification_group_members
  DROP CONSTRAINT notification_group_members_told_check,
  ADD CONSTRAINT notification_group_members_told_check
    CHECK (told_severity IS NULL OR told_at IS NOT NULL) NOT VALID;
ALTER TABLE notification_group_members VALIDATE CONSTRAINT notification_group_members_told_check;
