import { expect, test } from 'vitest';
import { eventually } from '#test/support/eventually.ts';
import { FlowSteps, type Walkable } from '#functions/telephony/schema/call-flow.ts';
import { newRecord, type CallFacts } from '../call/record.ts';
import { callFacts } from '../call/calls.fixture.ts';
import type { StoredFlow } from '../call/moved-application.ts';
import type { PlayedSound } from '../../media/platform-sounds.ts';
import type { ApplicationHost, StartApplication } from './application.ts';
import { flowApplication, resumedFlow, type FlowDependencies } from './flow-application.ts';

const flowOf = (steps: object, start: string, id = 'flow_1'): Walkable => ({
  ...{ id, version: 1, language: 'en', start, external_policy: null },
  steps: FlowSteps.parse(steps),
});

const file = (name: string) => ({ file: name });

const namesOf = (sounds: readonly PlayedSound[]): readonly string[] =>
  sounds.map((sound) => ('platform' in sound ? Object.values(sound).join(' ') : sound.sha256));

/** What takes a message until `#`. */
const takesMessage =
  (name: string, note: (text: string) => void): StartApplication =>
  (host) => {
    note(`message for ${name}`);
    return {
      onDigit: (digit) => {
        note(`typed ${digit}`);
        if (digit === '#') host.hangUp({ status: 480, q850: 16 });
      },
      onEnd: () => note('message ended'),
      isMovable: true,
      suspend: () => undefined,
      goOn: () => undefined,
    };
  };

/** What flows in a call do. Sounds are over at once, but for `long`, which ends when another task plays it on. */
function hosted(
  others: readonly Walkable[] = [],
  dialed: 'answered' | 'busy' = 'busy',
  recorded: string | null = 'file_1',
  facts: Partial<CallFacts> = {},
) {
  const log: string[] = [];
  const note = (text: string) => void log.push(text);
  const host: ApplicationHost = {
    call: () => newRecord(callFacts(facts), new Date()),
    joined: async () => undefined,
    headers: () => [
      ['X-Order', '4711'],
      ['X-order', '4712'],
    ],
    progress: () => note('progress'),
    answer: () => note('answer'),
    answerAsEcho: () => note('answer as echo'),
    hold: (isHeld) => note(`hold ${isHeld}`),
    hangUp: ({ status, q850 }) => note(`hang up ${status} ${q850}`),
    play: async (sounds) => {
      const names = namesOf(sounds);
      note(`play ${names.join()}`);
      return !names.includes('long') || new Promise(() => undefined);
    },
    record: async () => {
      note('record');
      if (recorded === null) throw new Error('no media relay records');
      return recorded;
    },
    stopRecording: async () => note('stop recording'),
    park: async (isParked) => {
      note(isParked ? 'park' : 'unpark');
      return isParked;
    },
    playOn: async () => {
      note('play on');
      return true;
    },
    stop: () => note('stop'),
    dial: async ({ parties, strategy, ring_seconds: ring }) => {
      note(`dial ${JSON.stringify(parties)} ${strategy} ${ring}`);
      return dialed;
    },
  };
  const dependencies: FlowDependencies = {
    now: () => Date.now(),
    random: () => 0.5,
    schedule: () => 'open',
    sound: async (name) => (name === 'missing' ? undefined : { organization: 1_001, sha256: name }),
    say: async (texts) =>
      texts.map(({ text }) => (text === 'unsaid' ? undefined : { organization: 1_001, sha256: text, spoken: true })),
    request: async ({ url, body }) => {
      note(`ask ${url} ${body}`);
      return url.endsWith('none')
        ? { problem: 'answers no JSON' }
        : { answer: { variables: { name: 'Ann' } }, problem: null };
    },
    sendText: async ({ to, text, template, variables }) => {
      note(`text ${to}: ${text ?? `${template} with ${Object.keys(variables).join()}`}`);
      return to === '112' ? 'the destination is no number of a mobile phone' : null;
    },
    mailbox: async () => takesMessage('a visit', note),
    deposit: async (mailbox, greeting) =>
      mailbox === 'missing' ? undefined : takesMessage(`${mailbox} after ${namesOf(greeting ?? []).join()}`, note),
    flow: async (id) => others.find((other) => other.id === id),
    warn: (_call, event, reason) => note(`${event}: ${reason}`),
    fault: (error) => expect.fail(String(error)),
  };
  return { host, dependencies, log };
}

/** A flow in a call, and what it did. */
function walking(flow: Walkable, others: readonly Walkable[] = [], dialed: 'answered' | 'busy' = 'busy') {
  const { host, dependencies, log } = hosted(others, dialed);
  return { application: flowApplication(flow, dependencies)(host), log };
}

