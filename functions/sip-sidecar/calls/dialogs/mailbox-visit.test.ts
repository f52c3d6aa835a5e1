import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DialogCall } from './dialog.fixture.ts';
import { dialogLimits } from './dialog.ts';
import { typesPin, visitBegin, visitScript } from './mailbox-visit.ts';
import type { HeardMessage, VisitedMailbox, VisitPlace, VisitResult, VisitSetup, VisitWork } from './visit-places.ts';

const setup: VisitSetup = { organization: 1_001, mailbox: null, user: null, language: 'en' };
const visit: VisitedMailbox = {
  ...{ mailbox: '204', language: 'en', zone: 'Europe/Berlin', may_call_back: true },
  ...{ fresh: 1, queue: ['vm_1', 'vm_2'], at: 0 },
};
const noon = Date.parse('2026-11-20T12:00:00.000Z');
const message = (id: string, more: Partial<HeardMessage> = {}): HeardMessage => ({
  ...{ id, audio: id, received: noon, now: noon, seconds: 20, urgent: false, number: '+14155550100' },
  ...{ caller: [{ platform: 'prompt', language: 'en', name: 'number-1' }] },
  ...more,
});
const entered: VisitResult = { type: 'entered', visit };

type Call = DialogCall<VisitPlace, VisitWork, VisitResult>;
const done = (call: Call, result: VisitResult) => call.take({ type: 'done', result });

function begun(more: Partial<VisitSetup> = {}): Call {
  const call = new DialogCall(visitScript({ ...setup, ...more }), visitBegin);
  call.take({ type: 'started' });
  return call;
}

/** A call that hears the first message. */
function hearing(more: Partial<HeardMessage> = {}): Call {
  const call = begun({ mailbox: '204', user: 'usr_1' });
  done(call, entered);
  call.take({ type: 'played' });
  done(call, { type: 'message', message: message('vm_1', more) });
  return call;
}

/** A call that has heard it, and is asked what to do. */
function asked(more: Partial<HeardMessage> = {}): Call {
  const call = hearing(more);
  call.take({ type: 'played' });
  call.take({ type: 'played' });
  done(call, { type: 'ok' });
  expect(call.state.place.at).toBe('actions');
  return call;
}

test('who calls from outside types the mailbox and the PIN, and hears how many messages there are', () => {
  const call = begun();
  call.press('204#');
  call.press('4711#');
  expect(call.works).toEqual([{ type: 'log_in', mailbox: '204', pin: '4711' }]);
  done(call, entered);
  expect(call.heard).toEqual(['enter-mailbox', 'enter-pin', 'one-new-message', 'one-saved-message']);
});

test('a number with a mailbox asks for its PIN only', () => {
  const call = begun({ mailbox: '204' });
  expect(call.heard).toEqual(['enter-pin']);
  call.press('4711#');
  expect(call.works).toEqual([{ type: 'log_in', mailbox: '204', pin: '4711' }]);
});

test('a registered phone is asked for a PIN only if it needs one', () => {
  const call = begun({ mailbox: '204', user: 'usr_1' });
  expect(call.works).toEqual([{ type: 'log_in', mailbox: '204', pin: null }]);
  done(call, { type: 'wrong' });
  expect(call.heard).toEqual(['enter-pin']);
});

test('after three wrong log-ins the call ends; a locked mailbox says so', () => {
  const call = begun();
  for (let times = 0; times < 3; times += 1) {
    call.press('204#4711#');
    done(call, { type: 'wrong' });
    call.take({ type: 'played' });
  }
  expect(call.works).toHaveLength(3);
  expect(call.heard.at(-1)).toBe('goodbye');
  const locked = begun();
  locked.press('204#4711#');
  done(locked, { type: 'locked' });
  expect(locked.heard.at(-1)).toBe('locked-out');
});

test('a message is announced with its time and caller, is played, and is read after it', () => {
  const call = hearing({ urgent: true });
  expect(call.heard.slice(2)).toEqual([
    ...['first-message', 'urgent-message', 'received', 'today', 'at-hour', 'number-13', 'on-the-hour', 'from'],
    'number-1',
  ]);
  call.take({ type: 'played' });
  expect(call.heard.at(-1)).toBe('sound');
  expect(call.works.at(-1)).toMatchObject({ type: 'fetch' });
  call.take({ type: 'played' });
  expect(call.works.at(-1)).toEqual({ type: 'read', mailbox: '204', message: 'vm_1' });
});

test('a caller that is not known is said to be so', () => {
  expect(hearing({ caller: [], number: null }).heard.at(-1)).toBe('from-unknown-caller');
});

