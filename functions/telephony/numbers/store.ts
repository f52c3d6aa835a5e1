import { callFlowRow } from '../rows/call-flow.ts';
import { ringGroupRow } from '../rows/ring-group.ts';
import type { ReadName } from '#contract/effects.ts';
import type { EffectOf } from '#contract/resource.ts';
import { readToEnd } from '#dynamodb/read-to-end.ts';
import { mergeSources, orderedList } from '#dynamodb/merge.ts';
import { readPage, type PageRequest } from '#dynamodb/page.ts';
import { readChannels, withoutCalls } from '#dynamodb/rows/channel.ts';
import { decrementCount, incrementCount } from '#dynamodb/rows/count.ts';
import { deviceRow } from '#dynamodb/rows/device.ts';
import { scheduleDue } from '#dynamodb/rows/due.ts';
import { gatewayRow } from '#dynamodb/rows/gateway.ts';
import { groupRow } from '#dynamodb/rows/group.ts';
import { readMailbox, voicemailPreferencesRow } from '#dynamodb/rows/mailbox.ts';
import { availableNumbers, numberIdRow, numberRow, numbersOf, numbersRoutedTo } from '#dynamodb/rows/number.ts';
import { trunkRow } from '#dynamodb/rows/trunk.ts';
import { userExtensionRow, userRow } from '#dynamodb/rows/user.ts';
import type { Range, Slice, Table } from '#dynamodb/table.ts';
import { change, checkReadCondition, create, replace, type Write } from '#dynamodb/write.ts';
import { AppError } from '#errors.ts';
import { readProfile } from '../../billing/charging/row.ts';
import type { numbers } from './contract.ts';
import { anyMailbox, type PhoneNumber } from '#telephony/phone-number.ts';
import { isNumber, numberErrors, type Route } from './number.ts';
import { commonPrefix, matchesSearch, type NumberSearch } from './search.ts';

type Reads = Table<ReadName<EffectOf<typeof numbers>>>;

/** Newest activation first, then by number. */
const byActivation = ({ activated_at: at, number }: PhoneNumber): string => `${at ?? ''} ${number}`;

const everything = ['', '\uffff'] as const;

/** The numbers that a search reads. @param own the only user whose numbers it reads; null: all */
const partitionOf =
  (table: Reads, { scope }: NumberSearch, own: string | null) =>
  (range: Range): Promise<Slice<PhoneNumber>> => {
    if (scope === 'available') return table.queryIndex(numberRow, 'GSI1', availableNumbers, range);
    return own === null
      ? table.queryIndex(numberRow, 'GSI1', numbersOf(table.organization), range)
      : table.queryIndex(numberRow, 'GSI2', numbersRoutedTo(table.organization, `user/${own}`), range);
  };

async function searchNumbers(table: Reads, search: NumberSearch, request: PageRequest, own: string | null) {
  const read = partitionOf(table, search, own);
  const range = { order: 'asc', prefix: commonPrefix(search) } as const;
  if (search.sort === 'number')
    return readPage(request, { read: (more) => read({ ...more, ...range }), keep: matchesSearch(search) });
  const matching = (await readToEnd((after) => read({ ...after, ...range }))).filter(matchesSearch(search));
  return readPage(request, {
    read: mergeSources([orderedList(matching, byActivation)], {
      keyOf: byActivation,
      order: 'desc',
      between: everything,
    }),
  });
}

/** Trunks and gateways that present a number as their caller ID. */
async function readPresenters(table: Reads, number: string): Promise<Presenter[]> {
  const presents = ({ caller_id_number: callerId }: { readonly caller_id_number: string | null }): boolean =>
    callerId === number;
  const [trunks, gateways] = await Promise.all([
    readToEnd((after) => table.query(trunkRow, {}, after)),
    readToEnd((after) => table.query(gatewayRow, {}, after)),
  ]);
  return [
    ...trunks.filter(presents).map((trunk) => ({ kind: 'trunk' as const, ...trunk })),
    ...gateways.filter(presents).map((gateway) => ({ kind: 'gateway' as const, ...gateway })),
  ];
}

export const numberStore = (table: Reads) => ({
  /** A number by its id or its digits, of any holder. */
  get: async (id: string): Promise<PhoneNumber | undefined> => {
    const number = isNumber(id) ? id : (await table.get(numberIdRow, { id }))?.number;
    return number === undefined ? undefined : table.get(numberRow, { number });
  },
  search: (search: NumberSearch, request: PageRequest, own: string | null) =>
    searchNumbers(table, search, request, own),
  channels: ({ number }: PhoneNumber) => readChannels(table, { kind: 'number', id: number }),
  presenters: (number: string) => readPresenters(table, number),
  /** The condition that the target of a new route exists. @throws AppError ROUTE_TARGET_NOT_FOUND */
  targetChecks: async (before: PhoneNumber | undefined, { route }: PhoneNumber): Promise<TargetCheck[]> =>
    route === null || (before?.route?.type === route.type && before.route.id === route.id)
      ? []
      : await checksOf(table, route),
});

