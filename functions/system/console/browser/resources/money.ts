import { saved, type PartsPage, type ResourcePages } from './definitions.ts';

const common = { group: 'Money', tag: 'billing', scope: 'billing:read' } as const;

export const money: readonly ResourcePages[] = [
  {
    ...common,
    ...{ key: 'balances', title: 'Balances', noun: 'balance', path: '/billingprofile', update: 'PUT' },
    ...{ list: 'GET /billing-accounts', idField: 'customer_id' },
    columns: ['name', 'balance', 'credit_limit', 'available', 'currency', 'payment_type'],
    parts: [
      { kind: 'action', title: 'Add credit', route: 'POST /billingprofile/{id}/credit' },
      {
        ...{ kind: 'list', title: 'Ledger', route: 'GET /billingprofile/{id}/ledger', isFiltered: true },
        columns: ['created_at', 'type', 'amount', 'currency', 'balance_after', 'reference', 'note'],
      },
      { kind: 'values', title: 'Use of the period', route: 'GET /billingprofile/{id}' },
    ],
  },
  {
    ...common,
    ...saved,
    ...{ key: 'tariffs', title: 'Tariffs', noun: 'tariff', path: '/tariffs' },
    columns: ['name', 'kind', 'currency', 'rate_count', 'timezone'],
    paged: ['rates'],
    parts: [
      {
        ...{ kind: 'list', title: 'Rates', route: 'GET /tariffs/{id}', listAt: ['data', 'rates'], isFiltered: true },
        columns: ['prefix', 'name', 'direction', 'price_per_minute', 'connect_fee', 'minimum_charge'],
      },
    ],
  },
];

export const moneyPages: readonly PartsPage[] = [
  {
    ...common,
    ...{ key: 'rates', title: 'What a call costs' },
    parts: [{ kind: 'action', title: 'Look up', route: 'GET /rates/lookup/{number}' }],
  },
  {
    ...common,
    ...{ key: 'profit', title: 'Profit by number', isSelling: true },
    parts: [
      {
        ...{ kind: 'list', title: 'Numbers', route: 'GET /profit/numbers', isFiltered: true },
        columns: ['number', 'org_id', 'calls', 'minutes', 'revenue', 'cost', 'profit', 'margin_percent', 'currency'],
        listAt: ['data', 'numbers'],
      },
    ],
  },
  {
    ...{ key: 'cdr-tasks', title: 'Rating tasks', group: 'Money', tag: 'billing', scope: 'cdr:read' },
    parts: [
      {
        ...{ kind: 'list', title: 'Tasks', route: 'GET /cdrmunch/task', isFiltered: true },
        columns: ['task_type', 'state', 'priority', 'org_id', 'dry_run', 'queued_at', 'finished_at'],
      },
      { kind: 'action', title: 'Create a task', route: 'PUT /cdrmunch/task' },
    ],
  },
];
