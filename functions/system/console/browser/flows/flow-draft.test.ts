import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  changed,
  connected,
  exitFieldsOf,
  exitsOf,
  freeName,
  redone,
  undone,
  unreachableSteps,
  withoutStep,
  withStep,
  withStepAfter,
  type Flow,
  type History,
} from './flow-draft.ts';

const flow: Flow = {
  name: 'Reception',
  start: 'welcome',
  steps: {
    welcome: { type: 'play', prompt: { say: 'Hello' }, next: 'menu' },
    menu: { type: 'menu', choices: { 1: 'sales', 2: 'welcome' }, timeout: 'sales' },
    vip: { type: 'branch', when: [{ variable: 'caller', prefix: '+44', to: 'sales' }], else: 'menu' },
    sales: { type: 'hangup' },
  },
};
const fields: Readonly<Record<string, readonly string[]>> = {
  play: ['next'],
  menu: ['invalid', 'timeout'],
  branch: ['else'],
};
const fieldsOf = (type: string) => fields[type] ?? [];

test('the fields that name a step are known by their description', () => {
  const properties = {
    prompt: { description: 'What is played' },
    next: { type: 'string', description: 'The step after it; absent: the call ends' },
    choices: { type: 'object', description: 'The step of each digit' },
  };
  expect(exitFieldsOf({ properties })).toEqual(['next']);
});

test('ways out are digits, conditions and fields, also those that lead nowhere', () => {
  const { menu, vip } = flow.steps;
  if (menu === undefined || vip === undefined) throw new Error('The flow has these steps');
  expect(exitsOf(menu, fieldsOf('menu')).map(({ label, to }) => [label, to])).toEqual([
    ['key 1', 'sales'],
    ['key 2', 'welcome'],
    ['another key', undefined],
    ['no key', 'sales'],
  ]);
  expect(exitsOf(vip, fieldsOf('branch')).map(({ label, to }) => [label, to])).toEqual([
    ['caller begins with +44', 'sales'],
    ['otherwise', 'menu'],
  ]);
});

test('a way is led elsewhere, and to the end of the call', () => {
  expect(connected(flow, 'menu', ['choices', '2'], 'vip').steps['menu']).toMatchObject({
    choices: { 1: 'sales', 2: 'vip' },
  });
  expect(connected(flow, 'vip', ['when', 0, 'to'], 'menu').steps['vip']?.['when']).toEqual([
    { variable: 'caller', prefix: '+44', to: 'menu' },
  ]);
  expect(connected(flow, 'menu', ['timeout'], undefined).steps['menu']).not.toHaveProperty('timeout');
  expect(connected(flow, 'nothing', ['next'], 'menu')).toBe(flow);
});

test('no way leads to a step that was removed, which may have been the first', () => {
  const without = withoutStep(flow, 'sales', fieldsOf);
  expect(without.steps['menu']).toEqual({ type: 'menu', choices: { 2: 'welcome' } });
  expect(without.steps['vip']?.['when']).toEqual([{ variable: 'caller', prefix: '+44' }]);
  expect(withoutStep(flow, 'welcome', fieldsOf).start).toBe('menu');
});

test('a new step has a free name', () => {
  expect(freeName(flow, 'dial')).toBe('dial');
  const more = withStep(flow, freeName(flow, 'menu'), { type: 'menu' });
  expect(Object.keys(more.steps)).toContain('menu-2');
  expect(freeName(more, 'menu')).toBe('menu-3');
});

test('a new step follows another one: by the next key of a menu, else by its first way that leads nowhere', () => {
  const added = { name: 'message', step: { type: 'voicemail' } };
  const after = (name: string): Flow => withStepAfter(flow, name, added, fieldsOf(flow.steps[name]?.type ?? ''));
  expect(after('menu').steps['menu']).toMatchObject({ choices: { 1: 'sales', 2: 'welcome', 3: 'message' } });
  // Its only way is taken.
  expect(after('welcome').steps['welcome']).toEqual(flow.steps['welcome']);
  expect(after('sales').steps['message']).toEqual({ type: 'voicemail' });
  const free = { ...flow, steps: { ...flow.steps, welcome: { type: 'play' } } };
  expect(withStepAfter(free, 'welcome', added, ['next']).steps['welcome']).toEqual({ type: 'play', next: 'message' });
});

test('a step to which no way leads from the first one is not reached', () => {
  expect(unreachableSteps(flow, fieldsOf)).toEqual(['vip']);
  expect(unreachableSteps({ ...flow, start: 'vip' }, fieldsOf)).toEqual([]);
});

test('what is undone is as it was, and is done once more', () => {
  const numbers = fc.array(fc.integer(), { minLength: 1, maxLength: 90 });
  fc.assert(
    fc.property(numbers, fc.nat(100), (values, steps) => {
      const begin: History<number> = { past: [], present: 0, future: [] };
      const done = values.reduce((history, value) => changed(history, value), begin);
      const back = Array.from({ length: Math.min(steps, values.length) });
      const before = back.reduce<History<number>>((history) => undone(history), done);
      expect(before.present).toBe([0, ...values][values.length - back.length]);
      expect(back.reduce<History<number>>((history) => redone(history), before)).toEqual(done);
    }),
  );
  expect(undone({ past: [], present: 1, future: [] }).present).toBe(1);
});
