import { expect, test } from 'vitest';
import { examples } from '#functions/telephony/call-flows/examples.ts';
import { contracts, contractsByArea, services } from '#functions/contracts.ts';
import { derive } from './derived.ts';
import { bodyOf, editableValues, fieldsOf as fieldsOfBody } from './browser/kit/form-fields.ts';
import type { Operations } from './operations.ts';
import type { Step } from './browser/flows/flow-draft.ts';
import { fieldsOfStep, stepOf, valuesOfStep, variantsOf } from './browser/flows/step-fields.ts';
import { flowForm, stepForms, stepTitles } from './browser/flows/step-words.ts';
import { namesIn } from './browser/kit/arrangement.ts';

const operations = (derive(contracts, contractsByArea, services) as Readonly<Record<string, Operations>>)[
  'operations-telephony.json'
];
if (operations === undefined) throw new Error('There are operations of telephony');
const variants = variantsOf(operations.operations['PUT /callflows/{id}']?.body ?? {}, operations);

const fieldsOf = (type: string) => fieldsOfStep(variants.get(type) ?? {}, operations, { choices: ['one', 'two'] });

/** A step as it is opened and left without a change. */
function untouched(step: Step): Step {
  const fields = fieldsOf(step.type);
  return stepOf(step.type, bodyOf(fields, editableValues(fields, valuesOfStep(step, fields)), undefined));
}

const when = [
  { variable: 'caller', equals: '', to: 'one' },
  { variable: 'caller', prefix: '+44', to: 'one' },
  { variable: 'day', in: ['mo', 'tu'], to: 'two' },
  { variable: 'order', matches: '^[0-9]+$', to: 'two' },
  { variable: 'age', between: [0, 17], to: 'one' },
];

const steps: readonly Step[] = [
  { type: 'play', prompt: { say: 'Hello', as: 'digits', language: 'en-GB' }, answer: false, next: 'one' },
  { type: 'play', prompt: [{ file: 'file_1' }, { say: 'Hello' }] },
  { type: 'menu', prompt: { file: 'file_1' }, choices: { 1: 'one', '*': 'two' }, tries: 2, invalid: 'one' },
  { type: 'menu', choices: { '#': 'one' } },
  { type: 'collect', max: 4, end_key: null, into: 'order', next: 'one' },
  { type: 'collect', max: 4, end_key: '*', into: 'order' },
  { type: 'time', schedule: 'sch_1', open: 'one', closed: 'two' },
  { type: 'branch', when, else: 'two' },
  { type: 'set', variables: { greeting: 'Hello', order: '{{digits}}' } },
  { type: 'dial', to: ['204', { user: 'usr_1' }], music: 'file_1', announce: { say: 'A call' }, accept_key: '1' },
  { type: 'voicemail', mailbox: '204', greeting: { say: 'Speak' } },
  { type: 'mailbox' },
  { type: 'record', into: 'memo', beep: false },
  { type: 'webhook', url: 'https://example.com', send: ['caller'], failed: 'two' },
  { type: 'sms', to: '{{caller}}', text: 'We call back' },
  { type: 'goto', step: 'two' },
  { type: 'dtmf', digits: '12#' },
  { type: 'pause', seconds: 2 },
  { type: 'park', timeout_seconds: 60, full: 'one' },
  { type: 'hangup', reason: 'busy' },
];

test('each kind of step has a name, fields without JSON, and an example here', () => {
  expect(Object.keys(stepTitles).toSorted()).toEqual([...variants.keys()].toSorted());
  expect(new Set(steps.map(({ type }) => type))).toEqual(new Set(variants.keys()));
  for (const type of variants.keys()) expect(fieldsOf(type).map(({ kind }) => kind)).not.toContain('json');
});

test('the form of each kind of step names all of its fields, so that none is said in the words of the API', () => {
  for (const type of variants.keys())
    expect(namesIn(stepForms[type] ?? { groups: [] }).toSorted()).toEqual(
      fieldsOf(type)
        .map(({ name }) => name)
        .toSorted(),
    );
  const { body = {} } = operations.operations['PUT /callflows/{id}'] ?? {};
  const others = fieldsOfBody(body, operations, undefined).map(({ name }) => name);
  expect(namesIn(flowForm).toSorted()).toEqual(
    others.filter((name) => !['name', 'start', 'steps'].includes(name)).toSorted(),
  );
});

test.each(steps)('a step is as it was when nothing is filled in: %j', (step) => {
  expect(untouched(step)).toEqual(step);
});

test('the steps of the example are as they were', () => {
  for (const step of Object.values(examples.saveCallFlow.steps)) expect(untouched(step as Step)).toEqual(step);
});

test('digits of a menu are chosen, each with its step', () => {
  const choices = fieldsOf('menu').find(({ name }) => name === 'choices');
  expect(choices).toMatchObject({ kind: 'pairs', value: { kind: 'choice', choices: ['one', 'two'] } });
  expect((choices as { keys: readonly string[] }).keys).toHaveLength(12);
});

test('a prompt that must be there begins with a text, and one that is left empty is none', () => {
  const fields = fieldsOf('play');
  expect(valuesOfStep({ type: 'play' }, fields)['prompt']).toEqual([{ part: 'text' }]);
  expect(untouched({ type: 'play' })).toEqual({ type: 'play' });
});

test('a condition has the fields of its test', () => {
  const [rows] = fieldsOf('branch').filter(({ name }) => name === 'when');
  if (rows?.kind !== 'rows') throw new Error('conditions are rows');
  const shownOf = (row: object) =>
    rows.fields.map(({ name }) => name).filter((name) => rows.isShown?.(name, { ...row }));
  expect(shownOf({ test: 'between' })).toEqual(['variable', 'test', 'from', 'until', 'to']);
  expect(shownOf({ test: 'in' })).toEqual(['variable', 'test', 'in', 'to']);
});
