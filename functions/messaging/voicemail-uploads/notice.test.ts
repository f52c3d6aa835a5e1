import { describe, expect, test } from 'vitest';
import type { Voicemail } from '#schema/voicemail.ts';
import { isDeletedAfter, maxAttached, messageOf, noticeOf, voicemailNotice } from './notice.ts';

const at = '2026-11-20T10:00:00.000Z';
const message: Voicemail = {
  ...{ id: 'vm_1', mailbox: '204', audio: 'vm_1', status: 'new', caller_number: '+46890510', caller_name: 'Ann' },
  ...{ duration_seconds: 12, content_type: 'audio/wav', size: maxAttached, urgent: true, call_id: null },
  ...{ forwarded_from: null, comment: null, received_at: at, read_at: null, created_at: at, version: 1 },
};
const recording = { mailbox: '204', key: 'org_1/voicemail/vm_1/1', filename: 'vm_1.wav', type: 'audio/wav' };
const facts = { to: 'ann@example.com', timezone: 'Europe/Stockholm', recording, now: at };

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
    const plain = voicemailNotice(message, { ...facts, recording: null });
    for (const email of [large, plain]) {
      expect(email.variables).toMatchObject({ attached: false });
      expect(email).not.toHaveProperty('recording');
    }
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
