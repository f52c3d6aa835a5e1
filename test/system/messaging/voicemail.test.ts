import { beforeAll, describe, expect, test } from 'vitest';
import { wavOf } from '#functions/messaging/voicemail/example-requests.fixture.ts';
import { eventually } from '#test/support/eventually.ts';
import { textAt } from '#test/support/example-request.ts';
import {
  newAdministeredTenant,
  outcome,
  texts,
  uniqueName,
  type AdministeredTenant,
  type Body,
} from '../tenant.fixture.ts';
import { mailboxesOf, newAgent, upload } from '../voicemail.fixture.ts';

let tenant: AdministeredTenant;
let ask: AdministeredTenant['ask'];
let boxes: ReturnType<typeof mailboxesOf>;
beforeAll(async () => {
  tenant = await newAdministeredTenant('voicemail');
  ({ ask } = tenant);
  boxes = mailboxesOf(ask);
});

const { newMailbox, deposit, leave } = {
  newMailbox: (preferences?: Body) => boxes.newMailbox(preferences),
  deposit: (mailbox: string, more?: Body) => boxes.deposit(mailbox, more),
  leave: (mailbox: string, more?: Body) => boxes.leave(mailbox, more),
};

const countsOf = async (mailbox: string): Promise<unknown> => {
  const { body } = await ask('GET', `/voicemail?mailbox=${mailbox}`);
  return (body as { counts: unknown }).counts;
};
const idsIn = async (mailbox: string, filter = '') => {
  const { body } = await ask('GET', `/voicemail?mailbox=${mailbox}${filter}`);
  return (body as { data: { id: string }[] }).data.map(({ id }) => id);
};
const act = (id: string, body: object) => ask('POST', `/voicemail/${id}`, body);

describe('a message', () => {
  test('is read, unread and saved, and the mailbox counts it so', async () => {
    const mailbox = await newMailbox();
    const id = await leave(mailbox);
    const after = async (action: string) => [texts(await act(id, { action }))['status'], await countsOf(mailbox)];
    expect(await after('read')).toEqual(['read', { new: 0, read: 1, saved: 0 }]);
    expect(await after('save')).toEqual(['saved', { new: 0, read: 0, saved: 1 }]);
    expect(await after('unread')).toEqual(['new', { new: 1, read: 0, saved: 0 }]);
    expect(await idsIn(mailbox, '&status=saved')).toEqual([]);
    expect(outcome(await act(id, { action: 'explode' }))).toBe('422 VALIDATION_FAILED');
    expect(outcome(await ask('DELETE', `/voicemail/${id}`))).toBe('200');
    expect(await countsOf(mailbox)).toEqual({ new: 0, read: 0, saved: 0 });
  });

  test('moves to another mailbox that has room', async () => {
    const [from, to, full] = await Promise.all([newMailbox(), newMailbox(), newMailbox({ max_messages: 1 })]);
    const [id] = await Promise.all([leave(from), leave(full)]);
    expect(outcome(await act(id, { action: 'move', mailbox: 'nowhere' }))).toBe('404 NOT_FOUND');
    expect(outcome(await act(id, { action: 'move', mailbox: full }))).toBe('409 MAILBOX_FULL');
    expect(texts(await act(id, { action: 'move', mailbox: to }))).toMatchObject({ mailbox: to, status: 'new' });
    expect([await idsIn(from), await idsIn(to)]).toEqual([[], [id]]);
    expect([await countsOf(from), await countsOf(to)]).toEqual([
      { new: 0, read: 0, saved: 0 },
      { new: 1, read: 0, saved: 0 },
    ]);
  });

  test('is forwarded to all mailboxes or to none, and its audio stays until the last copy goes', async () => {
    const [from, first, second, full] = await Promise.all([
      newMailbox(),
      newMailbox(),
      newMailbox(),
      newMailbox({ max_messages: 1 }),
    ]);
    const [id] = await Promise.all([leave(from), leave(full)]);
    const forward = (...mailboxes: string[]) => act(id, { action: 'forward', mailboxes, comment: 'Please call' });
    expect(outcome(await forward(first, full))).toBe('409 MAILBOX_FULL');
    expect(await idsIn(first)).toEqual([]);
    expect(outcome(await forward(first, second))).toBe('200');
    const [copy = ''] = await idsIn(first);
    expect(outcome(await ask('DELETE', `/voicemail/${id}`))).toBe('200');
    const read = await ask('GET', `/voicemail/${copy}`);
    expect(texts(read)).toMatchObject({ forwarded_from: id, comment: 'Please call', status: 'new' });
    const link = textAt(read.body, 'data', 'download', 'url');
    expect((await fetch(link)).status).toBe(200);
    for (const mailbox of [first, second]) await ask('DELETE', `/voicemail/${(await idsIn(mailbox))[0]}`);
    await eventually(async () => (await fetch(link)).status !== 200);
  });

  test('is seen by callers limited to their own records only in their own mailbox', async () => {
    const { id: user, token } = await newAgent(tenant);
    const [own, anothers] = await Promise.all([newMailbox({ user_id: user }), newMailbox()]);
    const [mine, theirs] = await Promise.all([leave(own), leave(anothers)]);
    const get = async (path: string) => outcome(await ask('GET', path, undefined, { token }));
    expect([await get(`/voicemail/${mine}`), await get(`/voicemail/${theirs}`)]).toEqual(['200', '404 NOT_FOUND']);
    expect([await get(`/voicemail?mailbox=${own}`), await get(`/voicemail?mailbox=${anothers}`)]).toEqual([
      '200',
      '404 NOT_FOUND',
    ]);
  });
});

test('a new message is announced once by e-mail with its audio, and deleted once that was delivered', async () => {
  const address = `${uniqueName('ann')}@example.com`;
  expect(outcome(await ask('PUT', '/users', { username: uniqueName('ann'), email: address }))).toBe('201');
  const mailbox = await newMailbox({ notify_email: address, attach_audio: true, delete_after_email: true });
  const made = await deposit(mailbox, { caller_name: 'Ann' });
  await upload(made, wavOf(1_000));
  const email = `/email/${texts(made)['id']?.replace('vm_', 'eml_')}`;
  await eventually(async () =>
    expect(texts(await ask('GET', email))).toMatchObject({ status: 'delivered', template: 'voicemail_notification' }),
  );
  await eventually(async () =>
    expect(outcome(await ask('GET', `/voicemail/${texts(made)['id']}`))).toBe('404 NOT_FOUND'),
  );
  expect(await countsOf(mailbox)).toEqual({ new: 0, read: 0, saved: 0 });
});

test('a message that is older than its mailbox keeps it is deleted', async () => {
  const mailbox = await newMailbox({ retention_days: 365 });
  const received_at = new Date(Date.now() - 8 * 86_400_000).toISOString();
  const [old, young] = [await leave(mailbox, { received_at }), await leave(mailbox)];
  expect(outcome(await ask('PUT', `/voicemailprefs/${mailbox}`, { retention_days: 7 }))).toBe('200');
  await eventually(async () => expect(await idsIn(mailbox)).toEqual([young]));
  expect(outcome(await ask('GET', `/voicemail/${old}`))).toBe('404 NOT_FOUND');
});
