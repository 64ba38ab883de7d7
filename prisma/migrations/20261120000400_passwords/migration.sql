-- Password hashes leave the accounts: a tenant sees the rows of its members, and no tenant has any business with a hash.
-- The owner of the tables need not be a superuser, and forced row-level security hides rows from it too; hence NO FORCE while
-- rows move. All of this is one transaction: nobody else sees the tables open.

-- CreateTable
CREATE TABLE "passwords" (
    "user_id" UUID NOT NULL,
    "hash" TEXT NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "passwords_pkey" PRIMARY KEY ("user_id")
);

-- AddForeignKey
ALTER TABLE "passwords" ADD CONSTRAINT "passwords_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;

ALTER TABLE users NO FORCE ROW LEVEL SECURITY;
INSERT INTO passwords (user_id, hash, updated_at)
  SELECT id, password_hash, updated_at FROM users WHERE password_hash IS NOT NULL;
ALTER TABLE users FORCE ROW LEVEL SECURITY;

-- AlterTable
ALTER TABLE "users" DROP COLUMN "password_hash";

ALTER TABLE passwords ENABLE ROW LEVEL SECURITY;
ALTER TABLE passwords FORCE ROW LEVEL SECURITY;
CREATE POLICY own_account ON passwords
  USING (user_id = nullif(current_setting('app.user_id', true), '')::uuid)
  WITH CHECK (user_id = nullif(current_setting('app.user_id', true), '')::uuid);
-- Who signs in names an account by its e-mail.
CREATE POLICY email_lookup ON passwords FOR SELECT
  USING (user_id IN (SELECT id FROM users WHERE email = nullif(current_setting('app.email', true), '')));

-- A member's account is shown to the tenant, so a tenant must not make members by itself: only who acts as the account becomes
-- one. (That a row never gets another account afterwards is held by the grant, src/platform/postgres/role.ts.)
CREATE POLICY joins_itself ON memberships AS RESTRICTIVE FOR INSERT
  WITH CHECK (user_id = nullif(current_setting('app.user_id', true), '')::uuid);

-- The chain of the audit log for what belongs to no tenant: accounts that are made, and sign-ins that act in none or failed for
-- an account that there isn't. Nobody can be a member of it (the slug is none that a tenant may have), and it is never active.
ALTER TABLE tenants NO FORCE ROW LEVEL SECURITY;
INSERT INTO tenants (id, slug, name, is_active, updated_at)
  VALUES ('00000000-0000-7000-8000-000000000000', '@platform', 'The platform', false, CURRENT_TIMESTAMP);
ALTER TABLE tenants FORCE ROW LEVEL SECURITY;
