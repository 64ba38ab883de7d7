-- Chains count from 1: what is below stands in no chain, and `audit verify` would not look for it. NOT VALID: a row that
-- is there already is evidence, which no upgrade removes or refuses to begin over; `audit verify` tells of it.
ALTER TABLE "audit_logs" ADD CONSTRAINT "audit_logs_sequence_check" CHECK ("sequence" >= 1) NOT VALID;
ALTER TABLE "audit_heads" ADD CONSTRAINT "audit_heads_first_sequence_check" CHECK ("first_sequence" >= 1) NOT VALID;
