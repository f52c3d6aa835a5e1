import { afterAll, beforeAll, expect, test } from 'vitest';
import { summariesAt } from '#functions/sip-sidecar/service/mailboxes.fixture.ts';
import { newNumber } from '../system/calls.fixture.ts';
import { ToneListener, uploadTones, type HeardCall } from '../system/heard-tones.fixture.ts';
import { newAccountOf } from '../system/peers/accounts.ts';
import { ownAddress } from '../system/peers/sip-server.ts';
import { signalTask, startTaskCloud, type OwnTaskCloud } from '../system/sidecar-tasks.fixture.ts';
import { logInAsOperator, outcome, texts, uniqueName, type Body } from '../system/tenant.fixture.ts';
import { eventually, past } from '../support/eventually.ts';
import { newPhone, type Phone } from '../support/sip-phone.fixture.ts';
import { needs } from '../support/tools.ts';

needs('rtpengine');

/**
 * Messages that are left and heard by phone, while a task of the sidecar is killed each 10 s.
 * `CALLS=40 npm run soak -- voicemail` makes fewer.
 */
const calls = Number(process.env['CALLS'] ?? 200);
const killEach = 10_000;
/** Milliseconds after which a message is settled whose task was killed (`reviewTime`), and the wait for its pointer. */
const settling = Number(process.env['SETTLE'] ?? 300_000);
const pin = '4711';

const everything = new AsyncDisposableStack();
let cloud: OwnTaskCloud;
let operator: string;
let visits: string;
const phones: ToneListener[] = [];
/** Mailboxes, and a phone of the user of each at either task, which shows the counts. */
const boxes: { readonly mailbox: string; readonly number: string; readonly shown: readonly Phone[] }[] = [];
const ask = (method: string, path: string, body?: Body) => cloud.tenant.ask(method, path, body);

beforeAll(async () => {
  cloud = await startTaskCloud(2, { MEDIA_RELAY: '' });
  everything.defer(() => cloud.cloud.stop());
  const { welcome, menu, bye } = await uploadTones(cloud.tenant);
  const prompts = {
    ...{ 'greeting-unavailable': welcome, 'message-menu': menu, 'message-sent': bye },
    ...{ 'enter-mailbox': welcome, 'enter-pin': menu, 'message-saved': bye },
  };
  expect(outcome(await ask('POST', '/orgs/me', { settings: { prompts } }))).toBe('200');
  operator = await logInAsOperator(cloud.cloud);
  visits = await newNumber(cloud.tenant, { type: 'mailbox', id: '*' }, operator);
  for (let at = 0; at < 8; at += 1) {
    const task = cloud.tasks[at % cloud.tasks.length];
    if (task === undefined) throw new Error('there is no task');
    phones.push(everything.use(await ToneListener.register(cloud.tenant, task, String(600 + at))));
  }
  for (let at = 0; at < 4; at += 1) {
    const mailbox = String(700 + at);
    const made = await ask('PUT', '/users', { username: uniqueName('box'), extension: mailbox });
    expect(outcome(made)).toBe('201');
    expect(outcome(await ask('PUT', `/voicemailprefs/${mailbox}`, { pin, max_messages: 1_000 }))).toMatch(/^20[01]$/);
    const shown: Phone[] = [];
    for (const task of cloud.tasks) {
      const account = await newAccountOf(cloud.tenant, { user: texts(made)['id'] ?? '', extension: mailbox });
      const phone = await newPhone(task, account, { from: ownAddress() });
      everything.defer(() => phone.close());
      expect((await phone.register()).status).toBe(200);
      shown.push(phone);
    }
    const number = await newNumber(cloud.tenant, { type: 'voicemail', id: mailbox }, operator);
    boxes.push({ mailbox, number, shown });
  }
}, 600_000);
afterAll(() => everything.disposeAsync());

/** How a deposit ended: what its caller heard as kept, or left after so long; or its task was killed. */
type Deposit = 'kept' | 'left' | 'short' | 'interrupted' | 'not answered';

const isHeard = async ({ tones, call }: HeardCall, tone: string): Promise<boolean> => {
  for (let waited = 0; waited < 20_000 && !call.isOver; waited += 100) {
    if (tones().includes(tone)) return true;
    await past(100);
  }
  return tones().includes(tone);
};

