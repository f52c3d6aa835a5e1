import { expect, test } from 'vitest';
import { flowOf, playedIn, typesOf, WalkedCall } from './flow-walk.fixture.ts';

const say = (text: string) => ({ say: text });
const hangup = { type: 'hangup' };
const play = (text: string, next?: string) => ({ type: 'play', prompt: say(text), ...(next && { next }) });

const wait = (next: string) => ({ type: 'pause', seconds: 30, next });

/** A menu with sales on 1 and a second menu on 2. */
const menus = flowOf({
  main: { type: 'menu', prompt: say('main'), tries: 2, choices: { '1': 'sales', '2': 'more' }, timeout: 'bye' },
  more: { type: 'menu', prompt: say('more'), choices: { '3': 'sales', '*': 'main' } },
  sales: play('sales', 'bye'),
  bye: hangup,
});

const started = (flow: ConstructorParameters<typeof WalkedCall>[0], variables: Record<string, string> = {}) => {
  const call = new WalkedCall(flow, variables);
  call.start();
  return call;
};

test('a flow answers, plays a prompt and hangs up', () => {
  const call = new WalkedCall(flowOf({ hello: play('hello', 'bye'), bye: { type: 'hangup', reason: 'busy' } }));
  expect(typesOf(call.start())).toEqual(['answer', 'play']);
  const commands = call.played();
  expect(commands).toContainEqual({ type: 'hang_up', reason: 'busy', status: null });
  expect(call.state.phase).toBe('ended');
  expect(call.digits('1')).toEqual([]);
});

test('a call that is not answered ends with the status of the reason', () => {
  const [busy, rejected, normal] = ['busy', 'rejected', 'normal'].map((reason) =>
    new WalkedCall(flowOf({ end: { type: 'hangup', reason } })).start().find(({ type }) => type === 'hang_up'),
  );
  expect([busy, rejected, normal]).toMatchObject([{ status: 486 }, { status: 603 }, { status: 480 }]);
});

test('a step without the exit that it takes ends the call', () => {
  const call = started(flowOf({ hello: play('hello') }));
  expect(typesOf(call.played())).toEqual(['hang_up']);
});

test('a digit stops the prompt of a menu and chooses', () => {
  const call = started(menus);
  const commands = call.digits('1');
  expect(typesOf(commands)).toEqual(['stop_playing', 'play']);
  expect(playedIn(commands)).toEqual(['sales']);
  expect(call.state.variables['digits']).toBe('1');
});

test('a digit that a menu does not wait for lets the prompt end, and then fails the try', () => {
  const call = started(menus);
  expect(call.digits('9')).toEqual([]);
  expect(playedIn(call.played())).toEqual(['main']);
  call.digits('9');
  expect(typesOf(call.played())).toEqual(['hang_up']);
});

test('digits that were typed ahead go to the next menus, which are not played', () => {
  const call = started(menus);
  expect(playedIn(call.digits('23'))).toEqual(['more', 'sales']);
  const ahead = started(flowOf({ first: play('first', 'main'), ...menus.steps }));
  ahead.digits('23');
  expect(playedIn(ahead.played())).toEqual(['sales']);
});

test('clear drops what was typed ahead', () => {
  const call = started(
    flowOf({
      first: play('first', 'menu'),
      menu: { type: 'menu', prompt: say('menu'), clear: true, choices: { '1': 'first' } },
    }),
  );
  call.digits('1');
  expect(playedIn(call.played())).toEqual(['menu']);
});

test('a prompt that cannot be interrupted ends first, and its digits count', () => {
  const call = started(
    flowOf({
      menu: { type: 'menu', prompt: say('menu'), interruptible: false, choices: { '1': 'one' } },
      one: play('one'),
    }),
  );
  expect(call.digits('1')).toEqual([]);
  expect(playedIn(call.played())).toEqual(['one']);
});

test('a menu asks again after a timeout, and goes to its exit after the last try', () => {
  const call = started(menus);
  call.played();
  expect(playedIn(call.expire())).toEqual(['main']);
  call.played();
  expect(typesOf(call.expire())).toEqual(['hang_up']);
});

