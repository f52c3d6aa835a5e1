import { createPublicKey } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { newPassportKey } from './passport-key.ts';
import { canonicalNumber, encodePart, isSignedBy, maxTokenLength, readPassport, writePassport } from './passport.ts';

const key = newPassportKey();
const publicKey = createPublicKey(key);
const x5u = 'https://cert.example.org/passport.cer';
const shakenHeader = { alg: 'ES256', ppt: 'shaken', typ: 'passport', x5u };
/** The example of RFC 8588 §4. */
const shakenClaims = {
  attest: 'A',
  dest: { tn: ['12155551213'] },
  iat: 1_443_208_345,
  orig: { tn: '12155551212' },
  origid: '123e4567-e89b-12d3-a456-426655440000',
};
const signature = Buffer.alloc(64, 1).toString('base64url');
const tokenOf = (claims: unknown, header: unknown = shakenHeader): string =>
  `${encodePart(header)}.${encodePart(claims)}.${signature}`;
const headerOf = (token: string): string => `${token};info=<${x5u}>;alg=ES256;ppt="shaken"`;
const rawToken = (payload: string): string =>
  `${encodePart(shakenHeader)}.${Buffer.from(payload).toString('base64url')}.${signature}`;

const reasonOf = (identity: string): unknown => {
  const read = readPassport(identity);
  return read !== undefined && 'reason' in read ? read.reason : read;
};

describe('RFC 8225, appendix A', () => {
  const verifyingKey = createPublicKey(
    `-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE8HNbQd/TmvCKwPKHkMF9fScavGeH
78YTU8qLS8I5HLHSSmlATLcslQMhNC/OhlWBYC626nIlo7XeebYS7Sb37g==
-----END PUBLIC KEY-----`,
  );
  const head =
    'eyJhbGciOiJFUzI1NiIsInR5cCI6InBhc3Nwb3J0IiwieDV1IjoiaHR0cHM6Ly9jZXJ0LmV4YW1wbGUub3JnL3Bhc3Nwb3J0LmNlciJ9';
  const payload =
    'eyJkZXN0Ijp7InVyaSI6WyJzaXA6YWxpY2VAZXhhbXBsZS5jb20iXX0sImlhdCI6MTQ3MTM3NTQxOCwib3' +
    'JpZyI6eyJ0biI6IjEyMTU1NTUxMjEyIn19';
  test('header and claims have its form', () => {
    expect(encodePart({ typ: 'passport', x5u, alg: 'ES256' })).toBe(head);
    expect(
      encodePart({ orig: { tn: '12155551212' }, iat: 1_471_375_418, dest: { uri: ['sip:alice@example.com'] } }),
    ).toBe(payload);
  });

  // The signature that the RFC prints is not of its key; that of draft-ietf-stir-passport-05 is.
  const draftPayload =
    'eyJkZXN0Ijp7InVyaSI6WyJzaXA6YWxpY2VAZXhhbXBsZS5jb20iXX0sImlhdCI6IjE0NDMyMDgzNDUiLC' +
    'JvcmlnIjp7InRuIjoiMTIxNTU1NTEyMTIifX0';
  const end = 'rq3pjT1hoRwakEGjHCnWSwUnshd0-zJ6F1VOgFWSjHBr8Qjpjlk-cpFYpFYsojNCpTzO3QfPOlckGaS6hEck7w';

  test('the key of the RFC verifies the token of its drafts', () => {
    const signed = `${head}.${draftPayload}`;
    const bytes = Buffer.from(end, 'base64url');
    expect(isSignedBy({ signed, signature: bytes }, verifyingKey)).toBe(true);
    expect(isSignedBy({ signed: `${signed}A`, signature: bytes }, verifyingKey)).toBe(false);
  });

  test('it is ignored, as it attests nothing', () => {
    expect(readPassport(`${head}.${payload}.${end};info=<${x5u}>`)).toBeUndefined();
  });
});

