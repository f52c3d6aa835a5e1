import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ListObjectVersionsCommand } from '@aws-sdk/client-s3';
import { beforeAll, expect, test } from 'vitest';
import { instants, otherParty, storedNumbers, storeRecords } from '#functions/system/purges/records.fixture.ts';
import { audioObject } from '#schema/voicemail.ts';
import type { RecordClass } from '#schema/record-class.ts';
import { textAt } from '#test/support/example-request.ts';
import { eventually } from '#test/support/eventually.ts';
import { verify } from '../archives.fixture.ts';
import { connect } from '../cloud.ts';
import { objectClient, storeOf } from '../people.ts';
import { newAdministeredTenant, outcome, type AdministeredTenant } from '../tenant.fixture.ts';
import { mailboxesOf, newAgent } from '../voicemail.fixture.ts';

let tenant: AdministeredTenant;
beforeAll(async () => {
  tenant = await newAdministeredTenant('erasure');
});
const ask: AdministeredTenant['ask'] = (...request) => tenant.ask(...request);
const store = () => storeOf(connect().outputs);

/** Ten records, of which the third, sixth and ninth are about a person. */
async function storeTen(of: RecordClass, party: typeof otherParty): Promise<void> {
  const wanted = instants(10, new Date(), 80).map((at, index) => ({
    ...{ at, index, party: index % 3 === 2 ? party : otherParty },
  }));
  await storeRecords(store(), tenant.organization, of, wanted);
}
const left = async (of: RecordClass) =>
  [...(await storedNumbers(store(), tenant.organization, of)).values()].map((numbers) => numbers.length);

type Line = { readonly class?: string; readonly id?: string; readonly state?: string; readonly totals?: object };
type Run = { readonly code: number; readonly text: string };

/** Runs the script. @returns its exit code, what it printed, and a function that reads the report */
async function erase(...more: readonly string[]): Promise<Run & { readonly lines: () => readonly Line[] }> {
  const report = join(mkdtempSync(join(tmpdir(), 'erasure-')), 'report.jsonl');
  const options = ['--org', String(tenant.organization), '--report', report];
  const run = await new Promise<Run>((resolve) => {
    execFile(
      process.execPath,
      ['bin/erase-person.ts', process.env['OUTPUTS'] ?? '', ...options, ...more],
      (error, stdout, stderr) => resolve({ code: Number(error?.code ?? 0), text: stdout + stderr }),
    );
  });
  return {
    ...run,
    lines: () => {
      expect(statSync(report).mode & 0o777).toBe(0o600);
      const texts = readFileSync(report, 'utf8').split('\n').slice(0, -1);
      return texts.map((text) => JSON.parse(text) as Line);
    },
  };
}

test('a person is reported, then erased: what is held stays, and calls become anonymous', async () => {
  const eve = { user: 'usr_eve', number: '+4930123456' };
  for (const of of ['sms', 'email', 'logs', 'cdr'] as const) await storeTen(of, eve);
  const hold = { name: 'Erasure', reason: 'Subpoena', classes: ['email'] };
  expect(outcome(await ask('PUT', '/archiving/legalholds/new', hold))).toBe('201');
  const totals = { sms: { deleted: 3 }, email: { held: 3 }, logs: { deleted: 3 }, cdr: { anonymous: 3 } };

  const dry = await erase('--number', eve.number);
  expect(dry).toMatchObject({ code: 0, text: expect.stringContaining('Nothing was erased.') });
  expect(dry.lines()).toHaveLength(13);
  expect(dry.lines().at(-1)).toEqual({
    totals,
    event_log: 'forgotten',
    rewritten_archives: 0,
    erase: false,
    failure: null,
  });
  expect([await left('sms'), await left('logs')]).toEqual([[10, 10], [10]]);

  const erased = await erase('--number', eve.number, '--erase');
  expect(erased).toMatchObject({ code: 0, text: expect.stringContaining('cdr: 3 anonymous') });
  expect(erased.text).toMatch(/^outbox: \d+ deleted$/m);
  expect(erased.lines().at(-1)).toEqual({
    totals,
    event_log: 'forgotten',
    rewritten_archives: 0,
    erase: true,
    failure: null,
  });
  expect([await left('sms'), await left('logs'), await left('email')]).toEqual([[7, 7], [7], [10]]);
  const id = erased.lines().find((line) => line.class === 'cdr')?.id ?? '';
  const { body } = await ask('GET', `/cdr/${id}`);
  expect(textAt(body, 'data', 'callee')).toBe('+493012');

  const again = await erase('--number', eve.number, '--erase');
  expect(again.lines().at(-1)).toMatchObject({ totals: { email: { held: 3 } } });
}, 180_000);

