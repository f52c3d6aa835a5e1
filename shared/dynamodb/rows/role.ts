import type { Scope } from '../../contract/scopes.ts';
import { row } from '../row.ts';
import { change, type Write } from '../write.ts';

/** A custom role of an organization. */
export type RoleItem = {
  readonly name: string;
  /** Grants (`true`) and denials (`false`). */
  readonly permissions: Readonly<Partial<Record<Scope, boolean>>>;
  /** Number of users and groups that have the role. */
  readonly holders: number;
  readonly created_at: string;
  readonly updated_at: string;
  readonly version: number;
};

/** `role#1001` by name. */
export const roleRow = row<'role', RoleItem, { name: string }>('role', { sort: ({ name }) => name });

/** Custom roles of an organization by name. */
export type CustomRoles = ReadonlyMap<string, RoleItem>;

/**
 * Updates the holder counts of custom roles, in the transaction that changes the roles of a user or group. Stale if a
 * granted role has changed since it was read: it may have been deleted, or grant more.
 */
export function roleHolderWrites(
  before: readonly string[],
  after: readonly string[],
  custom: CustomRoles,
): Write<'role'>[] {
  const granted = after.filter((name) => !before.includes(name)).flatMap((name) => custom.get(name) ?? []);
  const revoked = before.filter((name) => !after.includes(name)).flatMap((name) => custom.get(name) ?? []);
  return [
    ...granted.map((role) =>
      change(roleRow, role, {
        add: { holders: 1, version: 1 },
        onlyIf: {
          expression: '#version = :version',
          names: { '#version': 'version' },
          values: { ':version': role.version },
        },
      }),
    ),
    ...revoked.map((role) =>
      change(roleRow, role, { add: { holders: -1, version: 1 }, onlyIf: { expression: 'attribute_exists(PK)' } }),
    ),
  ];
}
