import { expect, test } from 'vitest';
import { noticeWarnings, addressesToAsk } from './notice-recipients.ts';

const notify = ['ann@example.com', 'bob@example.com', 'eve@example.com'];
const recipients = { allowed: new Set(['ann@example.com']), asked: new Set(['ann@example.com', 'bob@example.com']) };

test('a save warns of each address that may not be written to yet', () => {
  expect(noticeWarnings('notify', notify, recipients)).toEqual([
    'notify: bob@example.com gets no notice before it confirms by the link that is sent to it',
    'notify: eve@example.com gets no notice before it confirms by the link that is sent to it',
  ]);
  expect(noticeWarnings('notify', [], recipients)).toEqual([]);
});

test('an address is asked once, and not if it may be written to', () => {
  expect(addressesToAsk(notify, recipients)).toEqual(['eve@example.com']);
});