test.each([
  [
    'RFC 8588',
    { x5u, typ: 'passport', ppt: 'shaken', alg: 'ES256' },
    {
      ...{ origid: '123e4567-e89b-12d3-a456-426655440000', orig: { tn: '12155551212' }, iat: 1_443_208_345 },
      ...{ dest: { tn: ['12155551213'] }, attest: 'A' },
    },
    [
      'eyJhbGciOiJFUzI1NiIsInBwdCI6InNoYWtlbiIsInR5cCI6InBhc3Nwb3J0IiwieDV1IjoiaHR0cHM6Ly9j' +
        'ZXJ0LmV4YW1wbGUub3JnL3Bhc3Nwb3J0LmNlciJ9',
      'eyJhdHRlc3QiOiJBIiwiZGVzdCI6eyJ0biI6WyIxMjE1NTU1MTIxMyJdfSwiaWF0IjoxNDQzMjA4MzQ1LCJv' +
        'cmlnIjp7InRuIjoiMTIxNTU1NTEyMTIifSwib3JpZ2lkIjoiMTIzZTQ1NjctZTg5Yi0xMmQzLWE0NTYtNDI2' +
        'NjU1NDQwMDAwIn0',
    ],
  ],
  [
    'RFC 8946',
    { x5u: 'https://www.example.com/cert.cer', typ: 'passport', ppt: 'div', alg: 'ES256' },
    {
      ...{ orig: { tn: '12155551212' }, iat: 1_443_208_345, div: { tn: '121555551213' } },
      dest: { tn: ['12155551214'] },
    },
    [
      'eyJhbGciOiJFUzI1NiIsInBwdCI6ImRpdiIsInR5cCI6InBhc3Nwb3J0IiwieDV1IjoiaHR0cHM6Ly93d3cu' +
        'ZXhhbXBsZS5jb20vY2VydC5jZXIifQ',
      'eyJkZXN0Ijp7InRuIjpbIjEyMTU1NTUxMjE0Il19LCJkaXYiOnsidG4iOiIxMjE1NTU1NTEyMTMifSwiaWF0' +
        'IjoxNDQzMjA4MzQ1LCJvcmlnIjp7InRuIjoiMTIxNTU1NTEyMTIifX0',
    ],
  ],
])('header and claims of the example of %s have its bytes', (_rfc, header, claims, parts) => {
  expect([encodePart(header), encodePart(claims)]).toEqual(parts);
});

describe('a number', () => {
  test.each([
    ['+12155551212', '12155551212'],
    ['12155551212', '12155551212'],
    ['+1 (215) 555-1212', undefined],
    ['+1(215)555-1212', '12155551212'],
    ['sip:+12155551212;npdi@example.com;user=phone', '12155551212'],
    ['tel:+1-215-555-1212;phone-context=+1', '12155551212'],
    ['%2B12155551212', '12155551212'],
    ['*67#', '*67#'],
    ['sip:alice@example.com', undefined],
    ['', undefined],
    ['++1', undefined],
    ['1'.repeat(33), undefined],
  ])('%s is %s', (text, number) => expect(canonicalNumber(text)).toBe(number));
});