/** The billing profile of a payer; null if it has none. */
export const profileOfPayer = (table: Reads) => readProfile(table);

const exists = { expression: 'attribute_exists(PK)' } as const;
const noTarget = ({ type, id }: Route): AppError =>
  new AppError(numberErrors.ROUTE_TARGET_NOT_FOUND, `There is no ${type} ${id}`, {
    details: [{ path: 'route.id', message: `is not a ${type} of the organization` }],
  });

type Target = 'trunk' | 'device' | 'user' | 'group' | 'callflow' | 'ringgroup' | 'voicemailprefs' | 'user-extension';
type TargetCheck = Write<`check:${Target}`>;

async function checksOf(table: Reads, route: Route): Promise<TargetCheck[]> {
  switch (route.type) {
    case 'mailbox':
      return route.id === anyMailbox ? [] : [await mailboxExists(table, route)];
    case 'voicemail':
      return [await mailboxExists(table, route)];
    default:
      return [targetExists(route, route.type)];
  }
}

function targetExists(route: Route, type: Exclude<Route['type'], 'voicemail' | 'mailbox'>): TargetCheck {
  switch (type) {
    case 'trunk':
      return checkReadCondition(trunkRow, route, exists, noTarget(route));
    case 'device':
      return checkReadCondition(deviceRow, route, exists, noTarget(route));
    case 'user':
      return checkReadCondition(userRow, route, exists, noTarget(route));
    case 'policy_group':
      return checkReadCondition(groupRow, route, exists, noTarget(route));
    case 'flow':
      return checkReadCondition(callFlowRow, route, exists, noTarget(route));
    case 'ring_group':
      return checkReadCondition(ringGroupRow, route, exists, noTarget(route));
  }
}

/** A mailbox exists by its preferences, or by a user with its name as extension: by that item it is checked. */
async function mailboxExists(table: Reads, route: Route): Promise<TargetCheck> {
  const found = await readMailbox(table, route.id);
  if (found === undefined) throw noTarget(route);
  return found.preferences === undefined
    ? checkReadCondition(userExtensionRow, { extension: found.mailbox }, exists, noTarget(route))
    : checkReadCondition(voicemailPreferencesRow, found, exists, noTarget(route));
}

/** Adds a number to the inventory; of two requests for one number, the second fails. */
export const addWrites = (number: PhoneNumber) => [
  create(numberRow, number, numberErrors.NUMBER_TAKEN, 'The number exists already'),
  create(numberIdRow, number),
];
/** Assigns a number that is new to the platform. @param limit maximum number of numbers of the organization */
export const assignWrites = (number: PhoneNumber, limit: number) => [
  ...addWrites(number),
  incrementCount('numbers', limit),
];
/** Activates a number of the inventory. @param limit maximum number of numbers of the organization */
export const activateWrites = (before: PhoneNumber, after: PhoneNumber, limit: number) => [
  replace(numberRow, after, before),
  incrementCount('numbers', limit),
];
/** Changes a number, of the inventory or of a holder. */
export const updateWrites = (before: PhoneNumber, after: PhoneNumber) => [replace(numberRow, after, before)];

/** A trunk or gateway that presents a number as its caller ID. */
type Presenter = {
  readonly kind: 'trunk' | 'gateway';
  readonly id: string;
  readonly name: string;
  readonly version: number;
};

/**
 * Maximum number of caller IDs that the transaction of a release removes. The others stay, but calls do not present a
 * number that is not active.
 */
const maxCleared = 90;

const clearCallerId = ({ kind, id, version }: Presenter): Write<'trunk' | 'gateway'> => {
  const cleared = {
    set: { caller_id_number: null },
    add: { version: 1 },
    onlyIf: { expression: '#version = :read', names: { '#version': 'version' }, values: { ':read': version } },
  };
  return kind === 'trunk' ? change(trunkRow, { id }, cleared) : change(gatewayRow, { id }, cleared);
};

/** A number with calls in progress is not released. */
export const noCallsWrite = ({ number }: PhoneNumber) =>
  withoutCalls({ kind: 'number', id: number }, new AppError(numberErrors.NUMBER_IN_USE, `${number} has active calls`));

/** Releases a number: it is freed at the end of its quarantine, and its presenters lose it. */
export const releaseWrites = (
  before: PhoneNumber,
  after: PhoneNumber & { readonly quarantine_until: string },
  { organization, presenters }: { readonly organization: number; readonly presenters: readonly Presenter[] },
) => [
  replace(numberRow, after, before),
  scheduleDue({
    kind: 'number.quarantine_end',
    at: after.quarantine_until,
    org_id: organization,
    subject: after.number,
  }),
  decrementCount('numbers'),
  ...presenters.slice(0, maxCleared).map(clearCallerId),
];
