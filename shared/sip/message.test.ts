import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { address, type Address, parseAddress, printAddress } from './address.ts';
import { newRequest, newResponse } from './build.ts';
import { Fault } from './fault.ts';
import { elements } from './grammar.ts';
import { header, textHeader } from './header-kinds.ts';
import { Headers } from './headers.ts';
import { parseMessage, serialize, SipRequest, defaultLimits } from './message.ts';
import { Parameters } from './parameters.ts';
import { readingOf, tortures } from './torture.fixture.ts';
import { sipUri } from './uri.ts';
import { newVia } from './via.ts';

const lines = (...all: readonly string[]): Buffer => Buffer.from(all.join('\r\n'));
const head = [
  'OPTIONS sip:a@example.com SIP/2.0',
  'Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1',
  'From: <sip:b@example.com>;tag=1',
  'To: <sip:a@example.com>',
  'Call-ID: c',
  'CSeq: 1 OPTIONS',
];
const withLines = (...more: readonly string[]): Buffer => lines(...head, ...more, '', '');

function parsed(bytes: Buffer): SipRequest {
  const message = parseMessage(bytes);
  if (message.kind !== 'request') throw new Error(message.reason);
  return message;
}

const rejection = (bytes: Buffer, limits = defaultLimits): unknown => {
  const message = parseMessage(bytes, limits);
  return message.kind === 'malformed' ? [message.code, message.reason, message.answerTo !== null] : message.kind;
};

