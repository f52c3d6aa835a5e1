import { expect, test } from 'vitest';
import { errorOf } from '#test/support/errors.fixture.ts';
import {
  assertUnused,
  auditedFlow,
  checkedSteps,
  exampleSteps,
  headOf,
  NewCallFlow,
  newFlow,
  presentFlow,
  replaceFlow,
  supportedSteps,
  unreachableSteps,
  unsentTemplates,
} from './call-flow.ts';
import { flowOf } from './flow-walk.fixture.ts';

const body = (steps: object, fields: object = {}) =>
  NewCallFlow.parse({ name: 'Main', start: Object.keys(steps)[0], steps, ...fields });
const rules = { country: 'DE', hasSpeech: true };
const hangup = { type: 'hangup' };

/** The paths of the violations. */
function faultsOf(steps: object, fields: object = {}, more: object = {}): [string, string[]] {
  const { code = '', details = [] } = errorOf(() => checkedSteps(body(steps, fields), { ...rules, ...more })) ?? {};
  return [code, details.map(({ path }) => path)];
}

test('the example is accepted', () => {
  expect(faultsOf(exampleSteps)).toEqual(['', []]);
});

test('a step that goes to no known step is a violation at its path, and all are named', () => {
  const steps = {
    menu: { type: 'menu', choices: { '1': 'nowhere', '2': 'menu' }, timeout: 'constructor' },
    who: { type: 'branch', when: [{ variable: 'x', equals: '1', to: 'none' }] },
    again: { type: 'goto', step: 'lost' },
  };
  expect(faultsOf(steps)).toEqual([
    'VALIDATION_FAILED',
    ['steps.menu.choices.1', 'steps.menu.timeout', 'steps.who.when[0].to', 'steps.again.step'],
  ]);
  expect(faultsOf({ end: hangup }, { start: 'begin' })).toEqual(['VALIDATION_FAILED', ['start']]);
});

test.each(['queue', 'conference'])('a step %s is not supported yet', (type) => {
  expect(faultsOf({ later: { type } })).toEqual(['NOT_YET_SUPPORTED', ['steps.later.type']]);
});

test('a message has either a text or a template', () => {
  expect(faultsOf({ text: { type: 'sms', to: '+46701234567', template: 'etpl_1' } })).toEqual(['', []]);
});

test.each(['caller_name', 'header'])('a caller writes to no stranger by a template either: %s', (name) => {
  const names = new Map([['etpl_1', new Set(['ticket', name])]]);
  const faultsTo = (to: string, template = 'etpl_1') =>
    unsentTemplates(flowOf({ text: { type: 'sms', to, template } }).steps, names).map(({ path }) => path);
  expect(faultsTo('{{caller}}')).toEqual(['steps.text.template']);
  expect([faultsTo('+46701234567'), faultsTo('{{caller}}', 'etpl_2')]).toEqual([[], []]);
});

test.each(['72500', '112', '204', 'Ann', '+46701234567+46762723477'])('no flow sends a message to %s', (to) => {
  expect(faultsOf({ text: { type: 'sms', to, text: 'Hi' } })).toEqual(['VALIDATION_FAILED', ['steps.text.to']]);
});

test.each(['{{caller_name}} called', '{{ header.x_text }}'])('a caller writes to no stranger: %s', (text) => {
  const textTo = (to: string) => faultsOf({ text: { type: 'sms', to, text } });
  expect(textTo('{{caller}}')).toEqual(['VALIDATION_FAILED', ['steps.text.text']]);
  expect(textTo('0151 12345678')).toEqual(['', []]);
});

test('a message to the caller says what the flow knows', () => {
  expect(faultsOf({ text: { type: 'sms', to: '{{caller}}', text: 'Your ticket: {{ticket}}' } })).toEqual(['', []]);
});

test.each(['112', '110', '1-1-0', '911', '+49110', '+1911', '00112', '011911'])(
  'no flow in Germany dials %s',
  (number) => {
    expect(faultsOf({ call: { type: 'dial', to: ['203', number] } })).toEqual([
      'VALIDATION_FAILED',
      ['steps.call.to[1]'],
    ]);
  },
);