const collect = (fields: object) =>
  flowOf({
    ask: {
      type: 'collect',
      prompt: say('ask'),
      max: 4,
      min: 2,
      into: 'pin',
      next: 'ok',
      timeout: 'late',
      invalid: 'bad',
      ...fields,
    },
    ok: play('ok {{pin}}'),
    late: play('late'),
    bad: play('bad'),
  });

test.each([
  ['1234', 'ok 1234'],
  ['12#', 'ok 12'],
  ['1#', 'bad'],
  ['*1#', 'ok *1'],
])('a collect of 2 to 4 digits takes %s', (typed, answer) => {
  expect(playedIn(started(collect({})).digits(typed))).toEqual([answer]);
});

test.each([
  ['', 'late'],
  ['1', 'late'],
  ['123', 'ok 123'],
])('a collect whose wait ends after %o', (typed, answer) => {
  const call = started(collect({}));
  call.played();
  call.digits(typed);
  expect(playedIn(call.expire())).toEqual([answer]);
});

test('without an end key all digits count, and each begins the wait again', () => {
  const call = started(collect({ end_key: null }));
  call.digits('1#');
  const first = call.state.timer!;
  call.at += 3_000;
  call.digits('2');
  expect(call.state.timer!.due).toBe(first.due + 3_000);
  expect(call.send({ type: 'timer', id: first.id })).toEqual([]);
  expect(playedIn(call.expire())).toEqual(['ok 1#2']);
});

test('what was typed beyond a collect goes to the next step that asks', () => {
  const call = started(
    flowOf({
      ask: { type: 'collect', max: 2, into: 'first', next: 'again' },
      again: { type: 'collect', prompt: say('again'), max: 2, into: 'second', next: 'said' },
      said: play('{{first}} {{second}}'),
    }),
  );
  expect(playedIn(call.digits('1234'))).toEqual(['again', '12 34']);
});

test('digits that never end are not kept without end', () => {
  const call = started(flowOf({ long: play('long') }));
  call.digits('1'.repeat(1_000));
  expect(call.state.typed).toHaveLength(64);
  expect(call.digits('x')).toEqual([]);
});

test.each([
  ['open', 'open'],
  ['closed', 'closed'],
  ['holiday', 'closed'],
  [undefined, 'closed'],
] as const)('a schedule that is %s leads to the step %s', (state, text) => {
  const flow = flowOf({
    hours: { type: 'time', schedule: 'sch_1', open: 'open', closed: 'closed' },
    open: play('open'),
    closed: play('closed'),
  });
  const call = new WalkedCall(flow, {}, state && { sch_1: state });
  const commands = call.start();
  expect(playedIn(commands)).toEqual([text]);
  expect(typesOf(commands).includes('warn')).toBe(state === undefined);
});

test('a branch takes the first condition that holds', () => {
  const flow = flowOf({
    who: {
      type: 'branch',
      when: [
        { variable: 'caller', prefix: '+49', to: 'german' },
        { variable: 'caller', matches: '^\\+4[0-9]', to: 'near' },
      ],
      else: 'other',
    },
    german: play('german'),
    near: play('near'),
    other: play('other'),
  });
  const heard = ['+4930123', '+4312345', '+15550100'].map((caller) =>
    playedIn(new WalkedCall(flow, { caller }).start()),
  );
  expect(heard).toEqual([['german'], ['near'], ['other']]);
});

test('set fills variables with the values before it', () => {
  const call = started(
    flowOf({
      swap: { type: 'set', variables: { one: '{{two}}', two: '{{one}}!' }, next: 'said' },
      said: play('{{one}} {{two}}'),
    }),
    { one: 'a', two: 'b' },
  );
  expect(playedIn(call.commands)).toEqual(['b a!']);
});

const dialing = flowOf({
  call: {
    type: 'dial',
    to: ['+4930123', '{{digits}}', { user: 'user_1' }],
    busy: 'busy',
    no_answer: 'none',
    after: 'rate',
  },
  busy: play('busy'),
  none: play('none'),
  rate: play('rate'),
});

test('a dialed number that comes from a variable is marked', () => {
  const call = new WalkedCall(dialing, { digits: '203' });
  expect(call.start().find(({ type }) => type === 'dial')).toMatchObject({
    to: [{ number: '+4930123', from_variable: false }, { number: '203', from_variable: true }, { user: 'user_1' }],
    policy: null,
  });
});

