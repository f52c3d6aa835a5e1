import { describe, expect, test } from 'vitest';
import {
  addressOf,
  assertInvitable,
  assertPending,
  invitationEmail,
  invitationEvent,
  invitationLink,
  newInvitation,
  openInvitation,
} from './invitation.ts';

const now = new Date('2026-11-20T10:00:00.000Z');
const invitation = newInvitation({ email: 'ada@example.com' }, 'inv_1', now);
const invited = { status: 'pending', email: 'ada@example.com', invitation } as const;
const codeOf = (code: string): Error => expect.objectContaining({ code }) as Error;

test('an invitation lasts 7 days', () => {
  expect(invitation).toEqual({
    id: 'inv_1',
    email: 'ada@example.com',
    sent_at: '2026-11-20T10:00:00.000Z',
    expires_at: '2026-11-27T10:00:00.000Z',
  });
});

test('an invitation is open while its user is pending and has the same address', () => {
  expect(openInvitation(invited)).toBe(invitation);
  expect(openInvitation({ ...invited, status: 'active' })).toBeNull();
  expect(openInvitation({ ...invited, status: 'disabled' })).toBeNull();
  expect(openInvitation({ ...invited, email: 'new@example.com' })).toBeNull();
  expect(openInvitation({ status: 'pending', email: null })).toBeNull();
});

describe('a new user', () => {
  const wanted = { username: 'ada', type: 'user', email: 'ada@example.com' } as const;

  test('is invited with an address and without a password', () => {
    expect(() => assertInvitable(wanted)).not.toThrow();
  });

  test.each([
    ['a service account', { type: 'service' as const }],
    ['a user with a password', { password: 'Marble-Kettle-Drum-5' }],
    ['a disabled user', { status: 'disabled' as const }],
    ['a user without an address', { email: null }],
  ])('%s is not', (_, more) => {
    expect(() => assertInvitable({ ...wanted, ...more })).toThrow(codeOf('VALIDATION_FAILED'));
  });
});

test('only pending users are invited, by e-mail if they have an address', () => {
  expect(() => assertPending(invited)).not.toThrow();
  expect(() => assertPending({ status: 'active' })).toThrow(codeOf('USER_NOT_PENDING'));
  expect(() => assertPending({ status: 'disabled' })).toThrow(codeOf('USER_NOT_PENDING'));
  expect(addressOf(invited)).toBe('ada@example.com');
  expect(() => addressOf({ email: null })).toThrow(codeOf('VALIDATION_FAILED'));
});

test('the token is in the fragment of the page for passwords, which is the console by default', () => {
  const api = { PUBLIC_URL: 'https://api.example.com' };
  expect(invitationLink(api, 't0ken')).toBe('https://api.example.com/#token=t0ken');
  expect(invitationLink({ ...api, PASSWORD_RESET_URL: 'https://portal.example.com/new' }, 't0ken')).toBe(
    'https://portal.example.com/new#token=t0ken',
  );
});

describe('the e-mail', () => {
  const emailIn = (language: string, name = 'Acme') =>
    invitationEmail({
      id: 'eml_1',
      to: 'ada@example.com',
      language,
      organization: { name, org_id: 1001 },
      link: 'https://api.example.com/#token=t0ken',
      now,
    });
  const nameOf = (name: string) => emailIn('en', name).variables?.['organization'];

  test('has the link, its days and the name of the organization', () => {
    expect(emailIn('en')).toMatchObject({
      to: ['ada@example.com'],
      template: 'user_invitation',
      subject: 'Set the password of your account',
      variables: { organization: 'Acme', days: 7, link: 'https://api.example.com/#token=t0ken' },
    });
  });

  test.each([
    ['de', 'user_invitation_de'],
    ['de-AT', 'user_invitation_de'],
    ['DE-ch', 'user_invitation_de'],
    ['en-GB', 'user_invitation'],
    ['fr', 'user_invitation'],
    ['den', 'user_invitation'],
  ])('is for a user with the language %s the template %s', (language, template) => {
    expect(emailIn(language).template).toBe(template);
  });

  test.each(['Acme', 'Müller & Söhne GmbH', "O'Neil Ltd.", 'A. B. Telecom', '日本電話', 'No. 1 Phones'])(
    'has the name %s',
    (name) => {
      expect(nameOf(name)).toBe(name);
    },
  );

  test.each([
    'Win at evil.example',
    'www.evil.example',
    'https://evil',
    'call me@evil',
    'evil。example',
    'ｅｖｉｌ．ｅｘａｍｐｌｅ',
    '203.0.113.1',
    'two\nlines',
    'right\u202Eleft',
    'x'.repeat(81),
  ])('has the number in place of the name %j, of which a mail program could make a link or a message', (name) => {
    expect(nameOf(name)).toBe('org_1001');
  });
});

test('the event says how the link reaches the person, and has no token', () => {
  const user = { id: 'usr_1', username: 'ada' };
  expect(invitationEvent(user, invitation, 'email')).toEqual({
    entity: { type: 'user', id: 'usr_1' },
    description: 'User ada invited by e-mail',
    fields: { by: 'email', expires_at: '2026-11-27T10:00:00.000Z', email: 'ada@example.com' },
  });
  expect(invitationEvent(user, invitation, 'link').fields).toEqual({
    by: 'link',
    expires_at: '2026-11-27T10:00:00.000Z',
  });
});
