import { amountText } from '../kit/amounts.ts';
import type { AnswerOf } from '../kit/answer-of.ts';

/** The figures of the overview that are read from the summary; those of calls are made of the hours. */

export type Summary = AnswerOf<'get', '/summary'>['data'];

export type Figure = {
  readonly label: string;
  /** Scope of who may see it. */
  readonly scope: string;
  readonly value: (summary: Summary) => string;
};

/** A dash, if the person may not read the count. */
const textOf = (count: number | null): string => String(count ?? '–');

export function figuresOf(hasCustomers: boolean): readonly Figure[] {
  return [
    { label: 'Calls now', scope: 'calls:read', value: ({ calls_in_progress: calls }) => textOf(calls) },
    {
      label: 'Registered phones',
      scope: 'telephony:read',
      value: ({ online_devices: online, devices }) => `${textOf(online)} of ${textOf(devices)}`,
    },
    {
      label: 'Balance',
      scope: 'billing:read',
      value: ({ balance }) => amountText(balance?.current, balance?.currency),
    },
    { label: 'Users', scope: 'users:read', value: ({ users }) => textOf(users) },
    ...(hasCustomers
      ? [{ label: 'Customers', scope: 'orgs:read', value: ({ customers }: Summary) => textOf(customers) }]
      : []),
  ];
}