describe('a header', () => {
  test('has the example of RFC 8588', () => {
    expect(readPassport(headerOf(tokenOf(shakenClaims)))).toEqual({
      ppt: 'shaken',
      x5u,
      claims: {
        ...{ attest: 'A', iat: 1_443_208_345, orig: '12155551212', dest: ['12155551213'] },
        origid: '123e4567-e89b-12d3-a456-426655440000',
      },
      signed: tokenOf(shakenClaims).split('.').slice(0, 2).join('.'),
      signature: Buffer.alloc(64, 1),
    });
  });

  test('has the example of RFC 8946', () => {
    const claims = {
      ...{ orig: { tn: '12155551212' }, dest: { tn: ['12155551214'] } },
      ...{ iat: 1_443_208_345, div: { tn: '12155551213' } },
    };
    const header = { typ: 'passport', ppt: 'div', alg: 'ES256', x5u: 'https://www.example.com/cert.cer' };
    const token = tokenOf(claims, header);
    expect(readPassport(`${token};info=<https://www.example.com/cert.cer>;ppt=div`)).toMatchObject({
      ppt: 'div',
      claims: { orig: '12155551212', dest: ['12155551214'], iat: 1_443_208_345, div: '12155551213' },
    });
  });

  test.each([
    ['the extension unquoted', `${tokenOf(shakenClaims)};info=<${x5u}>;ppt=shaken`],
    ['blanks', ` ${tokenOf(shakenClaims)} ; info = <${x5u}> ; ALG = ES256 ; ppt="shaken" `],
    ['no parameter but info', `${tokenOf(shakenClaims)};info=<${x5u}>`],
    ['numbers with a plus', headerOf(tokenOf({ ...shakenClaims, orig: { tn: '+12155551212' } }))],
    ['members in another order', headerOf(rawToken(JSON.stringify({ ...shakenClaims }).replaceAll(',"', ' ,\n"')))],
    ['escaped slashes', headerOf(rawToken(JSON.stringify({ ...shakenClaims, x: 'a/b' }).replace('/', '\\/')))],
  ])('is read with %s', (_name, identity) => {
    expect(readPassport(identity)).toMatchObject({ claims: { orig: '12155551212' } });
  });

  test.each([
    ['an extension that is not supported', `${tokenOf({}, { ...shakenHeader, ppt: 'rcd' })};info=<${x5u}>;ppt=rcd`],
    ['nothing but the name of an extension', 'a.b.c;ppt=msgi'],
    ['no extension', `${tokenOf({}, { alg: 'ES256', typ: 'passport', x5u })};info=<${x5u}>`],
  ])('is ignored with %s', (_name, identity) => expect(readPassport(identity)).toBeUndefined());

  const withHeader = (header: object): string => headerOf(tokenOf(shakenClaims, { ...shakenHeader, ...header }));
  const withClaims = (claims: object): string => headerOf(tokenOf({ ...shakenClaims, ...claims }));
  const json = JSON.stringify(shakenClaims);

  test.each([
    [437, 'alg none', withHeader({ alg: 'none' })],
    [437, 'another algorithm', withHeader({ alg: 'HS256' })],
    [437, 'another algorithm beside the token', headerOf(tokenOf(shakenClaims)).replace('ES256', 'RS256')],
    [436, 'another info', `${tokenOf(shakenClaims)};info=<https://other.example.org/a.pem>;ppt=shaken`],
    [438, 'another type', withHeader({ typ: 'JWT' })],
    [438, 'another extension in the token', withHeader({ ppt: 'div' })],
    [438, 'extensions that must be understood', withHeader({ crit: ['exp'], exp: 1 })],
    [438, 'no certificate', withHeader({ x5u: '' })],
    [438, 'an empty text', ''],
    [438, 'the compact form', `..${signature};info=<${x5u}>;ppt=shaken`],
    [438, 'two parts', headerOf(tokenOf(shakenClaims).split('.').slice(0, 2).join('.'))],
    [438, 'four parts', headerOf(`${tokenOf(shakenClaims)}.${signature}`)],
    [438, 'no signature', headerOf(tokenOf(shakenClaims).replace(signature, ''))],
    [438, 'a short signature', headerOf(tokenOf(shakenClaims).replace(signature, 'AAAA'))],
    [438, 'base64url in another form', headerOf(tokenOf(shakenClaims).replace(/Q$/, 'R'))],
    [438, 'base64 instead of base64url', headerOf(`${tokenOf(shakenClaims)}==`)],
    [438, 'a token of 64 KB', headerOf('A'.repeat(65_536))],
    [438, 'parameters of 64 KB', `${tokenOf(shakenClaims)};info=<${'A'.repeat(65_536)}>`],
    [438, 'a repeated parameter', `${headerOf(tokenOf(shakenClaims))};alg=none`],
    [438, 'a parameter without a value', `${tokenOf(shakenClaims)};info`],
    [438, 'two callers', withClaims({ orig: { tn: ['12155551212', '12155551299'] } })],
    [438, 'a number and a URI as caller', withClaims({ orig: { tn: '12155551212', uri: 'sip:a@b' } })],
    [438, 'a caller that is named twice', headerOf(rawToken(json.replace('"orig"', '"orig":{"tn":"1"},"orig"')))],
    [438, 'a URI as caller', withClaims({ orig: { uri: 'sip:a@b' } })],
    [438, 'a name as caller', withClaims({ orig: { tn: 'alice' } })],
    [438, 'no callee', withClaims({ dest: { tn: [] } })],
    [438, 'a thousand callees', withClaims({ dest: { tn: Array.from({ length: 1_000 }, () => '1') } })],
    [438, 'no time', headerOf(rawToken(json.replace(/"iat":[0-9]+,/, '')))],
    [438, 'a time as text', withClaims({ iat: '1443208345' })],
    [438, 'a time that is no integer', withClaims({ iat: 1.5 })],
    [438, 'an attestation that does not exist', withClaims({ attest: 'D' })],
    [438, 'an origid with other characters', withClaims({ origid: 'a\r\nb' })],
    [438, 'an origid of 65 characters', withClaims({ origid: 'a'.repeat(65) })],
    [438, 'claims that are a list', headerOf(rawToken('[]'))],
    [438, 'claims that are null', headerOf(rawToken('null'))],
    [438, 'claims that are no JSON', headerOf(rawToken('{'))],
    [438, 'claims that are no UTF-8', headerOf(rawToken(json).replace(/\.[^.]+\./, '._w.'))],
  ])('is %i with %s', (reason, _name, identity) => expect(reasonOf(identity)).toBe(reason));

  test(`of ${maxTokenLength} characters is read, and no longer one`, () => {
    const lengthOf = (padding: number): string => tokenOf({ ...shakenClaims, x: 'x'.repeat(padding) });
    const fits = 3 * Math.floor((maxTokenLength - lengthOf(0).length) / 4) - 3;
    expect(readPassport(headerOf(lengthOf(fits)))).toMatchObject({ ppt: 'shaken' });
    expect(reasonOf(headerOf(lengthOf(fits + 12)))).toBe(438);
  });

  test('of any text is read without an error', () => {
    const piece = fc.constantFrom('.', ';', '<', '>', '"', 'info=', 'alg=ES256', 'ppt=shaken', '{}', 'e30', '\\', ' ');
    const text = fc.array(fc.oneof(piece, fc.string())).map((all) => all.join(''));
    fc.assert(fc.property(text, (identity) => void readPassport(identity)));
  });
});