test('a call goes on with the called, and comes back when the called hangs up', () => {
  const call = started(dialing, { digits: '203' });
  call.dialed('answered');
  expect([call.state.phase, call.state.alone, call.state.answered]).toEqual(['talking', null, true]);
  expect(call.digits('1')).toEqual([]);
  expect(call.state.typed).toBe('');
  expect(playedIn(call.dialed('ended'))).toEqual(['rate']);
  expect(call.state.alone).not.toBeNull();
});

test('a dial that fails takes the exit of its outcome, or ends the call', () => {
  expect(playedIn(started(dialing).dialed('busy'))).toEqual(['busy']);
  expect(playedIn(started(dialing).dialed('no_answer'))).toEqual(['none']);
  expect(started(dialing).dialed('denied')).toContainEqual({ type: 'hang_up', reason: 'normal', status: 480 });
});

test('a dial of variables that are empty is unreachable', () => {
  const call = started(flowOf({ call: { type: 'dial', to: ['{{digits}}'], unreachable: 'none' }, none: play('none') }));
  expect(playedIn(call.commands)).toEqual(['none']);
});

test('a recording ends by its key or its time, and its file is a variable', () => {
  const flow = flowOf({ memo: { type: 'record', end_keys: '#', into: 'memo', next: 'said' }, said: play('{{memo}}') });
  const call = started(flow);
  expect(call.digits('1')).toEqual([]);
  expect(typesOf(call.digits('##'))).toEqual(['stop_recording']);
  expect(playedIn(call.send({ type: 'recorded', id: call.state.awaits, file: 'file_1' }))).toEqual(['file_1']);
  const long = started(flow);
  expect(typesOf(long.expire())).toEqual(['stop_recording']);
});

const webhook = flowOf({
  ask: { type: 'webhook', url: 'https://example.com', send: ['caller'], next: 'said', failed: 'failed' },
  said: play('{{name}}'),
  failed: play('failed'),
});

test('a webhook gets the named variables, and sets those of its answer', () => {
  const call = started(webhook, { caller: '+4930123', called: '+4930999' });
  expect(call.commands).toContainEqual(expect.objectContaining({ type: 'request', variables: { caller: '+4930123' } }));
  expect(playedIn(call.answered({ variables: { name: 'Ada', constructor: 'x', __proto__: 'y', count: 3 } }))).toEqual([
    'Ada',
  ]);
  expect(call.state.variables['count']).toBe('3');
});

test.each([
  [undefined],
  [null],
  ['<html>'],
  [[]],
  [{ steps: {} }],
  [{ steps: { a: { type: 'nothing' } }, start: 'a' }],
])('the answer %j of a webhook fails the step', (answer) => {
  expect(playedIn(started(webhook).answered(answer))).toEqual(['failed']);
});

test('the steps of an answer run before the flow goes on, and dial no number as a constant', () => {
  const call = started(webhook);
  const steps = { hi: play('hi', 'call'), call: { type: 'dial', to: ['+15550100'], no_answer: 'failed' } };
  expect(playedIn(call.answered({ variables: { name: 'Ada' }, start: 'hi', steps }))).toEqual(['hi']);
  expect(call.played()).toContainEqual(
    expect.objectContaining({ type: 'dial', to: [{ number: '+15550100', from_variable: true }] }),
  );
  expect(playedIn(call.dialed('busy'))).toEqual(['Ada']);
});

const asking = { type: 'menu', tries: 1, timeout_seconds: 20, choices: { '1': 'one' } };
const silent = { type: 'warn', event: 'callflow.loop', reason: 'step ask again, 60 s without input' };

test('a call whose caller is silent for 60 s ends when it enters a step again', () => {
  const call = started(flowOf({ ask: { ...asking, timeout: 'ask' }, one: hangup }));
  call.expire();
  call.expire();
  expect(typesOf(call.expire())).toEqual(['warn', 'hang_up']);
  expect(call.commands).toContainEqual(silent);
  expect(call.at - 1_000_000).toBe(60_000);
});