const bucket = 'trunkline-local-voicemail-000000000000-us-east-1';

test('audio of an erased person has no version left; that of a deleted message has one, until it expires', async () => {
  const { newMailbox, leave } = mailboxesOf(ask);
  const [mailbox, number] = [await newMailbox(), '+4930123459'];
  const erased = await leave(mailbox, { caller_number: number });
  const deleted = await leave(mailbox);
  const s3 = objectClient(connect().outputs);
  const versionsOf = async (id: string) => {
    const Prefix = audioObject(tenant.organization, id).key;
    const { Versions = [], DeleteMarkers = [] } = await s3.send(
      new ListObjectVersionsCommand({ Bucket: bucket, Prefix }),
    );
    return [Versions.length, DeleteMarkers.length];
  };
  expect(await versionsOf(erased)).toEqual([1, 0]);
  expect(outcome(await ask('DELETE', `/voicemail/${deleted}`))).toBe('200');
  await eventually(async () => expect(await versionsOf(deleted)).toEqual([1, 1]));
  expect(await erase('--number', number, '--erase')).toMatchObject({ code: 0 });
  await eventually(async () => expect((await versionsOf(erased))[0]).toBe(0));
}, 180_000);

test('a user is erased whose account was deleted before', async () => {
  const { id: user } = await newAgent(tenant);
  await storeTen('sms', { user, number: '+4930123457' });
  const refused = await erase('--user', user, '--erase');
  expect(refused).toMatchObject({ code: 1, text: expect.stringContaining('DELETE /users/{id}') });
  expect(outcome(await ask('DELETE', `/users/${user}`))).toBe('200');
  const erased = await erase('--user', user, '--erase');
  expect(erased).toMatchObject({ code: 0 });
  expect(erased.lines().at(-1)).toMatchObject({ totals: { sms: { deleted: 3 } } });
  const event = await ask('GET', `/events/purge/${/erasure_[0-9A-Z]+/.exec(erased.text)?.[0]}`);
  expect(JSON.stringify(event.body)).toContain('archiving.person_erased');
  expect(JSON.stringify(event.body)).not.toContain(user);
}, 180_000);

test.each([
  ['without a person', []],
  ['with a user and a number', ['--user', 'usr_1', '--number', '+4930123456']],
  ['with a number that is not E.164', ['--number', '030 123456']],
  ['with an unknown option', ['--number', '+4930123456', '--force']],
  ['with a report that exists', ['--number', '+4930123456', '--report', 'package.json']],
])('wrong use %s is rejected', async (_, options) => {
  expect(await erase(...options)).toMatchObject({
    code: 2,
    text: expect.stringContaining('Usage: npm run erase-person'),
  });
});

test('a person is erased from an archive, which then verifies with both hashes', async () => {
  const own = await newAdministeredTenant('erasure-archive');
  const of = { party: { user: 'usr_eve', number: '+4930123458' } };
  const wanted = instants(40, new Date(), 120).map((at, index) => ({
    at,
    index,
    party: index < 4 ? of.party : otherParty,
  }));
  await storeRecords(store(), own.organization, 'sms', wanted);
  expect(outcome(await own.ask('PUT', '/archiving/provisioning', { quota_gb: 1 }))).toBe('200');
  const purge = await own.ask('POST', '/archiving/purge', { class: 'sms', dry_run: false, export: true });
  expect(outcome(purge)).toBe('202');
  const numbers = async () => [...(await storedNumbers(store(), own.organization, 'sms')).values()].flat();
  await eventually(async () => expect(await numbers()).toEqual([]));
  const erased = await erase('--org', String(own.organization), '--number', of.party.number, '--erase');
  expect(erased).toMatchObject({ code: 0, text: expect.stringContaining('1 archives were rewritten') });
  expect(erased.lines().at(-1)).toMatchObject({ totals: { sms: { deleted: 4 } }, rewritten_archives: 1 });
  const { code, text } = await verify(connect(), own.organization);
  expect({ code, text }).toMatchObject({ code: 0, text: expect.stringContaining('erasure of a person') as string });
  expect(text).toContain('36 records');
}, 180_000);
