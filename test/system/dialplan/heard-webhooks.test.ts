import { Webhook as Verifier } from 'standardwebhooks';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '#test/support/eventually.ts';
import { needs } from '#test/support/tools.ts';
import { startReceiver, type Receiver, type Reply } from '#test/support/webhook-receiver.fixture.ts';
import { newNumber, newFlow } from '../calls.fixture.ts';
import { ToneListener, uploadTones } from '../heard-tones.fixture.ts';
import { sharedTaskCloud, type TaskCloud } from '../sidecar-tasks.fixture.ts';
import { texts } from '../tenant.fixture.ts';

/** Flows that ask servers, as a phone hears what those answer. */

needs('rtpengine');

const json = { 'content-type': 'application/json' };
const answered = (answer: unknown): Reply => ({ headers: json, body: JSON.stringify(answer) });

const everything = new AsyncDisposableStack();
let cloud: TaskCloud;
let ann: ToneListener;
let receiver: Receiver;
let tones: Awaited<ReturnType<typeof uploadTones>>;
let operator: string;

/** What the server answers, by path. The flow says `welcome` if it can use that, else `bye`. */
const answers: Readonly<Record<string, () => Reply>> = {
  '/gold': () => answered({ variables: { tier: 'gold' } }),
  '/steps': () =>
    answered({ start: 'own', steps: { own: { type: 'play', prompt: { file: tones.menu }, next: 'check' } } }),
  '/html': () => ({ headers: { 'content-type': 'text/html' }, body: '<html></html>' }),
  '/large': () => answered({ variables: { tier: 'gold', rest: 'x'.repeat(10_000_000) } }),
  '/slow': () => ({ ...answered({ variables: { tier: 'gold' } }), wait: 30_000 }),
  '/moved': () => ({ status: 302, headers: { location: receiver.url('/gold') } }),
  '/broken': () => ({ status: 500 }),
  '/foreign': () => answered({ start: 'own', steps: { own: { type: 'play', prompt: [], next: 'elsewhere' } } }),
};

beforeAll(async () => {
  receiver = await startReceiver(({ path }) => answers[path]?.() ?? { status: 404 });
  everything.defer(() => receiver.stop());
  cloud = await sharedTaskCloud();
  const [task] = cloud.tasks;
  ann = everything.use(await ToneListener.register(cloud.tenant, task, '201'));
  tones = await uploadTones(cloud.tenant);
  operator = cloud.operator;
});
afterAll(() => everything.disposeAsync());

/** A number whose flow asks the server at a path. */
async function newMenu(path: string): Promise<string> {
  const steps = {
    greet: { type: 'pause', seconds: 1, next: 'ask' },
    ask: {
      type: 'webhook',
      url: receiver.url(path),
      timeout_seconds: 1,
      send: ['called'],
      next: 'check',
      failed: 'bye',
    },
    check: {
      type: 'branch',
      when: [{ variable: 'tier', equals: 'gold', to: 'welcome' }],
      else: 'end',
    },
    welcome: { type: 'play', prompt: { file: tones.welcome }, next: 'end' },
    bye: { type: 'play', prompt: { file: tones.bye }, next: 'end' },
    end: { type: 'hangup' },
  };
  return newNumber(cloud.tenant, { type: 'flow', id: await newFlow(cloud.tenant, steps) }, operator);
}

/** What a caller hears until the flow ends the call. */
async function heardAt(number: string): Promise<readonly string[]> {
  const { call, tones: heard } = await ann.call(number);
  await eventually(() => expect(call.log.at(-1)).toBe('ended by peer'), 30_000);
  return heard();
}

test('a server decides by a variable where the flow goes on, and its request is signed', async () => {
  const rotated = await cloud.tenant.ask('PUT', '/webhooks/default', { rotate_secret: true });
  const { secret = '' } = texts(rotated);
  const number = await newMenu('/gold');
  expect(await heardAt(number)).toEqual(['welcome']);
  const [{ body, headers } = expect.fail('nothing is asked')] = receiver.at('/gold');
  const signature = {
    'webhook-id': String(headers['webhook-id']),
    'webhook-timestamp': String(headers['webhook-timestamp']),
    'webhook-signature': String(headers['webhook-signature']),
  };
  expect(new Verifier(secret).verify(body, signature)).toMatchObject({
    type: 'callflow.webhook',
    call_id: expect.stringMatching(/^call_/v) as string,
    flow_id: expect.stringMatching(/^flow_/v) as string,
    variables: { called: number },
  });
  expect(() => new Verifier(secret).verify(`${body} `, signature)).toThrow();
});

test('a server answers steps, which run before those of the flow', async () => {
  expect(await heardAt(await newMenu('/steps'))).toEqual(['menu']);
});

test.each(['/html', '/large', '/slow', '/moved', '/broken', '/foreign', '/missing'])(
  'the answer of %s cannot be used, and the flow goes on by `failed`',
  async (path) => {
    expect(await heardAt(await newMenu(path))).toEqual(['bye']);
  },
);
