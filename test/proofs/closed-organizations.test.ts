import { beforeAll, expect, test } from 'vitest';
import { examples } from '#functions/system/legal-holds/examples.ts';
import { erasePerson } from '#functions/system/erasures/erasures.fixture.ts';
import { endpoints } from '../authorization/matrix.ts';
import { newExampleTenant } from '../authorization/example-tenants.ts';
import { textAt } from '../support/example-request.ts';
import { apiOfThisFile } from './in-process.ts';

/**
 * The records of a closed organization stay to the end of their retention, and the operator answers for them: what
 * that takes works after the closing. `authorization.test.ts` proves it of each endpoint (`in a closed one`).
 */

const api = apiOfThisFile();
let organization: number;
/** A hold that was placed before the closing. */
let held: string;

/** A request of the operator. @returns status and data of the answer */
async function ask(method: string, path: string, json?: object): Promise<{ status: number; data: unknown }> {
  const address = `${path}${path.includes('?') ? '&' : '?'}org_id=${organization}`;
  const { status, body } = await api().api(address, {
    method,
    token: api().operator,
    headers: { accept: 'application/json' },
    ...(json === undefined ? {} : { json }),
  });
  await api().settled();
  return { status, data: (Object(body) as { readonly data?: unknown }).data };
}

const hold = (name: string) => ask('PUT', '/archiving/legalholds/new', { ...examples.saveLegalHold, name });

beforeAll(async () => {
  const tenant = await newExampleTenant(api());
  organization = tenant.organization;
  held = textAt((await hold('before the closing')).data, 'id');
  await tenant.call('DELETE', `/orgs/${organization}?confirm=${organization}`);
});

test('a hold is released, and another one is placed', async () => {
  expect(await ask('DELETE', `/archiving/legalholds/${held}?reason=Settled`)).toMatchObject({ status: 200 });
  const { status, data } = await hold('after the closing');
  expect(status).toBe(201);
  expect(await ask('GET', '/archiving/legalholds?status=active')).toMatchObject({
    data: [{ id: textAt(data, 'id') }],
  });
  await ask('DELETE', `/archiving/legalholds/${textAt(data, 'id')}?reason=Settled`);
});

test('its event log is searched', async () => {
  expect(await ask('POST', `/eventlog/${organization}`, { limit: 1 })).toMatchObject({ status: 200 });
});

test('a purge is tried, and runs', async () => {
  expect(await ask('POST', '/archiving/purge', { class: 'sms', dry_run: true })).toMatchObject({ status: 200 });
  const { status, data } = await ask('POST', '/archiving/purge', { class: 'sms', dry_run: false });
  expect(status).toBe(202);
  const events = await ask('GET', `/events/purge/${textAt(data, 'purge_id')}`);
  expect(JSON.stringify(events.data)).toContain('"archiving.purged"');
});

test('a person is erased', async () => {
  const { report } = await erasePerson(api().store, organization, { number: '+4930123456' });
  expect(report.failure).toBeNull();
});

test('only what serves its records is declared to work although it changes something', () => {
  expect(endpoints.flatMap(({ route, whileClosed }) => (whileClosed === true ? [route] : [])).toSorted()).toEqual([
    'DELETE /archiving/legalholds/{id}',
    'DELETE /archiving/policies/{id}',
    'POST /archiving/purge',
    'POST /cdr/export',
    'POST /smslogs/download',
    'POST /smslogs/search',
    'PUT /archiving/legalholds/{id}',
    'PUT /archiving/policies/{id}',
    'PUT /archiving/provisioning',
    'PUT /archiving/store/smsexport',
  ]);
});
