import { expect, test } from 'vitest';
import { consequencesOf, type Dependents } from './consequences.ts';

type Type = Dependents['dependents'][number]['type'];

const dependentsOf = (types: readonly Type[], truncated = false): Dependents => ({
  dependents: types.map((type, at) => ({ type, id: String(at), name: 'One', path: 'route' })),
  truncated,
});

test('what goes with a person is said for each kind of dependents, with their number', () => {
  const types: readonly Type[] = ['number', 'number', 'number', 'device', 'sim', 'ring_group', 'flow', 'user'];
  expect(consequencesOf('user', dependentsOf(types))).toEqual([
    '3 numbers ring nothing after this.',
    '1 phone has no user after this.',
    '1 SIM card has no user after this.',
    '1 ring group rings one person less.',
    '1 call flow does not reach this person after this.',
    'Calls that 1 person forwards here are not forwarded after this.',
  ]);
});

test('what sends calls to a flow is counted together', () => {
  expect(consequencesOf('flow', dependentsOf(['ring_group', 'flow', 'blocked_caller', 'user', 'user']))).toEqual([
    'Calls that 3 other places send here end.',
    'Calls that 2 people forward here are not forwarded after this.',
  ]);
});

test('what rings a group, and what asks for hours, is said when they go', () => {
  expect(consequencesOf('ring_group', dependentsOf(['number', 'flow', 'ring_group']))).toEqual([
    '1 number rings nothing after this.',
    'Calls that 2 other places send here end.',
  ]);
  expect(consequencesOf('schedule', dependentsOf(['flow', 'user', 'user']))).toEqual([
    '1 call flow asks for hours that no longer exist.',
    '2 people have no hours after this.',
  ]);
});

test('that there may be more is said, also of nothing', () => {
  expect(consequencesOf('user', dependentsOf([], true))).toEqual(['More may depend on it than is listed.']);
  expect(consequencesOf('user', dependentsOf([]))).toEqual([]);
  expect(consequencesOf('flow', undefined)).toEqual([]);
});
