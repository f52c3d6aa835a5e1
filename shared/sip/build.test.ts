import { expect, test } from 'vitest';
import { newRequest, newResponse } from './build.ts';
import { header } from './header-kinds.ts';
import { Headers } from './headers.ts';
import { parseMessage, serialize } from './message.ts';
import { addressOf, crlf, optionsWith, requestOf, uriOf } from './values.fixture.ts';

const request = newRequest({
  method: 'OPTIONS',
  uri: uriOf('sip:b@example.com'),
  from: addressOf('<sip:a@example.com>;tag=a'),
  to: addressOf('<sip:b@example.com>'),
  callId: 'c',
  sequence: 3,
  headers: Headers.none.append(header.subject, 'x'),
});

test('a request has 70 hops and its own headers after the mandatory ones', () => {
  expect([...request.headers].map(({ name, value }) => `${name}: ${value}`)).toEqual([
    'Max-Forwards: 70',
    'From: <sip:a@example.com>;tag=a',
    'To: <sip:b@example.com>',
    'Call-ID: c',
    'CSeq: 3 OPTIONS',
    'Subject: x',
  ]);
});

test('a response copies the headers of its request, and its To gets a tag unless it has one', () => {
  const response = newResponse(request, { status: 404, toTag: 'mine' });
  expect(serialize(response).toString()).toBe(
    crlf(
      'SIP/2.0 404 Not Found',
      'From: <sip:a@example.com>;tag=a',
      'To: <sip:b@example.com>;tag=mine',
      'Call-ID: c',
      'CSeq: 3 OPTIONS',
      'Content-Length: 0',
      '',
      '',
    ).toString(),
  );
  const inDialog = request.with(request.headers.with(header.to, addressOf('<sip:b@example.com>;tag=theirs')));
  expect(newResponse(inDialog, { status: 200, toTag: 'mine' }).toTag).toBe('theirs');
});

test('every Via of the request is copied in order', () => {
  const response = newResponse(requestOf(optionsWith('Via: SIP/2.0/TCP second')), { status: 200 });
  expect(response.headers.fields(header.via).map(({ value }) => value)).toEqual([
    'SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1',
    'SIP/2.0/TCP second',
  ]);
});

test('a malformed To is copied unchanged', () => {
  const message = parseMessage(Buffer.from(optionsWith().toString().replace('<sip:a@example.com>', '<<<')));
  if (message.kind !== 'malformed' || message.answerTo === null) throw new Error('not answerable');
  const response = newResponse(message.answerTo, { status: 400, toTag: 'mine' });
  expect(response.headers.fields(header.to).map(({ value }) => value)).toEqual(['<<<']);
});

test('a reason phrase is the registered one, or the given one without control characters', () => {
  expect([
    newResponse(request, { status: 603 }).reason,
    newResponse(request, { status: 299 }).reason,
    newResponse(request, { status: 400, reason: 'a\r\nb' }).reason,
  ]).toEqual(['Decline', 'Unknown', 'a b']);
});