describe('a packet', () => {
  test('without body is whole with its empty line, with empty lines before it, or without it at its end', () => {
    expect(
      [withLines(), Buffer.concat([Buffer.from('\r\n\r\n'), withLines()]), lines(...head, '')].map(
        (bytes) => parsed(bytes).callId,
      ),
    ).toEqual(['c', 'c', 'c']);
  });

  test('that is cut off in a header line is malformed', () => {
    expect(rejection(lines(...head))).toEqual([400, 'Header line without end', true]);
  });

  test('has the body that its Content-Length says, or all that follows', () => {
    const bodies = ['Content-Length: 2', 'l: 0', 'X: y'].map((field) =>
      parsed(Buffer.concat([withLines(field), Buffer.from('abcd')])).body.toString(),
    );
    expect(bodies).toEqual(['ab', '', 'abcd']);
  });

  test('of nothing, of keep-alives or of chance is dropped', () => {
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

  test('is refused where it is too large, has too many fields, or a line that is none', () => {
    expect(rejection(withLines(`X: ${'y'.repeat(40_000)}`))).toEqual([513, 'Message Too Large', true]);
    expect(rejection(Buffer.concat([withLines(), Buffer.alloc(70_000)]))).toEqual([513, 'Message Too Large', true]);
    expect(rejection(withLines(...Array<string>(300).fill('X: y')))).toEqual([400, 'Too many header fields', true]);
    expect(rejection(withLines('no colon'))).toEqual([400, 'Malformed header line', true]);
    expect(rejection(withLines('bad name: x'))).toEqual([400, 'Malformed header line', true]);
    expect([rejection(withLines('X: a\rb')), rejection(withLines('X: a\nVia: b'))]).toEqual([
      [400, 'Malformed header line', true],
      [400, 'Malformed header line', true],
    ]);
  });

  test('of an ACK or a response is never answered', () => {
    expect(rejection(lines('ACK sip:a SIP/2.0', 'Via: SIP/2.0/UDP a;branch=1', '', ''))).toEqual([
      400,
      'Missing From',
      false,
    ]);
    expect(rejection(lines('SIP/2.0 200 OK', 'Via: SIP/2.0/UDP a;branch=1', '', ''))).toEqual([
      400,
      'Missing From',
      false,
    ]);
    const lineless = [' sip/2.0 200 OK', 'SIP/3.0 200 OK', 'SIP/2.0 2000 OK', 'SIP/2.0'].map((line) =>
      rejection(lines(line, 'Via: SIP/2.0/UDP a;branch=1', '', '')),
    );
    expect(lineless).toEqual(Array(4).fill([400, 'Malformed status line', false]));
  });

  test('is parsed again to the same, whatever valid message it was', () => {
    const valid = [...tortures.values()]
      .map((bytes) => parseMessage(bytes))
      .filter((message) => message.kind !== 'malformed');
    for (const message of valid) {
      const again = parseMessage(serialize(message));
      if (again.kind === 'malformed') throw new Error(again.reason);
      expect({ ...readingOf(again), fields: 0 }).toEqual({ ...readingOf(message), fields: 0 });
      expect(serialize(again).equals(serialize(message))).toBe(true);
    }
    expect(valid.length).toBe(40);
  });
});

describe('headers', () => {
  const contacts = (...more: readonly string[]): unknown => {
    const all = parsed(withLines(...more)).headers.all(header.contact);
    return all instanceof Fault ? all.reason : all.map((contact) => (contact === '*' ? '*' : printAddress(contact)));
  };

  test('in several fields, in one, or in compact form are one list', () => {
    expect(contacts('Contact: <sip:a@b>, "x, y" <sip:c@d;x=1,2>;q=0.5', 'm: sip:e@f;q=1')).toEqual(
      'Contact: Malformed parameters in URI',
    );
    expect(contacts('Contact: <sip:a@b>, "x, <y" <sip:c@d>;q=0.5', 'm: sip:e@f;q=1', 'CONTACT: *')).toEqual([
      '<sip:a@b>',
      '"x, <y" <sip:c@d>;q=0.5',
      '<sip:e@f>;q=1',
      '*',
    ]);
    expect(contacts()).toEqual([]);
  });

  test('are looked into only when somebody asks', () => {
    expect(parsed(withLines('Contact: <<<', 'Date: tomorrow', 'Authorization: ,')).callId).toBe('c');
    expect(contacts('Contact: <<<')).toBe('Contact: Unbalanced angle bracket');
  });

  test('that may be empty are, others may not', () => {
    const { headers } = parsed(withLines('Supported:', 'Require:'));
    expect([headers.all(header.supported), headers.all(header.require)]).toEqual([
      [],
      new Fault('Require: Empty value'),
    ]);
  });

  test('are edited without touching the others', () => {
    const { headers } = parsed(
      withLines('X-Other:   as it  is', 'Route: <sip:r1;lr>, <sip:r2;lr>', 'Route: <sip:r3;lr>'),
    );
    const text = (edited: Headers | Fault): string =>
      edited instanceof Fault
        ? edited.reason
        : [...edited]
            .slice(5)
            .map(({ name, value }) => `${name}: ${value}`)
            .join('|');
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

  test('hold no line that a value brought along', () => {
    const forged = Headers.none
      .append(textHeader('Subject'), 'a\r\nVia: evil')
      .append(header.to, address(sipUri({ host: 'x' }), Parameters.none, 'b\r\nc'));
    expect([...forged].map(({ value }) => value)).toEqual(['a Via: evil', '"b c" <sip:x>']);
  });
});

test('a list is cut at its own commas only', () => {
  expect(elements('a, "b,\\"c" <d,e>;f , g,')).toEqual(['a', '"b,\\"c" <d,e>;f', 'g', '']);
});

describe('addresses', () => {
  test.each([
    ['sip:a@b;tag=1', '<sip:a@b>;tag=1'],
    ['<sip:a@b;lr>;tag=1', '<sip:a@b;lr>;tag=1'],
    ['A B <sip:a@b>', '"A B" <sip:a@b>'],
    ['"a\\"b" <sip:a@b>', '"a\\"b" <sip:a@b>'],
    ['J\u00fcrgen <sip:a@b>', '"J\u00fcrgen" <sip:a@b>'],
    ['Anonymous <sip:c8oqz84zk7z@privacy.org>;tag=hyh8', '"Anonymous" <sip:c8oqz84zk7z@privacy.org>;tag=hyh8'],
    ['<tel:+1>;TAG=x', '<tel:+1>;tag=x'],
    ['"" <sip:a@b>', '"" <sip:a@b>'],
  ])('%s', (text, printed) => {
    const value = parseAddress(text);
    expect(value instanceof Fault ? value.reason : printAddress(value)).toBe(printed);
  });

  test.each([
    '',
    '<>',
    '<sip:a@b',
    'sip:a@b>',
    '"a <sip:a@b>',
    '"a" x <sip:a@b>',
    'a, b <sip:a@b>',
    '<sip:a@b> x',
    '<sip:a@b>;',
    '<sip:a@b>;=x',
    'sip:a@b?x=y',
    'sip:a@b,c',
  ])('%j is none', (text) => {
    expect(parseAddress(text)).toBeInstanceOf(Fault);
  });

  test('of any display name and parameters are read as they were printed', () => {
    const token = fc.stringMatching(/^[a-z0-9\-.!%*_+`'~]{1,12}$/);
    const display = fc.string({ unit: 'grapheme', maxLength: 20 }).filter((text) => !/[\r\n]/.test(text));
    const value = fc.oneof(fc.constant(null), token);
    fc.assert(
      fc.property(
        display,
        fc.uniqueArray(fc.tuple(token, value), { selector: ([name]) => name, maxLength: 5 }),
        (name, parameters) => {
          const made: Address = address(
            sipUri({ user: 'u', host: 'example.com', port: 5060 }),
            new Parameters(parameters),
            name,
          );
          expect(parseAddress(printAddress(made))).toEqual(made);
        },
      ),
    );
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
        const read = parsed(serialize(request));
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

test('a message that was built without what it needs says so', () => {
  expect(() => new SipRequest('X', sipUri({ host: 'a' }), Headers.none).via).toThrow('without what it needs');
  expect(
    () => new SipRequest('X', sipUri({ host: 'a' }), Headers.none.append(textHeader('Call-ID'), 'a b')).callId,
  ).not.toThrow();
});
