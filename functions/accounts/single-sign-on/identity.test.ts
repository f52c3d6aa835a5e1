import { describe, expect, test } from 'vitest';
import {
  createdEvent,
  linkedEvent,
  linkOf,
  longId,
  newPerson,
  notPermitted,
  profileOf,
  salesforceUserOf,
  storedForms,
} from './identity.ts';
import { changeSetUp } from './set-up.ts';

const now = '2026-11-20T10:00:00.000Z';

describe('a Salesforce id', () => {
  test.each([
    // Pairs of the form that the documents of Salesforce show.
    ['001D000000IRFma', '001D000000IRFmaIAH'],
    ['003D000000QYVUe', '003D000000QYVUeIAP'],
    ['000000000000000', '000000000000000AAA'],
    ['ZZZZZZZZZZZZZZZ', 'ZZZZZZZZZZZZZZZ555'],
    ['0055g00000A1b2CAAR', '0055g00000A1b2CAAR'],
  ])('%s is %s in its long form', (short, long) => {
    expect(longId(short)).toBe(long);
  });

  test('is found under both forms', () => {
    expect(storedForms('001D000000IRFmaIAH')).toEqual(['001D000000IRFmaIAH', '001D000000IRFma']);
  });

  test('is the last part of the identity URL, or the subject', () => {
    expect(salesforceUserOf({ sub: 'https://login.salesforce.com/id/00D5g000004abcdEAA/001D000000IRFma' })).toBe(
      '001D000000IRFmaIAH',
    );
    expect(salesforceUserOf({ sub: '001D000000IRFmaIAH' })).toBe('001D000000IRFmaIAH');
  });

  test.each(['', 'admin', '001D000000IRFm', '001D000000IRFmaIA', '001D000000IRFm!', '001D000000IRFma/'])(
    'is not %j',
    (sub) => {
      expect(() => salesforceUserOf({ sub })).toThrow(expect.objectContaining({ code: 'INVALID_ID_TOKEN' }) as Error);
    },
  );
});

const setUp = changeSetUp(
  undefined,
  { client_id: 'c', client_secret: 's', redirect_uris: ['https://a.example.com/'], default_role: 'viewer' },
  [],
  now,
);

describe('a profile', () => {
  test('has a verified address only, folded, and clean names', () => {
    const claims = { email: 'Ann@Example.com', email_verified: true, given_name: ' A\u0000nn ', family_name: '' };
    expect(profileOf(claims, setUp)).toEqual({ email: 'ann@example.com', firstName: 'Ann', lastName: null });
  });

  test.each([
    ["O'Brien@Example.org", "o'brien@example.org"],
    ['sales&support@example.org', 'sales&support@example.org'],
    ['ann@bücher.example', 'ann@xn--bcher-kva.example'],
  ])('has the address as the provider says it, in its stored form: %s', (email, stored) => {
    expect(profileOf({ email, email_verified: true }, setUp).email).toBe(stored);
  });

  test.each(['fran\u212a@example.com', 'ｆrank@example.com', 'frank@exam\u200bple.com', 'frank\u200b@example.com'])(
    'has no address that only folds to that of another person: %j',
    (email) => expect(profileOf({ email, email_verified: true }, setUp).email).not.toBe('frank@example.com'),
  );

  test('has another address if only the letters look alike', () => {
    const { email } = profileOf({ email: 'frank@ex\u0430mple.com', email_verified: true }, setUp);
    expect(email).toBe('frank@xn--exmple-4nf.com');
  });

  test('has an address that is verified as a text, if the set-up takes that', () => {
    const taking = { ...setUp, email_verified_as_text: true };
    const emailOf = (verified: unknown, of: Parameters<typeof profileOf>[1]): string | undefined =>
      profileOf({ email: 'ann@example.com', email_verified: verified }, of).email;
    expect([emailOf('true', taking), emailOf(true, taking)]).toEqual(['ann@example.com', 'ann@example.com']);
    for (const other of ['false', 'TRUE', ' true', 'yes', '1', 1, ['true'], null, undefined, false])
      expect(emailOf(other, taking)).toBeUndefined();
    expect(emailOf('true', { email_verified_as_text: undefined })).toBeUndefined();
  });

  test.each([{ email_verified: false }, { email_verified: 'true' }, { email: 'not an address' }, { email: 7 }])(
    'has no address with %j',
    (more) => {
      expect(profileOf({ email: 'ann@example.com', email_verified: true, ...more }, setUp).email).toBeUndefined();
    },
  );
});

test('a new person is named by the verified address, and has no password', () => {
  const profile = { email: 'ann@example.com', firstName: 'Ann', lastName: null };
  expect(newPerson(profile, setUp, { id: 'usr_1', now })).toMatchObject({
    username: 'ann@example.com',
    email: 'ann@example.com',
    display_name: 'Ann',
    roles: ['viewer'],
    status: 'active',
    password_changed_at: null,
    must_change_password: false,
  });
  expect(newPerson({ ...profile, email: "o'neil@example.com" }, setUp, { id: 'usr_1', now })).toMatchObject({
    username: "o'neil@example.com",
    email: "o'neil@example.com",
  });
  for (const email of [undefined, 'service#1001#x@example.com'])
    expect(() => newPerson({ ...profile, email }, setUp, { id: 'usr_1', now })).toThrow(notPermitted());
});

test('a user that is linked to another person is not linked again', () => {
  const link = linkOf(undefined, { user: 'usr_1', id: '001D000000IRFmaIAH', now });
  expect(link.after).toMatchObject({ user_id: 'usr_1', type: 'salesforce', value: '001D000000IRFmaIAH', version: 1 });
  expect(() => linkOf(link.after, { user: 'usr_1', id: '003D000000QYVUeIAP', now })).toThrow(notPermitted());
});

test('events name the user', () => {
  const user = { id: 'usr_1', username: 'ann' };
  expect(linkedEvent(user, 'x')).toMatchObject({ entity: { id: 'usr_1' }, fields: { salesforce_user_id: 'x' } });
  expect(createdEvent(user)).toMatchObject({ entity: { type: 'user', id: 'usr_1' }, after: user });
});
