import type { ReadName } from '../../../shared/contract/effects.ts';
import type { EffectOf } from '../../../shared/contract/resource.ts';
import { all } from '../../../shared/dynamodb/all.ts';
import { merged, orderedList } from '../../../shared/dynamodb/merge.ts';
import { readPage, type PageRequest } from '../../../shared/dynamodb/page.ts';
import { oneLess, oneMore } from '../../../shared/dynamodb/rows/count.ts';
import { deviceRow } from '../../../shared/dynamodb/rows/device.ts';
import { due } from '../../../shared/dynamodb/rows/due.ts';
import { gatewayRow } from '../../../shared/dynamodb/rows/gateway.ts';
import { groupRow } from '../../../shared/dynamodb/rows/group.ts';
import {
  availableNumbers,
  numberIdRow,
  numberRow,
  numbersOf,
  numbersRoutedTo,
} from '../../../shared/dynamodb/rows/number.ts';
import { trunkRow } from '../../../shared/dynamodb/rows/trunk.ts';
import { userRow } from '../../../shared/dynamodb/rows/user.ts';
import type { Range, Slice, Table } from '../../../shared/dynamodb/table.ts';
import { change, checked, create, replace, type Write } from '../../../shared/dynamodb/write.ts';
import { AppError } from '../../../shared/errors.ts';
import { bookingOn, payerReads } from '../../billing/billing-profiles/row.ts';
import type { numbers } from './contract.ts';
import type { PhoneNumber } from '../../../shared/telephony/phone-number.ts';
import { isNumber, type Route } from './number.ts';
import { beginning, matches, type NumberSearch } from './search.ts';

type Reads = Table<ReadName<EffectOf<typeof numbers>>>;

/** Newest activation first, then by number. */
const byActivation = ({ activated_at: at, number }: PhoneNumber): string => `${at ?? ''} ${number}`;

const everything = ['', '\uffff'] as const;

export const numberStore = (table: Reads) => {
  const partition =
    ({ scope }: NumberSearch, own: string | undefined) =>
    (range: Range): Promise<Slice<PhoneNumber>> =>
      own !== undefined && scope === 'own'
        ? table.queryIndex(numberRow, 'GSI2', numbersRoutedTo(table.organization, `user/${own}`), range)
        : table.queryIndex(
            numberRow,
            'GSI1',
            scope === 'own' ? numbersOf(table.organization) : availableNumbers,
            range,
          );
  return {
    /** By its id or itself, whoever holds it. */
    get: async (id: string): Promise<PhoneNumber | undefined> => {
      const number = isNumber(id) ? id : (await table.get(numberIdRow, { id }))?.number;
      return number === undefined ? undefined : table.get(numberRow, { number });
    },
    /** @param own an own-only caller, who sees what is routed to it */
    search: async (search: NumberSearch, request: PageRequest, own: string | undefined) => {
      const read = partition(search, own);
      const range = { order: 'asc', prefix: beginning(search) } as const;
      if (search.sort === 'number')
        return readPage(request, { read: (more) => read({ ...more, ...range }), keep: matches(search) });
      const matching = (await all((after) => read({ ...after, ...range }))).filter(matches(search));
      return readPage(request, {
        read: merged([orderedList(matching, byActivation)], {
          keyOf: byActivation,
          order: 'desc',
          between: everything,
        }),
      });
    },
    /** Trunks and gateways that show the number as their caller id. */
    showing: async (number: string): Promise<Showing[]> => {
      const shows = ({ caller_id_number: shown }: { readonly caller_id_number: string | null }): boolean =>
        shown === number;
      const [trunks, gateways] = await Promise.all([
        all((after) => table.query(trunkRow, {}, after)),
        all((after) => table.query(gatewayRow, {}, after)),
      ]);
      return [
        ...trunks.filter(shows).map((trunk) => ({ kind: 'trunk' as const, ...trunk })),
        ...gateways.filter(shows).map((gateway) => ({ kind: 'gateway' as const, ...gateway })),
      ];
    },
  };
};

/** @param table of whoever pays for a number */
export const payerStore = (table: Reads) => payerReads(table);
export const booking = bookingOn;

const isThere = { expression: 'attribute_exists(PK)' } as const;
const noTarget = ({ type, id }: Route): AppError =>
  new AppError('ROUTE_TARGET_NOT_FOUND', `There is no ${type} ${id}`, {
    details: [{ path: 'route.id', message: `is no ${type} of the organization` }],
  });

/** What a new route leads to must be there. Mailboxes come with voicemail. */
function targetExists(
  before: PhoneNumber | undefined,
  { route }: PhoneNumber,
): Write<'check:trunk' | 'check:device' | 'check:user' | 'check:group'>[] {
  if (route === null || (before?.route?.type === route.type && before.route.id === route.id)) return [];
  switch (route.type) {
    case 'trunk':
      return [checked(trunkRow, route, isThere, noTarget(route))];
    case 'device':
      return [checked(deviceRow, route, isThere, noTarget(route))];
    case 'user':
      return [checked(userRow, route, isThere, noTarget(route))];
    case 'policy_group':
      return [checked(groupRow, route, isThere, noTarget(route))];
    case 'voicemail':
      throw noTarget(route);
  }
}

/** Of two who take one number the second finds it taken. */
const taken = () => new AppError('NUMBER_TAKEN', 'The number is taken');

export const stocking = (number: PhoneNumber) => [
  create(numberRow, number, 'NUMBER_TAKEN', taken().message),
  create(numberIdRow, number),
];
export const stockChange = (before: PhoneNumber, after: PhoneNumber) => [replace(numberRow, after, before)];
export const assignment = (number: PhoneNumber, limit: number) => [
  ...stocking(number),
  ...targetExists(undefined, number),
  oneMore('numbers', limit),
];
export const activation = (before: PhoneNumber, after: PhoneNumber, limit: number) => [
  replace(numberRow, after, before),
  ...targetExists(undefined, after),
  oneMore('numbers', limit),
];
export const update = (before: PhoneNumber, after: PhoneNumber) => [
  replace(numberRow, after, before),
  ...targetExists(before, after),
];

/** What shows a number as its caller id. */
type Showing = {
  readonly kind: 'trunk' | 'gateway';
  readonly id: string;
  readonly name: string;
  readonly version: number;
};

/**
 * So many fit into the transaction of the release; what shows it beyond them shows none, either, while the number is
 * not active.
 */
const maxCleared = 90;

const showsNone = ({ kind, id, version }: Showing): Write<'trunk' | 'gateway'> => {
  const cleared = {
    set: { caller_id_number: null },
    add: { version: 1 },
    onlyIf: { expression: '#version = :read', names: { '#version': 'version' }, values: { ':read': version } },
  };
  return kind === 'trunk' ? change(trunkRow, { id }, cleared) : change(gatewayRow, { id }, cleared);
};

export const release = (
  before: PhoneNumber,
  after: PhoneNumber & { readonly quarantine_until: string },
  { organization, showing }: { readonly organization: number; readonly showing: readonly Showing[] },
) => [
  replace(numberRow, after, before),
  due({ kind: 'number.quarantine_end', at: after.quarantine_until, org_id: organization, subject: after.number }),
  oneLess('numbers'),
  ...showing.slice(0, maxCleared).map(showsNone),
];
