-- A tenant's table is walled by one CALL, and updated_at keeps itself (docs/adr/0011).

CREATE FUNCTION set_updated_at() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.updated_at := now();
  RETURN NEW;
END $$;

-- Raw SQL needn't remember updated_at: it has a default, and a change that doesn't set it gets the time of
-- its transaction.
CREATE PROCEDURE keep_updated_at(kept regclass) LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('ALTER TABLE %s ALTER COLUMN updated_at SET DEFAULT CURRENT_TIMESTAMP', kept);
  EXECUTE format('CREATE OR REPLACE TRIGGER keep_updated_at BEFORE UPDATE ON %s FOR EACH ROW
    WHEN (NEW.updated_at IS NOT DISTINCT FROM OLD.updated_at AND NEW.* IS DISTINCT FROM OLD.*)
    EXECUTE FUNCTION set_updated_at()', kept);
END $$;

-- Everything that a table with a tenant_id needs so that no tenant meets another's rows. Call it after the
-- table and its foreign keys are made; a second call changes nothing. See 20261120000100_tenant_walls for the
-- condition.
CREATE PROCEDURE tenant_wall(walled regclass) LANGUAGE plpgsql SET client_min_messages = warning AS $$
DECLARE
  reference text;
  condition constant text := $condition$tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid$condition$;
BEGIN
  IF NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = walled AND attname = 'tenant_id'
                    AND atttypid = 'uuid'::regtype AND attnotnull AND NOT attisdropped) THEN
    RAISE EXCEPTION 'the table % has no column tenant_id UUID NOT NULL', walled;
  END IF;
  -- A reference without the tenant could point to another tenant's row.
  SELECT c.conname INTO reference FROM pg_constraint c
    JOIN pg_attribute parent ON parent.attrelid = c.confrelid AND parent.attname = 'tenant_id' AND NOT parent.attisdropped
    JOIN pg_attribute own ON own.attrelid = c.conrelid AND own.attname = 'tenant_id'
   WHERE c.conrelid = walled AND c.contype = 'f' AND own.attnum <> ALL (c.conkey);
  IF FOUND THEN
    RAISE EXCEPTION 'the foreign key % of % lacks tenant_id', reference, walled;
  END IF;
  EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', walled);
  EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', walled);
  EXECUTE format('DROP POLICY IF EXISTS tenant_isolation ON %s', walled);
  EXECUTE format('CREATE POLICY tenant_isolation ON %s USING (%s) WITH CHECK (%s)', walled, condition, condition);
  IF EXISTS (SELECT FROM pg_attribute WHERE attrelid = walled AND attname = 'updated_at' AND NOT attisdropped) THEN
    CALL keep_updated_at(walled);
  END IF;
END $$;

-- Only the owner of a table could do any of it; nobody else has a reason to call them.
REVOKE EXECUTE ON PROCEDURE tenant_wall(regclass), keep_updated_at(regclass) FROM PUBLIC;

-- CreateTable
CREATE TABLE "idempotency_keys" (
    "tenant_id" UUID NOT NULL,
    "mutation" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "input_hash" BYTEA NOT NULL,
    "resource_id" UUID NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "idempotency_keys_pkey" PRIMARY KEY ("tenant_id","mutation","key"),
    CONSTRAINT "idempotency_keys_input_hash_check" CHECK (octet_length(input_hash) = 32)
);

-- CreateIndex
CREATE INDEX "idempotency_keys_tenant_id_created_at_idx" ON "idempotency_keys"("tenant_id", "created_at");

-- AddForeignKey
ALTER TABLE "idempotency_keys" ADD CONSTRAINT "idempotency_keys_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenants"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- The tables that were walled by hand have the same wall from now on; tenants and accounts keep their own
-- policies.
DO $$
DECLARE name regclass;
BEGIN
  FOR name IN SELECT a.attrelid FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
               WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attname = 'tenant_id' LOOP
    CALL tenant_wall(name);
  END LOOP;
END $$;
CALL keep_updated_at('tenants');
CALL keep_updated_at('users');
CALL keep_updated_at('passwords');