/** A flow that has moved, as JSON, to another task. */
function moved(stored: StoredFlow | undefined) {
  const { host, dependencies, log } = hosted();
  const walked = JSON.parse(JSON.stringify(stored)) as StoredFlow;
  return { application: resumedFlow(walked, dependencies)(host), log };
}

const menu = {
  greet: { type: 'play', prompt: [file('welcome'), file('missing')], next: 'ask' },
  ask: { type: 'menu', prompt: file('menu'), choices: { 1: 'sales', 2: 'bye' }, timeout_seconds: 1 },
  sales: { type: 'dial', to: ['200', { user: 'usr_1' }], strategy: 'random', ring_seconds: 15, busy: 'bye' },
  bye: { type: 'hangup', reason: 'busy' },
};

test('a menu is played and dials the choice; what is missing is skipped with an event', async () => {
  const { application, log } = walking(flowOf(menu, 'greet'));
  await eventually(() => log.includes('play menu'));
  application.onDigit('1');
  await eventually(() => log.at(-1)?.startsWith('hang up'));
  expect(log).toEqual([
    'answer',
    'callflow.failed: there is no sound missing',
    'play welcome',
    'play menu',
    'answer',
    'dial [{"number":"200","from_variable":false},{"user":"usr_1"}] in_order 15',
    'hang up 480 17',
  ]);
});

test('texts are said between files; what is not said is skipped with an event', async () => {
  const prompt = [{ say: 'hello' }, file('welcome'), { say: 'unsaid' }, { say: '{{name}}' }];
  const steps = {
    name: { type: 'set', variables: { name: 'Ann' }, next: 'greet' },
    greet: { type: 'play', prompt },
  };
  const { log } = walking(flowOf(steps, 'name'));
  await eventually(() => log.at(-1)?.startsWith('hang up'));
  expect(log.slice(0, 3)).toEqual([
    'answer',
    'callflow.failed: the speech of a text is missing',
    'play hello,welcome,Ann',
  ]);
});

