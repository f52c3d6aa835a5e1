import { expect, test } from 'vitest';
import { changedMailboxesMessage } from './contract.ts';

const after = (type: string, fields: Record<string, unknown>) =>
  changedMailboxesMessage({ org_id: 1_001, type, entity: { id: 'usr_1' }, data: fields, changes: null });

test.each([
  ['voicemail.new', { mailboxes: ['204'] }, { mailboxes: ['204'], users: [] }],
  ['voicemail.moved', { mailboxes: ['204', '205'] }, { mailboxes: ['204', '205'], users: [] }],
  ['voicemailprefs.updated', { owners: ['usr_1', 'usr_2'] }, { mailboxes: [], users: ['usr_1', 'usr_2'] }],
  ['voicemailprefs.updated', { owners: ['usr_1', 'usr_1'] }, { mailboxes: [], users: ['usr_1'] }],
  ['user.deleted', {}, { mailboxes: [], users: ['usr_1'] }],
])('after %s with %o the phones of %o are sent to', (type, fields, changed) => {
  expect(after(type, fields)?.body).toEqual({ schema: 'mailboxes.v1', org_id: 1_001, ...changed });
});

test('an event that names no mailbox, or whose mailbox has no owner, costs no message', () => {
  expect([after('voicemail.read', {}), after('voicemailprefs.updated', { owners: [null, null] })]).toEqual([
    null,
    null,
  ]);
});
