import { expect, test } from 'vitest';
import { draftProblem, isAsked, newCallsForm, problemsOf, readCalls } from './simulated-calls.ts';

const now = Date.parse('2026-01-08T00:00:00Z');
const numbersForm = { ...newCallsForm, source: 'numbers' } as const;
const between = { ...newCallsForm, period: 'between' } as const;

test('the records of the last days are asked for by their period', () => {
  expect(readCalls(newCallsForm, now)).toEqual({
    cdrs: { start: '2026-01-01T00:00:00.000Z', end: '2026-01-08T00:00:00.000Z', limit: 1_000 },
    lines: [],
  });
});

test('a period of its own has a start, a later end, and a number of calls', () => {
  expect(readCalls({ ...between, limit: '' }, now)).toEqual({
    start: 'Enter the start of the period.',
    end: 'Enter the end of the period.',
    limit: 'Enter a whole number from 1 to 10,000.',
  });
  const reversed = { ...between, start: '2026-01-02T00:00', end: '2026-01-01T00:00' };
  expect(readCalls(reversed, now)).toEqual({ end: 'The period must end after it starts.' });
  const read = readCalls({ ...between, start: '2026-01-01T00:00', end: '2026-01-02T00:00' }, now);
  expect(isAsked(read) && read.cdrs?.start).toBe(new Date('2026-01-01T00:00').toISOString());
});

test('each line is a call, with a caller of its own or that of all', () => {
  const form = { ...numbersForm, numbers: '100, +1415\n\n 200 \n', caller: '+1212', groups: ['desk'] };
  expect(readCalls(form, now)).toEqual({
    calls: [
      { called: '100', caller: '+1415', groups: ['desk'] },
      { called: '200', caller: '+1212', groups: ['desk'] },
    ],
    lines: [1, 3],
  });
  expect(readCalls(numbersForm, now)).toEqual({ numbers: 'Enter at least one number.' });
  expect(readCalls({ ...numbersForm, numbers: '1\n'.repeat(1_001) }, now)).toEqual({
    numbers: 'Enter at most 1,000 numbers; these are 1,001.',
  });
});

test('what the API says is said at the field, with the line of the number', () => {
  const details = [
    { path: 'calls[1].called', message: 'is wrong' },
    { path: 'cdrs.limit', message: 'is too large' },
    { path: 'draft.policies[0].conditions.pattern', message: 'is no pattern' },
  ];
  expect(problemsOf(details, [1, 3])).toEqual({ numbers: 'Line 3: is wrong', limit: 'is too large' });
  expect(draftProblem(details)).toBe('policies[0].conditions.pattern: is no pattern');
  expect(draftProblem([])).toBeNull();
});
