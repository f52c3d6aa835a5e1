import * as z from 'zod';
import { AppError, errorKinds, invalid, notFound } from '#errors.ts';
import { text, Timestamp } from '#schema/values.ts';

/** Ids that users have in other systems (functions/accounts/README.md, "Foreign ids"). */

export const foreignIdErrors = errorKinds({
  FOREIGN_ID_TAKEN: [409, 'Another user has the foreign id.'],
});

/** Foreign ids of one user. */
export const maxForeignIds = 20;
/** Ids in one search. */
const maxSearched = 100;

/** The other system: `salesforce`, `crm`, `azure_ad`. */
export const ForeignIdType = z
  .string()
  .regex(/^[a-z][a-z0-9_]{1,31}$/, 'must match ^[a-z][a-z0-9_]{1,31}$')
  .describe('Type of the foreign id: the name of the other system')
  .meta({ examples: ['salesforce', 'crm'] });

const ForeignIdValue = text(255, 1).describe(
  'Id in the other system, compared exactly; of the type `salesforce` 15 to 18 letters and digits',
);
const salesforceId = /^[A-Za-z0-9]{15,18}$/;
const isDistinct = (list: readonly string[]): boolean => new Set(list).size === list.length;

/** Body of `PUT /userforeignid/{orgId}/{userId}`. */
export const ForeignIdChange = z
  .object({
    foreignIds: z
      .array(z.object({ foreignIdType: ForeignIdType, foreignId: ForeignIdValue }))
      .min(1)
      .max(maxForeignIds)
      .refine((list) => isDistinct(list.map(({ foreignIdType: type }) => type)), 'names a type twice')
      .describe('Foreign ids to set; those of types that are not named stay'),
  })
  .meta({ id: 'ForeignIdChange' });
export type ForeignIdChange = z.output<typeof ForeignIdChange>;

/** Body of `POST /userforeignid/{orgId}`. */
export const ForeignIdSearch = z
  .object({
    foreignIdType: ForeignIdType,
    foreignIds: z.array(ForeignIdValue).min(1).max(maxSearched).describe('Ids to look up'),
  })
  .meta({ id: 'ForeignIdSearch' });

const Entry = z.object({
  foreignIdType: z.string().describe('Type of the foreign id'),
  foreignId: z.string().describe('Id in the other system'),
  createdAt: Timestamp.describe('Time at which the type was first set'),
  updatedAt: Timestamp.describe('Time of the last change'),
});

/** As answered. */
export const ForeignIds = z
  .object({
    userId: z.string().describe('Id of the user'),
    orgId: z.string().describe('Organization'),
    foreignIds: z.array(Entry).describe('Foreign ids of the user, ordered by type'),
  })
  .meta({
    id: 'ForeignIds',
    example: {
      userId: 'usr_01J9ZK3W5M8Q2R4T6V8X0Y2Z4A',
      orgId: 'org_1001',
      foreignIds: [
        {
          foreignIdType: 'salesforce',
          foreignId: '0055g00000A1b2CAAR',
          createdAt: '2026-01-31T12:00:00.000Z',
          updatedAt: '2026-01-31T12:00:00.000Z',
        },
      ],
    },
  });

/** Users that were found. */
export const FoundUsers = z
  .object({
    results: z
      .array(
        z.object({
          foreignId: z.string().describe('Id in the other system'),
          userId: z.string().describe('Id of its user'),
          userName: z.string().describe('Username'),
          displayName: z.string().describe('Name shown to others'),
        }),
      )
      .describe('Users of the ids that were found, in the order of the request'),
    notFound: z.array(z.string()).describe('Ids that no user has'),
  })
  .meta({
    id: 'FoundUsersByForeignId',
    example: {
      results: [
        {
          foreignId: '0055g00000A1b2CAAR',
          userId: 'usr_01J9ZK3W5M8Q2R4T6V8X0Y2Z4A',
          userName: 'ann@example.com',
          displayName: 'Ann Lee',
        },
      ],
      notFound: [],
    },
  });

/** A foreign id as stored. */
export type ForeignId = {
  readonly user_id: string;
  readonly type: string;
  readonly value: string;
  readonly created_at: string;
  readonly updated_at: string;
  readonly version: number;
};

/** One foreign id before and after a change; `before` is undefined for a new type. */
export type ChangedForeignId = { readonly before: ForeignId | undefined; readonly after: ForeignId };

/** @throws AppError VALIDATION_FAILED for a value that its type does not allow */
function assertValue(type: string, value: string, path: string): void {
  if (type === 'salesforce' && !salesforceId.test(value))
    throw invalid(path, 'must be a Salesforce id of 15 to 18 letters and digits');
}

type Decided = {
  readonly user: string;
  /** Stored foreign ids of the named types. */
  readonly stored: readonly ForeignId[];
  /** ISO 8601. */
  readonly now: string;
};

/** The foreign ids that a request changes; equal ones are left out. @throws AppError VALIDATION_FAILED */
export function changesOf(
  { foreignIds: wanted }: ForeignIdChange,
  { user, stored, now }: Decided,
): readonly ChangedForeignId[] {
  return wanted.flatMap(({ foreignIdType: type, foreignId: value }, at) => {
    assertValue(type, value, `foreignIds[${at}].foreignId`);
    const before = stored.find((each) => each.type === type);
    if (before?.value === value) return [];
    const created = before?.created_at ?? now;
    const version = (before?.version ?? 0) + 1;
    return [{ before, after: { user_id: user, type, value, created_at: created, updated_at: now, version } }];
  });
}

/**
 * @param owners ids of the users that have the wanted values, in their order
 * @throws AppError FOREIGN_ID_TAKEN, which names the positions in the request and not the users
 */
export function assertFree(user: string, owners: readonly (string | undefined)[]): void {
  const taken = owners.flatMap((owner, at) => (owner === undefined || owner === user ? [] : [at]));
  if (taken.length > 0)
    throw new AppError(foreignIdErrors.FOREIGN_ID_TAKEN, 'Another user has a foreign id of this request', {
      details: taken.map((at) => ({ path: `foreignIds[${at}].foreignId`, message: 'belongs to another user' })),
    });
}

/** The answer's entry of a foreign id. */
export const presentForeignId = ({ type, value, created_at, updated_at }: ForeignId): z.input<typeof Entry> => ({
  foreignIdType: type,
  foreignId: value,
  createdAt: created_at,
  updatedAt: updated_at,
});

/** The foreign ids of a user after a change, ordered by type. */
export function withChanges(stored: readonly ForeignId[], changed: readonly ChangedForeignId[]): ForeignId[] {
  const all = new Map([...stored, ...changed.map(({ after }) => after)].map((each) => [each.type, each]));
  return [...all.values()].toSorted((one, other) => (one.type < other.type ? -1 : 1));
}

/** The foreign id of one type. @throws AppError NOT_FOUND if none is set */
export function foreignIdOfType(stored: readonly ForeignId[], type: string): ForeignId {
  const found = stored.find((each) => each.type === type);
  if (found === undefined) throw notFound('Foreign id');
  return found;
}

/** Values by type, for an event. */
export const valuesByType = (list: readonly (ForeignId | undefined)[]): Record<string, string> =>
  Object.fromEntries(list.flatMap((each) => (each === undefined ? [] : [[each.type, each.value]])));