test('7 goes back five seconds, and 9 on, to the begin and the end of the message', () => {
  const call = hearing();
  call.take({ type: 'played' });
  const from = () => (call.state.place.at === 'playing' ? call.state.place.from : undefined);
  call.at += 3_000;
  call.press('9');
  expect(from()).toBe(8_000);
  call.at += 1_000;
  call.press('7');
  expect(from()).toBe(4_000);
  call.press('7');
  expect(from()).toBe(0);
  call.press('9999');
  expect(call.works.at(-1)).toEqual({ type: 'read', mailbox: '204', message: 'vm_1' });
});

test.each([
  ['2', { type: 'save', mailbox: '204', message: 'vm_1' }],
  ['3', { type: 'delete', mailbox: '204', message: 'vm_1' }],
  ['4', { type: 'call', mailbox: '204', number: '+14155550100' }],
  ['6', { type: 'fetch', mailbox: '204', message: 'vm_2' }],
])('the key %s asks for %o', (key, work) => {
  const call = asked();
  call.press(key);
  expect(call.works.at(-1)).toEqual(work);
});

test('1 announces and plays it again', () => {
  const call = asked();
  call.press('1');
  expect(call.state.place.at).toBe('announcing');
});

test('who may not call back, or does not know whom, is told', () => {
  const call = asked({ number: null });
  call.press('4');
  expect([call.heard.at(-1), call.works.at(-1)?.type]).toEqual(['cannot-call-back', 'read']);
});

test('a message is forwarded with a comment, and without one that is too short', () => {
  for (const [milliseconds, comment] of [
    [3_000, 'vm_9'],
    [1_000, null],
  ] as const) {
    const call = asked();
    call.press('5205#');
    expect(call.works.at(-1)).toEqual({ type: 'comment', to: '205' });
    done(call, { type: 'opened', message: 'vm_9' });
    call.take({ type: 'played' });
    call.at += milliseconds;
    call.press('#');
    call.take({ type: 'recorded', ok: true });
    if (comment === null) done(call, { type: 'ok' });
    expect(call.works.at(-1)).toEqual({ type: 'forward', mailbox: '204', message: 'vm_1', to: '205', comment });
  }
});

test('who hangs up while it comments forwards nothing, and leaves no comment', () => {
  const call = asked();
  call.press('5205#');
  done(call, { type: 'opened', message: 'vm_9' });
  expect(call.take({ type: 'hung_up' })).toContainEqual({ type: 'finish', work: { type: 'drop', message: 'vm_9' } });
});

test('a message that is gone in between is skipped', () => {
  const call = begun({ mailbox: '204', user: 'usr_1' });
  done(call, entered);
  call.take({ type: 'played' });
  done(call, { type: 'missing' });
  done(call, { type: 'missing' });
  expect(call.heard.at(-1)).toBe('no-more-messages');
});

test('a PIN is changed when both entries are the same', () => {
  const call = asked();
  call.press('0');
  call.press('38152#8152#');
  expect(call.works.at(-1)).toEqual({ type: 'change_pin', mailbox: '204', pin: '8152' });
  done(call, { type: 'ok' });
  expect(call.heard.at(-1)).toBe('pin-changed');
  const other = asked();
  other.press('0');
  other.press('38152#8153#');
  expect(other.heard.at(-1)).toBe('pins-differ');
});

const results: readonly VisitResult[] = [
  entered,
  { type: 'message', message: message('vm_1') },
  { type: 'opened', message: 'vm_9' },
  ...(['ok', 'wrong', 'locked', 'missing', 'full', 'weak'] as const).map((type) => ({ type })),
];
const events = fc.oneof(
  fc.record({ type: fc.constant('digit' as const), digit: fc.constantFrom(...Array.from('0123456789*#')) }),
  fc.record({ type: fc.constantFrom('played' as const, 'timer' as const) }),
  fc.record({ type: fc.constant('recorded' as const), ok: fc.boolean() }),
  fc.record({ type: fc.constant('done' as const), result: fc.constantFrom(...results) }),
);

test('whatever a caller does, no step is unbounded, nothing is done before a log-in, and no PIN is movable', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(events, fc.integer({ min: 0, max: 5_000 })), { maxLength: 150 }), (happening) => {
      const call = begun();
      let isIn = false;
      for (const [event, time] of happening) {
        call.at += time;
        const before = call.works.length;
        if (event.type === 'done' && event.result.type === 'entered' && call.state.phase === 'working') isIn = true;
        call.take(event);
        if (!isIn) expect(call.works.slice(before).every(({ type }) => type === 'log_in')).toBe(true);
        // What moves is stored.
        if ('pin' in call.state.place) expect(typesPin(call.state.place)).toBe(true);
      }
      call.take({ type: 'hung_up' });
      if (call.state.phase === 'leaving') call.take({ type: 'done', result: { type: 'missing' } });
      expect(call.state.phase).toBe('ended');
      expect(call.state.entered).toBeLessThanOrEqual(dialogLimits.entered + 1);
    }),
    { numRuns: 300 },
  );
});
