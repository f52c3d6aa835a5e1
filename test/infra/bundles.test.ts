import { statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { contracts } from '../../functions/contracts.ts';
import { bundledFunctions } from '../../infra/bundle.ts';

/**
 * KiB. Every function has the client of the store, zod, jose and the logger; a cold start pays for each further KiB.
 */
const defaultBudget = 640;
const budgets: Readonly<Record<string, number>> = {
  // A plain resource: only what every function has.
  'sip-trunk-ips': 560,
  // Names of all contracts, and the pages.
  documentation: 900,
  // Routes of all contracts.
  errors: 800,
  // The consumers of all contracts.
  'event-sealer': 780,
  sweeper: 760,
  // The cascades of all resources, and the clients of SES and Secrets Manager.
  consequences: 950,
  // All contracts, with the descriptions and examples of the OpenAPI document.
  documents: 920,
  // Patterns (re2js) and time zones (luxon).
  'dialplan-policies': 840,
  'dialplan-search': 840,
  'dialplan-template': 840,
  'plan-folder': 840,
  // Patterns: which emergency numbers have no way without a gateway.
  'sip-gateways': 760,
  'sip-trunks': 760,
  // Text from HTML (html-to-text with its parser).
  'email-templates': 720,
  // The same, and the client of S3.
  'email-delivery': 1_020,
  // Patterns, time zones and numbering plans, for prepaid balances.
  'dialplan-evaluator': 1_060,
  // Numbering plans, the client of S3, and five consumers.
  jobs: 960,
  // Numbering plans (libphonenumber-js).
  calls: 840,
  cdr: 840,
  sms: 840,
  'sms-delivery': 840,
  'cdr-ingest': 840,
  'cdr-wholesale': 840,
  rates: 840,
  // The client of S3, and templates: their parser, and text from HTML.
  email: 900,
};

const folder = await bundledFunctions();
const bundleOf = (name: string): string => join(folder, name, 'index.mjs');

test.each(contracts.map(({ name }) => name))('the bundle of %s is within its budget', (name) => {
  expect(statSync(bundleOf(name)).size / 1024).toBeLessThanOrEqual(budgets[name] ?? defaultBudget);
});

test('every budget belongs to a function', () => {
  expect(contracts.map(({ name }) => name)).toEqual(expect.arrayContaining(Object.keys(budgets)));
});
