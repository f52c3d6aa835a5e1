import { beforeAll, expect, test } from 'vitest';
import { functionsOf, type TestTenant } from '#test/support/functions.fixture.ts';
import { outcome, texts, uniqueName } from '#test/system/tenant.fixture.ts';
import { voicemailPreferences } from './contract.ts';
import { voicemailPreferencesHandler } from './handler.ts';
import { users } from '../../accounts/users/contract.ts';
import { usersHandler } from '../../accounts/users/handler.ts';

const functions = functionsOf([voicemailPreferences, voicemailPreferencesHandler], [users, usersHandler]);

let tenant: TestTenant;
let ask: TestTenant['ask'];
let other: TestTenant['ask'];
beforeAll(async () => {
  [tenant, { ask: other }] = [await functions.newTenant(), await functions.newTenant()];
  ({ ask } = tenant);
});

/** An agent and its credential. @param more fields of the user */
async function newAgent(of: TestTenant, more: object = {}) {
  const made = await of.ask('PUT', '/users', { username: uniqueName('agent'), roles: ['agent'], ...more });
  expect(outcome(made)).toBe('201');
  const { id = '' } = texts(made);
  return { id, token: await functions.signIn(of, id) };
}

test('the first change makes a mailbox, later ones change the given fields, and no one sees the PIN', async () => {
  const made = await ask('PUT', '/voicemailprefs/reception', { pin: '480163', max_messages: 5 });
  expect(outcome(made)).toBe('201');
  expect(JSON.stringify(made.body)).not.toContain('480163');
  expect(outcome(await ask('PUT', '/voicemailprefs/reception', { notify_email: 'ann@example.com' }))).toBe('200');
  expect(texts(await ask('GET', '/voicemailprefs/reception'))).toMatchObject({
    mailbox: 'reception',
    max_messages: 5,
    notify_email: 'ann@example.com',
    pin_set: true,
    enabled: true,
  });
  expect(outcome(await other('GET', '/voicemailprefs/reception'))).toBe('404 NOT_FOUND');
});

test("a user's extension is a mailbox with the defaults, which only the user and administrators see", async () => {
  const [ann, bob] = await Promise.all([
    newAgent(tenant, { extension: '204' }),
    newAgent(tenant, { extension: '205' }),
  ]);
  expect(texts(await ask('GET', '/voicemailprefs/204'))).toMatchObject({ user_id: ann.id, max_messages: 100 });
  const get = async (token: string) => outcome(await ask('GET', '/voicemailprefs/204', undefined, { token }));
  expect([await get(ann.token), await get(bob.token)]).toEqual(['200', '404 NOT_FOUND']);
  const put = async (mailbox: string, body: object, token: string) =>
    outcome(await ask('PUT', `/voicemailprefs/${mailbox}`, body, { token }));
  expect([
    await put('204', { max_messages: 3 }, bob.token),
    await put('nowhere', {}, bob.token),
    await put('204', { user_id: bob.id }, ann.token),
    await put('204', { max_messages: 3 }, ann.token),
  ]).toEqual(['404 NOT_FOUND', '404 NOT_FOUND', '403 INSUFFICIENT_SCOPE', '201']);
});

test('a user has one mailbox, and gets another after giving up the first', async () => {
  const { id: user_id } = await newAgent(tenant, { extension: '301' });
  const own = async (mailbox: string, user: string | null) =>
    outcome(await ask('PUT', `/voicemailprefs/${mailbox}`, { user_id: user }));
  expect([await own('one', user_id), await own('two', user_id)]).toEqual(['201', '409 USER_HAS_MAILBOX']);
  expect([await own('one', null), await own('two', user_id)]).toEqual(['200', '201']);
});

test('SMS notices need a sender of the organization', async () => {
  const body = { notify_sms: '+14155551234' };
  expect(outcome(await ask('PUT', '/voicemailprefs/texts', body))).toBe('422 NO_SMS_SENDER');
  const { ask: sending } = await functions.newTenant({ settings: { sms: { sender_ids: ['Acme'] } } });
  expect(outcome(await sending('PUT', '/voicemailprefs/texts', body))).toBe('201');
  expect(texts(await sending('GET', '/voicemailprefs/texts'))).toMatchObject(body);
});

