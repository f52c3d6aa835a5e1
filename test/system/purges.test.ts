import { beforeAll, expect, test } from 'vitest';
import { instants, otherParty, storedNumbers, storeRecords } from '#functions/system/purges/records.fixture.ts';
import type { RecordClass } from '#schema/record-class.ts';
import { day } from '#schema/time.ts';
import { eventually } from '../support/eventually.ts';
import { verify } from './archives.fixture.ts';
import { connect } from './cloud.ts';
import { storeOf } from './people.ts';
import { newAdministeredTenant, outcome, texts, type AdministeredTenant } from './tenant.fixture.ts';

let tenant: AdministeredTenant;
beforeAll(async () => {
  tenant = await newAdministeredTenant('purge');
});
const ask: AdministeredTenant['ask'] = (...request) => tenant.ask(...request);
const store = () => storeOf(connect().outputs);

/** Stores records that were made so many days ago. */
async function older(of: RecordClass, count: number, days: number, party = otherParty): Promise<void> {
  const wanted = instants(count, new Date(), days).map((at, index) => ({ at, index: index + days * 1_000, party }));
  await storeRecords(store(), tenant.organization, of, wanted);
}
const left = async (of: RecordClass) =>
  [...(await storedNumbers(store(), tenant.organization, of)).values()].map((numbers) => numbers.length);

type Counts = Readonly<Record<string, unknown>>;
const countsIn = ({ body }: { readonly body: unknown }): Counts => (body as { readonly data: Counts }).data;

/** The event of a purge that has ended. */
const resultOf = (id: string) =>
  eventually(async () => {
    const { body } = await ask('GET', `/events/purge/${id}?type=archiving.purged`);
    const { events } = (body as { readonly data: { readonly events: readonly { readonly data: Counts }[] } }).data;
    expect(events).toHaveLength(1);
    return events[0]!.data;
  });

test('a dry run counts what a run then deletes; held records stay, and what is young', async () => {
  await older('sms', 120, 100);
  await older('sms', 5, 300, { user: 'usr_other', number: '+4930123456' });
  await older('sms', 7, 10);
  const hold = { name: 'Purge', reason: 'Subpoena', classes: ['sms'], filter: { numbers: ['+4930123456'] } };
  expect(outcome(await ask('PUT', '/archiving/legalholds/new', hold))).toBe('201');

  const dry = await ask('POST', '/archiving/purge', { class: 'sms' });
  expect(outcome(dry)).toBe('200');
  const counts = { class: 'sms', matched: 125, held: 5, retained: 0, to_delete: 120, to_export: 0 };
  expect(countsIn(dry)).toMatchObject({ dry_run: true, ...counts });
  expect(await left('sms')).toEqual([132, 132]);

  const started = await ask('POST', '/archiving/purge', { class: 'sms', dry_run: false });
  expect(outcome(started)).toBe('202');
  const { purge_id = '', status } = texts(started);
  expect(status).toBe('running');
  expect(await resultOf(purge_id)).toMatchObject({
    ...{ ...counts, dry_run: false, status: 'done', bytes: countsIn(dry)['bytes'] },
  });
  expect(await left('sms')).toEqual([12, 12]);
  const entries = await ask('POST', `/eventlog/${tenant.organization}`, { resource_id: purge_id });
  await eventually(() => expect(JSON.stringify(entries.body)).toContain('archiving.purged'));

  const other = await newAdministeredTenant('purge-other');
  const foreign = await other.ask('GET', `/events/purge/${purge_id}`);
  expect(JSON.stringify(foreign.body)).not.toContain('archiving.purged');
});

