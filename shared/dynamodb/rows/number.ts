import type { PhoneNumber, RouteType } from '../../telephony/phone-number.ts';
import { platformRow } from '../row.ts';
import type { Table } from '../table.ts';

export type NumberItem = PhoneNumber;

/** The target of a route, in the form of keys: `device/dev_…`. */
export const routeTarget = ({ type, id }: { readonly type: RouteType; readonly id: string }): string => `${type}/${id}`;

/** `number#+46890510`; GSI1: the numbers of an organization, or all available ones; GSI2: those routed to a target. */
export const numberRow = platformRow<'number', NumberItem, { number: string }, { number: string }>('number', {
  unsharded: 'the operator adds numbers, and they are activated one by one',
  partition: ({ number }) => [number],
  sort: () => 'number',
  index1: (item) => ({
    partition: item.org_id === null ? availableNumbers : numbersOf(item.org_id),
    sort: item.number,
  }),
  index2: (item) =>
    item.org_id === null || item.route === null
      ? undefined
      : { partition: numbersRoutedTo(item.org_id, routeTarget(item.route)), sort: item.number },
});

/** Partitions of the indexes, after the entity. */
export const numbersOf = (organization: number): readonly string[] => [String(organization)];
export const availableNumbers: readonly string[] = ['available'];
export const numbersRoutedTo = (organization: number, target: string): readonly string[] => [
  String(organization),
  target,
];

/** The number with a `num_` id. */
export const numberIdRow = platformRow<'number-id', { id: string; number: string }, { id: string }, { id: string }>(
  'number-id',
  {
    partition: ({ id }) => [id],
    sort: () => 'number',
  },
);

/** The number that a trunk or a gateway presents as caller id, in any organization. */
export const readCallerIdNumber = async (
  table: Pick<Table<'number'>, 'get'>,
  { caller_id_number: number }: { readonly caller_id_number: string | null },
): Promise<NumberItem | undefined> => (number === null ? undefined : table.get(numberRow, { number }));
