import { beforeAll, describe, expect, test } from 'vitest';
import { wavOf } from '#functions/messaging/voicemail/example-requests.fixture.ts';
import { eventually } from '../support/eventually.ts';
import { textAt } from '../support/example-request.ts';
import { receiptWait } from './sms-reports.fixture.ts';
import { newTenant, outcome, texts, uniqueName, type AdministeredTenant, type Body } from './tenant.fixture.ts';
import { mailboxesOf, newAgent, twoTenants, upload } from './voicemail.fixture.ts';

let tenant: AdministeredTenant;
let ask: AdministeredTenant['ask'];
let other: AdministeredTenant['ask'];
let boxes: ReturnType<typeof mailboxesOf>;
beforeAll(async () => {
  [tenant, { ask: other }] = await twoTenants('voicemail');
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

describe('a deposit', () => {
  test('is a new message as soon as its audio was uploaded, and the link answers the same bytes', async () => {
    const mailbox = await newMailbox();
    const made = await deposit(mailbox, { urgent: true });
    const { id = '' } = texts(made);
    expect([outcome(made), textAt(made.body, 'data', 'status')]).toEqual(['201', 'pending']);
    expect(outcome(await ask('GET', `/voicemail/${id}`))).toBe('409 NOT_UPLOADED');
    expect(await idsIn(mailbox)).toEqual([]);
    await upload(made, wavOf(1_000));
    await eventually(async () => outcome(await ask('GET', `/voicemail/${id}`)) === '200');
    const read = await ask('GET', `/voicemail/${id}`);
    expect(texts(read)).toMatchObject({ status: 'new', mailbox, urgent: true, caller_number: '+14155550100' });
    const download = await fetch(textAt(read.body, 'data', 'download', 'url'));
    expect(Buffer.from(await download.arrayBuffer())).toEqual(wavOf(1_000));
    expect(download.headers.get('content-disposition')).toContain(`${id}.wav`);
    expect(await countsOf(mailbox)).toEqual({ new: 1, read: 0, saved: 0 });
    expect(outcome(await other('GET', `/voicemail/${id}`))).toBe('404 NOT_FOUND');
  });

  test('of other bytes than it announced vanishes, and gives its place back', async () => {
    const mailbox = await newMailbox({ max_messages: 1 });
    const made = await deposit(mailbox);
    expect(outcome(await deposit(mailbox))).toBe('409 MAILBOX_FULL');
    await upload(made, Buffer.alloc(1_000));
    await eventually(async () => outcome(await ask('GET', `/voicemail/${texts(made)['id']}`)) === '404 NOT_FOUND');
    await leave(mailbox);
  });

  test('is rejected when the mailbox is full, however many come at once', async () => {
    const mailbox = await newMailbox({ max_messages: 5 });
    const answers = await Promise.all(Array.from({ length: 24 }, () => deposit(mailbox)));
    const outcomes = Map.groupBy(answers, outcome);
    expect([outcomes.get('201')?.length, outcomes.get('409 MAILBOX_FULL')?.length]).toEqual([5, 19]);
  });

  test.each([
    [{ size: 0 }, '422 VALIDATION_FAILED'],
    [{ size: 20 * 1024 * 1024 + 1 }, '422 VALIDATION_FAILED'],
    [{ content_type: 'text/html' }, '422 VALIDATION_FAILED'],
    [{ duration_seconds: 181 }, '422 VALIDATION_FAILED'],
    [{ caller_number: '100' }, '422 VALIDATION_FAILED'],
    [{ received_at: '2999-01-01T00:00:00Z' }, '422 VALIDATION_FAILED'],
  ])('with %o is rejected with %s', async (wrong, expected) => {
    expect(outcome(await deposit(await newMailbox(), wrong))).toBe(expected);
  });

  test('needs a mailbox that exists and takes messages', async () => {
    expect(outcome(await deposit('nowhere'))).toBe('404 NOT_FOUND');
    expect(outcome(await deposit(await newMailbox({ enabled: false })))).toBe('409 MAILBOX_DISABLED');
  });
});

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

test('a new message is announced once by SMS, which the organization pays', async () => {
  const { ask: own, id } = await newTenant({ settings: { sms: { sender_ids: ['Acme'] } } });
  expect(outcome(await own('PUT', `/billingprofile/${id}`, { creditLimit: 1 }))).toBe('200');
  const { newMailbox: made, leave: leaveIn } = mailboxesOf(own);
  const message = await leaveIn(await made({ notify_sms: '+14155551234' }));
  await eventually(
    async () =>
      expect((await own('GET', '/sms?to=%2B14155551234')).body).toMatchObject({
        data: [{ from: 'Acme', status: 'delivered', reference: message, cost: 0.0075 }],
      }),
    receiptWait,
  );
});

test('a message that is older than its mailbox keeps it is deleted', async () => {
  const mailbox = await newMailbox({ retention_days: 365 });
  const received_at = new Date(Date.now() - 8 * 86_400_000).toISOString();
  const [old, young] = [await leave(mailbox, { received_at }), await leave(mailbox)];
  expect(outcome(await ask('PUT', `/voicemailprefs/${mailbox}`, { retention_days: 7 }))).toBe('200');
  await eventually(async () => expect(await idsIn(mailbox)).toEqual([young]));
  expect(outcome(await ask('GET', `/voicemail/${old}`))).toBe('404 NOT_FOUND');
});
