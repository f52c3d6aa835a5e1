import { at, isObject, listIn, textIn } from '../../json-value.ts';
import type { ApiRequest } from '../kit/api-request.ts';
import { pageOf } from '../kit/pages.ts';

/** The figures of the overview. */

export type Figure = {
  readonly label: string;
  /** Scope of who may see it; null: any person may. */
  readonly scope: string | null;
  readonly requests: readonly ApiRequest[];
  /** What is shown of the answers. */
  readonly value: (answers: readonly unknown[]) => string;
};

const counted = (path: string, query: ApiRequest['query'] = {}): ApiRequest => ({
  method: 'GET',
  path,
  query: { ...query, limit: 1, count: true },
});

const totalIn = (answer: unknown): string => String(pageOf(answer, []).total ?? '–');
const total = ([answer]: readonly unknown[]): string => totalIn(answer);

const decimals = { minimumFractionDigits: 2, maximumFractionDigits: 4 } as const;
const amount = (value: number, currency: unknown): string =>
  `${value.toLocaleString(undefined, decimals)} ${textIn(currency)}`;

function balance([answer]: readonly unknown[]): string {
  const value = at(answer, 'data', 'currentBalance');
  return typeof value === 'number' ? amount(value, at(answer, 'data', 'currency')) : '–';
}

/** Charges of a day in a statement, which has none for a day without a call. */
const chargesIn = (answer: unknown): readonly object[] =>
  listIn(at(answer, 'charges') ?? at(answer, 'data', 'charges')).filter(isObject);

const sumIn = (answer: unknown, field: string): number =>
  chargesIn(answer).reduce((sum, charges) => sum + Number(at(charges, field) ?? 0), 0);

/** Charges move a balance down. */
const cost = ([answer]: readonly unknown[]): string =>
  amount(0 - sumIn(answer, 'amount'), at(answer, 'currency') ?? at(answer, 'data', 'currency'));

const minutes = ([answer]: readonly unknown[]): string =>
  sumIn(answer, 'minutes').toLocaleString(undefined, { maximumFractionDigits: 1 });

type Place = {
  /** The organization that the figures are of. */
  readonly organization: string;
  /** Today in UTC, as days are charged: `2026-11-25`. */
  readonly today: string;
  readonly hasCustomers: boolean;
};

/** @returns the figures that are read as they are; those of calls are made of the hours */
export function figuresOf({ organization, today, hasCustomers }: Place): readonly Figure[] {
  const ledger: ApiRequest = {
    method: 'GET',
    path: `/billingprofile/${organization}/ledger`,
    query: { start: `${today}T00:00:00Z`, limit: 1 },
  };
  const money = { scope: 'billing:read', requests: [ledger] } as const;
  return [
    { label: 'Calls now', scope: 'calls:read', requests: [counted('/Calls')], value: total },
    {
      label: 'Registered phones',
      scope: 'telephony:read',
      requests: [counted('/devices', { status: 'online' }), counted('/devices')],
      value: ([online, all]) => `${totalIn(online)} of ${totalIn(all)}`,
    },
    { ...money, label: 'Minutes today', value: minutes },
    { ...money, label: 'Cost today', value: cost },
    {
      label: 'Balance',
      scope: 'billing:read',
      requests: [{ method: 'GET', path: '/billingprofile' }],
      value: balance,
    },
    { label: 'Users', scope: 'users:read', requests: [counted('/users')], value: total },
    ...(hasCustomers
      ? [
          { label: 'Organizations', scope: 'orgs:read', requests: [counted('/orgs')], value: total },
          {
            label: 'Platform',
            scope: null,
            requests: [{ method: 'GET', path: '/health' }],
            value: ([health]: readonly unknown[]) => textIn(at(health, 'status')),
          },
        ]
      : []),
  ];
}
