import { expect, test } from 'vitest';
import { address, printAddress } from './address.ts';
import { Fault } from './fault.ts';
import { header, textHeader } from './header-kinds.ts';
import { Field, Headers, keyOf } from './headers.ts';
import { Parameters } from './parameters.ts';
import { sipUri } from './uri.ts';
import { optionsWith, requestOf } from './values.fixture.ts';
import { newVia } from './via.ts';

const contacts = (...lines: readonly string[]): unknown => {
  const all = requestOf(optionsWith(...lines)).headers.all(header.contact);
  return all instanceof Fault ? all.reason : all.map((contact) => (contact === '*' ? '*' : printAddress(contact)));
};

/** The fields after the mandatory ones. */
const text = (edited: Headers | Fault): string =>
  edited instanceof Fault
    ? edited.reason
    : [...edited]
        .slice(5)
        .map(({ name, value }) => `${name}: ${value}`)
        .join('|');

test('values of several fields, of one field and of compact forms are one list', () => {
  expect(contacts('Contact: <sip:a@b>, "x, <y" <sip:c@d>;q=0.5', 'm: sip:e@f;q=1', 'CONTACT: *')).toEqual([
    '<sip:a@b>',
    '"x, <y" <sip:c@d>;q=0.5',
    '<sip:e@f>;q=1',
    '*',
  ]);
  expect(contacts()).toEqual([]);
});

test('one malformed value makes the list a fault', () => {
  expect(contacts('Contact: <sip:a@b>, "x, y" <sip:c@d;x=1,2>;q=0.5', 'm: sip:e@f;q=1')).toBe(
    'Contact: Malformed parameters in URI',
  );
});

test('values are parsed on first use only', () => {
  expect(requestOf(optionsWith('Contact: <<<', 'Date: tomorrow', 'Authorization: ,')).callId).toBe('c');
  expect(contacts('Contact: <<<')).toBe('Contact: Unbalanced angle bracket');
});

test('some headers may be empty, others are a fault then', () => {
  const { headers } = requestOf(optionsWith('Supported:', 'Require:'));
  expect([headers.all(header.supported), headers.all(header.require)]).toEqual([[], new Fault('Require: Empty value')]);
});

test('a field has 256 values at most', () => {
  const withTags = (count: number) => new Headers([new Field('Allow', 'allow', Array(count).fill('a').join(','))]);
  expect(withTags(256).all(header.allow)).toHaveLength(256);
  expect(withTags(257).all(header.allow)).toEqual(new Fault('Allow: Too many values'));
});

test('a second field of a header that must not be repeated is a fault', () => {
  const { headers } = requestOf(optionsWith('Expires: 1', 'Expires: 1', 'Subject: a'));
  expect([headers.one(header.expires), headers.one(header.subject), headers.one(header.date)]).toEqual([
    new Fault('Expires: More than one'),
    'a',
    undefined,
  ]);
});

test('an edit leaves the other fields unchanged', () => {
  const { headers } = requestOf(
    optionsWith('X-Other:   as it  is', 'Route: <sip:r1;lr>, <sip:r2;lr>', 'Route: <sip:r3;lr>'),
  );
  const route = address(sipUri({ host: 'new', parameters: new Parameters([['lr', null]]) }));
  expect(text(headers.without(header.route))).toBe('X-Other: as it  is');
  expect(text(headers.with(header.route, route))).toBe('X-Other: as it  is|Route: <sip:new;lr>');
  expect(text(headers.withFirst(header.route, route))).toBe(
    'X-Other: as it  is|Route: <sip:new;lr>|Route: <sip:r2;lr>|Route: <sip:r3;lr>',
  );
  expect(text(headers.withoutFirst(header.route))).toBe('X-Other: as it  is|Route: <sip:r2;lr>|Route: <sip:r3;lr>');
  expect(text(headers.append(header.allow, 'INVITE', 'ACK'))).toBe(
    'X-Other: as it  is|Route: <sip:r1;lr>, <sip:r2;lr>|Route: <sip:r3;lr>|Allow: INVITE, ACK',
  );
  expect([...headers.prepend(header.via, newVia('TCP', 'h', 5060, 'z9hG4bKx'))][0]?.value).toBe(
    'SIP/2.0/TCP h:5060;rport;branch=z9hG4bKx',
  );
  expect([...headers].length).toBe(8);
});

test('an edit of a first value that cannot be parsed is a fault', () => {
  const { headers } = requestOf(optionsWith('Route: <<<'));
  const route = address(sipUri({ host: 'new' }));
  expect([headers.withFirst(header.route, route), headers.withoutFirst(header.route)]).toEqual([
    new Fault('Route: Unbalanced angle bracket'),
    new Fault('Route: Unbalanced angle bracket'),
  ]);
});

test('a value cannot inject another header line', () => {
  const forged = Headers.none
    .append(textHeader('Subject'), 'a\r\nVia: evil')
    .append(header.to, address(sipUri({ host: 'x' }), Parameters.none, 'b\r\nc'));
  expect([...forged].map(({ value }) => value)).toEqual(['a Via: evil', '"b c" <sip:x>']);
});

test('a key is the full name in lower case, whatever form the name has', () => {
  expect(['v', 'V', 'Via', 'VIA', 'CSeq', 'X-Own'].map(keyOf)).toEqual(['via', 'via', 'via', 'via', 'cseq', 'x-own']);
});
