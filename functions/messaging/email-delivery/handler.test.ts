import { describe, expect, test } from 'vitest';
import { batchOf } from '#test/support/sqs-record.fixture.ts';
import { eventually } from '#test/support/eventually.ts';
import { noon, testDependencies } from '#test/support/dependencies.fixture.ts';
import { organizationOf } from '#test/support/people.fixture.ts';
import { testStore } from '#test/support/store.fixture.ts';
import { commit } from '#dynamodb/commit.ts';
import { emailRow } from '#dynamodb/rows/email.ts';
import { noticeAddressRow } from '#dynamodb/rows/notice-address.ts';
import { organizationRow } from '#dynamodb/rows/organization.ts';
import { rateRow } from '#dynamodb/rows/request.ts';
import { userEmailRow } from '#dynamodb/rows/user.ts';
import { eventRow } from '#dynamodb/rows/event.ts';
import { tableFor } from '#dynamodb/table.ts';
import { change, create } from '#dynamodb/write.ts';
import { mailerFromEnvironment, EmailRejected, type Mailer } from '#mail/mailer.ts';
import { brakes, newBrake, windowsOfStore } from '#limits/brake.ts';
import type { DeadLetter } from '#queue/dead-letters.ts';
import { queuedEmail, type Email } from '#schema/email.ts';
import { SESv2Client } from '@aws-sdk/client-sesv2';
import { billingProfileRow } from '../../billing/rows/billing-profile.ts';
import { emailMessage } from './contract.ts';
import { emailDeliveryHandler } from './handler.ts';

const running = testStore();

let last = 3_000;
const ann = { to: 'ann@example.com' };
type Waiting = {
  readonly to: string;
  readonly cc?: readonly string[];
  readonly template?: string;
  /** The client that sent it; none: it is a notice. */
  readonly sent_by?: string;
};

/** An e-mail that waits, and deliveries of it. The organization has the user ann. */
async function waiting(mailer: Mailer, { to, cc = [], template = 'policy_call_log', ...more }: Waiting = ann) {
  const organization = (last += 1);
  const id = `eml_${organization}`;
  const dead: DeadLetter[] = [];
  const dependencies = Object.assign(testDependencies(running.store), {
    mailer,
    deadLetters: async (letter: DeadLetter) => void dead.push(letter),
  });
  const created_at = dependencies.now.toISOString();
  await commit(running.store, organization, [
    create(
      emailRow,
      queuedEmail({
        id,
        to: [to],
        cc,
        template,
        template_version: 1,
        subject: 'S',
        text: 'T',
        created_at,
        ...more,
      }),
    ),
    create(userEmailRow, { email: ann.to, owner: 'usr_ann' }),
    create(userEmailRow, { email: 'contact@example.com', owner: 'dir_1' }),
  ]);
  const first = emailMessage({ org_id: organization, email_id: id });
  return {
    dependencies,
    dead,
    /** Delivers messages at once. @returns how many come again */
    deliver: async (...bodies: readonly unknown[]) =>
      (await emailDeliveryHandler(dependencies)(batchOf(bodies.length === 0 ? [first.body] : bodies))).batchItemFailures
        .length,
    email: async (): Promise<Email> =>
      (await tableFor<'email'>(running.store, organization).get(emailRow, { id })) as Email,
    events: async () =>
      (await tableFor<'event'>(running.store, organization).query(eventRow, {}, { order: 'asc' })).items.map(
        ({ type, entity }) => `${type} ${entity.id === id ? 'of it' : entity.id}`,
      ),
    pass: (seconds: number) => void (dependencies.now = new Date(dependencies.now.getTime() + seconds * 1_000)),
    sentAgain: () => dependencies.queues.sent.splice(0).map(({ message }) => message),
  };
}

const taking = (): Mailer & { readonly taken: unknown[] } => {
  const taken: unknown[] = [];
  return {
    taken,
    send: async (email) => ({ from: 'no-reply@example.com', provider_message_id: `ses-${taken.push(email)}` }),
  };
};

