import fc from 'fast-check';
import type { Walkable } from '../schema/call-flow.ts';
import { flowOf, WalkedCall } from './flow-walk.fixture.ts';
import { hangUp, referenceWalk, wait, type Action } from './reference-interpreter.fixture.ts';

const keys = ['0', '1', '2', '3', '#', '*'];
export const anyKey = fc.constantFrom(...keys);

/** Steps of menus of three levels, and what they end in. */
const names = ['top', 'left', 'right', 'low', 'deep', 'news', 'hours', 'pin', 'check', 'mark', 'bye'];
const exit = fc.option(fc.constantFrom(...names), { nil: undefined });
const some = fc.constantFrom(...names);

const anyMenu = (name: string, below: readonly string[]) =>
  fc.record({
    type: fc.constant('menu'),
    prompt: fc.constant({ say: name }),
    tries: fc.integer({ min: 1, max: 3 }),
    choices: fc.dictionary(anyKey, fc.constantFrom(...below, 'top'), { minKeys: 1, maxKeys: 4 }),
    interruptible: fc.boolean(),
    clear: fc.boolean(),
    invalid: exit,
    timeout: exit,
  });
const anyPlay = (name: string) =>
  fc.record({ type: fc.constant('play'), prompt: fc.constant({ say: name }), next: exit });

/** Menus of three levels. */
export const anyMenus: fc.Arbitrary<Walkable> = fc
  .record({
    top: anyMenu('top', ['left', 'right', 'news']),
    left: anyMenu('left', ['low', 'deep', 'pin']),
    right: anyMenu('right', ['low', 'hours', 'check']),
    low: anyMenu('low', ['news', 'hours', 'bye']),
    deep: anyMenu('deep', ['pin', 'check', 'mark']),
    news: anyPlay('news'),
    hours: anyPlay('hours'),
    pin: fc.record({
      type: fc.constant('collect'),
      prompt: fc.constant({ say: 'pin' }),
      min: fc.integer({ min: 0, max: 3 }),
      max: fc.integer({ min: 3, max: 5 }),
      end_key: fc.constantFrom('#', '*', null),
      into: fc.constant('pin'),
      interruptible: fc.boolean(),
      clear: fc.boolean(),
      next: exit,
      timeout: exit,
      invalid: exit,
    }),
    check: fc.record({
      type: fc.constant('branch'),
      when: fc.tuple(
        fc.record({ variable: fc.constant('pin'), equals: fc.constantFrom('', '1', '12'), to: some }),
        fc.record({ variable: fc.constant('digits'), prefix: anyKey, to: some }),
      ),
      else: exit,
    }),
    mark: fc.record({
      type: fc.constant('set'),
      variables: fc.record({ pin: fc.constantFrom('1', '12', '123') }),
      next: exit,
    }),
    bye: fc.constant({ type: 'hangup' }),
  })
  .map((steps) => flowOf(steps));

/** A caller that types, waits, and at some point hangs up. */
const anyActions: fc.Arbitrary<Action[]> = fc
  .tuple(fc.array(fc.oneof({ weight: 3, arbitrary: anyKey }, fc.constant(wait)), { maxLength: 50 }), fc.boolean())
  .map(([actions, hangsUp]) => (hangsUp ? [...actions, hangUp] : actions));

/** The same walk by the interpreter, in the words of the reference. */
function interpretedWalk(flow: Walkable, actions: readonly Action[]): string[] {
  const call = new WalkedCall(flow);
  const log = call.log;
  call.start();
  for (const action of actions) {
    if (call.state.phase === 'ended') break;
    if (action === hangUp) {
      call.send({ type: 'hung_up' });
      log.push('end by the caller');
    } else if (action === wait) {
      if (call.state.phase === 'playing') call.played();
      else call.expire();
    } else call.digits(action);
  }
  return log;
}

/** Compares generated walks. @returns how many, how many prompts they played, and the ends that they had */
export function compareWithReference(count: number, seed?: number) {
  const seen = { walks: 0, prompts: 0, ends: new Set<string>() };
  fc.assert(
    fc.property(anyMenus, anyActions, (flow, actions) => {
      const expected = referenceWalk(flow, actions);
      const walked = interpretedWalk(flow, actions);
      if (JSON.stringify(walked) !== JSON.stringify(expected))
        throw new Error(`walked ${walked.join(', ')}\nexpected ${expected.join(', ')}`);
      seen.walks += 1;
      seen.prompts += walked.filter((line) => line.startsWith('play')).length;
      seen.ends.add(walked.at(-1) ?? '');
    }),
    { numRuns: count, ...(seed !== undefined && { seed }) },
  );
  return seen;
}

const texts = fc.constantFrom('{{caller}}', '{{digits}}', '{{x}}{{x}}', '{{', 'hello', '203', '+15550100');
const values = fc.dictionary(fc.constantFrom('x', 'digits', 'language', 'constructor'), texts, { maxKeys: 3 });
const prompts = fc.oneof(
  texts.map((say) => ({ say })),
  fc.constant({ file: 'file_1' }),
  fc.array(
    texts.map((say) => ({ say, as: 'digits' })),
    { minLength: 1, maxLength: 3 },
  ),
);
const type = fc.constant;
const manyNames = [...names, 'constructor', 'valueof', '0'];
const target = fc.option(fc.constantFrom(...manyNames), { nil: undefined, freq: 12 });

