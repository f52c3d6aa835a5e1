import { expect, test } from 'vitest';
import { noon } from '#test/support/dependencies.fixture.ts';
import { isByPhone, learnFact, openMessage, reviewTime, type PhoneMessage } from './phone-message.ts';

const opened = openMessage({
  ...{ id: 'vm_1', mailbox: '204', owners: ['usr_1'], caller_number: '+14155550100', caller_name: null },
  ...{ call_id: 'call_1', now: noon },
});
const stored = { type: 'stored', size: 48_044, duration_seconds: 3 } as const;
const kept = { type: 'kept', urgent: true } as const;

function phone(message: object): PhoneMessage {
  if (!isByPhone(message as PhoneMessage)) throw new Error('it is no message by phone');
  return message as PhoneMessage;
}

test('a message that is recorded waits, and has no length', () => {
  expect(opened).toMatchObject({ status: 'pending', size: 0, duration_seconds: 0, audio: 'vm_1', urgent: false });
  expect(isByPhone(opened)).toBe(true);
});

test.each([
  ['stored first', [stored, kept]],
  ['kept first', [kept, stored]],
])('it is new when it is stored and kept: %s', (_order, [first, second]) => {
  if (first === undefined || second === undefined) throw new Error('two facts');
  const waiting = learnFact(phone(opened), first);
  expect([waiting.status, isByPhone(waiting)]).toEqual(['pending', true]);
  const after = learnFact(phone(waiting), second);
  expect(after).toMatchObject({ status: 'new', size: 48_044, duration_seconds: 3, urgent: true, version: 3 });
  expect([after.phone, isByPhone(after)]).toEqual([undefined, false]);
});

test('a fact that comes twice changes nothing else', () => {
  const twice = learnFact(phone(learnFact(phone(opened), stored)), stored);
  expect(twice).toMatchObject({ status: 'pending', phone: { stored: true, kept: false } });
});

test('a message of the API is none by phone', () => {
  expect(isByPhone(undefined)).toBe(false);
  expect(isByPhone({ ...opened, phone: undefined } as never)).toBe(false);
});

test('a caller has the time to listen thrice and to decide, before it is decided for it', () => {
  expect(reviewTime({ duration_seconds: 60 })).toBe(4 * 60_000 + 3 * 60_000);
});
