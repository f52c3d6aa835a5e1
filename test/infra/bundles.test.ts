import { statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { contracts } from '../../functions/contracts.ts';
import { bundledFunctions } from '../../infra/bundle.ts';

/** KiB. Every function carries the store's client, zod, jose and the logger; a cold start pays for each KiB more. */
const defaultBudget = 640;
const budgets: Readonly<Record<string, number>> = {
  // A plain resource: what all carry, and nothing else.
  'sip-trunk-ips': 560,
  // All contracts, with the descriptions and examples of the OpenAPI document.
  documents: 760,
  // Patterns (re2js) and time zones (luxon).
  'dialplan-policies': 840,
  'dialplan-search': 840,
  'dialplan-template': 840,
  'plan-folder': 840,
  // Both that and numbering plans: what a prepaid balance pays for.
  'dialplan-evaluator': 1_060,
  // Numbering plans, and the client of S3.
  'cdr-exports': 860,
  // Numbering plans (libphonenumber-js).
  cdr: 840,
  'cdr-ingest': 840,
  'cdr-tasks': 840,
  'cdr-wholesale': 840,
  rates: 840,
};

const folder = await bundledFunctions();
const bundleOf = (name: string): string => join(folder, name, 'index.mjs');

test.each(contracts.map(({ name }) => name))('%s keeps to its budget', (name) => {
  expect(statSync(bundleOf(name)).size / 1024).toBeLessThanOrEqual(budgets[name] ?? defaultBudget);
});

test('a budget is for a function that is there', () => {
  expect(contracts.map(({ name }) => name)).toEqual(expect.arrayContaining(Object.keys(budgets)));
});