const anyStep = fc.oneof(
  fc.record({ type: type('play'), prompt: prompts, answer: fc.boolean(), next: target }),
  fc.record({
    type: type('menu'),
    prompt: fc.option(prompts, { nil: undefined }),
    choices: fc.dictionary(anyKey, fc.constantFrom(...manyNames), { minKeys: 1 }),
    invalid: target,
    timeout: target,
  }),
  fc.record({ type: type('collect'), min: fc.constant(0), max: fc.constantFrom(1, 32), into: type('x'), next: target }),
  fc.record({ type: type('time'), schedule: fc.constantFrom('sch_1', 'sch_2'), open: target, closed: target }),
  fc.record({
    type: type('branch'),
    when: fc.array(fc.record({ variable: fc.constantFrom('x', 'caller'), matches: fc.constant('(1*)*2'), to: some }), {
      minLength: 1,
      maxLength: 3,
    }),
    else: target,
  }),
  fc.record({ type: type('set'), variables: values, next: target }),
  fc.record({ type: type('dial'), to: fc.array(texts, { minLength: 1, maxLength: 3 }), busy: target, after: target }),
  fc.record({ type: type('park'), timeout: target, full: target, after: target }),
  fc.record({ type: type('voicemail'), mailbox: type('203'), next: target }),
  fc.record({ type: type('mailbox') }),
  fc.record({ type: type('record'), into: type('x'), next: target }),
  fc.record({ type: type('webhook'), url: type('https://example.com'), next: target, failed: target }),
  fc.record({ type: type('sms'), to: texts, text: texts, next: target, failed: target }),
  fc.oneof(
    fc.record({ type: type('goto'), step: some }),
    fc.record({ type: type('goto'), flow: fc.constantFrom('flow_1', 'flow_2') }),
  ),
  fc.record({ type: fc.constantFrom('pause'), seconds: fc.constant(1), next: target }),
  fc.record({ type: type('dtmf'), digits: type('12'), next: target }),
  fc.record({ type: type('hangup') }),
);

/** Steps of every kind in any order. */
export const anyFlow: fc.Arbitrary<Walkable> = fc
  .tuple(...manyNames.map(() => anyStep))
  .map((steps) => flowOf(Object.fromEntries(steps.map((step, at): [string, object] => [manyNames[at]!, step]))));

/** What the host of a call reports, whether the call waits for it or not. */
type HostEvent = { readonly kind: 'right' | 'digit' | 'timer' | 'wrong' | 'answer'; readonly choice: number };
export const anyHostEvents: fc.Arbitrary<HostEvent[]> = fc.array(
  fc.record({
    kind: fc.constantFrom('right', 'right', 'right', 'digit', 'timer', 'wrong', 'answer'),
    choice: fc.nat({ max: 5 }),
  }),
  { minLength: 1, maxLength: 400 },
);

const outcomes = ['answered', 'ended', 'busy', 'no_answer', 'unreachable', 'denied'] as const;
const answers: readonly unknown[] = [
  undefined,
  { variables: { x: '2', language: 'de' } },
  { start: 'a', steps: { a: { type: 'pause', seconds: 1 } } },
  { start: 'a', steps: { a: { type: 'webhook', url: 'https://example.com', next: 'top' } } },
  { start: 'a', steps: { a: { type: 'set', variables: {}, next: 'a' } } },
  '{"steps":',
];

function send(call: WalkedCall, { kind, choice }: HostEvent): void {
  const id = kind === 'wrong' ? call.state.awaits - 1 : call.state.awaits;
  if (kind === 'digit') call.digits(keys[choice]!);
  else if (kind === 'timer') call.expire();
  else if (call.state.phase === 'parking') call.send({ type: 'parked', id, ok: choice > 1 });
  else if (['dialing', 'talking', 'parked'].includes(call.state.phase))
    call.send({ type: 'dialed', id, outcome: outcomes[choice]! });
  else if (call.state.phase === 'requesting') call.send({ type: 'requested', id, answer: answers[choice] });
  else if (call.state.phase === 'playing') call.send({ type: 'played', id });
  else if (call.state.phase === 'recording') call.send({ type: 'recorded', id, file: choice > 2 ? 'file_1' : null });
  else if (call.state.phase === 'texting') call.send({ type: 'sent', id, ok: choice > 2 });
  else if (call.state.phase === 'depositing') call.send({ type: 'deposited', id });
  else if (call.state.phase === 'loading') call.send({ type: 'loaded', id, exists: choice > 0 });
  else call.expire();
}

/** Walks a flow by these events, in turn, until it ends or 20,000 of them are over. @returns most steps of one event */
export function walkToTheEnd(flow: Walkable, events: readonly HostEvent[]) {
  const call = new WalkedCall(flow, { caller: '+4930123', digits: '1' }, { sch_1: 'open' });
  let entries = 0;
  const count = (work: () => void): void => {
    const before = call.log.length;
    work();
    entries = Math.max(entries, call.log.slice(before).filter((line) => line.startsWith('to ')).length);
  };
  count(() => void call.start());
  for (const event of events) {
    if (call.state.phase === 'ended') break;
    count(() => send(call, event));
    if (JSON.stringify(JSON.parse(JSON.stringify(call.state))) !== JSON.stringify(call.state))
      throw new Error('the state is no JSON');
  }
  const loops = call.commands.some((command) => command.type === 'warn' && command.event === 'callflow.loop');
  return { entries, end: loops ? 'loop' : call.state.phase === 'ended' ? 'ended' : 'waits' };
}
