import { expect, test } from 'vitest';
import { Fault } from '../fault.ts';
import { unwrap } from '../values.fixture.ts';
import { digest, ha1 } from './algorithms.ts';
import { authentication } from './authentication.ts';
import { account, newClient, newRegister, newTestServer, realm } from './digest.fixture.ts';
import { credentialsOf, verify } from './server.ts';

test('a challenge offers SHA-256 before MD5, each in its own field, with qop auth and without userhash', () => {
  const { challengeOf } = newTestServer();
  const challenges = challengeOf(newRegister()).headers.all(authentication.user.challenge);
  if (challenges instanceof Fault) throw new Error(challenges.reason);
  expect(challenges.map(({ parameters }) => parameters.get('algorithm'))).toEqual(['SHA-256', 'MD5']);
  expect(
    challenges.map(({ parameters }) => [
      parameters.get('qop'),
      parameters.get('realm'),
      parameters.has('userhash'),
      parameters.has('stale'),
    ]),
  ).toEqual([
    ['auth', realm, false, false],
    ['auth', realm, false, false],
  ]);
});

test.each(['user', 'proxy'] as const)('the right password is accepted by a %s', (side) => {
  const { challengeOf, verdictOn } = newTestServer();
  const request = unwrap(newClient().answer(newRegister(), challengeOf(newRegister(), side)));
  expect([verdictOn(request, 'secret', side), request.cseq.sequence]).toEqual(['right', 2]);
});

test('a wrong password is wrong, also with a stale nonce', () => {
  const { challengeOf, verdictOn, pass } = newTestServer();
  const request = unwrap(newClient({ password: 'guess' }).answer(newRegister(), challengeOf(newRegister())));
  expect(verdictOn(request)).toBe('wrong');
  pass(300_001);
  expect(verdictOn(request)).toBe('wrong');
});

test('a count of a nonce is accepted once; counts may arrive in any order', () => {
  const { challengeOf, verdictOn } = newTestServer();
  const user = newClient();
  const requests = [
    unwrap(user.answer(newRegister(), challengeOf(newRegister()))),
    ...Array.from({ length: 4 }, () => user.authorize(newRegister())),
  ];
  const [first, second, third, fourth, fifth] = requests.map((request) => () => verdictOn(request));
  expect([first!(), fourth!(), second!(), second!(), third!(), fourth!(), fifth!(), first!()]).toEqual([
    'right',
    'right',
    'right',
    'stale',
    'right',
    'stale',
    'right',
    'stale',
  ]);
});

test('a nonce is stale after its lifetime, and at a server that did not issue it', () => {
  const { challengeOf, verdictOn, pass } = newTestServer();
  const request = unwrap(newClient().answer(newRegister(), challengeOf(newRegister())));
  pass(300_000);
  expect(verdictOn(request)).toBe('stale');
  const elsewhere = newTestServer();
  expect(elsewhere.verdictOn(unwrap(newClient().answer(newRegister(), challengeOf(newRegister()))))).toBe('stale');
});

test('a client without qop can use a nonce once', () => {
  const { nonces } = newTestServer();
  const secret = ha1('MD5', account);
  const nonce = nonces.issue(realm);
  const response = digest('MD5', { ha1: secret, method: 'REGISTER', uri: `sip:${realm}`, nonce, qop: undefined });
  const text =
    `Digest username="alice", realm="${realm}", nonce="${nonce}", ` + `uri="sip:${realm}", response="${response}"`;
  const kind = authentication.user.credentials;
  const parsed = kind.parse(text);
  if (parsed instanceof Fault) throw new Error(parsed.reason);
  const credentials = credentialsOf(newRegister().with(newRegister().headers.append(kind, parsed)), realm);
  if (credentials === undefined || credentials instanceof Fault) throw new Error('the credentials cannot be read');
  expect([1, 2].map(() => verify(nonces, credentials, { ha1: secret, method: 'REGISTER' }))).toEqual([
    'right',
    'stale',
  ]);
});

test('credentials of another scheme, realm, algorithm or qop count as none; incomplete ones are a fault', () => {
  const { verdictOn } = newTestServer();
  const given = (text: string) => {
    const kind = authentication.user.credentials;
    const value = kind.parse(text);
    if (value instanceof Fault) throw new Error(value.reason);
    return verdictOn(newRegister().with(newRegister().headers.append(kind, value)));
  };
  const whole = 'username="a", uri="sip:x", nonce="n", response="r"';
  expect([
    given('NoOneKnowsThisScheme opaque-data=here'),
    given(`Digest realm="other", ${whole}`),
    given(`Digest realm="${realm}", ${whole}, algorithm=SHA-512-256`),
    given(`Digest realm="${realm}", ${whole}, qop=auth-int, nc=00000001, cnonce="c"`),
    given(`Digest realm="${realm}", ${whole}, qop=auth, nc=1, cnonce="c"`),
    given(`Digest realm="${realm}", realm="other", ${whole}`),
    given('Bearer YIIJvwYGKwYBBQUCoIIJ=='),
  ]).toEqual(Array(7).fill(undefined));
  expect([
    given(`Digest realm="${realm}", username="a"`),
    given(`Digest realm="${realm}", ${whole}, qop=auth, nc=00000001`),
  ]).toEqual([new Fault('Credentials: Incomplete'), new Fault('Credentials: Incomplete')]);
});

test('credentials beside malformed ones and beside those of other schemes are read', () => {
  const { challengeOf, verdictOn } = newTestServer();
  const request = newRegister();
  const answered = newClient().answer(request, challengeOf(request));
  if (answered instanceof Fault) throw new Error(answered.reason);
  const kind = authentication.user.credentials;
  const others = [
    'Bearer abc==',
    `Digest realm="${realm}", username="a", uri="u", nonce="n", response="r", qop=auth, nc=1, cnonce="c"`,
  ];
  const parsed = others.map((text) => kind.parse(text)).flatMap((value) => (value instanceof Fault ? [] : [value]));
  const headers = parsed.reduce((all, value) => all.prepend(kind, value), answered.headers);
  expect(verdictOn(answered.with(headers))).toBe('right');
});
