import { expect, test } from 'vitest';
import { uriOf } from '#sip/values.fixture.ts';
import { aorOf, contactsUntil, type RequestedContact } from './contacts.ts';
import { contacts, requested } from '../service/register.fixture.ts';

test('a contact has its own lifetime, else that of Expires, else an hour, which is also the maximum', () => {
  expect(requested('Contact: <sip:a@h1>;expires=120, <sip:a@h2>;q=0.5', 'Expires: 600')).toMatchObject([
    { uri: 'sip:a@h1', seconds: 120, q: 1 },
    { seconds: 600, q: 0.5 },
  ]);
  expect(requested('Contact: <sip:a@h1>')).toMatchObject([{ seconds: 3_600 }]);
  expect(requested('Contact: <sip:a@h1>;expires=99999999')).toMatchObject([{ seconds: 3_600 }]);
});

test('a malformed lifetime counts as absent', () => {
  expect(requested('Contact: <sip:a@h1>;expires=soon', 'Expires: now')).toMatchObject([{ seconds: 3_600 }]);
});

test('a REGISTER without contacts is a query; an asterisk with Expires 0 removes all', () => {
  expect([requested(), requested('Contact: *', 'Expires: 0')]).toEqual(['none', 'remove all']);
});

test.each([
  ['Contact: *'],
  ['Contact: *', 'Expires: 60'],
  ['Contact: *, <sip:a@h>', 'Expires: 0'],
  ['Contact: <tel:+15550100>'],
  ['Contact: <sip:a@h'],
  ['Contact: <mailto:a@h>'],
  ['Contact: <sip:a@192.0.2.1:0>'],
  ['Contact: <sip:a@192.0.2.1:5060>, <sips:a@[2001:db8::1]:00>'],
])('%j gets 400', (...fields) => {
  expect(requested(...fields)).toMatchObject({ status: 400 });
});

test('a lifetime below 60 s gets 423, except 0, which removes the binding', () => {
  expect(requested('Contact: <sip:a@h>;expires=59')).toMatchObject({ status: 423 });
  expect(requested('Contact: <sip:a@h>;expires=0')).toMatchObject([{ seconds: 0 }]);
});

test('a contact is identified by its instance, or by its URI without one', () => {
  const instance = ';+sip.instance="<urn:uuid:1>"';
  const [here, there, plain, plainThere, escaped] = [
    `<sip:a@h1>${instance}`,
    `<sip:a@h2>${instance}`,
    '<sip:a@h1>',
    '<sip:a@h2>',
    '<sip:%61@H1;transport=UDP>',
  ].map((contact) => (contacts(`Contact: ${contact}`) as readonly RequestedContact[])[0]?.key);
  expect([here === there, plain === plainThere, plain === escaped, here === plain]).toEqual([true, false, true, false]);
});

test('flows of one instance are contacts of their own, and a flow without instance is none', () => {
  const instance = ';+sip.instance="<urn:uuid:1>"';
  const [first, second, moved, plain] = ['<sip:a@h1>', '<sip:a@h2>', '<sip:a@h3>', '<sip:a@h4>'].map(
    (contact, at) => contacts(`Contact: ${contact}${instance}${[';reg-id=1', ';reg-id=2', ';reg-id=1', ''][at]}`)[0],
  ) as RequestedContact[];
  expect([first, second, plain]).toMatchObject([{ reg_id: 1 }, { reg_id: 2 }, { instance: '<urn:uuid:1>' }]);
  expect([first?.key === moved?.key, new Set([first?.key, second?.key, plain?.key]).size]).toEqual([true, 3]);
  expect(contacts('Contact: <sip:a@h1>;reg-id=1')).toEqual(contacts('Contact: <sip:a@h1>'));
});

test('a contact of another scheme is ignored beside SIP contacts', () => {
  expect(requested('Contact: <tel:+15550100>, <sip:a@h1>, <mailto:a@h>')).toMatchObject([{ uri: 'sip:a@h1' }]);
});

test('ten contacts are accepted, more get 403, and repeated and removed ones do not count', () => {
  const of = (count: number): string[] => Array.from({ length: count }, (_value, host) => `<sip:a@h${host}>`);
  expect(requested(`Contact: ${of(10).join()}`)).toHaveLength(10);
  expect(requested(`Contact: ${of(11).join()}`)).toEqual({ status: 403, reason: 'Too Many Contacts' });
  expect(requested(`Contact: ${[...of(10), ...of(10)].join()}`)).toHaveLength(10);
  expect(requested(`Contact: ${[...of(10), '<sip:a@old>;expires=0'].join()}`)).toHaveLength(11);
});

test('of a repeated contact the last one counts', () => {
  expect(requested('Contact: <sip:a@h1>;expires=60, <sip:a@h1>;expires=120')).toMatchObject([{ seconds: 120 }]);
});

test('a q outside of 0 to 1 counts as 1', () => {
  const [contact] = contacts('Contact: <sip:a@h1>;q=7') as readonly RequestedContact[];
  expect(contact?.q).toBe(1);
});

test('an address of record has a user with its escapes decoded', () => {
  expect([aorOf(uriOf('sip:%61@example.com')), aorOf(uriOf('sip:example.com')), aorOf(uriOf('tel:+1'))]).toEqual([
    { user: 'a', host: 'example.com' },
    undefined,
    undefined,
  ]);
});

test('contacts of a phone line expire with it at the latest, and can still be removed', () => {
  const at = new Date('2026-11-20T10:00:00.000Z');
  const end = '2026-11-20T10:00:30.900Z';
  const shortened = (...fields: string[]) => contactsUntil(end, contacts(...fields), at);
  expect(shortened('Contact: <sip:a@h>;expires=600, <sip:a@h2>;expires=0')).toMatchObject([
    { seconds: 30 },
    { seconds: 0 },
  ]);
  expect(shortened('Contact: *', 'Expires: 0')).toBe('remove all');
});