test('what is an emergency number elsewhere is not one here', () => {
  expect(faultsOf({ call: { type: 'dial', to: ['999', '{{digits}}'] } })).toEqual(['', []]);
  expect(faultsOf({ call: { type: 'dial', to: ['999'] } }, {}, { country: 'GB' })[0]).toBe('VALIDATION_FAILED');
});

const branch = (matches: string) => ({ who: { type: 'branch', when: [{ variable: 'x', matches, to: 'who' }] } });

test('a pattern is one of RE2, and small enough to be compiled beside calls', () => {
  expect(faultsOf(branch('^[0-9]+$'))).toEqual(['', []]);
  expect(faultsOf(branch('(1'))).toEqual(['INVALID_PATTERN', ['steps.who.when[0].matches']]);
  expect(faultsOf(branch('([0-9]{60})([0-9]{60})'))).toEqual(['VALIDATION_FAILED', ['steps.who.when[0].matches']]);
});

test('a flow has 50 patterns at most', () => {
  const when = (count: number) =>
    Array.from({ length: count }, (_item, at) => ({ variable: 'x', matches: `${at}`, to: 'one' }));
  const steps = (count: number) => ({
    one: { type: 'branch', when: when(count), else: 'two' },
    two: { type: 'branch', when: when(20) },
  });
  expect(faultsOf(steps(30))).toEqual(['', []]);
  expect(faultsOf(steps(31))).toEqual(['VALIDATION_FAILED', ['steps']]);
});

test('events have no steps, but show that they changed', () => {
  const [one, two] = [exampleSteps, { ...exampleSteps, more: hangup }].map((steps) =>
    auditedFlow(newFlow(body(steps), 'flow_1', { steps: supportedSteps(body(steps).steps), now: saved.now })),
  );
  expect(one).not.toHaveProperty('steps');
  expect(one?.steps_sha256).not.toBe(two?.steps_sha256);
});

test('a language that cannot be said is rejected where it is given', () => {
  const steps = {
    one: { type: 'play', prompt: [{ say: 'one' }, { say: 'two', language: 'xx' }] },
    two: { type: 'play', prompt: { say: 'three' } },
  };
  expect(faultsOf(steps, { language: 'ja' })).toEqual([
    'VALIDATION_FAILED',
    ['language', 'steps.one.prompt[1].language'],
  ]);
  const silent = { one: { type: 'play', prompt: { file: 'file_1' } } };
  expect(faultsOf(silent, { language: 'ja' })).toEqual(['', []]);
});

test('without a provider of speech texts are rejected at their paths', () => {
  const steps = {
    one: { type: 'play', prompt: { say: 'one' } },
    two: { type: 'menu', prompt: [{ file: 'file_1' }, { say: 'two' }], choices: { '1': 'one' } },
    call: { type: 'dial', to: ['203'], announce: { say: 'three' } },
  };
  expect(faultsOf(steps, {}, { hasSpeech: false })).toEqual([
    'SPEECH_UNAVAILABLE',
    ['steps.one.prompt.say', 'steps.two.prompt[1].say', 'steps.call.announce.say'],
  ]);
});

test('a flow has at most 64 KiB of JSON and 200 steps', () => {
  const long = { type: 'play', prompt: { say: 'x'.repeat(900) } };
  const many = (count: number, step: object) =>
    Object.fromEntries(Array.from({ length: count }, (_item, at): [string, object] => [`s${at}`, step]));
  expect(faultsOf(many(60, long))[0]).toBe('');
  expect(faultsOf(many(80, long))).toEqual(['VALIDATION_FAILED', ['steps']]);
  expect(() => body(many(201, hangup))).toThrow('at most 200 steps');
  expect(() => body({})).toThrow();
});

test.each(['Upper', 'a b', '', 'x'.repeat(33), '__proto__'])('%o is no name of a step', (name) => {
  const steps = JSON.parse(`{"end":{"type":"hangup"},${JSON.stringify(name)}:{"type":"hangup"}}`) as object;
  const read = NewCallFlow.safeParse({ name: 'Main', start: 'end', steps });
  expect(read.success && Object.keys(read.data.steps).includes(name)).toBe(false);
});

