import { describe, expect, test } from 'vitest';
import type { HeardVoicemail } from '#schema/voicemail.ts';
import {
  assertDepositable,
  assertHeard,
  audioName,
  mailboxFull,
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
  test.each([{ action: 'explode' }, { action: 'move' }, { action: 'forward', mailboxes: [] }, {}])(
    '%o is not known',
    (action) => {
      expect(VoicemailAction.safeParse(action).success).toBe(false);
    },
  );
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
