import { beforeEach, expect, test } from 'vitest';
import { noon } from '#test/support/dependencies.fixture.ts';
import { call, outcome } from '#test/support/requests.fixture.ts';
import { startService } from '#test/support/service.fixture.ts';
import { commit } from '#dynamodb/commit.ts';
import { userExtensionRow, userRow } from '#dynamodb/rows/user.ts';
import { change, overwrite } from '#dynamodb/write.ts';
import { aCall, aLeg } from '#telephony/call.fixture.ts';
import { hangUp, type Call } from '#telephony/call.ts';
import { hour } from '#schema/time.ts';
import { cdrMessage } from '../../sip-sidecar/calls/call/cdr.ts';
import { addAccount, startIngestion } from '../../billing/cdr-ingest/ingest.fixture.ts';
import { historyHandler } from './handler.ts';

/** The history of calls whose CDRs went through the ingestion. */

const service = startService(historyHandler);
let organization = 7_000;
let token: string;

beforeEach(async () => {
  organization += 1;
  token = await service.tenants.join(organization);
  await addAccount(service.store, organization);
});

const anHourAfter = (at: string): Date => new Date(Date.parse(at) + hour);

let messages = 0;
/** Ends calls that no one answered, and takes their CDRs in. */
async function end(...calls: readonly Partial<Call>[]): Promise<void> {
  const hangup = { cause: 'NO_ANSWER', q850: 19, sip_code: 487, by: 'system' } as const;
  const dependencies = startIngestion(service.store, { clock: () => noon });
  const bodies = calls.map(({ created_at = '2026-11-20T11:00:00.000Z', ...fields }) => {
    const ended = hangUp(aCall({ org_id: organization, created_at, ...fields }), hangup, anHourAfter(created_at));
    return [`m${(messages += 1)}`, JSON.stringify(cdrMessage(ended, noon))] as const;
  });
  expect(await dependencies.deliver(Object.fromEntries(bodies))).toEqual([]);
}

const history = (query: Readonly<Record<string, string>> = {}, as: string = token) =>
  call(service.handler, 'GET /Calls/history', { token: as, query });
const ofCustomer = (customerId: string, as: string = token) =>
  call(service.handler, 'GET /Calls/customer/{customerId}/history', { token: as, params: { customerId } });
const callsIn = ({ body }: { readonly body: unknown }) =>
  (body as { readonly calls: readonly { readonly id: string }[] }).calls;
const idsIn = (answer: { readonly body: unknown }): readonly string[] => callsIn(answer).map(({ id }) => id);

test('an ended call is in the history, with the figures of a page', async () => {
  await end({ id: 'call_1' });
  expect((await history()).body).toEqual({
    calls: [
      {
        id: 'call_1',
        source: '+4610100555',
        destination: '+46890510',
        direction: 'outbound',
        user_id: 'usr_1',
        status: 'no-answer',
        duration: 3_600,
        start_time: '2026-11-20T11:00:00Z',
        end_time: '2026-11-20T12:00:00Z',
      },
    ],
    total: 1,
    limit: 50,
    offset: 0,
    next_page_token: '',
  });
});

test('a call with two charged legs is there once', async () => {
  const source = aLeg({ role: 'source', number: '+4610100555', timestamps: { trying: '2026-11-20T11:00:00.000Z' } });
  await end({ id: 'call_1', began_by: 'api', legs: [source, aLeg()] });
  expect(idsIn(await history())).toEqual(['call_1']);
});

test('calls are listed newest first, by page and by status', async () => {
  await end(
    { id: 'call_1', created_at: '2026-11-19T11:00:00.000Z' },
    { id: 'call_2', created_at: '2026-11-20T10:00:00.000Z' },
    { id: 'call_3', created_at: '2026-10-01T10:00:00.000Z' },
  );
  expect(idsIn(await history())).toEqual(['call_2', 'call_1']);
  expect(idsIn(await history({ limit: '1', offset: '1' }))).toEqual(['call_1']);
  expect(idsIn(await history({ status: 'completed' }))).toEqual([]);
  expect(idsIn(await history({ end_date: '2026-11-19' }))).toEqual(['call_1']);
});