test('a flow has a time of its own for silent callers', () => {
  const call = started(flowOf({ ask: { ...asking, timeout: 'ask' }, one: hangup }, { max_silence_seconds: 120 }));
  for (let times = 0; times < 5; times += 1) call.expire();
  expect(call.state.phase).toBe('listening');
  call.expire();
  expect(call.state.phase).toBe('ended');
});

test('a silent caller who goes from one step to the next is in no loop', () => {
  const call = started(flowOf({ a: wait('b'), b: wait('c'), c: wait('d'), d: play('bye') }));
  for (let times = 0; times < 3; times += 1) call.expire();
  expect(playedIn(call.commands)).toEqual(['bye']);
});

test('silence begins again with a digit, also if the step before it was long', () => {
  const call = started(flowOf({ ask: { ...asking, timeout: 'ask' }, one: { ...wait('ask'), seconds: 60 } }));
  call.expire();
  call.digits('1');
  call.expire();
  expect(call.state).toMatchObject({ step: 'ask', phase: 'listening' });
});

const voicemail = { type: 'voicemail', mailbox: '203', next: 'rest' };
const record = { type: 'record', into: 'x', next: 'rest' };
const ask = { type: 'webhook', url: 'https://example.com', next: 'rest', failed: 'rest' };
const park = { type: 'park', timeout_seconds: 120, timeout: 'rest' };
const settled = (call: WalkedCall, event: object) =>
  call.send({ id: call.state.awaits, ...event } as Parameters<WalkedCall['send']>[0]);

test.each<[string, boolean, object, (call: WalkedCall) => unknown]>([
  ['phones that ring', true, { type: 'dial', to: ['203'], no_answer: 'rest' }, (call) => call.dialed('no_answer')],
  [
    'phones that are not reached',
    false,
    { type: 'dial', to: ['203'], unreachable: 'rest' },
    (call) => call.dialed('unreachable'),
  ],
  ['numbers that are denied', false, { type: 'dial', to: ['203'], denied: 'rest' }, (call) => call.dialed('denied')],
  ['an answer of a server', true, ask, (call) => call.answered({})],
  ['a server that does not answer', false, ask, (call) => call.answered(undefined)],
  ['a message that is left', true, voicemail, (call) => settled(call, { type: 'deposited' })],
  ['what is recorded', true, record, (call) => settled(call, { type: 'recorded', file: 'file_1' })],
  ['nothing that is recorded', false, record, (call) => settled(call, { type: 'recorded', file: null })],
  ['the time in a slot', true, park, (call) => [settled(call, { type: 'parked', ok: true }), call.expire()]],
])('%s: silence begins again (%s)', (_what, isInput, a, settle) => {
  const call = started(flowOf({ a, rest: { ...wait('a'), seconds: 40 } }));
  for (let times = 0; times < 5 && call.state.phase !== 'ended'; times += 1) {
    settle(call);
    call.expire();
  }
  expect(call.state.phase !== 'ended').toBe(isInput);
});

test('two flows in which a silent caller goes to and fro end the call, too', () => {
  const there = flowOf({ go: { type: 'pause', seconds: 40, next: 'on' }, on: { type: 'goto', flow: 'flow_2' } });
  const back = flowOf({ go: { type: 'goto', flow: 'flow_1' } }, { id: 'flow_2' });
  const call = started(there);
  for (let times = 0; call.state.phase !== 'ended' && times < 10; times += 1) {
    if (call.state.phase === 'pausing') call.expire();
    call.flow = call.flow === there ? back : there;
    call.send({ type: 'loaded', id: call.state.awaits, exists: true });
  }
  expect(call.at - 1_000_000).toBe(80_000);
  expect(call.commands).toContainEqual(expect.objectContaining({ event: 'callflow.loop' }));
});

test('2,000 changes of step without input end the call, also if each step was entered a few times only', () => {
  const names = Array.from({ length: 100 }, (_item, at) => `s${at}`);
  const steps = names.map((name, at): [string, object] => [name, { ...wait(names[(at + 1) % 100]!), seconds: 1 }]);
  const call = started(flowOf(Object.fromEntries(steps), { max_silence_seconds: 3_600 }));
  while (call.state.phase !== 'ended') call.expire();
  expect(call.at - 1_000_000).toBe(2_000_000);
  expect(call.commands).toContainEqual(
    expect.objectContaining({ reason: 'more than 2000 changes of step without input' }),
  );
});

