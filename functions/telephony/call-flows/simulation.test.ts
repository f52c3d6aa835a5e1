import { expect, test } from 'vitest';
import type { Walkable } from '../schema/call-flow.ts';
import { exampleSteps } from './call-flow.ts';
import { flowOf } from './flow-walk.fixture.ts';
import { Schedule } from '#telephony/schedule.ts';
import { SimulatedCall, SimulatedWalk, Simulation } from './simulation.ts';

type Known = {
  readonly others?: Readonly<Record<string, Walkable>>;
  readonly schedules?: ReadonlyMap<string, Schedule>;
};

const simulated = (flow: Walkable, call: object, { others = {}, schedules = new Map() }: Known = {}) => {
  const simulation = new Simulation(flow, SimulatedCall.parse(call), { country: 'DE' }, 0);
  simulation.know(schedules);
  for (let needed = simulation.run(); needed !== undefined; needed = simulation.run()) simulation.load(others[needed]);
  return SimulatedWalk.parse(simulation.result);
};
const path = ({ steps }: { readonly steps: readonly { readonly step: string; readonly exit: string | null }[] }) =>
  steps.map(({ step, exit }) => `${step} ${exit ?? '-'}`);
const say = (text: string) => ({ say: text });

const example = flowOf(exampleSteps);

test('the steps of a call come in order, with the exits that it took', () => {
  const walk = simulated(example, { events: [{ digits: '1' }, { dial: 'busy' }, { timeout: true }] });
  expect(path(walk)).toEqual(['welcome choices.1', 'sales busy', 'message next', 'bye end']);
  expect(walk).toMatchObject({ ended: true, answered: true, status: null, waits_for: null, unused_events: 0 });
  expect(walk.steps[1]).toMatchObject({ does: { type: 'dial', to: [{ number: '203' }, { number: '204' }] } });
  expect(walk.variables).toMatchObject({ digits: '1', message: 'file_simulated', country: 'DE' });
});

test('a call without further events says what it waits for', () => {
  expect(simulated(example, {}).waits_for).toBe('digits');
  expect(simulated(example, { events: [{ digits: '1' }] }).waits_for).toBe('dial');
  expect(simulated(example, { events: [{ digits: '2' }] }).waits_for).toBe('recorded');
  expect(simulated(example, { events: [{ dial: 'busy' }] })).toMatchObject({ waits_for: 'digits', unused_events: 1 });
});

const menu = flowOf({
  hello: { type: 'play', prompt: [{ file: 'file_1' }, say('hello {{caller}}')], next: 'menu' },
  menu: { type: 'menu', prompt: say('menu'), tries: 2, choices: { '1': 'bye' }, timeout: 'bye' },
  bye: { type: 'hangup' },
});

test('what is played is shown with its variables, and what was typed ahead is not asked again', () => {
  const walk = simulated(menu, { caller: '+4930123', events: [{ digits: '1' }] });
  expect(walk.steps[0]).toMatchObject({
    played: [{ file: 'file_1' }, { kind: 'speech', text: 'hello +4930123' }],
    digits: '1',
  });
  expect(walk.steps[1]).toMatchObject({ step: 'menu', played: [], exit: 'choices.1', to: 'bye' });
});

test('each try of a menu is played', () => {
  const walk = simulated(menu, { events: [{ timeout: true }, { timeout: true }] });
  expect(walk.steps[1]).toMatchObject({ played: [{ text: 'menu' }, { text: 'menu' }], exit: 'timeout' });
});

test('a schedule is as it is then, unless the call says otherwise; one that does not exist is open', () => {
  const flow = flowOf({
    hours: { type: 'time', schedule: 'sch_1', open: 'day', closed: 'night' },
    ...ends('day', 'night'),
  });
  expect(path(simulated(flow, {}))).toEqual(['hours open', 'day end']);
  expect(path(simulated(flow, { schedules: { sch_1: 'closed' } }))).toEqual(['hours closed', 'night end']);
  const schedules = new Map([['sch_1', Schedule.parse({ time_zone: 'UTC', weekly: [] })]]);
  expect(path(simulated(flow, {}, { schedules }))).toEqual(['hours closed', 'night end']);
  expect(path(simulated(flow, { schedules: { sch_1: 'open' } }, { schedules }))).toEqual(['hours open', 'day end']);
});

const ends = (...names: string[]) =>
  Object.fromEntries(names.map((name) => [name, { type: 'hangup', reason: 'busy' }]));

test('a branch shows the condition that held, and an unanswered call its status', () => {
  const when = [
    { variable: 'caller', prefix: '+49', to: 'german' },
    { variable: 'country', equals: 'DE', to: 'other' },
  ];
  const walk = simulated(flowOf({ who: { type: 'branch', when }, ...ends('german', 'other') }), { caller: '+4312' });
  expect(path(walk)).toEqual(['who when[1]', 'other end']);
  expect(walk).toMatchObject({ answered: false, status: 486 });
});

