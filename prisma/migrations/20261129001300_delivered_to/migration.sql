-- Addresses of a mail that have it, where the server refused others: only those are tried again.
ALTER TABLE notifications ADD COLUMN delivered_to TEXT[] DEFAULT ARRAY[]::TEXT[];
