import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '#test/support/eventually.ts';
import { needs } from '#test/support/tools.ts';
import { newNumber, newFlow } from '../calls.fixture.ts';
import { ToneListener, uploadTones } from '../heard-tones.fixture.ts';
import { sharedTaskCloud, type TaskCloud } from '../sidecar-tasks.fixture.ts';
import { outcome, texts, uniqueName, type Body } from '../tenant.fixture.ts';

/** Flows that send text messages, from the call to the provider, which is a local folder. */

needs('rtpengine');

const everything = new AsyncDisposableStack();
let cloud: TaskCloud;
let ann: ToneListener;
let tones: Awaited<ReturnType<typeof uploadTones>>;
let operator: string;

beforeAll(async () => {
  cloud = await sharedTaskCloud();
  const [task] = cloud.tasks;
  ann = everything.use(await ToneListener.register(cloud.tenant, task, '201'));
  tones = await uploadTones(cloud.tenant);
  operator = cloud.operator;
  const { id, ask } = cloud.tenant;
  const made = [
    await ask('PUT', `/billingprofile/${id}`, { creditLimit: 1 }, { token: operator }),
    await ask('POST', `/orgs/${id}`, { settings: { sms: { sender_ids: ['Acme'] } } }, { token: operator }),
    await ask('POST', `/orgs/${id}`, { settings: { sms: { flow_countries: ['se'] } } }),
  ];
  expect(made.map(outcome)).toEqual(['200', '200', '200']);
});
afterAll(() => everything.disposeAsync());

/** A number whose flow takes digits, sends a message, and says `welcome` if it is queued, else `bye`. */
async function newSender(to: string, what: Body = { text: 'You typed {{typed}}.' }): Promise<string> {
  const steps = {
    ask: { type: 'collect', max: 12, timeout_seconds: 1, into: 'typed', next: 'send', timeout: 'send' },
    send: { type: 'sms', to, ...what, next: 'welcome', failed: 'bye' },
    welcome: { type: 'play', prompt: { file: tones.welcome }, next: 'end' },
    bye: { type: 'play', prompt: { file: tones.bye }, next: 'end' },
    end: { type: 'hangup' },
  };
  return newNumber(cloud.tenant, { type: 'flow', id: await newFlow(cloud.tenant, steps) }, operator);
}

/** What a caller that types digits hears until the flow ends the call. */
async function heardAt(number: string, digits = ''): Promise<readonly string[]> {
  const { call, tones: heard } = await ann.call(number);
  await ann.voice.press(digits);
  await eventually(() => expect(call.log.at(-1)).toBe('ended by peer'), 30_000);
  return heard();
}

const messages = async (): Promise<readonly Body[]> =>
  ((await cloud.tenant.ask('GET', '/sms')).body as { data: Body[] }).data;

test('a message is sent once to a number, from all callers together, and charged; the next one fails', async () => {
  const number = await newSender('+46701234567');
  expect(await heardAt(number, '47#')).toEqual(['welcome']);
  expect(await heardAt(number)).toEqual(['bye']);
  await eventually(async () => {
    const sent = await messages();
    expect(sent.map(({ to, status }) => [to, status])).toEqual([
      ['+46701234567', expect.stringMatching(/^(?:sent|delivered)$/v)],
    ]);
  }, 20_000);
  const [{ message_id: id } = expect.fail('there is no message')] = await messages();
  const { body } = await cloud.tenant.ask('GET', `/sms/${String(id)}`);
  expect(body).toMatchObject({ data: { message: 'You typed 47.', from: 'Acme', cost: expect.any(Number) as number } });
});

test('a caller has the organization send to no destination of its choice', async () => {
  const number = await newSender('{{typed}}');
  const before = (await messages()).length;
  // Another country, a premium number, a short number, a fixed line.
  for (const typed of ['004915112345', '0900123456', '72500', '0046905100'])
    expect(await heardAt(number, `${typed}#`)).toEqual(['bye']);
  expect(await messages()).toHaveLength(before);
});

test('a message has the text part of a template, and a caller writes to no stranger by it', async () => {
  const { ask } = cloud.tenant;
  const newTemplate = async (text?: string): Promise<string> => {
    const parts = { name: uniqueName('sms').toLowerCase(), subject: 'Ticket', html: '<p>Ticket</p>', text };
    const made = await ask('PUT', '/emailtemplates/new', parts);
    expect(outcome(made)).toBe('201');
    return texts(made)['id'] ?? '';
  };
  const [template, ofCaller, withoutText] = [
    await newTemplate('Ticket {{typed}}'),
    await newTemplate('{{#if typed}}{{caller_name}}{{/if}}'),
    await newTemplate(),
  ];
  const number = await newSender('+46701234568', { template });
  expect(await heardAt(number, '48#')).toEqual(['welcome']);
  await eventually(async () => {
    const [{ message_id: id } = expect.fail('there is no message')] = await messages();
    const { body } = await ask('GET', `/sms/${String(id)}`);
    expect(body).toMatchObject({ data: { message: 'Ticket 48', to: '+46701234568' } });
  }, 20_000);
  const saving = async (to: string, id: string): Promise<string> => {
    const flow = { name: uniqueName('sends'), start: 'send', steps: { send: { type: 'sms', to, template: id } } };
    return outcome(await ask('PUT', '/callflows/new', flow));
  };
  expect([await saving('{{caller}}', ofCaller), await saving('+46701234568', ofCaller)]).toEqual([
    '422 VALIDATION_FAILED',
    '201',
  ]);
  expect([await saving('+46701234568', withoutText), await saving('+46701234568', 'etpl_none')]).toEqual([
    '422 VALIDATION_FAILED',
    '422 VALIDATION_FAILED',
  ]);
});