test('a user directs SMS notices to its own mobile number only, an administrator to any', async () => {
  const sending = await functions.newTenant({ settings: { sms: { sender_ids: ['Acme'] } } });
  const { token } = await newAgent(sending, { extension: '204', mobile: '+14155551234' });
  const put = async (notify_sms: string, credential: object = {}) =>
    outcome(await sending.ask('PUT', '/voicemailprefs/204', { notify_sms }, credential));
  expect([
    await put('+14155550100', { token }),
    await put('+14155551234', { token }),
    await put('+14155550100'),
    // What an administrator saved stays when the user changes something else.
    await put('+14155550100', { token }),
    await put('+14155550101', { token }),
  ]).toEqual(['422 VALIDATION_FAILED', '201', '200', '200', '422 VALIDATION_FAILED']);
});

test.each([
  ['reception', { pin: '1234' }, '422 WEAK_PIN'],
  ['2580', { pin: '2580' }, '422 WEAK_PIN'],
  ['reception', { pin: '12a4' }, '422 VALIDATION_FAILED'],
  ['reception', { user_id: 'usr_none' }, '422 UNKNOWN_USER'],
  ['reception', { greeting_file_id: 'file_none' }, '422 VALIDATION_FAILED'],
  ['reception', { greeting_type: 'custom' }, '422 VALIDATION_FAILED'],
  ['reception', { delete_after_email: true }, '422 VALIDATION_FAILED'],
  ['reception', { max_messages: 0 }, '422 VALIDATION_FAILED'],
  ['reception', { timezone: 'Mars/Olympus' }, '422 VALIDATION_FAILED'],
  ['no%20name', {}, '400 INVALID_ID'],
])('PUT of mailbox %s with %o is rejected with %s', async (mailbox, body, expected) => {
  expect(outcome(await ask('PUT', `/voicemailprefs/${mailbox}`, body))).toBe(expected);
});

test('mailboxes are listed with their messages, and a person sees its own only', async () => {
  const listing = await functions.newTenant();
  const { id, token } = await newAgent(listing, { extension: '204' });
  await newAgent(listing, { extension: '205' });
  const names = async (query = '', credential: object = {}) => {
    const { body } = await listing.ask('GET', `/voicemailprefs${query}`, undefined, credential);
    return (body as { data: readonly { mailbox: string }[] }).data.map(({ mailbox }) => mailbox);
  };
  expect(await names()).toEqual(['204', '205']);
  expect(outcome(await listing.ask('PUT', '/voicemailprefs/reception', {}))).toBe('201');
  expect(outcome(await listing.ask('PUT', '/voicemailprefs/205', { max_messages: 5 }))).toBe('201');
  expect(await names()).toEqual(['205', 'reception', '204']);
  expect(await names('?q=RECEP')).toEqual(['reception']);
  expect(await names('', { token })).toEqual(['204']);
  expect(await names(`?user_id=${id}`)).toEqual(['204']);
  expect(await names(`?user_id=${listing.userId}`, { token })).toEqual([]);
  expect(outcome(await listing.ask('PUT', '/voicemailprefs/support', { user_id: id }))).toBe('201');
  expect(await names('', { token })).toEqual(['support']);
});

test('a list of mailboxes goes on over the pages', async () => {
  const listing = await functions.newTenant();
  await newAgent(listing, { extension: '204' });
  for (const mailbox of ['one', 'two'])
    expect(outcome(await listing.ask('PUT', `/voicemailprefs/${mailbox}`, {}))).toBe('201');
  const seen: string[] = [];
  let token = '';
  do {
    const { body } = await listing.ask('GET', `/voicemailprefs?limit=1${token === '' ? '' : `&page_token=${token}`}`);
    const { data, next_page_token: next } = body as { data: readonly { mailbox: string }[]; next_page_token: string };
    seen.push(...data.map(({ mailbox }) => mailbox));
    token = next;
  } while (token !== '' && seen.length < 5);
  expect(seen).toEqual(['one', 'two', '204']);
});
