import { expect, test } from 'vitest';
import { idOf, nothingLoaded, rowsOf, withPage } from '../kit/pages.ts';
import { RecentCalls, withCalls } from './live-calls.ts';

const states = ['created', 'trying', 'ringing', 'answered', 'hangup'] as const;

/** A call that is in a state since a second of its own. */
const call = (id: string, status: (typeof states)[number] = 'created') => {
  const entered = states.slice(0, states.indexOf(status) + 1);
  const timestamps = Object.fromEntries(entered.map((each, at) => [each, `2026-11-25T10:00:0${at}.000Z`]));
  return { id, status, timestamps };
};

const page = (ids: string, next: string) => ({
  rows: ids.split('').map((id) => call(id, 'trying')),
  next,
  total: null,
});

/** Calls z to u, newest first, of which those before v are not loaded. */
const loaded = withPage(withPage(nothingLoaded, '', page('zy', 'after y')), 'after y', page('xv', 'after v'));
const whole = { ...loaded, next: '' };
const shown = (list: typeof loaded): string =>
  rowsOf(list)
    .map((row) => `${idOf(row)} ${String(row['status'])}`)
    .join(', ');

test('a call is shown in its later state, whatever the order in which its states come', () => {
  expect(shown(withCalls(loaded, [call('x', 'answered')]))).toBe('z trying, y trying, x answered, v trying');
  expect(shown(withCalls(loaded, [call('x', 'created')]))).toBe('z trying, y trying, x trying, v trying');
  const sameInstant = { ...call('x', 'trying'), status: 'early', timestamps: { trying: 'a', early: 'a' } };
  const before = {
    ...loaded,
    pages: [{ token: '', rows: [{ ...call('x'), timestamps: { trying: 'a' } }], isStale: false }],
  };
  expect(shown(withCalls(before, [sameInstant]))).toBe('x early');
});

test('a call that has ended is not shown', () => {
  expect(shown(withCalls(loaded, [call('x', 'hangup'), call('w', 'hangup')]))).toBe('z trying, y trying, v trying');
});

test('a new call is where its id places it', () => {
  const list = withCalls(loaded, [call('w'), call('zz')]);
  expect(shown(list)).toBe('zz created, z trying, y trying, x trying, w created, v trying');
  expect(list.pages.map(({ rows }) => rows.length)).toEqual([3, 3]);
});

test('a call after the last one that is loaded comes with its page', () => {
  expect(shown(withCalls(loaded, [call('a')]))).toBe(shown(loaded));
  expect(shown(withCalls(whole, [call('a')]))).toBe(`${shown(whole)}, a created`);
});

test('the first call of an empty list is shown', () => {
  expect(shown(withCalls(withPage(nothingLoaded, '', page('', '')), [call('a')]))).toBe('a created');
});

test('a call is remembered for a minute after its last event, in its latest state', () => {
  const recent = new RecentCalls();
  recent.take(call('a', 'answered'), 0);
  recent.take(call('b'), 1_000);
  recent.take(call('a', 'ringing'), 30_000);
  expect(recent.callsAt(60_000)).toEqual([call('b'), call('a', 'answered')]);
  recent.take(call('c'), 62_000);
  expect(recent.callsAt(62_000)).toEqual([call('a', 'answered'), call('c')]);
  // No event of its end has come, nor any other.
  expect(recent.callsAt(122_001)).toEqual([]);
});