test.each([
  { type: 'branch', when: [{ variable: 'x', to: 'a' }] },
  { type: 'branch', when: [{ variable: 'x', equals: '1', prefix: '2', to: 'a' }] },
  { type: 'sms', to: '1' },
  { type: 'goto' },
  { type: 'menu', choices: {} },
  { type: 'menu', choices: { A: 'a' } },
  { type: 'record', into: 'x', max_seconds: 3_601 },
  { type: 'set', variables: { caller_id: '{{x}}'.repeat(100) } },
  { type: 'play', prompt: { file: 'file_1', say: 'both' } },
  { type: 'nothing' },
])('%j is no step', (step) => {
  expect(NewCallFlow.safeParse({ name: 'Main', start: 'a', steps: { a: step } }).success).toBe(false);
});

test('steps that no call reaches are warnings', () => {
  const flow = flowOf({
    one: { type: 'pause', seconds: 1, next: 'two' },
    two: hangup,
    lost: { type: 'goto', step: 'far' },
    far: hangup,
  });
  expect(unreachableSteps(flow)).toEqual(['lost', 'far']);
});

test('steps in which a silent caller stays are warnings, of those that calls reach', () => {
  const menu = (choice: string, timeout: string) => ({ type: 'menu', choices: { '1': choice }, timeout });
  const steps = { a: menu('b', 'a'), b: menu('bye', 'c'), c: menu('bye', 'b'), bye: hangup, lost: menu('bye', 'lost') };
  const flow = newFlow(body(steps), 'flow_1', { ...saved, steps: supportedSteps(body(steps).steps) });
  expect(presentFlow(flow, 1001, []).warnings).toEqual([
    'No call reaches the step lost',
    'The step a follows itself: a silent caller stays in it for 60 s',
    'The steps b, c follow one another: a silent caller stays in them for 60 s',
  ]);
});

test('a flow of an earlier version is answered with the time for silent callers that its calls have', () => {
  const { max_silence_seconds: seconds, ...earlier } = newFlow(body(exampleSteps), 'flow_1', saved);
  expect([seconds, presentFlow(earlier, 1001, []).max_silence_seconds]).toEqual([60, 60]);
  const longer = newFlow(body(exampleSteps, { max_silence_seconds: 600 }), 'flow_1', saved);
  expect(presentFlow(longer, 1001, []).max_silence_seconds).toBe(600);
});

const saved = { steps: supportedSteps(body(exampleSteps).steps), now: '2026-11-24T10:00:00.000Z' };

test('a flow counts its versions and keeps its time of creation', () => {
  const first = newFlow(body(exampleSteps), 'flow_1', saved);
  const later = { ...saved, now: '2026-11-25T10:00:00.000Z' };
  const second = replaceFlow(headOf(first), body(exampleSteps, { enabled: false }), later);
  expect(second).toMatchObject({
    id: 'flow_1',
    version: 2,
    enabled: false,
    created_at: saved.now,
    updated_at: later.now,
  });
});

test('a flow is answered without its count of references', () => {
  const flow = newFlow(body(exampleSteps), 'flow_1', saved);
  expect(headOf(flow, { ...headOf(flow), reference_epoch: 3 })).toMatchObject({ step_count: 4, reference_epoch: 3 });
  const shown = presentFlow(flow, 1001, [{ type: 'callflow', id: 'flow_2' }]);
  expect(shown).toMatchObject({ organization_id: 'org_1001', warnings: [], references: [{ id: 'flow_2' }] });
  expect(Object.keys(shown)).not.toContain('reference_epoch');
});

test('a flow that others use is not deleted', () => {
  expect(() => assertUnused([])).not.toThrow();
  expect(() => assertUnused([{ type: 'callflow', id: 'flow_2' }])).toThrow(
    expect.objectContaining({ code: 'FLOW_IN_USE', details: [expect.objectContaining({ path: 'callflow/flow_2' })] }),
  );
});
