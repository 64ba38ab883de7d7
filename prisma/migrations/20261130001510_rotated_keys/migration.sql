-- A key is rotated once: what came in its place is rotated next, or each rotation would leave one more that works.
ALTER TABLE "api_keys" ADD COLUMN "successor_id" UUID;
