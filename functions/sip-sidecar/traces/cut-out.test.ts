import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cutOut } from './cut-out.ts';

const message = (lines: readonly string[], body = ''): Buffer => Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body}`);
const invite = (headers: readonly string[], body = '', type = 'application/sdp'): Buffer =>
  message(
    [
      'INVITE sip:202@pbx.example.com SIP/2.0',
      'Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKnashds8',
      'From: "Ann" <sip:201@pbx.example.com>;tag=1928301774',
      'To: <sip:202@pbx.example.com>',
      'Call-ID: a84b4c76e66710@192.0.2.1',
      'CSeq: 1 INVITE',
      ...headers,
      ...(body === '' ? [] : [`Content-Type: ${type}`]),
      `Content-Length: ${Buffer.byteLength(body)}`,
    ],
    body,
  );

test('what a ladder shows stays as it was', () => {
  const plain = invite(['P-Asserted-Identity: <sip:+12025550100@pbx.example.com>', 'Allow: INVITE, ACK']);
  expect(cutOut(plain)).toBe(plain.toString());
});

test('of a digest the names stay, and no proof', () => {
  const text = cutOut(
    invite([
      'Authorization: Digest username="ann", realm="pbx", nonce="n0", uri="sip:pbx", response="r0", cnonce="c0"',
    ]),
  );
  expect(text).toContain(
    'Digest username="ann", realm="pbx", nonce="cut-out", uri="sip:pbx", response="cut-out", cnonce="cut-out"',
  );
});

test('of a description the keys and the password of ICE are cut out, and its length is that of the rest', () => {
  const text = cutOut(
    invite([], 'v=0\r\na=ice-ufrag:u1\r\na=ice-pwd:hidden\r\na=crypto:1 AES inline:hidden\r\nk=clear:hidden\r\n'),
  );
  const [, body = ''] = text.split('\r\n\r\n');
  expect(body).toBe('v=0\r\na=ice-ufrag:u1\r\na=ice-pwd:cut-out\r\na=crypto:cut-out\r\nk=cut-out\r\n');
  expect(text).toContain(`Content-Length: ${body.length}\r\n`);
});

test('the status of a transfer stays', () => {
  const notify = message(
    ['NOTIFY sip:1@h SIP/2.0', 'CSeq: 2 NOTIFY', 'Content-Type: message/sipfrag;version=2.0'],
    'SIP/2.0 200 OK\r\nX-Secret: hidden\r\n',
  );
  expect(cutOut(notify)).toMatch(/\r\n\r\nSIP\/2\.0 200 OK\r\n$/);
});

/** 16 letters that are in no message by themselves. */
const secret = fc.stringMatching(/^[a-zA-Z0-9]{16}$/).map((text) => `zq${text}qz`);
const mixedCase = (text: string) =>
  fc
    .array(fc.boolean(), { minLength: text.length, maxLength: text.length })
    .map((upper) => Array.from(text, (letter, at) => (upper[at] === true ? letter.toUpperCase() : letter)).join(''));
const fold = fc.constantFrom(' ', '\r\n ', '\r\n\t', '\n ', '  ');
const lineEnd = fc.constantFrom('\r\n', '\n');

const headerWith = fc
  .tuple(
    secret,
    fold,
    fc.constantFrom(
      (hidden: string, space: string) => `Authorization: Digest${space}username="ann",${space}response="${hidden}"`,
      (hidden: string, space: string) => `Proxy-Authorization:${space}Digest cnonce=${hidden}`,
      (hidden: string, space: string) => `Proxy-Authorization: Digest response = "a\\"${hidden}",${space}qop=auth`,
      (hidden: string, space: string) => `Authorization: Bearer${space}${hidden}`,
      (hidden: string) => `Authorization: Basic ${Buffer.from(hidden).toString('base64')} ${hidden}`,
      (hidden: string) => `WWW-Authenticate: Digest realm="a", nonce="${hidden}"`,
      (hidden: string) => `Authentication-Info: rspauth="${hidden}"`,
      (hidden: string, space: string) => `Identity:${space}${hidden}.payload.signature;info=<https://a>`,
      (hidden: string) => `y: ${hidden}`,
      (hidden: string) => `X-Auth-Token: ${hidden}`,
      (hidden: string) => `X-Api-Key: ${hidden}`,
      (hidden: string) => `Cookie: session=${hidden}`,
      (hidden: string) => `m: <sip:ann@192.0.2.1;pn-prid=${hidden}>`,
      (hidden: string) => `Contact: <sip:ann:${hidden}@192.0.2.1>`,
      (hidden: string) => `Contact: <sip:bob@h>, <SIPS:ann:a:${hidden}@192.0.2.1>;expires=3`,
      (hidden: string) => `Contact: sip:bob@h,sip:ann:a,b"c,${hidden},@192.0.2.1`,
      (hidden: string) => `Contact: sip:ann:${hidden}@192.0.2.1;token=${hidden}`,
      (hidden: string) => `Refer-To: <sip:202@h?access_token=${hidden}>`,
      (hidden: string) => `Call-Info: <https://h/a?x=1&token=${hidden}>`,
    ),
  )
  .map(([hidden, space, header]) => ({ hidden, header: header(hidden, space) }));

