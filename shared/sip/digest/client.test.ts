import { expect, test } from 'vitest';
import { newRequest, newResponse } from '../build.ts';
import { Fault } from '../fault.ts';
import { Headers } from '../headers.ts';
import type { SipRequest, SipResponse } from '../message.ts';
import { sipUri } from '../uri.ts';
import { unwrap } from '../values.fixture.ts';
import { type Algorithm, algorithms, digest, ha1 } from './algorithms.ts';
import { authentication } from './authentication.ts';
import { account, alice, newClient, newRegister, realm } from './digest.fixture.ts';

const challengeWith = (...fields: readonly string[]): SipResponse => {
  const kind = authentication.user.challenge;
  const values = fields.map((text) => kind.parse(text)).flatMap((value) => (value instanceof Fault ? [] : [value]));
  return newResponse(newRegister(), { status: 401, headers: Headers.none.with(kind, ...values) });
};
const algorithmIn = (result: SipRequest | Fault): string | undefined => {
  const credentials = unwrap(result).headers.one(authentication.user.credentials);
  return credentials instanceof Fault ? undefined : credentials?.parameters.get('algorithm');
};
const offer = (algorithm: Algorithm): string =>
  `Digest realm="${realm}", nonce="n", qop="auth", algorithm=${algorithm}`;

test('the strongest algorithm is chosen, in whatever order the server offers them', () => {
  expect(algorithmIn(newClient().answer(newRegister(), challengeWith(offer('MD5'), offer('SHA-256'))))).toBe('SHA-256');
  expect(algorithmIn(newClient().answer(newRegister(), challengeWith(...algorithms.toReversed().map(offer))))).toBe(
    'SHA-512-256',
  );
  expect(algorithmIn(newClient().answer(newRegister(), challengeWith(offer('MD5'))))).toBe('MD5');
});

test('a challenge of another realm, or for another host, is not answered', () => {
  const foreign = 'Digest realm="evil.example.net", nonce="n", qop="auth"';
  expect(newClient().answer(newRegister(), challengeWith(foreign))).toEqual(new Fault('Challenged for another realm'));
  const elsewhere = newRequest({
    method: 'REGISTER',
    uri: sipUri({ host: 'evil.example.net' }),
    from: alice,
    to: alice,
    callId: 'c',
    sequence: 1,
  });
  expect(newClient().answer(elsewhere, challengeWith(offer('MD5')))).toEqual(new Fault('Challenged for another host'));
  // A dialog has the Contact of its peer: at the server of our host, the realm decides alone.
  unwrap(newClient().answer(elsewhere, challengeWith(offer('MD5')), true));
  expect(newClient().answer(elsewhere, challengeWith(foreign), true)).toEqual(
    new Fault('Challenged for another realm'),
  );
});

test('without a configured realm, the realm of the first challenge stays the only one', () => {
  const user = newClient({ realm: null });
  unwrap(user.answer(newRegister(), challengeWith(offer('MD5'))));
  expect(user.answer(newRegister(), challengeWith('Digest realm="other", nonce="n"'))).toEqual(
    new Fault('Challenged for another realm'),
  );
});

test('a challenge with auth-int only, or with an unknown algorithm, is not answered', () => {
  const rejected = new Fault('Challenge of unknown algorithm or quality of protection');
  expect(
    newClient().answer(newRegister(), challengeWith(`Digest realm="${realm}", nonce="n", qop="auth-int"`)),
  ).toEqual(rejected);
  expect(
    newClient().answer(newRegister(), challengeWith(`Digest realm="${realm}", nonce="n", algorithm=MD5-sess`)),
  ).toEqual(rejected);
  expect(
    algorithmIn(
      newClient().answer(
        newRegister(),
        challengeWith(`Digest realm="${realm}", nonce="n", qop="auth-int,auth", algorithm=MD5`),
      ),
    ),
  ).toBe('MD5');
});

test('rejected credentials are not sent again', () => {
  const user = newClient();
  const second = unwrap(user.answer(newRegister(), challengeWith(offer('MD5'))));
  expect(user.answer(second, challengeWith(offer('MD5')))).toEqual(new Fault('Credentials rejected'));
});

test('a stale nonce is replaced, and one that is stale at its first use once', () => {
  const user = newClient();
  const stale = challengeWith(`${offer('MD5')}, stale=true`);
  const first = unwrap(user.answer(newRegister(), challengeWith(offer('MD5'))));
  const again = unwrap(user.answer(first, stale));
  expect([again.cseq.sequence, user.answer(again, stale)]).toEqual([3, new Fault('Credentials rejected')]);
  const reused = unwrap(user.answer(user.authorize(newRegister()), stale));
  expect([reused.cseq.sequence, user.answer(reused, stale)]).toMatchObject([2, { cseq: { sequence: 3 } }]);
});

test('other schemes, and a challenge with several realms, are skipped', () => {
  const others = ['Negotiate', 'Bearer abc==', 'Basic realm="x"', `Digest realm="${realm}", realm="other", nonce="n"`];
  const answered = unwrap(newClient().answer(newRegister(), challengeWith(...others, offer('SHA-256'))));
  expect(algorithmIn(answered)).toBe('SHA-256');
  expect(newClient().answer(newRegister(), challengeWith(...others))).toEqual(new Fault('No digest challenge'));
});

test('a challenge that repeats its realm is answered', () => {
  const twice = challengeWith(`Digest realm="${realm}", realm="${realm}", nonce="n", qop="auth", algorithm=MD5`);
  expect(algorithmIn(newClient().answer(newRegister(), twice))).toBe('MD5');
});

test('a nonce is reused with the next count and a new cnonce', () => {
  const user = newClient();
  const requests = [
    unwrap(user.answer(newRegister(), challengeWith(offer('MD5')))),
    user.authorize(newRegister()),
    user.authorize(newRegister()),
  ];
  const read = requests.map((request) => {
    const value = request.headers.one(authentication.user.credentials);
    return value === undefined || value instanceof Fault ? undefined : value.parameters;
  });
  expect(read.map((parameters) => parameters?.get('nc'))).toEqual(['00000001', '00000002', '00000003']);
  expect(new Set(read.map((parameters) => parameters?.get('cnonce'))).size).toBe(3);
});

test('a challenge of RFC 2069, without qop and algorithm, is answered', () => {
  const request = unwrap(
    newClient().answer(newRegister(), challengeWith(`Digest realm="${realm}", nonce="n", opaque="o"`)),
  );
  const value = request.headers.one(authentication.user.credentials);
  const parameters = value === undefined || value instanceof Fault ? new Map<string, string>() : value.parameters;
  expect(Object.fromEntries(parameters)).toEqual({
    username: 'alice',
    realm,
    nonce: 'n',
    uri: `sip:${realm}`,
    opaque: 'o',
    response: digest('MD5', {
      ha1: ha1('MD5', account),
      method: 'REGISTER',
      uri: `sip:${realm}`,
      nonce: 'n',
      qop: undefined,
    }),
  });
});

test('without a challenge there are no credentials', () => {
  expect(newClient().answer(newRegister(), newResponse(newRegister(), { status: 403 }))).toEqual(
    new Fault('Not challenged'),
  );
  expect(newClient().authorize(newRegister()).headers.has(authentication.user.credentials)).toBe(false);
});
