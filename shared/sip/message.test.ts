import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { address } from './address.ts';
import { newRequest, newResponse } from './build.ts';
import { header, textHeader } from './header-kinds.ts';
import { Headers } from './headers.ts';
import { defaultLimits, parseMessage, serialize, SipRequest } from './message.ts';
import { Parameters } from './parameters.ts';
import { readingOf, tortureMessages } from './torture.fixture.ts';
import { sipUri } from './uri.ts';
import { crlf, optionsHead, optionsWith, requestOf } from './values.fixture.ts';
import { newVia } from './via.ts';

/** Code, reason and whether a response is allowed; or the kind of a valid message. */
const rejection = (bytes: Buffer, limits = defaultLimits): unknown => {
  const message = parseMessage(bytes, limits);
  return message.kind === 'malformed' ? [message.code, message.reason, message.answerTo !== null] : message.kind;
};

describe('a packet', () => {
  test('without body may have empty lines before it and may lack its final empty line', () => {
    expect(
      [optionsWith(), Buffer.concat([Buffer.from('\r\n\r\n'), optionsWith()]), crlf(...optionsHead, '')].map(
        (bytes) => requestOf(bytes).callId,
      ),
    ).toEqual(['c', 'c', 'c']);
  });

  test('that ends within a header line is malformed', () => {
    expect(rejection(crlf(...optionsHead))).toEqual([400, 'Header line without end', true]);
  });

  test('has the body that its Content-Length covers, or all remaining bytes', () => {
    const bodies = ['Content-Length: 2', 'l: 0', 'X: y'].map((field) =>
      requestOf(Buffer.concat([optionsWith(field), Buffer.from('abcd')])).body.toString(),
    );
    expect(bodies).toEqual(['ab', '', 'abcd']);
  });

  test('that is empty, a keep-alive or not SIP gets no response', () => {
    expect(
      ['', '\r\n\r\n', '\0\0\0\0', 'GET / HTTP/1.1\r\nHost: a\r\n\r\n', 'SIP/2.0 200 OK\r\n\r\n'].map((text) =>
        rejection(Buffer.from(text)),
      ),
    ).toEqual([
      [400, 'Malformed request line', false],
      [400, 'Malformed request line', false],
      [400, 'Malformed request line', false],
      [400, 'Malformed request line', false],
      [400, 'Missing Via', false],
    ]);
  });

  test('that is too large gets 513; too many fields and malformed lines get 400', () => {
    expect(rejection(optionsWith(`X: ${'y'.repeat(40_000)}`))).toEqual([513, 'Message Too Large', true]);
    expect(rejection(Buffer.concat([optionsWith(), Buffer.alloc(70_000)]))).toEqual([513, 'Message Too Large', true]);
    expect(rejection(optionsWith(...Array<string>(300).fill('X: y')))).toEqual([400, 'Too many header fields', true]);
    expect(['no colon', 'bad name: x', 'X: a\rb', 'X: a\nVia: b'].map((line) => rejection(optionsWith(line)))).toEqual(
      Array(4).fill([400, 'Malformed header line', true]),
    );
  });

  test('that is an ACK or a response is never answered, however malformed its start line is', () => {
    const rejectionOf = (line: string): unknown => rejection(crlf(line, 'Via: SIP/2.0/UDP a;branch=1', '', ''));
    expect(['ACK sip:a SIP/2.0', 'SIP/2.0 200 OK'].map(rejectionOf)).toEqual(
      Array(2).fill([400, 'Missing From', false]),
    );
    expect([' sip/2.0 200 OK', 'SIP/3.0 200 OK', 'SIP/2.0 2000 OK', 'SIP/2.0'].map(rejectionOf)).toEqual(
      Array(4).fill([400, 'Malformed status line', false]),
    );
  });

  test('that is a response may omit the space before an empty reason phrase', () => {
    const read = ['SIP/2.0 200', 'SIP/2.0 200 '].map((line) =>
      parseMessage(crlf(line, ...optionsHead.slice(1), '', '')),
    );
    expect(read).toMatchObject(Array(2).fill({ kind: 'response', status: 200, reason: '' }));
  });

  test('is equal after printing and parsing, for every valid torture message', () => {
    const valid = [...tortureMessages.values()]
      .map((bytes) => parseMessage(bytes))
      .filter((message) => message.kind !== 'malformed');
    const withoutCount = (reading: string): string => reading.replace(/\nFields: \d+$/, '');
    for (const message of valid) {
      const again = parseMessage(serialize(message));
      if (again.kind === 'malformed') throw new Error(again.reason);
      expect(withoutCount(readingOf(again))).toBe(withoutCount(readingOf(message)));
      expect(serialize(again).equals(serialize(message))).toBe(true);
    }
    expect(valid.length).toBe(40);
  });
});

test('a request and its response are parsed as they were built', () => {
  const word = fc.stringMatching(/^[A-Za-z0-9\-.!%*_+`'~]{1,16}$/);
  fc.assert(
    fc.property(
      fc.record({
        method: word,
        tag: word,
        callId: word,
        sequence: fc.nat(2 ** 31 - 1),
        body: fc.uint8Array({ maxLength: 40 }),
      }),
      ({ method, tag, callId, sequence, body }) => {
        const to = address(sipUri({ user: 'bob', host: 'example.com' }));
        const from = address(sipUri({ user: 'alice', host: '192.0.2.7' }), new Parameters([['tag', tag]]));
        const request = newRequest({
          method,
          uri: to.uri,
          via: newVia('UDP', '192.0.2.1', 5060, `z9hG4bK${tag}`),
          from,
          to,
          callId,
          sequence,
          route: [to],
          body: Buffer.from(body),
          headers: Headers.none.append(header.userAgent, 'x'),
        });
        const read = requestOf(serialize(request));
        expect([read.method, read.uri, read.via, read.from, read.to, read.callId, read.cseq, read.body]).toEqual([
          method,
          to.uri,
          request.via,
          from,
          to,
          callId,
          { sequence, method },
          Buffer.from(body),
        ]);
        const response = parseMessage(serialize(newResponse(read, { status: 486, toTag: 'mine' })));
        expect(
          response.kind === 'response' && [
            response.status,
            response.reason,
            response.via,
            response.from,
            response.toTag,
            response.callId,
            response.cseq,
          ],
        ).toEqual([486, 'Busy Here', request.via, from, 'mine', callId, { sequence, method }]);
      },
    ),
  );
});

test('reading a mandatory header of a message that was built without it throws', () => {
  expect(() => new SipRequest('X', sipUri({ host: 'a' }), Headers.none).via).toThrow('without a mandatory header');
  expect(
    () => new SipRequest('X', sipUri({ host: 'a' }), Headers.none.append(textHeader('Call-ID'), 'a b')).callId,
  ).not.toThrow();
});