const describedBy = fc
  .tuple(
    secret,
    fc.constantFrom(
      (hidden: string) => `a=ice-pwd:${hidden}`,
      (hidden: string) => `a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${hidden}|2^20`,
      (hidden: string) => `k=base64:${hidden}`,
      (hidden: string) => ` a=ice-pwd:${hidden}`,
      (hidden: string) => `a=key-mgmt:mikey ${hidden}`,
      (hidden: string) => `A=crypto:${hidden}`,
      (hidden: string) => `i=${hidden}`,
      (hidden: string) => hidden,
    ),
  )
  .map(([hidden, line]) => ({ hidden, line: line(hidden) }));

describe('no secret that is planted stays', () => {
  test('in a header, folded or not, whatever its case', () =>
    fc.assert(
      fc.property(headerWith, lineEnd, fc.boolean(), ({ hidden, header }, end, isUpper) => {
        const at = header.indexOf(':');
        const written = isUpper ? header.slice(0, at).toUpperCase() + header.slice(at) : header;
        const text = cutOut(Buffer.from(invite([written]).toString().replaceAll('\r\n', end)));
        expect(text).not.toContain(hidden);
      }),
    ));

  test('in a description', () =>
    fc.assert(
      fc.property(describedBy, fc.array(describedBy, { maxLength: 3 }), lineEnd, (first, more, end) => {
        const body = [
          'v=0',
          'o=- 1 1 IN IP4 192.0.2.1',
          first.line,
          'm=audio 9 RTP/SAVP 0',
          ...more.map((each) => each.line),
        ];
        const text = cutOut(invite([], `${body.join(end)}${end}`));
        for (const { hidden } of [first, ...more]) expect(text).not.toContain(hidden);
      }),
    ));

  test('in the body of another message, or of another type', () =>
    fc.assert(
      fc.property(
        secret,
        fc.constantFrom('INFO', 'MESSAGE', 'NOTIFY', 'INVITE', 'OPTIONS'),
        fc.constantFrom(
          'application/dtmf-relay',
          'text/plain',
          'multipart/mixed;boundary=b',
          'message/sipfrag',
          'application/sdpx',
        ),
        mixedCase('content-type'),
        (hidden, method, type, name) => {
          const lines = [`${method} sip:202@h SIP/2.0`, `CSeq: 4 ${method}`, `${name}: ${type}`];
          expect(cutOut(message(lines, `Signal=${hidden}\r\nDuration=160\r\n`))).not.toContain(hidden);
        },
      ),
    ));

  test('in a body that says it is a description, of a message that has none', () =>
    fc.assert(
      fc.property(secret, fc.constantFrom('INFO', 'MESSAGE', 'NOTIFY', 'SUBSCRIBE', 'REFER'), (hidden, method) => {
        const lines = [`${method} sip:202@h SIP/2.0`, `CSeq: 4 ${method}`, 'Content-Type: application/sdp'];
        expect(cutOut(message(lines, `v=0\r\ns=${hidden}\r\n`))).not.toContain(hidden);
      }),
    ));

  test('of texts that are one token, one parameter or one address after the other, at once', () => {
    for (const token of ['b', 'sip:', 'a=', 'a="', '"', '\\', 'token=', 'SIP/2.0 100 \r\n', '@', '\r\n '])
      for (const start of ['X: ', 'Authorization: Digest ', 'Contact: <sip:'])
        expect(
          cutOut(Buffer.from(`INVITE a SIP/2.0\r\n${start}${token.repeat(60_000 / token.length)}`)).length,
        ).toBeGreaterThan(20);
  });

  test('whatever the bytes are, it is a text of at most 8 KiB and a length', () =>
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 20_000 }), (bytes) => {
        expect(cutOut(Buffer.from(bytes)).length).toBeLessThan(8_192 + 64);
      }),
    ));
});