test('what is asked for wrongly is rejected with the path of the field', async () => {
  const rejected = async (body: object): Promise<string> => outcome(await ask('POST', '/archiving/purge', body));
  expect(await rejected({ class: 'faxes' })).toBe('422 VALIDATION_FAILED');
  expect(await rejected({ class: 'voicemail' })).toBe('422 VALIDATION_FAILED');
  expect(await rejected({ class: 'sms', before: '2026-01-01' })).toBe('422 VALIDATION_FAILED');
  const yesterday = new Date(Date.now() - day).toISOString();
  expect(await rejected({ class: 'sms', before: yesterday })).toBe('422 RETENTION_NOT_REACHED');
  expect(await rejected({ class: 'sms', policy_id: 'arp_none' })).toBe('422 VALIDATION_FAILED');
  expect(await rejected({ class: 'eventlog', filter: { user_ids: ['usr_1'] } })).toBe('422 VALIDATION_FAILED');
  expect(await rejected({ class: 'logs', export: true, format: 'eml' })).toBe('422 VALIDATION_FAILED');
  expect(await rejected({ class: 'sms', format: 'eml' })).toBe('422 VALIDATION_FAILED');
  expect(await rejected({ class: 'sms', export: true, format: 'mbox' })).toBe('422 VALIDATION_FAILED');
  expect(await rejected({ class: 'sms', export: true })).toBe('422 ARCHIVING_NOT_PROVISIONED');
});

test('e-mails are deleted once they are archived as files', async () => {
  await older('email', 12, 100);
  expect(outcome(await ask('PUT', '/archiving/provisioning', { quota_gb: 1 }))).toBe('200');
  const wanted = { class: 'email', dry_run: false, export: true, format: 'eml' };
  const started = await ask('POST', '/archiving/purge', wanted);
  expect(outcome(started)).toBe('202');
  expect(await resultOf(texts(started)['purge_id'] ?? '')).toMatchObject({ status: 'done', to_delete: 12 });
  expect(await left('email')).toEqual([0]);
  expect(await verify(connect(), tenant.organization)).toMatchObject({
    code: 0,
    text: expect.stringContaining('Everything holds.'),
  });
});

test('of purges that are asked for at once, one runs', async () => {
  await older('logs', 300, 500);
  const answers = await Promise.all(
    Array.from({ length: 8 }, () => ask('POST', '/archiving/purge', { class: 'logs', dry_run: false })),
  );
  const outcomes = answers.map(outcome);
  expect(new Set(outcomes)).toEqual(new Set(['202', '409 PURGE_RUNNING']));
  for (const answer of answers.filter((each) => outcome(each) === '202'))
    expect(await resultOf(texts(answer)['purge_id'] ?? '')).toMatchObject({ status: 'done' });
  expect(await left('logs')).toEqual([0]);
});

test('a purge that exports leaves an archive that verifies, and a policy says what was done by it', async () => {
  const provisioned = await ask('PUT', '/archiving/provisioning', { quota_gb: 1, object_lock: 'governance' });
  expect(outcome(provisioned)).toBe('200');
  const wanted = { name: 'E-mails', class: 'email', retention_days: 30, action: 'export_then_delete' };
  const policy = await ask('PUT', '/archiving/policies/new', wanted);
  const { id: policy_id = '' } = texts(policy);
  await older('email', 250, 60);
  await older('email', 3, 1);
  const dry = countsIn(await ask('POST', '/archiving/purge', { class: 'email', policy_id }));
  expect(dry).toMatchObject({ matched: 250, to_delete: 250 });
  const started = await ask('POST', '/archiving/purge', { class: 'email', policy_id, dry_run: false });
  const { purge_id = '' } = texts(started);
  expect(await resultOf(purge_id)).toMatchObject({ status: 'done', to_delete: 250, bytes: dry['bytes'] });
  expect(await left('email')).toEqual([3]);

  const { body } = await ask('GET', `/events/purge/${purge_id}?type=archiving.exported`);
  const archive_id = /"archive_id":"(arch_[^"]+)"/.exec(JSON.stringify(body))?.[1] ?? '';
  const custody = JSON.stringify((await ask('GET', `/events/archive/${archive_id}`)).body);
  expect(custody).toContain('archiving.stored');
  const { code, text } = await verify(connect(), tenant.organization);
  expect({ code, text }).toMatchObject({
    code: 0,
    text: expect.stringContaining(`${archive_id}: 250 records`) as string,
  });
  const shown = await ask('GET', `/archiving/policies/${policy_id}`);
  expect(countsIn(shown)['last_run']).toEqual({ deleted: 250, exported: 250, held: 0 });
  const provisioning = countsIn(await ask('GET', '/archiving/provisioning'));
  expect(provisioning['last_purge']).toMatchObject({ purge_id, class: 'email', deleted: 250, status: 'done' });
});