test('a webhook answers what the event says, and its steps are shown', () => {
  const flow = flowOf({
    ask: { type: 'webhook', url: 'https://example.com', next: 'bye', failed: 'no' },
    ...ends('bye', 'no'),
  });
  const steps = { hi: { type: 'play', prompt: say('hi {{name}}') } };
  const walk = simulated(flow, { events: [{ webhook: { variables: { name: 'Ada' }, start: 'hi', steps } }] });
  expect(path(walk)).toEqual(['ask steps', 'hi next', 'bye end']);
  expect(walk.steps[1]).toMatchObject({ type: 'play', played: [{ text: 'hi Ada' }] });
  expect(path(simulated(flow, { events: [{ webhook: 'failed' }] }))).toEqual(['ask failed', 'no end']);
  expect(simulated(flow, {}).waits_for).toBe('webhook');
});

test('a call goes on in another flow, or ends where there is none', () => {
  const flow = flowOf({ go: { type: 'goto', flow: 'flow_2' } });
  const second = flowOf({ there: { type: 'pause', seconds: 1, next: 'bye' }, ...ends('bye') }, { id: 'flow_2' });
  const walk = simulated(flow, {}, { others: { flow_2: second } });
  expect(walk.steps).toMatchObject([
    { flow: 'flow_1', step: 'go', exit: 'flow', to: 'flow_2' },
    { flow: 'flow_2', step: 'there', exit: 'next', to: 'bye' },
    { flow: 'flow_2', step: 'bye', exit: 'end', to: null },
  ]);
  expect(simulated(flow, {})).toMatchObject({ ended: true, warnings: ['callflow.failed: there is no such flow'] });
});

test('a conversation goes on after the called hangs up, and the caller may hang up at any time', () => {
  const flow = flowOf({ call: { type: 'dial', to: ['203'], after: 'bye' }, ...ends('bye') });
  expect(path(simulated(flow, { events: [{ dial: 'answered' }, { dial: 'ended' }] }))).toEqual([
    'call after',
    'bye end',
  ]);
  expect(simulated(flow, { events: [{ dial: 'answered' }] }).waits_for).toBe('dial');
  expect(simulated(flow, { events: [{ hang_up: true }] })).toMatchObject({ ended: true, unused_events: 0 });
});

test('messages, deposits and recordings happen', () => {
  const flow = flowOf({
    text: { type: 'sms', to: '{{caller}}', text: 'Hi', next: 'box', failed: 'bye' },
    box: { type: 'voicemail', mailbox: '203', next: 'memo' },
    memo: { type: 'record', into: 'memo', next: 'bye' },
    ...ends('bye'),
  });
  expect(path(simulated(flow, { caller: '1', events: [{ digits: '#' }] }))).toEqual([
    'text next',
    'box next',
    'memo next',
    'bye end',
  ]);
  expect(path(simulated(flow, { events: [{ sms: false }] }))).toEqual(['text failed', 'bye end']);
});

test('a loop ends the call with a warning, and the walk is not shown without end', () => {
  const walk = simulated(flowOf({ a: { type: 'set', variables: {}, next: 'a' } }), {});
  expect(walk).toMatchObject({ ended: true, warnings: ['callflow.loop: step a'] });
  const long = simulated(
    flowOf(
      Object.fromEntries(
        Array.from({ length: 10 }, (_item, at): [string, object] => [
          `s${at}`,
          { type: 'pause', seconds: 1, next: `s${(at + 1) % 10}` },
        ]),
      ),
      { max_silence_seconds: 3_600 },
    ),
    {},
  );
  expect(long.steps).toHaveLength(500);
  expect(long).toMatchObject({ truncated: true, ended: false });
});

test.each([{ digits: 'x' }, { digits: '1', timeout: true }, { timeout: false }, { dial: 'maybe' }, {}])(
  '%j is no event',
  (event) => {
    expect(SimulatedCall.safeParse({ events: [event] }).success).toBe(false);
  },
);

test('a call is parked, and fetched or not, or finds no free slot', () => {
  const exits = { timeout: 'late', full: 'full', after: 'after' };
  const flow = flowOf({ slot: { type: 'park', ...exits }, ...ends('late', 'full', 'after') });
  expect(simulated(flow, {})).toMatchObject({ waits_for: 'park', steps: [{ step: 'slot', does: { type: 'park' } }] });
  const first = (...events: readonly object[]) => path(simulated(flow, { events }))[0];
  expect(first({ park: 'full' })).toBe('slot full');
  expect(first({ timeout: true })).toBe('slot timeout');
  expect(first({ park: 'fetched' }, { park: 'ended' })).toBe('slot after');
  const early = simulated(flow, { events: [{ park: 'ended' }] });
  expect([early.waits_for, early.unused_events]).toEqual(['park', 1]);
  expect(simulated(flow, { events: [{ park: 'fetched' }] })).toMatchObject({ waits_for: 'park', ended: false });
});