test('an e-mail is sent once although its message comes twice, and its text is deleted', async () => {
  const mailer = taking();
  const { deliver, email, events, sentAgain, pass } = await waiting(mailer);
  const { org_id, id } = { org_id: last, id: (await email()).id };
  const message = emailMessage({ org_id, email_id: id }).body;
  expect(await deliver(message, message, message)).toBe(0);
  expect(mailer.taken).toEqual([
    {
      id,
      organization: org_id,
      sender: 'platform',
      to: ['ann@example.com'],
      cc: [],
      bcc: [],
      reply_to: null,
      subject: 'S',
      text: 'T',
      html: null,
      date: '2026-11-20T10:00:00.000Z',
    },
  ]);
  expect(await email()).toMatchObject({
    status: 'sent',
    attempts: 1,
    from: 'no-reply@example.com',
    provider_message_id: 'ses-1',
    text: null,
    error: null,
    timestamps: {
      queued: '2026-11-20T10:00:00.000Z',
      sending: '2026-11-20T10:00:00.000Z',
      sent: '2026-11-20T10:00:00.000Z',
    },
  });
  expect(await events()).toEqual(['email.sent of it']);
  pass(200);
  await deliver(...sentAgain().map(({ body }) => body), message);
  expect([mailer.taken.length, sentAgain()]).toEqual([1, []]);
});

test('an unreachable provider is tried five times with growing waits; then the message is a dead letter', async () => {
  const client = new SESv2Client({
    endpoint: 'http://127.0.0.1:1',
    region: 'us-east-1',
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    maxAttempts: 1,
  });
  const { deliver, email, events, sentAgain, pass, dead, dependencies } = await waiting(
    mailerFromEnvironment({ EMAIL_FROM: 'no-reply@example.com' }, client),
  );
  const waits: (number | undefined)[] = [];
  expect(await deliver()).toBe(0);
  for (let turn = 0; turn < 10; turn += 1) {
    const [message, ...others] = sentAgain();
    expect(others).toEqual([]);
    if (message === undefined) break;
    expect(await email()).toMatchObject({
      status: 'queued',
      error: { code: 'PROVIDER_UNAVAILABLE', message: expect.stringContaining('ECONNREFUSED') },
    });
    waits.push(message.delay);
    pass(message.delay ?? 0);
    expect(await deliver(message.body)).toBe(0);
  }
  // SQS delays a message by at most 15 minutes, so that half an hour takes two.
  expect(waits).toEqual([30, 120, 600, 900, 900]);
  expect(await email()).toMatchObject({
    status: 'failed',
    attempts: 5,
    text: null,
    error: { code: 'PROVIDER_UNAVAILABLE' },
  });
  expect(await events()).toEqual(['email.failed of it']);
  expect(dead).toMatchObject([{ reason: 'PROVIDER_UNAVAILABLE', body: expect.stringContaining('email.v1') }]);
  expect(dependencies.faults).toEqual([]);
});

test('an e-mail that the provider rejects fails at once, without a dead letter', async () => {
  const { deliver, email, events, dead, sentAgain } = await waiting({
    send: () => Promise.reject(new EmailRejected('Missing final @domain')),
  });
  expect(await deliver()).toBe(0);
  expect(await email()).toMatchObject({
    status: 'failed',
    attempts: 1,
    error: { code: 'REJECTED', message: 'Missing final @domain' },
  });
  expect([await events(), dead, sentAgain()]).toEqual([['email.failed of it'], [], []]);
});

test('an attempt that broke off is repeated after two minutes, and the log says so', async () => {
  const stuck = Promise.withResolvers<never>();
  const broken = await waiting({ send: () => stuck.promise });
  const first = broken.deliver();
  await eventually(async () => (await broken.email()).status === 'sending');
  const mailer = taking();
  Object.assign(broken.dependencies, { mailer });
  broken.pass(60);
  await broken.deliver();
  expect(broken.sentAgain().map(({ delay }) => delay)).toEqual([60]);
  broken.pass(61);
  await broken.deliver();
  expect(mailer.taken).toHaveLength(1);
  expect(await broken.email()).toMatchObject({ status: 'sent', attempts: 2 });
  expect(broken.dependencies.notes).toContain('an e-mail may be sent twice, as an attempt broke off');
  stuck.reject(new Error('too late'));
  expect([await first, (await broken.email()).status]).toEqual([0, 'sent']);
});