test('a webhook answers variables, or the flow goes on by `failed`', async () => {
  const steps = {
    ask: { type: 'webhook', url: 'https://a.example', send: ['called'], next: 'again' },
    again: { type: 'webhook', url: 'https://a.example/none', next: 'bye', failed: 'greet' },
    greet: { type: 'play', prompt: { say: 'Hello {{name}}' }, next: 'bye' },
    bye: { type: 'hangup' },
  };
  const { log } = walking(flowOf(steps, 'ask'));
  await eventually(() => log.at(-1)?.startsWith('hang up'));
  expect(log[0]).toMatch(/^ask https:\/\/a\.example \{"type":"callflow\.webhook","call_id":"[^"]+","flow_id":"[^"]+",/);
  expect(log[0]).toMatch(/"variables":\{"called":"[^"]*"\}\}$/);
  expect(log.slice(2)).toEqual([
    'callflow.failed: the webhook answers no JSON',
    'answer',
    'play Hello Ann',
    expect.stringMatching(/^hang up/),
  ]);
});

test('without a digit it ends when the last try is over', async () => {
  const { log } = walking(flowOf({ ask: { ...menu.ask, tries: 1, choices: { 1: 'ask' } } }, 'ask'));
  await eventually(() => log.at(-1) === 'hang up 480 16');
});

test('the end of the call stops everything', async () => {
  const { application, log } = walking(flowOf(menu, 'greet'));
  await eventually(() => log.includes('play menu'));
  application.onEnd();
  application.onDigit('2');
  expect(log.filter((each) => each.startsWith('hang up'))).toEqual([]);
});

test('it goes on in another flow; one that is missing ends it with an event', async () => {
  const other = flowOf({ end: { type: 'hangup', reason: 'rejected' } }, 'end', 'flow_2');
  const goTo = (flow: string) => flowOf({ go: { type: 'goto', flow } }, 'go');
  const there = walking(goTo('flow_2'), [other]);
  await eventually(() => there.log.length > 0);
  const missing = walking(goTo('flow_3'), [other]);
  await eventually(() => missing.log.length > 1);
  expect([there.log, missing.log]).toEqual([
    ['hang up 603 21'],
    ['callflow.failed: there is no such flow', 'hang up 480 16'],
  ]);
});

test('before the answer it is early media', async () => {
  const steps = { play: { type: 'play', prompt: file('closed'), answer: false, next: 'end' }, end: menu.bye };
  const { log } = walking(flowOf(steps, 'play'));
  await eventually(() => log.length === 3);
  expect(log).toEqual(['progress', 'play closed', 'hang up 486 17']);
});

test('a message is sent, and one that is not is an event and the exit `failed`', async () => {
  const texting = (to: string) => ({
    one: { type: 'sms', to, text: 'Hello {{caller}}', next: 'sent', failed: 'end' },
    sent: { type: 'hangup' },
    end: menu.bye,
  });
  const sent = walking(flowOf(texting('{{caller}}'), 'one')).log;
  await eventually(() => sent.at(-1)?.startsWith('hang up'));
  expect(sent).toEqual(['text 201: Hello 201', 'hang up 480 16']);
  const failed = walking(flowOf(texting('112'), 'one')).log;
  await eventually(() => failed.at(-1)?.startsWith('hang up'));
  expect(failed).toEqual([
    'text 112: Hello 201',
    'callflow.failed: the message is not sent: the destination is no number of a mobile phone',
    'hang up 486 17',
  ]);
});

test('a template has the words of callers only where they have not chosen the number', async () => {
  const texting = (to: string) => ({ one: { type: 'sms', to, template: 'etpl_1', next: 'end' }, end: menu.bye });
  const variables: string[] = [];
  for (const to of ['+46701234567', '{{caller}}']) {
    const { log } = walking(flowOf(texting(to), 'one'));
    await eventually(() => log.at(-1)?.startsWith('hang up'));
    variables.push(log[0]?.replace(/^.* with /, '') ?? '');
  }
  const [constant = '', chosen = ''] = variables;
  expect(constant.split(',')).toEqual(expect.arrayContaining(['caller', 'caller_name', 'header.x_order']));
  expect(chosen.split(',')).toContain('caller');
  expect(chosen).not.toMatch(/caller_name|header/);
});

test('a caller is known by number, country and headers', async () => {
  const said = { say: '{{caller}} {{country}} {{header.x_order}}' };
  const { log } = walking(flowOf({ say: { type: 'play', prompt: said } }, 'say'));
  await eventually(() => log.at(-1)?.startsWith('hang up'));
  expect(log[1]).toBe('play 201  4711');
});

test.each<[string, CallFacts['stir'], string]>([
  ['with attestation', { verstat: 'TN-Validation-Passed', attestation: 'A' }, 'TN-Validation-Passed A'],
  ['that failed', { verstat: 'TN-Validation-Failed', reason: 438 }, 'TN-Validation-Failed '],
  ['of a call without one', undefined, 'No-TN-Validation '],
])('the result of verification %s is a variable', async (_name, stir, said) => {
  const { host, dependencies, log } = hosted([], 'busy', null, stir === undefined ? {} : { stir });
  const steps = { say: { type: 'play', prompt: { say: '{{verstat}} {{attestation}}' } } };
  flowApplication(flowOf(steps, 'say'), dependencies)(host);
  await eventually(() => log.at(-1)?.startsWith('hang up'));
  expect(log[1]).toBe(`play ${said}`);
});

const memo = {
  memo: { type: 'record', into: 'memo', next: 'said' },
  said: { type: 'play', prompt: { say: '{{memo}}' }, next: 'end' },
  end: menu.bye,
};

test('a caller is recorded after a beep, until it presses the key', async () => {
  const { application, log } = walking(flowOf(memo, 'memo'));
  await eventually(() => log.includes('record'));
  expect([application.isMovable, log]).toEqual([false, ['answer', 'play beep', 'record']]);
  application.onDigit('#');
  await eventually(() => log.at(-1)?.startsWith('hang up'));
  expect(log.slice(3, 6)).toEqual(['stop', 'stop recording', 'play file_1']);
});

test('where nothing can be recorded, the flow goes on with an event', async () => {
  const { host, dependencies, log } = hosted([], 'busy', null);
  flowApplication(flowOf(memo, 'memo'), dependencies)(host);
  await eventually(() => log.at(-1)?.startsWith('hang up'));
  expect(log.slice(2, -1)).toEqual(['record', 'callflow.failed: no media relay records']);
});

test('digits are sent as tones', async () => {
  const { log } = walking(flowOf({ send: { type: 'dtmf', digits: '1#', next: 'end' }, end: menu.bye }, 'send'));
  await eventually(() => log.at(-1)?.startsWith('hang up'));
  expect(log.slice(0, 2)).toEqual(['answer', 'play digit 1,digit #']);
});

const box = (mailbox: string) =>
  flowOf(
    {
      box: { type: 'voicemail', mailbox, greeting: file('welcome'), next: 'bye' },
      bye: { type: 'menu', prompt: file('bye'), choices: { 1: 'end' }, timeout: 'end' },
      end: menu.bye,
    },
    'box',
  );

test('a caller leaves a message after the greeting of the flow, types there, and goes on after it', async () => {
  const { application, log } = walking(box('200'));
  await eventually(() => log.includes('message for 200 after welcome'));
  expect(application.isMovable).toBe(false);
  application.onDigit('1');
  application.onDigit('#');
  await eventually(() => log.includes('play bye'));
  application.onDigit('1');
  await eventually(() => log.at(-1)?.startsWith('hang up'));
  expect(log).toEqual([
    ...['answer', 'message for 200 after welcome', 'typed 1', 'typed #', 'play bye', 'hang up 480 17'],
  ]);
});

test('who hangs up while it leaves a message has ended both', async () => {
  const { application, log } = walking(box('200'));
  await eventually(() => log.includes('message for 200 after welcome'));
  application.onEnd();
  expect(log.at(-1)).toBe('message ended');
});

test('a caller hears a mailbox in place of the flow, and the call ends after it', async () => {
  const { application, log } = walking(flowOf({ box: { type: 'mailbox' } }, 'box'));
  await eventually(() => log.includes('message for a visit'));
  application.onDigit('#');
  await eventually(() => log.at(-1)?.startsWith('hang up'));
  expect(log).toEqual(['answer', 'message for a visit', 'typed #', 'hang up 480 16']);
});

test('without its mailbox a flow goes on with an event', async () => {
  const { log } = walking(box('missing'));
  await eventually(() => log.includes('play bye'));
  expect(log).toContain('callflow.failed: there is no mailbox missing');
});

const asked = flowOf({ ...menu, ask: { ...menu.ask, tries: 1, prompt: file('long') } }, 'ask');

test('another task goes on with the prompt, the digits and the time that is left', async () => {
  const { application, log } = walking(asked);
  await eventually(() => log.includes('play long'));
  const stored = application.suspend();
  application.onDigit('2');
  application.onEnd();
  const next = moved(stored?.kind === 'flow' ? stored : undefined);
  await eventually(() => next.log.at(-1) === 'hang up 480 16');
  expect(next.log[0]).toBe('play on');
  const typed = moved(stored?.kind === 'flow' ? stored : undefined);
  typed.application.onDigit('2');
  expect(typed.log).toEqual(['play on', 'stop', 'hang up 480 17']);
  expect(log).toEqual(['answer', 'play long']);
});

test('what is typed while no task takes it counts afterwards', async () => {
  const { application, log } = walking(asked);
  await eventually(() => log.includes('play long'));
  application.suspend();
  application.onDigit('2');
  expect(log).toEqual(['answer', 'play long']);
  application.goOn();
  expect(log.at(-1)).toBe('hang up 480 17');
});

test('a prompt that a digit has ended before it begins does not play', async () => {
  const { application, log } = walking(asked);
  application.onDigit('2');
  await eventually(() => log.at(-1) === 'hang up 480 17');
  await Promise.resolve();
  expect(log).not.toContain('play long');
});

test('while others are called it does not move', async () => {
  const { application } = walking(flowOf({ ...menu, sales: { ...menu.sales, ring_seconds: 15 } }, 'sales'));
  expect([application.isMovable, application.suspend()]).toEqual([false, undefined]);
});

const slot = {
  slot: { type: 'park', timeout_seconds: 5, timeout: 'late', after: 'thanks' },
  late: { type: 'play', prompt: file('late'), next: 'end' },
  thanks: { type: 'play', prompt: file('thanks'), next: 'end' },
  end: menu.bye,
};

test('a parked call goes on in another task, which takes it out of the slot in its time', async () => {
  const { application, log } = walking(flowOf(slot, 'slot'));
  await eventually(() => application.isMovable);
  const stored = application.suspend();
  expect(log).toEqual(['answer', 'park']);
  const due = Date.now() - 1;
  const flow = stored?.kind === 'flow' ? stored : expect.fail('it is a flow');
  const next = moved({ ...flow, state: { ...flow.state, timer: { id: flow.state.timer?.id ?? 0, due } } });
  await eventually(() => next.log.at(-1)?.startsWith('hang up'));
  expect(next.log).toEqual(['hold true', 'unpark', 'play late', 'hang up 480 17']);
});

test('a call that is fetched goes on in the flow when the phone hangs up, if the step says so', async () => {
  const { application, log } = walking(flowOf(slot, 'slot'));
  expect(application.afterFetch).toBeUndefined();
  await eventually(() => application.isMovable);
  const after = application.afterFetch;
  application.onEnd();
  expect(log).toEqual(['answer', 'park']);
  const next = moved(after);
  await eventually(() => next.log.at(-1)?.startsWith('hang up'));
  expect(next.log).toEqual(['answer', 'play thanks', 'hang up 480 17']);
  const { after: _after, ...without } = slot.slot;
  const ending = walking(flowOf({ ...slot, slot: without }, 'slot')).application;
  await eventually(() => ending.isMovable);
  expect(ending.afterFetch).toBeUndefined();
});