/** A call that asks a server over and over, and is answered at first or not. @returns its requests and events */
function askedWithoutEnd(isAnswered: boolean) {
  const ask = { type: 'webhook', url: 'https://example.com', next: 'ask', failed: 'ask' };
  const hello = { ...play('hello', 'ask'), answer: isAnswered };
  const call = started(flowOf({ hello, ask }));
  call.played();
  while (call.state.phase === 'requesting') call.answered({ variables: { x: '1' } });
  const warned = call.commands.flatMap((command) => (command.type === 'warn' ? [command.reason] : []));
  return { requests: call.commands.filter(({ type }) => type === 'request').length, warned, phase: call.state.phase };
}

test.each([
  [false, 20],
  [true, 60],
])('a call whose answer is %s asks servers %i times, and has failed with one event beyond', (isAnswered, requests) => {
  const warned = ['too many requests of the call to webhooks', 'step ask'];
  expect(askedWithoutEnd(isAnswered)).toEqual({ requests, warned, phase: 'ended' });
});

test('a flow that goes on in another one takes its variables along, in the language of that flow', () => {
  const call = started(flowOf({ other: { type: 'goto', flow: 'flow_2', step: 'second' } }), { caller: '+4930123' });
  expect(call.commands).toContainEqual(expect.objectContaining({ type: 'run_flow', flow: 'flow_2', step: 'second' }));
  const { awaits: id } = call.state;
  call.flow = flowOf({ first: hangup, second: play('{{caller}}') }, { id: 'flow_2', version: 7, language: 'de' });
  const commands = call.send({ type: 'loaded', id, exists: true });
  expect(commands).toContainEqual(
    expect.objectContaining({ parts: [{ kind: 'speech', text: '+4930123', language: 'de', as: 'text' }] }),
  );
  expect(call.state.flow).toEqual({ id: 'flow_2', version: 7 });
});

test('a flow that does not exist ends the call with a warning', () => {
  const call = started(flowOf({ other: { type: 'goto', flow: 'flow_2' } }));
  const commands = call.send({ type: 'loaded', id: call.state.awaits, exists: false });
  expect(typesOf(commands)).toEqual(['warn', 'hang_up']);
});

test('the 200th entry of a step ends the call, as do steps that never wait', () => {
  const call = started(flowOf({ again: play('again', 'again') }));
  let entries = 1;
  while (call.state.phase !== 'ended') {
    call.played();
    entries += 1;
  }
  expect(entries).toBe(200);
  expect(call.commands).toContainEqual({ type: 'warn', event: 'callflow.loop', reason: 'step again' });
  const steps = Array.from({ length: 100 }, (_item, index): [string, object] => [
    `s${index}`,
    { type: 'set', variables: {}, next: `s${(index + 1) % 100}` },
  ]);
  const endless = started(flowOf(Object.fromEntries(steps)));
  const reason = 'too many steps that wait for nothing';
  expect(endless.commands).toContainEqual({ type: 'warn', event: 'callflow.loop', reason });
});

test('steps that never wait end the call as such, also after a prompt', () => {
  const on = (step: string) => ({ type: 'goto', step });
  const ring = Array.from({ length: 199 }, (_item, at): [string, object] => [`s${at}`, on(`s${(at + 1) % 199}`)]);
  const call = started(flowOf({ hello: play('hello', 's0'), ...Object.fromEntries(ring) }));
  const reason = 'too many steps that wait for nothing';
  expect(call.played()).toContainEqual({ type: 'warn', event: 'callflow.loop', reason });
});

