import { platformRow, row } from '#dynamodb/row.ts';
import type { Table } from '#dynamodb/table.ts';
import { checkCondition, checkReadCondition, create, overwrite, remove, type Write } from '#dynamodb/write.ts';
import { isExternalParty, foldExternalParty } from '#schema/event-persons.ts';
import { day, second } from '#schema/time.ts';

/**
 * The keys by which the event log shows personal values (functions/platform/event-log/README.md). A
 * person is erased by deleting its keys.
 */

/** The key of a person in the event log of one organization. */
export type PersonKey = {
  /** Id of a user or of a contact, or `prs_…` of an outsider. */
  readonly person: string;
  readonly org_id: number;
  /** 32 bytes in base64url, sealed for the person and the organization. */
  readonly sealed: string;
};

/** `personkey#usr_…` by organization, as a person acts in the organizations that its own one sells to, too. */
export const personKeyRow = platformRow<'personkey', PersonKey, { person: string; org_id: number }, { person: string }>(
  'personkey',
  {
    afterClosing: 'the event log is kept',
    partition: ({ person }) => [person],
    sort: ({ org_id }) => String(org_id),
  },
);

/** What a key is sealed for. */
export const personKeyContext = ({ person, org_id: organization }: Pick<PersonKey, 'person' | 'org_id'>) => ({
  organization,
  id: person,
  field: 'person-key',
});

/** `personerasure#usr_…`: no key is made for this person any more. It has an id and a time only, and stays. */
export const erasureRow = platformRow<
  'personerasure',
  { person: string; erased_at: string },
  { person: string },
  { person: string }
>('personerasure', {
  afterClosing: 'ids are never used again, and events of before may be sealed late',
  partition: ({ person }) => [person],
  sort: () => 'erasure',
});

/** The person of a telephone number or an e-mail address. */
export type Outsider = {
  /** Code of the number or address (`Macs.lookupCode`). */
  readonly code: string;
  /** `prs_…`; null after the erasure. */
  readonly person: string | null;
  /** ISO 8601: events until then are sealed without the values of the outsider. */
  readonly erased_at: string | null;
};

/** Milliseconds for which an erasure is remembered: longer than an event waits to be sealed. */
const erasureTtl = 35 * day;

/** `outsider#1001` by the code of the number or address. */
export const outsiderRow = row<'outsider', Outsider, { code: string }>('outsider', {
  afterClosing: 'the event log is kept',
  sort: ({ code }) => code,
  expires: ({ person, erased_at }) =>
    person === null && erased_at !== null ? Math.ceil((Date.parse(erased_at) + erasureTtl) / second) : undefined,
});

/** What the code of an outsider belongs to. */
export const outsiderCodeContext = (organization: number) => ({ organization, id: 'outsider', field: 'code' });

/** Fails the transaction unless the key is still the one that was read: a deleted key seals nothing. */
export const keyUnchanged = ({ sealed, ...key }: PersonKey): Write<'personkey'> =>
  checkCondition(personKeyRow, key, {
    expression: '#sealed = :sealed',
    names: { '#sealed': 'sealed' },
    values: { ':sealed': sealed },
  });

/** The first key of a person who has an id. Stale if it was erased, or if another sealer was faster. */
export const newKeyWrites = (key: PersonKey): Write<'personkey' | 'check:personerasure'>[] => [
  create(personKeyRow, key),
  checkReadCondition(erasureRow, key, { expression: 'attribute_not_exists(PK)' }),
];

const asRead = (before: Outsider | undefined) =>
  before === undefined
    ? { expression: 'attribute_not_exists(PK)' }
    : {
        expression: '#erased = :erased AND #person = :person',
        names: { '#erased': 'erased_at', '#person': 'person' },
        values: { ':erased': before.erased_at, ':person': before.person },
      };

/** The key of an outsider without one. @param before erased earlier, or none */
export const newOutsiderWrites = (
  before: Outsider | undefined,
  after: Outsider,
  key: PersonKey,
): Write<'personkey' | 'outsider'>[] => [overwrite(outsiderRow, after, asRead(before)), create(personKeyRow, key)];

/** What forgetting a person needs. */
export type ForgetContext = {
  readonly tableOf: (organization: number) => Pick<Table<'personkey' | 'outsider'>, 'get' | 'query'>;
  readonly transact: (
    organization: number,
    decide: () => Promise<readonly Write<'personkey' | 'personerasure' | 'outsider'>[]>,
  ) => Promise<void>;
  readonly seals: {
    readonly lookupCode: (text: string, place: ReturnType<typeof outsiderCodeContext>) => Promise<string>;
  };
  readonly clock: () => Date;
};

/** Keys that are deleted in one transaction. */
const limit = 90;

/** The mark comes first: from then on no sealer makes a key, so that none is missed. */
async function forgetId(organization: number, person: string, context: ForgetContext): Promise<void> {
  const erased_at = context.clock().toISOString();
  await context.transact(organization, async () => [overwrite(erasureRow, { person, erased_at })]);
  const keys = async () => (await context.tableOf(organization).query(personKeyRow, { person }, { limit })).items;
  for (let left = await keys(); left.length > 0; left = await keys()) {
    const writes = left.map((key) => remove(personKeyRow, key));
    await context.transact(organization, async () => writes);
  }
}

async function forgetOutsider(organization: number, text: string, context: ForgetContext): Promise<void> {
  const code = await context.seals.lookupCode(foldExternalParty(text), outsiderCodeContext(organization));
  await context.transact(organization, async () => {
    const before = await context.tableOf(organization).get(outsiderRow, { code });
    const person = before?.person ?? null;
    return [
      overwrite(outsiderRow, { code, person: null, erased_at: context.clock().toISOString() }, asRead(before)),
      ...(person === null ? [] : [remove(personKeyRow, { person, org_id: organization })]),
    ];
  });
}

/**
 * Erases a person from the event log: deletes its keys, so that no one can read its values again. May be repeated.
 * @param organization of the person, which the caller has checked: the keys of a user or contact are deleted in every
 * organization
 * @param person an id of a user or contact, for ever; or a telephone number or an e-mail address, with all events until
 * now
 */
export const forgetPerson = (organization: number, person: string, context: ForgetContext): Promise<void> =>
  (isExternalParty(person) ? forgetOutsider : forgetId)(organization, person, context);
