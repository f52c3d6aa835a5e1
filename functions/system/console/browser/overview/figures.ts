import { at, textIn } from '../../json-value.ts';
import type { ApiRequest } from '../kit/api-request.ts';
import { amountText } from '../kit/amounts.ts';
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

function balance([answer]: readonly unknown[]): string {
  const value = at(answer, 'data', 'currentBalance');
  return amountText(value, at(answer, 'data', 'currency'));
}

/** @returns the figures that are read as they are; those of calls are made of the hours */
export function figuresOf(hasCustomers: boolean): readonly Figure[] {
  return [
    { label: 'Calls now', scope: 'calls:read', requests: [counted('/Calls')], value: total },
    {
      label: 'Registered phones',
      scope: 'telephony:read',
      requests: [counted('/devices', { status: 'online' }), counted('/devices')],
      value: ([online, all]) => `${totalIn(online)} of ${totalIn(all)}`,
    },
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
