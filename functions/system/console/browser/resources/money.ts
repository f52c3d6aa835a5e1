import type { components } from '#openapi';
import { at, isObject } from '../../json-value.ts';
import { amountText } from '../kit/amounts.ts';
import { numberText } from '../kit/format.ts';
import { locale } from '../texts/language.ts';
import { t } from '../texts/texts.ts';
import { saved, type Cells, type Fact, type Part, type PartsPage, type ResourcePages } from './definitions.ts';
import { balanceForm, costForm, creditForm, tariffForm, taskForm } from './money-forms.ts';

const common = { group: 'Money', tag: 'billing', scope: 'billing:read' } as const;

/** Amounts in the currency of their row. */
const sums = (...names: readonly string[]): Cells =>
  Object.fromEntries(names.map((name) => [name, (row) => amountText(row[name], row['currency'])]));

type Profile = components['schemas']['BillingProfile'];

/** Periods begin and end at midnight UTC. */
const dayText = (instant: string): string =>
  new Date(instant).toLocaleDateString(locale, { dateStyle: 'medium', timeZone: 'UTC' });

/** How much is used, and how much of it is free. */
const usedText = (used: number, included: number): string =>
  included === 0
    ? numberText(used)
    : t('{used} of {included} that are free', { used: numberText(used), included: numberText(included) });

const isProfile = (answered: unknown): answered is Profile => isObject(at(answered, 'usageSummary'));

/** What an organization has used since its period began, and what it has left. */
export function periodUse({ usageSummary: usage, tariffPlanDetails: tariff, ...profile }: Profile): readonly Fact[] {
  const money = (amount: number): string => amountText(amount, profile.currency);
  const minimum = tariff?.monthlyMinimum ?? 0;
  return [
    [t('Period'), `${dayText(usage.currentPeriodStart)} – ${dayText(usage.currentPeriodEnd)}`],
    [t('Charged'), money(usage.currentCharges)],
    [t('Minutes of calls'), usedText(Math.round(usage.minutesUsed), tariff?.includedMinutes ?? 0)],
    [t('SMS'), usedText(usage.smsUsed, tariff?.includedSms ?? 0)],
    ...(minimum > 0 ? [[t('Charged at least'), money(minimum)] as const] : []),
    [t('Balance'), money(profile.currentBalance)],
    [t('Left for calls'), money(profile.availableCredit)],
    [t('Price list'), tariff?.name ?? '–'],
  ];
}

export const usePart: Part = {
  ...{ kind: 'values', title: t('Use of the period'), tag: 'billing', route: 'GET /billingprofile/{id}' },
  // A page is no reason to fail for an answer of another form.
  facts: (answered) => (isProfile(answered) ? periodUse(answered) : []),
};

export const money: readonly ResourcePages[] = [
  {
    ...common,
    ...{ key: 'balances', title: t('Balances'), newTitle: t('New balance'), path: '/billingprofile', update: 'PUT' },
    ...{ list: 'GET /billing-accounts', idField: 'customer_id' },
    columns: ['name', 'balance', 'credit_limit', 'available', 'currency', 'payment_type'],
    cells: sums('balance', 'credit_limit', 'available'),
    form: balanceForm,
    parts: [
      { kind: 'action', title: t('Add credit'), route: 'POST /billingprofile/{id}/credit', form: creditForm },
      {
        ...{ kind: 'list', title: t('Statement'), route: 'GET /billingprofile/{id}/ledger', isFiltered: true },
        columns: ['created_at', 'type', 'amount', 'balance_after', 'reference', 'note'],
        cells: sums('amount', 'balance_after'),
      },
      usePart,
    ],
  },
  {
    ...common,
    ...saved,
    ...{ key: 'tariffs', title: t('Price lists'), newTitle: t('New price list'), path: '/tariffs' },
    columns: ['name', 'kind', 'currency', 'rate_count', 'profiles', 'timezone'],
    cells: { rate_count: ({ rate_count: count }) => numberText(count) },
    paged: ['rates'],
    form: tariffForm,
    empty: t('No price lists yet. A price list says what calls to each part of the world cost.'),
  },
];

export const moneyPages: readonly PartsPage[] = [
  {
    ...common,
    ...{ key: 'rates', title: t('What a call costs') },
    parts: [{ kind: 'action', title: t('Look up'), route: 'GET /rates/lookup/{number}', form: costForm }],
  },
  {
    ...common,
    ...{ key: 'profit', title: t('Profit by number'), isSelling: true },
    parts: [
      {
        ...{ kind: 'list', title: t('Numbers'), route: 'GET /profit/numbers', isFiltered: true },
        columns: ['number', 'org_id', 'calls', 'minutes', 'revenue', 'cost', 'profit', 'margin_percent', 'currency'],
        cells: {
          ...sums('revenue', 'cost', 'profit'),
          minutes: ({ minutes }) => numberText(Number(minutes), 1),
          margin_percent: ({ margin_percent: margin }) =>
            margin === null ? '–' : `${numberText(Number(margin), 1)} %`,
        },
        listAt: ['data', 'numbers'],
      },
    ],
  },
  {
    ...{ key: 'cdr-tasks', title: t('Charging tasks'), group: 'Money', tag: 'billing', scope: 'cdr:read' },
    parts: [
      {
        ...{ kind: 'list', title: t('Tasks'), route: 'GET /cdrmunch/task', isFiltered: true },
        columns: ['task_type', 'state', 'priority', 'org_id', 'dry_run', 'queued_at', 'finished_at'],
      },
      {
        ...{ kind: 'action', title: t('Create a task'), route: 'PUT /cdrmunch/task', form: taskForm },
        help: t('Charges the calls of a time again, or counts what that would change.'),
      },
    ],
  },
];
