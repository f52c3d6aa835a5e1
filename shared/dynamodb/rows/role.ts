import type { Scope } from '../../contract/scopes.ts';
import { row } from '../row.ts';
import { change, type Write } from '../write.ts';

/** A role that an organization made for itself (users.md, "Permissions"). */
export type RoleItem = {
  readonly name: string;
  /** What it grants (`true`) and denies (`false`). */
  readonly permissions: Readonly<Partial<Record<Scope, boolean>>>;
  /** Users and groups that have it. */
  readonly holders: number;
  readonly created_at: string;
  readonly updated_at: string;
  readonly version: number;
};

/** `role#1001` by name. */
export const roleRow = row<'role', RoleItem, { name: string }>('role', { sort: ({ name }) => name });

/** The custom roles of an organization, by name, as they were read. */
export type CustomRoles = ReadonlyMap<string, RoleItem>;

/**
 * Counts who holds the custom roles, for the transaction in which the roles of a user or group change.
 * A role that was handed out must still be as it was read: it may have gone, or grant more.
 */
export function roleHolderWrites(
  before: readonly string[],
  after: readonly string[],
  custom: CustomRoles,
): Write<'role'>[] {
  const given = after.filter((name) => !before.includes(name)).flatMap((name) => custom.get(name) ?? []);
  const taken = before.filter((name) => !after.includes(name)).flatMap((name) => custom.get(name) ?? []);
  return [
    ...given.map((role) =>
      change(roleRow, role, {
        add: { holders: 1, version: 1 },
        onlyIf: {
          expression: '#version = :version',
          names: { '#version': 'version' },
          values: { ':version': role.version },
        },
      }),
    ),
    ...taken.map((role) =>
      change(roleRow, role, { add: { holders: -1, version: 1 }, onlyIf: { expression: 'attribute_exists(PK)' } }),
    ),
  ];
}
