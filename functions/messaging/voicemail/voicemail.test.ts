import { describe, expect, test } from 'vitest';
import { heardStates } from '#schema/mailbox.ts';
import type { HeardVoicemail } from '#schema/voicemail.ts';
import {
  assertDepositable,
  assertHeard,
  audioName,
  forwardedCopy,
  mailboxFull,
  mark,
  markingEvent,
  newVoicemail,
  NewVoicemail,
  presentVoicemail,
  VoicemailAction,
} from './voicemail.ts';

const now = new Date('2026-11-20T10:00:00.000Z');
const body = NewVoicemail.parse({ content_type: 'audio/wav', size: 1_000, duration_seconds: 12 });
const pending = newVoicemail(body, { id: 'vm_1', mailbox: '204', owners: ['usr_1'], now });
const heard = (more: Partial<HeardVoicemail> = {}): HeardVoicemail => ({ ...pending, status: 'new', ...more });

describe('a deposit', () => {
  test('waits for its audio, and was received now unless it says otherwise', () => {
    expect(pending).toMatchObject({ status: 'pending', audio: 'vm_1', received_at: now.toISOString(), read_at: null });
    const earlier = '2026-11-19T10:00:00.000Z';
    const imported = newVoicemail(
      { ...body, received_at: earlier },
      { id: 'vm_2', mailbox: '204', owners: ['usr_1'], now },
    );
    expect(imported.received_at).toBe(earlier);
  });

  test('was not received in the future', () => {
    const later = { ...body, received_at: '2026-11-20T10:05:01.000Z' };
    expect(() => newVoicemail(later, { id: 'vm_1', mailbox: '204', owners: ['usr_1'], now })).toThrow(
      expect.objectContaining({ details: [expect.objectContaining({ path: 'received_at' })] }),
    );
  });

  test('is not longer than its mailbox allows, which takes messages', () => {
    const allows = (enabled: boolean, max_duration_seconds: number) => () =>
      assertDepositable({ enabled, max_duration_seconds }, body);
    expect(allows(true, 12)).not.toThrow();
    expect(allows(true, 11)).toThrow(expect.objectContaining({ code: 'VALIDATION_FAILED' }));
    expect(allows(false, 12)).toThrow(expect.objectContaining({ code: 'MAILBOX_DISABLED' }));
  });

  test('cannot be heard before it has its audio', () => {
    expect(() => assertHeard(pending)).toThrow(expect.objectContaining({ code: 'NOT_UPLOADED' }));
    expect(() => assertHeard(heard())).not.toThrow();
  });
});

describe('an action', () => {
  const at = now.toISOString();

  test.each([
    ['new', 'read', 'read'],
    ['read', 'read', 'read'],
    ['saved', 'read', 'saved'],
    ['new', 'save', 'saved'],
    ['read', 'save', 'saved'],
    ['saved', 'unread', 'new'],
    ['read', 'unread', 'new'],
  ] as const)('makes a message that is %s by %s %s', (status, action, after) => {
    expect(mark(heard({ status }), action, at).status).toBe(after);
  });

  test('remembers when the message was first heard, until it is new again', () => {
    const read = mark(heard(), 'read', at);
    const saved = mark(read, 'save', '2026-11-21T10:00:00.000Z');
    expect([read.read_at, saved.read_at, mark(saved, 'unread', at).read_at]).toEqual([at, at, null]);
  });

  test('has an event if the message becomes old, or new', () => {
    const [fresh, read, saved] = heardStates.map((status) => ({ status }));
    expect([
      markingEvent(fresh!, read!),
      markingEvent(fresh!, saved!),
      markingEvent(read!, fresh!),
      markingEvent(read!, saved!),
    ]).toEqual(['voicemail.read', 'voicemail.read', 'voicemail.unread', undefined]);
  });

  test.each([{ action: 'explode' }, { action: 'move' }, { action: 'forward', mailboxes: [] }, {}])(
    '%o is not known',
    (action) => {
      expect(VoicemailAction.safeParse(action).success).toBe(false);
    },
  );
});

test('a forwarded copy is new, and shares the audio', () => {
  const to = { owners: ['usr_2'], id: 'vm_2', mailbox: '205', comment: 'Please call', now: now.toISOString() };
  const copy = forwardedCopy(heard({ status: 'saved', read_at: now.toISOString(), version: 3 }), to);
  expect(copy).toMatchObject({
    ...{ id: 'vm_2', mailbox: '205', status: 'new', read_at: null },
    ...{ audio: 'vm_1', forwarded_from: 'vm_1', comment: 'Please call', version: 1 },
  });
});

test('an answer has no internal fields', () => {
  const answered = presentVoicemail(heard(), 1_001);
  expect(answered).toMatchObject({ id: 'vm_1', organization_id: 'org_1001' });
  expect(Object.keys(answered)).not.toContain('audio');
});

test('a full mailbox is a conflict', () => {
  expect(mailboxFull('204')).toMatchObject({ code: 'MAILBOX_FULL', status: 409 });
});

test('audio is saved under the id of its message', () => {
  expect(audioName(pending)).toBe('vm_1.wav');
});
