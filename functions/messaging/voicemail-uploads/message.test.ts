import { describe, expect, test } from 'vitest';
import type { Voicemail } from '#schema/voicemail.ts';
import {
  audioCheck,
  expiryOf,
  isDeletedAfter,
  isExpired,
  maxAttached,
  messageOf,
  nextLook,
  noticeOf,
  voicemailNotice,
} from './message.ts';

const at = '2026-11-20T10:00:00.000Z';
const message: Voicemail = {
  ...{ id: 'vm_1', mailbox: '204', audio: 'vm_1', status: 'new', caller_number: '+46890510', caller_name: 'Ann' },
  ...{ duration_seconds: 12, content_type: 'audio/wav', size: maxAttached, urgent: true, call_id: null },
  ...{ forwarded_from: null, comment: null, received_at: at, read_at: null, created_at: at, version: 1 },
};
const recording = { mailbox: '204', key: 'org_1/voicemail/vm_1/1', filename: 'vm_1.wav', type: 'audio/wav' };
const facts = { to: 'ann@example.com', timezone: 'Europe/Stockholm', audio: recording.key, now: at };

describe('the notice about a message', () => {
  test('has what the mailbox, the caller and the clock say, and the audio', () => {
    expect(voicemailNotice(message, facts)).toMatchObject({
      ...{ id: 'eml_1', status: 'queued', to: ['ann@example.com'], template: 'voicemail_notification', recording },
      subject: 'New voicemail message',
      variables: {
        ...{ mailbox: '204', urgent: true, caller: 'Ann (+46890510)', duration_seconds: 12, attached: true },
        received_at: '2026-11-20 11:00 (Europe/Stockholm)',
      },
    });
  });

  test('has no audio that is too large, or that the mailbox does not want', () => {
    const large = voicemailNotice({ ...message, size: maxAttached + 1 }, facts);
    const plain = voicemailNotice(message, { ...facts, audio: null });
    for (const email of [large, plain]) {
      expect(email.variables).toMatchObject({ attached: false });
      expect(email).not.toHaveProperty('recording');
    }
  });

  test('has the audio under the name of its message', () => {
    const ogg = voicemailNotice({ ...message, content_type: 'audio/ogg' }, facts);
    expect(ogg.recording).toMatchObject({ filename: 'vm_1.ogg', type: 'audio/ogg' });
  });

  test('names the caller as far as it is known', () => {
    const callerIn = (caller: Partial<Voicemail>) =>
      voicemailNotice({ ...message, ...caller }, facts).variables?.['caller'];
    expect([
      callerIn({ caller_name: null }),
      callerIn({ caller_number: null }),
      callerIn({ caller_name: null, caller_number: null }),
    ]).toEqual(['+46890510', 'Ann', null]);
  });

  test('has an id that follows from that of the message', () => {
    expect([noticeOf('vm_01J'), messageOf('eml_01J')]).toEqual(['eml_01J', 'vm_01J']);
  });
});

describe('a message is deleted after its e-mail', () => {
  const email = { status: 'delivered', recording } as const;
  const wanted = { delete_after_email: true };

  test('only once that was delivered with the audio', () => {
    expect([
      isDeletedAfter(email, message, wanted),
      isDeletedAfter(email, { ...message, status: 'read' }, wanted),
      isDeletedAfter({ ...email, status: 'sent' }, message, wanted),
      isDeletedAfter({ status: 'delivered' }, message, wanted),
      isDeletedAfter(email, message, { delete_after_email: false }),
    ]).toEqual([true, true, false, false, false]);
  });

  test('unless a person saved or moved it', () => {
    expect([
      isDeletedAfter(email, { ...message, status: 'saved' }, wanted),
      isDeletedAfter(email, { ...message, mailbox: '205' }, wanted),
    ]).toEqual([false, false]);
  });
});

const isOf = (type: string, ...pieces: readonly string[]): boolean => {
  const check = audioCheck(type);
  return pieces.every((piece) => check.add(Buffer.from(piece, 'latin1'))) && check.end();
};

test('audio is judged by its first bytes, however they are cut', () => {
  expect(isOf('audio/wav', 'RI', 'FF\0\0\0\0WA', 'VEfmt sound')).toBe(true);
  expect(isOf('audio/wav', 'OggS and more sound')).toBe(false);
  expect(isOf('audio/ogg', 'OggS and more sound')).toBe(true);
  expect(isOf('audio/wav', '')).toBe(false);
});

const received = { received_at: '2026-11-20T10:00:00.000Z', status: 'new' } as const;
const end = '2026-11-27T10:00:00.000Z';

test('a message goes when its mailbox has kept it for its days, and not before', () => {
  expect(expiryOf(received, 7)).toBe(end);
  expect([
    isExpired(received, 7, new Date(Date.parse(end) - 1)),
    isExpired(received, 7, new Date(end)),
    isExpired({ ...received, status: 'saved' }, 7, new Date(end)),
  ]).toEqual([false, true, true]);
});

test('a message stays in a mailbox that keeps all, and while it waits for its audio', () => {
  expect([
    isExpired(received, null, new Date('2036-01-01')),
    isExpired({ ...received, status: 'pending' }, 7, new Date(end)),
  ]).toEqual([false, false]);
});

test('the next look is at the expiry, never in the past', () => {
  expect(nextLook(received, 7, new Date(received.received_at))).toBe(end);
  expect(nextLook(received, 1, new Date(end))).toBe(end);
});
