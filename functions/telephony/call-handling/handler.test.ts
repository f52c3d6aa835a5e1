import { beforeAll, expect, test } from 'vitest';
import { functionsOf, type TestTenant } from '#test/support/functions.fixture.ts';
import { outcome, texts, uniqueName } from '#test/system/tenant.fixture.ts';
import { callHandling } from './contract.ts';
import { callHandlingHandler } from './handler.ts';
import { users } from '../../accounts/users/contract.ts';
import { usersHandler } from '../../accounts/users/handler.ts';
import { devices } from '../devices/contract.ts';
import { deviceHandler } from '../devices/handler.ts';

const functions = functionsOf([callHandling, callHandlingHandler], [users, usersHandler], [devices, deviceHandler]);

let tenant: TestTenant;
let other: TestTenant;
beforeAll(async () => {
  [tenant, other] = await Promise.all([functions.newTenant(), functions.newTenant()]);
});

type Person = { readonly id: string; readonly token: string };

async function newPerson(roles: readonly string[], fields: object = {}): Promise<Person> {
  const made = await tenant.ask('PUT', '/users', { username: uniqueName('person'), roles, ...fields });
  expect(outcome(made)).toBe('201');
  const { id = '' } = texts(made);
  return { id, token: await functions.signIn(tenant, id) };
}

const path = (id: string) => `/users/${id}/callhandling`;
const pathsOf = ({ body }: { readonly body: unknown }) =>
  (body as { error: { details: { path: string }[] } }).error.details.map((detail) => detail.path);

test('one reads and sets it for oneself without a scope, and for no one else', async () => {
  const [ann, bob] = await Promise.all([newPerson(['ingest']), newPerson(['ingest'])]);
  const before = await tenant.ask('GET', path(ann.id), undefined, ann);
  expect(before.body).toMatchObject({
    data: { do_not_disturb: false, ring_seconds: 20, voicemail: true, version: null },
  });
  const outcomes = [
    await tenant.ask('PUT', path(ann.id), { do_not_disturb: true }, ann),
    await tenant.ask('PUT', path(ann.id), { do_not_disturb: false, forward: { busy: '204' } }, ann),
    await tenant.ask('PUT', path(ann.id), {}, { ...ann, headers: { 'if-match': '"1"' } }),
    await tenant.ask('PUT', path(ann.id), {}, bob),
    await tenant.ask('GET', path(ann.id), undefined, bob),
    await other.ask('GET', path(ann.id)),
    await other.ask('PUT', path(ann.id), {}),
  ].map(outcome);
  expect(outcomes).toEqual([
    ...['201', '200', '409 VERSION_CONFLICT', '403 INSUFFICIENT_SCOPE', '403 INSUFFICIENT_SCOPE'],
    ...['404 NOT_FOUND', '404 NOT_FOUND'],
  ]);
  const after = await tenant.ask('GET', path(ann.id));
  expect(after.body).toMatchObject({ data: { forward: { busy: '204', always: null }, version: 2 } });
});

test('one names oneself as `me` in paths and filters, also without a scope', async () => {
  const ann = await newPerson(['ingest']);
  const saved = await tenant.ask('PUT', path('me'), { do_not_disturb: true }, ann);
  expect(outcome(saved)).toBe('201');
  expect(saved.body).toMatchObject({ data: { user_id: ann.id } });
  const [mine, others, keys, changed, elsewhere, invalid] = [
    await tenant.ask('GET', path('me'), undefined, ann),
    await tenant.ask('GET', path('me')),
    await tenant.ask('GET', '/devices?user_id=me'),
    await tenant.ask('POST', '/users/me', { display_name: 'Administrator' }),
    await other.ask('GET', path(ann.id), undefined),
    await tenant.ask('GET', path('me'), undefined, { token: 'not.a.token' }),
  ];
  expect(mine.body).toMatchObject({ data: { user_id: ann.id, do_not_disturb: true } });
  expect(others.body).toMatchObject({ data: { user_id: tenant.userId, do_not_disturb: false } });
  expect([keys, changed, elsewhere, invalid].map(outcome)).toEqual([
    ...['200', '200', '404 NOT_FOUND', '401 INVALID_TOKEN'],
  ]);
  expect(changed.body).toMatchObject({ data: { id: tenant.userId, display_name: 'Administrator' } });
});

test('what it names must exist in the organization, and be neither the user nor an emergency number', async () => {
  const ann = await newPerson(['viewer'], { extension: '230' });
  const follow = { number: '+46701234567' };
  const answers = [
    await tenant.ask('PUT', path(ann.id), { forward: { always: '230' } }),
    await tenant.ask('PUT', path(ann.id), { forward: { busy: { type: 'user', id: ann.id } } }),
    await tenant.ask('PUT', path(ann.id), { when_closed: '112' }),
    await tenant.ask('PUT', path(ann.id), { forward: { busy: { type: 'user', id: other.userId } } }),
    await tenant.ask('PUT', path(ann.id), { schedule: 'sched_missing' }),
    await tenant.ask('PUT', path(ann.id), { follow_me: Array.from({ length: 50 }, () => follow) }),
    await tenant.ask('PUT', path(ann.id), { blocked: ['nonsense'] }),
    await tenant.ask('PUT', path(ann.id), { follow_me: [follow, { number: '230' }] }),
    await tenant.ask('PUT', path(ann.id), { follow_me: [{ number: '911' }] }),
    await tenant.ask('PUT', path(ann.id), { follow_me: [{ number: '+1911' }] }),
    await tenant.ask('PUT', path(ann.id), { forward: { no_answer: '011911' } }),
    await tenant.ask('PUT', path(ann.id), { forward: { always: '00112' } }),
  ];
  expect(answers.map(outcome)).toEqual(Array(12).fill('422 VALIDATION_FAILED'));
  expect(answers.map(pathsOf)).toEqual([
    ...[['forward.always'], ['forward.busy.id'], ['when_closed'], ['forward.busy.id'], ['schedule']],
    ...[['follow_me'], ['blocked[0]'], ['follow_me[1].number'], ['follow_me[0].number']],
    ...[['follow_me[0].number'], ['forward.no_answer'], ['forward.always']],
  ]);
  const named = { forward: { always: { type: 'user', id: tenant.userId }, busy: { type: 'voicemail', id: '230' } } };
  const saved = await tenant.ask('PUT', path(ann.id), named);
  expect(outcome(saved)).toBe('201');
  expect(saved.body).not.toHaveProperty('warnings');
  const followed = await tenant.ask('PUT', path(ann.id), { follow_me: [follow], intercom: 'group' });
  expect(outcome(followed)).toBe('200');
  expect(followed.body).not.toHaveProperty('warnings');
});