test('the work of one event is bounded, whatever its steps are', () => {
  const when = Array.from({ length: 50 }, (_item, at) => ({ variable: 'x', matches: `^(a|b)*${at}$`, to: 'again' }));
  const patterns = started(flowOf({ again: { type: 'branch', when, else: 'again' } }), { x: 'ab'.repeat(128) });
  expect(patterns.state.entered).toEqual({ again: 2 });
  const variables = Object.fromEntries(
    Array.from({ length: 10 }, (_item, at): [string, string] => [`v${at}`, '{{x}}'.repeat(50)]),
  );
  const texts = started(flowOf({ again: { type: 'set', variables, next: 'again' } }), { x: 'ab' });
  expect(texts.state.entered['again']).toBeLessThan(150);
  const empty = { say: '{{none}}'.repeat(100) };
  const prompts = started(flowOf({ again: { type: 'play', prompt: Array(20).fill(empty), next: 'again' } }));
  expect(prompts.state.entered['again']).toBeLessThan(30);
  expect(playedIn(prompts.commands)).toEqual([]);
});

test('an hour without another party ends the call; time with one does not count', () => {
  const call = started(dialing, { digits: '203' });
  const before = call.state.alone!;
  call.dialed('answered');
  expect(call.send({ type: 'timer', id: before.id })).toEqual([]);
  call.at += 7_200_000;
  call.dialed('ended');
  const alone = call.state.alone!;
  expect(alone.due - call.at).toBe(3_600_000);
  call.at = alone.due;
  expect(typesOf(call.send({ type: 'timer', id: alone.id }))).toEqual(['warn', 'hang_up']);
});

test('before the answer a flow plays 60 s at most, in all', () => {
  const early = (text: string, next?: string) => ({ ...play(text, next), answer: false });
  const call = started(
    flowOf({ one: early('one', 'two'), two: early('two', 'three'), three: early('three', 'end'), end: hangup }),
  );
  expect(call.commands).toContainEqual(expect.objectContaining({ type: 'play', early: true }));
  call.at += 40_000;
  call.played();
  expect(call.state.timer!.due - call.at).toBe(20_000);
  const commands = call.expire();
  expect(typesOf(commands)).toEqual(['stop_playing', 'hang_up']);
  expect(call.state.answered).toBe(false);
});

test('digits are sent as tones, and a pause takes its time', () => {
  const call = started(
    flowOf({ send: { type: 'dtmf', digits: '12#', next: 'rest' }, rest: { type: 'pause', seconds: 2 } }),
  );
  expect(playedIn(call.commands)).toEqual(['12#']);
  call.played();
  expect(call.state.timer!.due - call.at).toBe(2_000);
  expect(typesOf(call.expire())).toEqual(['hang_up']);
});

test('a message and a deposit go on when they are done', () => {
  const flow = flowOf({
    text: { type: 'sms', to: '{{caller}}', text: 'Hello {{caller}}', next: 'box', failed: 'none' },
    box: { type: 'voicemail', mailbox: '203', next: 'said' },
    said: play('said'),
    none: play('none'),
  });
  const call = started(flow, { caller: '+4930123' });
  expect(call.commands).toContainEqual(
    expect.objectContaining({ to: '+4930123', from_variable: true, text: 'Hello +4930123' }),
  );
  expect(typesOf(call.send({ type: 'sent', id: call.state.awaits, ok: true }))).toEqual(['answer', 'voicemail']);
  expect(playedIn(call.send({ type: 'deposited', id: call.state.awaits }))).toEqual(['said']);
  const failed = started(flow, { caller: '+4930123' });
  expect(playedIn(failed.send({ type: 'sent', id: failed.state.awaits, ok: false }))).toEqual(['none']);
});

test('a caller hears a mailbox, and the call ends when it leaves it', () => {
  const call = started(flowOf({ box: { type: 'mailbox' } }));
  expect(typesOf(call.commands)).toEqual(expect.arrayContaining(['answer', 'mailbox']));
  expect(call.digits('1')).toEqual([]);
  expect(typesOf(call.send({ type: 'deposited', id: call.state.awaits }))).toContain('hang_up');
});

test('events of earlier commands change nothing', () => {
  const call = started(menus);
  const { awaits } = call.state;
  call.digits('1');
  const { state } = call;
  expect(call.send({ type: 'played', id: awaits })).toEqual([]);
  expect(call.send({ type: 'started' })).toEqual([]);
  expect(call.state).toEqual(state);
});

test('a caller that hangs up ends the call', () => {
  const call = started(menus);
  expect(typesOf(call.send({ type: 'hung_up' }))).toEqual([]);
  expect([call.state.phase, call.state.alone, call.state.timer]).toEqual(['ended', null, null]);
});
