import type { App } from '../../src/app.ts'
import type { Action } from '../../src/auth/actions.ts'
import type { UserActor } from '../../src/auth/actor.ts'
import type { Permit } from '../../src/auth/permit.ts'
import type { TenantId } from '../../src/platform/ids.ts'
import type { Literals } from '../walls/everything.ts'

/** A tenant that is filled for the tests of the walls: each of its texts carries `word`. */
export type World = {
  readonly modules: App['modules']
  readonly tenant: TenantId
  readonly word: string
  /** Internal names of its two streams. */
  readonly streams: readonly [string, string]
  permit<A extends Action>(): Permit<A>
  /** The person who owns it. */
  readonly owner: UserActor
}

/** What its facts are about. */
export type Facts = {
  readonly word: string
  readonly viewers: number
  readonly streams: readonly [string, string]
  /** Slugs of its two edge nodes. */
  readonly nodes: readonly [string, string]
}

/** What a filled tenant has, for arguments that name something of it. */
export type Named = {
  readonly word: string
  readonly streams: readonly string[]
  /** A global id of that type as a literal: of the tenant's first one, or of none where it has none. */
  id(type: string): string
}

/**
 * What a row of a tenant may point to, and how one is written. `common` has an id of its own and the tenant.
 */
export type Rows = {
  insert(table: string, row: Record<string, unknown>): Promise<void>
  common(): Record<string, unknown>
  readonly word: string
  readonly at: Date
  readonly stream: string
  readonly cluster: string
  readonly incident: string
}

/**
 * A mutation that succeeds, run as the owner of a tenant; answers its payload. Ids of objects are in
 * `<field>.id`.
 */
export type Run = (
  mutation: string,
  input?: object,
) => Promise<Record<string, { readonly id: string } | undefined>>

/**
 * What the tests over all domains (walls between tenants, audit, cost) need to know of one. A domain that is
 * added brings such a file; the tests say what is missing in it.
 */
export type DomainFixture = {
  /** The table behind each type that `node` or a list answers. */
  readonly nodes?: Readonly<Record<string, string>>
  /** One row in each of its tables, written past all services and walls. */
  rows?(given: Rows): Promise<void>
  /**
   * By each CHECK and partial unique index of its tables: statements that it refuses, and some that it lets
   * pass.
   */
  readonly constraints?: Readonly<Record<string, { readonly refused: string[]; readonly kept: string[] }>>
  /** Makes something of everything that the domain has, through its services. */
  inhabit?(world: World): Promise<void>
  /** Items of each of its datasets, as a producer sends them now, with the word in every text. */
  facts?(of: Facts): Readonly<Record<string, readonly object[]>>
  /** Something that each of its subscriptions to events tells, with `mark` in a text of it. */
  busy?(world: World, mark: string): Promise<void>
  /**
   * Required arguments of its fields and inputs of its mutations, by coordinate:
   * `Mutation.createStream.input`.
   */
  literals?(of: Named): Literals
  /**
   * As many items as an answer can have of each list that is no connection, by what the code that answers
   * allows.
   */
  readonly longest?: Readonly<Record<string, number>>
  /**
   * Runs each of its mutations once, so that each is held to leave its row in the audit log. What another tenant
   * has to do before, it does through its services.
   */
  audited?(run: Run, given: Pick<World, 'modules' | 'tenant'>): Promise<void>
}