async function deposit(phone: ToneListener, number: string, at: number): Promise<Deposit> {
  const heard = await phone.call(number).catch(() => undefined);
  if (heard === undefined) return 'not answered';
  if (!(await isHeard(heard, 'beep'))) return 'short';
  await past(500);
  const isShort = at % 7 === 6;
  await phone.voice.speak(isShort ? 700 : 3_500, 700);
  if (heard.call.isOver) return 'interrupted';
  if (at % 2 === 0 || isShort) {
    heard.call.hangUp();
    return isShort ? 'short' : 'left';
  }
  await phone.voice.press('#');
  if (!(await isHeard(heard, 'menu'))) return 'interrupted';
  await phone.voice.press('1');
  return (await isHeard(heard, 'bye')) ? 'kept' : 'interrupted';
}

/** Logs in, hears the first message, and saves it. @returns whether it was said to be saved */
async function visit(phone: ToneListener, mailbox: string): Promise<boolean> {
  const heard = await phone.call(visits).catch(() => undefined);
  if (heard === undefined) return false;
  await phone.voice.press(`${mailbox}#${pin}#`, { gap: 60 });
  await past(4_000);
  await phone.voice.press('2');
  const isSaved = await isHeard(heard, 'bye');
  heard.call.hangUp();
  return isSaved;
}

async function messagesOf(mailbox: string) {
  const all: Body[] = [];
  let counts: Body = {};
  for (let token = ''; ;) {
    const { body } = await ask(
      'GET',
      `/voicemail?mailbox=${mailbox}&limit=100${token === '' ? '' : `&page_token=${token}`}`,
    );
    const page = body as { readonly data: readonly Body[]; readonly next_page_token: string; readonly counts: Body };
    all.push(...page.data);
    ({ counts, next_page_token: token } = page);
    if (token === '') return { all, counts };
  }
}

test(
  'every accepted recording is a message, none is twice, and the counts and what phones show of them are right',
  { timeout: 3_000_000 },
  async () => {
    const ends = new Map<Deposit | 'saved' | 'not saved' | 'failed', number>();
    const count = (end: Deposit | 'saved' | 'not saved' | 'failed'): void =>
      void ends.set(end, (ends.get(end) ?? 0) + 1);
    let [next, kills] = [0, 0];
    const storm = { isOver: false };
    const killing = (async () => {
      while (!storm.isOver) {
        await past(killEach);
        const task = cloud.tasks[kills % cloud.tasks.length];
        if (task === undefined) return;
        try {
          signalTask(cloud, task, 'SIGKILL');
          kills += 1;
        } catch {
          // It is being started again.
        }
      }
    })();
    await Promise.all(
      phones.map(async (phone) => {
        while (next < calls) {
          const at = next;
          next += 1;
          const box = boxes[at % boxes.length];
          if (box === undefined) return;
          if (at % 5 === 4) count((await visit(phone, box.mailbox).catch(() => false)) ? 'saved' : 'not saved');
          else count(await deposit(phone, box.number, at).catch((): 'failed' => 'failed'));
        }
      }),
    );
    storm.isOver = true;
    await killing;
    const of = (end: Deposit): number => ends.get(end) ?? 0;
    const accepted = of('kept') + of('left');
    await past(settling);
    await eventually(async () => {
      const found = await Promise.all(boxes.map(({ mailbox }) => messagesOf(mailbox)));
      const all = found.flatMap((each) => each.all);
      expect(all.length).toBeGreaterThanOrEqual(accepted);
      expect(all.length).toBeLessThanOrEqual(accepted + of('interrupted') + (ends.get('failed') ?? 0));
      expect(new Set(all.map(({ call_id }) => call_id)).size).toBe(all.length);
      for (const [at, { all: messages, counts }] of found.entries()) {
        const of = (...statuses: readonly string[]): number =>
          messages.filter(({ status }) => statuses.includes(String(status))).length;
        expect(counts).toEqual({ new: of('new'), read: of('read'), saved: of('saved') });
        const summary = `${of('new')}/${of('read', 'saved')} (0/0)`;
        // Other requests of the platform say nothing of messages.
        const shown = boxes[at]?.shown.map((phone) => summariesAt(phone).findLast((text) => text.includes('/')));
        expect([at, shown]).toEqual([
          at,
          shown?.map(() => expect.stringMatching(`^${summary.replaceAll(/[()]/g, '\\$&')}`) as unknown),
        ]);
      }
    }, 120_000);
    expect(kills).toBeGreaterThan(calls / 50);
  },
);