test('an e-mail goes to those of its addresses that users of the organization have', async () => {
  const mailer = taking();
  const cc = ['stranger@example.net', ann.to];
  const { deliver, email } = await waiting(mailer, { to: 'contact@example.com', cc });
  await deliver();
  expect(mailer.taken).toMatchObject([{ to: ['ann@example.com'], cc: [] }]);
  expect(await email()).toMatchObject({ status: 'sent', to: ['ann@example.com'], cc: [] });
});

test('an e-mail to strangers only is never sent, and fails without a dead letter', async () => {
  const mailer = taking();
  const { deliver, email, events, dead, sentAgain } = await waiting(mailer, {
    to: 'stranger@example.net',
    cc: ['contact@example.com'],
  });
  expect(await deliver()).toBe(0);
  expect(await email()).toMatchObject({
    status: 'failed',
    attempts: 0,
    text: null,
    error: { code: 'RECIPIENT_NOT_CONFIRMED' },
  });
  expect([mailer.taken, await events(), dead, sentAgain()]).toEqual([[], ['email.failed of it'], [], []]);
});

/** Recipients that the organization of the last e-mail has had on the day that begins at the minute. */
const used = (organization: number, day: string, recipients: number) =>
  change(
    rateRow,
    { subject: `notices/org_${organization}`, minute: Date.parse(day) / 60_000 },
    { add: { used: recipients } },
  );

test('an organization has 1,000 recipients a day, and each e-mail counts them once', async () => {
  const mailer = taking();
  const full = await waiting(mailer);
  await commit(running.store, last, [used(last, '2026-11-20T00:00:00Z', 1_000)]);
  await full.deliver();
  expect([(await full.email()).error?.code, mailer.taken]).toEqual(['NOTICE_LIMIT', []]);
  const almost = await waiting(mailer);
  await commit(running.store, last, [
    used(last, '2026-11-20T00:00:00Z', 999),
    used(last, '2026-11-19T00:00:00Z', 5_000),
  ]);
  await almost.deliver();
  expect((await almost.email()).status).toBe('sent');
  const count = await tableFor<'rate'>(running.store, last).get(rateRow, {
    subject: `notices/org_${last}`,
    minute: Date.parse('2026-11-20T00:00:00Z') / 60_000,
  });
  expect(count).toMatchObject({ used: 1_000 });
});

test('an e-mail for a log-in is no notice: it is sent to users however many notices there were', async () => {
  const mailer = taking();
  const reset = await waiting(mailer, { ...ann, template: 'password_reset' });
  await commit(running.store, last, [used(last, '2026-11-20T00:00:00Z', 1_000)]);
  await reset.deliver();
  const stranger = await waiting(mailer, { to: 'stranger@example.com', template: 'password_reset' });
  await stranger.deliver();
  expect([(await reset.email()).status, (await stranger.email()).error?.code]).toEqual([
    'sent',
    'RECIPIENT_NOT_CONFIRMED',
  ]);
});

/** Uses up what an organization may send to an address. */
async function useUp(organization: number, target: string, { now }: { readonly now: Date }) {
  const brake = newBrake(windowsOfStore(running.store));
  for (let sent = 0; sent < brakes.email.pair; sent += 1) await brake('email', { organization, target }, now);
}

test('beyond the brake an e-mail waits for the next window, also one to a copy, and is sent then', async () => {
  const mailer = taking();
  const of = await waiting(mailer, { ...ann, cc: ['zoe@example.com'] });
  const { deliver, email, sentAgain, pass } = of;
  await useUp(last, 'zoe@example.com', of.dependencies);
  expect(await deliver()).toBe(0);
  expect([mailer.taken, (await email()).status, (await email()).attempts]).toEqual([[], 'queued', 0]);
  const [again] = sentAgain();
  expect(again?.delay).toBe(brakes.email.minutes * 60);
  pass(again?.delay ?? 0);
  await deliver(again?.body);
  expect([mailer.taken.length, (await email()).status]).toEqual([1, 'sent']);
});

test('an e-mail for a log-in waits for no others to its address; one that a client names so does', async () => {
  const mailer = taking();
  const reset = await waiting(mailer, { ...ann, template: 'password_reset' });
  await useUp(last, ann.to, reset.dependencies);
  await reset.deliver();
  const named = await waiting(mailer, { ...ann, template: 'password_reset', sent_by: 'usr_1' });
  await useUp(last, ann.to, named.dependencies);
  await named.deliver();
  expect([(await reset.email()).status, (await named.email()).status]).toEqual(['sent', 'queued']);
});

