import { beforeAll, expect, test } from 'vitest';
import { noon } from '#test/support/dependencies.fixture.ts';
import { functionsOf, type TestTenant } from '#test/support/functions.fixture.ts';
import { outcome } from '#test/system/tenant.fixture.ts';
import { day } from '#schema/time.ts';
import { purges } from './contract.ts';
import { purgesHandler } from './handler.ts';

const functions = functionsOf([purges, purgesHandler]);
let tenant: TestTenant;
beforeAll(async () => {
  tenant = await functions.newTenant();
});
const purge = async (body: object): Promise<string> => outcome(await tenant.ask('POST', '/archiving/purge', body));

test('what is asked for wrongly is rejected with the path of the field', async () => {
  expect(await purge({ class: 'faxes' })).toBe('422 VALIDATION_FAILED');
  expect(await purge({ class: 'voicemail' })).toBe('422 VALIDATION_FAILED');
  expect(await purge({ class: 'sms', before: '2026-01-01' })).toBe('422 VALIDATION_FAILED');
  const yesterday = new Date(noon.getTime() - day).toISOString();
  expect(await purge({ class: 'sms', before: yesterday })).toBe('422 RETENTION_NOT_REACHED');
  expect(await purge({ class: 'sms', policy_id: 'arp_none' })).toBe('422 VALIDATION_FAILED');
  expect(await purge({ class: 'eventlog', filter: { user_ids: ['usr_1'] } })).toBe('422 VALIDATION_FAILED');
  expect(await purge({ class: 'logs', export: true, format: 'eml' })).toBe('422 VALIDATION_FAILED');
  expect(await purge({ class: 'sms', format: 'eml' })).toBe('422 VALIDATION_FAILED');
  expect(await purge({ class: 'sms', export: true, format: 'mbox' })).toBe('422 VALIDATION_FAILED');
  expect(await purge({ class: 'sms', export: true })).toBe('422 ARCHIVING_NOT_PROVISIONED');
});

test('of purges that are asked for at once, one runs', async () => {
  const outcomes = await Promise.all(Array.from({ length: 8 }, () => purge({ class: 'logs', dry_run: false })));
  expect(outcomes.toSorted()).toEqual(['202', ...Array<string>(7).fill('409 PURGE_RUNNING')]);
});
