import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { keepRegistered, type Registering } from './registration.ts';
import type { Action } from './state.ts';

/** A registration that fails and succeeds as the test says. */
function newRegistration(isConnected = true) {
  type Listener = Parameters<Registering['on']>[1];
  const listeners = new Map<string, Listener>();
  const on: Registering['on'] = (event, listener) => listeners.set(event, listener);
  const emit = (event: string, failure: Parameters<Listener>[0] = {}): void => listeners.get(event)?.(failure);
  const actions: Action[] = [];
  const register = vi.fn();
  const agent = { on, register, isConnected: () => isConnected };
  const end = keepRegistered(
    agent,
    (action) => void actions.push(action),
    () => 0,
  );
  const fail = (status?: number, retryAfter?: string): void => {
    const getHeader = (name: string) => (name === 'retry-after' ? retryAfter : undefined);
    const response = status === undefined ? null : { status_code: status, getHeader };
    emit('registrationFailed', { cause: 'SIP Failure Code', response });
  };
  return { emit, actions, register, end, fail };
}

describe('a registration that fails', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test.each([['503', 503] as const, ['without a response', undefined] as const])(
    'is attempted again: %s',
    (_how, status) => {
      const { register, fail, actions } = newRegistration();
      fail(status);
      expect(actions).toMatchObject([{ kind: 'interrupted' }]);
      vi.advanceTimersByTime(1_999);
      expect(register).not.toHaveBeenCalled();
      vi.advanceTimersByTime(1);
      expect(register).toHaveBeenCalledTimes(1);
    },
  );

  test('waits twice as long each time, at most a minute, until it succeeds', () => {
    const { emit, register, fail } = newRegistration();
    const waited = Array.from({ length: 8 }, () => {
      fail(500);
      const [before, times] = [Date.now(), register.mock.calls.length];
      vi.advanceTimersToNextTimer();
      expect(register).toHaveBeenCalledTimes(times + 1);
      return (Date.now() - before) / 1_000;
    });
    expect(waited).toEqual([2, 4, 8, 16, 32, 60, 60, 60]);
    emit('registered');
    fail(500);
    vi.advanceTimersByTime(2_000);
    expect(register).toHaveBeenCalledTimes(9);
  });

  test('waits as long as the server wants it to', () => {
    const { register, fail } = newRegistration();
    fail(503, '30 (upgrade)');
    vi.advanceTimersByTime(29_999);
    expect(register).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(register).toHaveBeenCalledTimes(1);
  });

  test.each([403, 404])('is over when the line has ended: %i', (status) => {
    const { register, fail, actions } = newRegistration();
    fail(status);
    vi.advanceTimersByTime(600_000);
    expect(register).not.toHaveBeenCalled();
    expect(actions).toMatchObject([{ kind: 'signed out' }]);
  });

  test.each([
    ['is registered', 'registered'],
    ['has lost its connection, which registers it when it is back', 'disconnected'],
  ])('is not attempted by a timer once it %s', (_what, event) => {
    const { emit, register, fail } = newRegistration();
    fail(503);
    emit(event);
    vi.advanceTimersByTime(600_000);
    expect(register).not.toHaveBeenCalled();
  });

  test('is not attempted without a connection, or after its end', () => {
    const without = newRegistration(false);
    without.fail();
    const ended = newRegistration();
    ended.fail();
    ended.end();
    vi.advanceTimersByTime(600_000);
    expect([without.register.mock.calls, ended.register.mock.calls]).toEqual([[], []]);
  });
});