test('what is written is read, and proven by its key', () => {
  const number = fc.stringMatching(/^[1-9][0-9]{3,14}$/);
  const call = fc.record({ orig: number, dest: number, div: number, iat: fc.integer({ min: 0, max: 2 ** 32 }) });
  fc.assert(
    fc.property(call, fc.constantFrom('shaken', 'div'), ({ orig, dest, div, iat }, ppt) => {
      const own = ppt === 'div' ? { div } : { attest: 'B' as const, origid: 'a-1' };
      const claims = { orig, dest: [dest], iat, ...own };
      const passport = readPassport(writePassport({ ppt, claims, key, x5u }));
      expect(passport).toMatchObject({ ppt, claims, x5u });
      expect(passport !== undefined && 'signed' in passport && isSignedBy(passport, publicKey)).toBe(true);
    }),
    { numRuns: 30 },
  );
});

test('a mutated token never proves anything else', () => {
  const claims = { orig: '12155551212', dest: ['12155551213'], iat: 1, attest: 'C', origid: 'a' } as const;
  const identity = writePassport({ ppt: 'shaken', claims, key, x5u });
  const end = identity.indexOf(';');
  const character = fc.stringMatching(/^[A-Za-z0-9_.= -]$/);
  fc.assert(
    fc.property(fc.nat(end - 1), character, fc.constantFrom(0, 1), (at, by, removed) => {
      const mutated = identity.slice(0, at) + by + identity.slice(at + removed);
      fc.pre(mutated.trim() !== identity);
      const read = readPassport(mutated);
      expect(read !== undefined && 'signed' in read && isSignedBy(read, publicKey)).toBe(false);
    }),
    { numRuns: 400 },
  );
});