test('the settings of an organization say how many recipients it has a day', async () => {
  const mailer = taking();
  const few = await waiting(mailer);
  const limited = organizationOf(last, { settings: { email: { notice_limit: 5 } } });
  await commit(running.store, last, [create(organizationRow, limited), used(last, '2026-11-20T00:00:00Z', 5)]);
  await few.deliver();
  expect([(await few.email()).error?.code, mailer.taken]).toEqual(['NOTICE_LIMIT', []]);
  const many = await waiting(mailer);
  const open = organizationOf(last, { settings: { email: { notice_limit: 2_000 } } });
  await commit(running.store, last, [create(organizationRow, open), used(last, '2026-11-20T00:00:00Z', 1_999)]);
  await many.deliver();
  expect((await many.email()).status).toBe('sent');
});

test('a message without an e-mail is ignored', async () => {
  const { deliver, dead } = await waiting(taking());
  expect([await deliver(emailMessage({ org_id: 1, email_id: 'eml_none' }).body), dead]).toEqual([0, []]);
});

describe('an address that is no user gets', () => {
  const asked = (address: string, confirmed: boolean) =>
    create(noticeAddressRow, {
      address,
      asked_at: noon.toISOString(),
      confirmed_at: confirmed ? noon.toISOString() : null,
      token_hash: confirmed ? null : 'hash',
    });
  const storedAddress = (address: string) =>
    tableFor<'noticeaddress'>(running.store, last).get(noticeAddressRow, { address });
  const question = { to: 'eve@example.com', template: 'address_confirmation' };

  test('notices once it has confirmed, and not before', async () => {
    const mailer = taking();
    const { deliver, email } = await waiting(mailer, { to: 'zoe@example.com', cc: ['eve@example.com'] });
    await commit(running.store, last, [asked('zoe@example.com', false), asked('eve@example.com', true)]);
    await deliver();
    expect(await email()).toMatchObject({ status: 'sent', to: ['eve@example.com'], cc: [] });
  });

  test('the question whether it wants them, which counts as a recipient', async () => {
    const mailer = taking();
    const { deliver, email } = await waiting(mailer, question);
    await commit(running.store, last, [asked(question.to, false)]);
    await deliver();
    expect([(await email()).status, mailer.taken]).toEqual(['sent', [expect.objectContaining({ to: [question.to] })]]);
    const full = await waiting(mailer, question);
    await commit(running.store, last, [asked(question.to, false), used(last, '2026-11-20T00:00:00Z', 1_000)]);
    await full.deliver();
    expect((await full.email()).error?.code).toBe('NOTICE_LIMIT');
  });

  test('three questions a day from all organizations together; by a failed one it is not asked', async () => {
    const mailer = taking();
    const outcomes: unknown[] = [];
    for (let asker = 0; asker < 4; asker += 1) {
      const { deliver, email } = await waiting(mailer, { ...question, to: 'max@example.com' });
      await commit(running.store, last, [asked('max@example.com', false)]);
      await deliver();
      outcomes.push([(await email()).status, (await storedAddress('max@example.com')) !== undefined]);
    }
    expect(outcomes).toEqual([...Array<unknown>(3).fill(['sent', true]), ['failed', false]]);
  });

  test('a confirmation that was made is kept, even if the question failed', async () => {
    const rejecting: Mailer = { send: () => Promise.reject(new EmailRejected('no')) };
    const { deliver, email } = await waiting(rejecting, { ...question, to: 'kim@example.com' });
    await commit(running.store, last, [asked('kim@example.com', true)]);
    await deliver();
    expect([(await email()).status, (await storedAddress('kim@example.com'))?.confirmed_at]).toEqual([
      'failed',
      noon.toISOString(),
    ]);
  });
});

test('the billing contact gets notices, in whichever case it is written', async () => {
  const mailer = taking();
  const { deliver, email } = await waiting(mailer, { to: 'pay@example.com' });
  const billingContact = { name: null, email: 'Pay@Example.com', phone: null };
  await commit(running.store, last, [change(billingProfileRow, {}, { set: { billingContact } })]);
  await deliver();
  expect(await email()).toMatchObject({ status: 'sent', to: ['pay@example.com'] });
});