test.each([
  [{ start_date: '2026-01-01', end_date: '2026-11-20' }, '400 INVALID_PARAMETER'],
  [{ start_date: 'yesterday' }, '400 INVALID_PARAMETER'],
  [{ status: 'answered' }, '400 INVALID_PARAMETER'],
  [{ limit: '501' }, '400 INVALID_PARAMETER'],
])('%j is rejected', async (query, wanted) => {
  expect(outcome(await history(query))).toBe(wanted);
});

test('a customer is an organization in reach or a user of the own one', async () => {
  const user = `usr_of_${organization}`;
  await service.tenants.join(organization, { user: { id: user } });
  await end({ id: 'call_1', user_id: user }, { id: 'call_2' });
  expect(idsIn(await ofCustomer(`org_${organization}`))).toHaveLength(2);
  expect(idsIn(await ofCustomer(user))).toEqual(['call_1']);
  expect([outcome(await ofCustomer('usr_none')), outcome(await ofCustomer('org_1000'))]).toEqual([
    '404 NOT_FOUND',
    '403 FORBIDDEN_ORG',
  ]);
});

test('a caller that is limited to its own calls sees those only', async () => {
  const user = `usr_of_${organization}`;
  const own = await service.tenants.join(organization, {
    user: { id: user, roles: ['agent'] },
    session: { scopes: ['calls:read'], own_only: ['calls:read'] },
  });
  await end({ id: 'call_1', user_id: user }, { id: 'call_2' });
  expect([idsIn(await history({}, own)), idsIn(await ofCustomer(user, own))]).toEqual([['call_1'], ['call_1']]);
  expect([idsIn(await ofCustomer(`org_${organization}`, own)), outcome(await ofCustomer('usr_1', own))]).toEqual([
    ['call_1'],
    '404 NOT_FOUND',
  ]);
});

test('a user has the calls of colleagues to its extension, since it has that', async () => {
  const user = `usr_of_${organization}`;
  const own = await service.tenants.join(organization, {
    user: { id: user, roles: ['agent'] },
    session: { scopes: ['calls:read'], own_only: ['calls:read'] },
  });
  await commit(service.store, organization, [
    change(userRow, { id: user }, { set: { extension: '202' } }),
    overwrite(userExtensionRow, { extension: '202', owner: user, since: '2026-11-20T10:30:00.000Z' }),
  ]);
  const to = (id: string, extension: string, fields: Partial<Call> = {}): Partial<Call> => ({
    ...{ id, direction: 'internal', user_id: 'usr_caller' },
    numbers: { caller: null, called: null, asserted: '+4610100555', diverter: null, billing: null },
    destination: { ...aCall().destination, requested: { scheme: 'sip', user: extension, name: '' } },
    legs: [aLeg({ role: 'source' }), aLeg({ kind: 'line', target: 'a1b2', number: null })],
    ...fields,
  });
  await end(
    to('call_1', '202', { created_at: '2026-11-20T10:00:00.000Z' }),
    to('call_2', '202'),
    to('call_3', '203'),
    to('call_4', '202', { user_id: user, created_at: '2026-11-20T10:40:00.000Z' }),
    to('call_5', '202', { privacy: true, created_at: '2026-11-20T10:50:00.000Z' }),
  );
  expect(callsIn(await history({}, own))).toMatchObject([
    { id: 'call_2', source: '+4610100555', user_id: 'usr_caller' },
    { id: 'call_5', source: 'anonymous', destination: '202', direction: 'internal', user_id: null },
    { id: 'call_4', user_id: user },
  ]);
  expect(idsIn(await ofCustomer(user))).toEqual(['call_2', 'call_5', 'call_4']);
});
