import { describe, expect, test } from 'vitest';
import { heardStates } from '#schema/mailbox.ts';
import type { HeardVoicemail } from '#schema/voicemail.ts';
import { forwardedCopy, forwardedDetails, mark, markingDetails, markingEvent } from './message-state.ts';

const now = new Date('2026-11-20T10:00:00.000Z');
const message: HeardVoicemail = {
  ...{ id: 'vm_1', mailbox: '204', audio: 'vm_1', status: 'new', caller_number: null, caller_name: null },
  ...{ duration_seconds: 12, content_type: 'audio/wav', size: 1_000, urgent: false, call_id: null },
  ...{ forwarded_from: null, comment: null, received_at: '', read_at: null, created_at: '', version: 1 },
};
const heard = (more: Partial<HeardVoicemail> = {}): HeardVoicemail => ({ ...message, ...more });

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
});

test('a forwarded copy is new, and shares the audio', () => {
  const to = { owners: ['usr_2'], id: 'vm_2', mailbox: '205', comment: 'Please call', now: now.toISOString() };
  const copy = forwardedCopy(heard({ status: 'saved', read_at: now.toISOString(), version: 3 }), to);
  expect(copy).toMatchObject({
    ...{ id: 'vm_2', mailbox: '205', status: 'new', read_at: null },
    ...{ audio: 'vm_1', forwarded_from: 'vm_1', comment: 'Please call', version: 1 },
  });
});

test('events name the mailboxes that show the change', () => {
  expect(markingDetails(heard({ status: 'read' }), 'read').fields).toEqual({
    ...{ mailbox: '204', mailboxes: ['204'], status: 'read' },
  });
  const forwarded = [{ mailbox: '205', id: 'vm_2' }];
  expect(forwardedDetails(message, forwarded).fields).toEqual({ mailbox: '204', forwarded });
});
