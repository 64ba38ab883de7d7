-- When each field of a file was told, or since when it is unknown: facts come in any order, and one that says nothing of
-- the file takes nothing away. Rows of before count as told with their status.
ALTER TABLE recordings ADD COLUMN size_at TIMESTAMPTZ(3), ADD COLUMN path_at TIMESTAMPTZ(3);
ALTER TABLE clips
  ADD COLUMN size_at TIMESTAMPTZ(3), ADD COLUMN path_at TIMESTAMPTZ(3), ADD COLUMN failure_at TIMESTAMPTZ(3);
