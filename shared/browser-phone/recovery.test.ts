import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Recovery, type Restorable } from './recovery.ts';
import type { Action } from './state.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

type Ice = RTCPeerConnection['iceConnectionState'];

/** A line with one established call, whose network comes and goes. */
function newLine() {
  const heard: Record<'registered' | 'disconnected', (() => void)[]> = { registered: [], disconnected: [] };
  const said: Action[] = [];
  const did: string[] = [];
  let [ice, isRegistered, isUp]: [Ice, boolean, boolean] = ['connected', true, true];
  let onIce: () => void = () => undefined;
  let onRestarted: () => void = () => undefined;
  const emit = (event: keyof typeof heard): void => {
    isRegistered = event === 'registered';
    for (const listener of heard[event]) listener();
  };
  const connection = {
    get iceConnectionState() {
      return ice;
    },
    addEventListener: (_name: string, listener: () => void) => void (onIce = listener),
  } as Restorable['connection'];
  const session: Restorable = {
    id: 'one',
    connection,
    isEstablished: () => isUp,
    isEnded: () => !isUp,
    renegotiate: (_options, done) => {
      did.push('restart');
      onRestarted = () => done?.();
      return true;
    },
    terminate: (options) => {
      isUp = false;
      did.push(`end ${options?.cause ?? 'by the person'}`);
    },
  };
  const recovery = new Recovery({
    agent: {
      on: (event, listener) => void heard[event].push(listener),
      register: () => void did.push('register'),
      isRegistered: () => isRegistered,
    },
    sessions: { byId: new Map([['one', session]]), dispatch: (action) => void said.push(action) },
    drop: () => void did.push('drop'),
  });
  recovery.keep(session);
  recovery.watchMedia(session);
  return {
    ...{ session, said, did, emit },
    become: (state: Ice): void => {
      ice = state;
      onIce();
      // As JsSIP does.
      if (state === 'failed') session.terminate({ cause: 'RTP Timeout' });
    },
    restarted: () => onRestarted(),
  };
}

const isReconnecting = (said: readonly Action[]) =>
  said.map((action) => (action.kind === 'reconnecting' ? action.isReconnecting : null));

test('a call whose connection was lost restarts its media over the next one', () => {
  const { did, said, emit, restarted, become } = newLine();
  emit('disconnected');
  emit('registered');
  expect(did).toEqual(['restart']);
  become('checking');
  restarted();
  become('connected');
  expect(isReconnecting(said)).toEqual([true, false]);
});

test('a call without media asks whether the platform is there, and connects anew if it is not', () => {
  const { did, become, emit } = newLine();
  become('disconnected');
  vi.advanceTimersByTime(2_000);
  expect(did).toEqual(['register']);
  vi.advanceTimersByTime(4_000);
  expect(did).toEqual(['register', 'drop']);
  emit('disconnected');
  become('failed');
  emit('registered');
  expect(did).toEqual(['register', 'drop', 'restart']);
});

test('if the platform is there, the other side has time to come back', () => {
  const { did, said, become, emit } = newLine();
  become('disconnected');
  vi.advanceTimersByTime(2_000);
  emit('registered');
  become('failed');
  vi.advanceTimersByTime(4_999);
  expect(did).toEqual(['register']);
  vi.advanceTimersByTime(5_001);
  expect(did).toEqual(['register', 'restart']);
  become('connected');
  expect(isReconnecting(said)).toEqual([true, false]);
});

test('a gap of a second is none', () => {
  const { did, said, become } = newLine();
  become('disconnected');
  vi.advanceTimersByTime(1_000);
  become('connected');
  vi.advanceTimersByTime(60_000);
  expect([did, said]).toEqual([[], []]);
});

test('a restart that fails is tried again, until the call was lost for 30 s', () => {
  const { did, session, emit } = newLine();
  emit('disconnected');
  emit('registered');
  for (let second = 0; second < 29; second += 1) {
    session.terminate({ cause: 'WebRTC Error' });
    vi.advanceTimersByTime(1_000);
  }
  expect(did.filter((each) => each === 'restart').length).toBeGreaterThan(10);
  expect(session.isEnded()).toBe(false);
  vi.advanceTimersByTime(1_000);
  expect(did.at(-1)).toBe('end RTP Timeout');
});

test.each([undefined, 'SIP Failure Code', 'WebRTC Error'])('a call ends at once for another reason: %s', (cause) => {
  const { did, session } = newLine();
  session.terminate(cause === undefined ? {} : { cause });
  expect(did).toEqual([`end ${cause ?? 'by the person'}`]);
});

test('a person ends a call that is lost', () => {
  const { did, session, emit } = newLine();
  emit('disconnected');
  session.terminate();
  vi.advanceTimersByTime(60_000);
  expect(did).toEqual(['end by the person']);
});
