import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { address } from '../address.ts';
import { newRequest, newResponse } from '../build.ts';
import { Fault } from '../fault.ts';
import { Headers } from '../headers.ts';
import { parseMessage, serialize, type SipRequest, type SipResponse } from '../message.ts';
import { Parameters } from '../parameters.ts';
import { sipUri } from '../uri.ts';
import { newVia } from '../via.ts';
import { type Algorithm, algorithms, digest, ha1 } from './algorithms.ts';
import { authentication, type Side } from './authentication.ts';
import { DigestClient } from './client.ts';
import { Nonces } from './nonces.ts';
import { challenge, credentialsOf, verify } from './server.ts';

describe('the digest', () => {
  const mufasa = { username: 'Mufasa', realm: 'http-auth@example.org', password: 'Circle of Life' };
  const first = {
    method: 'GET',
    uri: '/dir/index.html',
    nonce: '7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v',
    qop: { count: '00000001', cnonce: 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ' },
  };

  test.each([
    ['MD5', '8ca523f5e9506fed4657c9700eebdbec'],
    ['SHA-256', '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1'],
  ] as const)('of RFC 7616 §3.9.1 by %s', (algorithm, expected) => {
    expect(digest(algorithm, { ...first, ha1: ha1(algorithm, mufasa) })).toBe(expected);
  });

  test('of RFC 7616 §3.9.2 by SHA-512-256, as its erratum corrects it', () => {
    const secret = ha1('SHA-512-256', {
      username: 'J\u00e4s\u00f8n Doe',
      realm: 'api@example.org',
      password: 'Secret, or not?',
    });
    const qop = { count: '00000001', cnonce: 'NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v' };
    expect(
      digest('SHA-512-256', {
        ha1: secret,
        method: 'GET',
        uri: '/doe.json',
        nonce: '5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK',
        qop,
      }),
    ).toBe('3798d4131c277846293534c3edc11bd8a5e4cdcbff78b05db9d95eeb1cec68a5');
  });

  test('of RFC 2617 §3.5 with qop, and of RFC 2069 §2.4 (with its erratum) without', () => {
    const secret = ha1('MD5', { username: 'Mufasa', realm: 'testrealm@host.com', password: 'Circle Of Life' });
    const request = { ha1: secret, method: 'GET', uri: '/dir/index.html', nonce: 'dcd98b7102dd2f0e8b11d0f600bfb0c093' };
    expect(digest('MD5', { ...request, qop: { count: '00000001', cnonce: '0a4f113b' } })).toBe(
      '6629fae49393a05397450978507c4ef1',
    );
    const elder = ha1('MD5', { username: 'Mufasa', realm: 'testrealm@host.com', password: 'CircleOfLife' });
    expect(digest('MD5', { ...request, ha1: elder, qop: undefined })).toBe('1949323746fe6a43ef61f9606e7febea');
  });
});

const realm = 'acme.example.com';
const account = { username: 'alice', password: 'secret', realm, host: realm };
const alice = address(sipUri({ user: 'alice', host: realm }), new Parameters([['tag', 'a1']]));

const register = (): SipRequest =>
  newRequest({
    method: 'REGISTER',
    uri: sipUri({ host: realm }),
    via: newVia('UDP', '192.0.2.1', 5060, 'z9hG4bK1'),
    from: alice,
    to: address(alice.uri),
    callId: 'c1',
    sequence: 1,
  });

/** Over the wire and back. */
function across<Message extends SipRequest | SipResponse>(message: Message): Message {
  const parsed = parseMessage(serialize(message));
  if (parsed.kind !== message.kind) throw new Error('another message');
  return parsed as Message;
}

function place({ lifetime = 300_000, most = 1_000 } = {}) {
  let time = 1_000_000;
  const nonces = new Nonces({ secret: randomBytes(32), now: () => time, randomBytes, lifetime, most });
  const ask = (request: SipRequest, side: Side = 'user'): SipResponse =>
    across(newResponse(request, { status: authentication[side].status, headers: challenge(nonces, realm, { side }) }));
  const judge = (request: SipRequest, password = 'secret', side: Side = 'user') => {
    const credentials = credentialsOf(across(request), realm, side);
    if (credentials === undefined || credentials instanceof Fault) return credentials;
    return verify(nonces, credentials, {
      ha1: ha1(credentials.algorithm, { username: credentials.username, realm, password }),
      method: request.method,
    });
  };
  return { nonces, ask, judge, pass: (milliseconds: number) => void (time += milliseconds) };
}

const client = (over: Partial<ConstructorParameters<typeof DigestClient>[0]> = {}): DigestClient =>
  new DigestClient({ ...account, ...over }, () => randomBytes(8).toString('hex'));

function answered(result: SipRequest | Fault): SipRequest {
  if (result instanceof Fault) throw new Error(result.reason);
  return result;
}

describe('a server', () => {
  test('offers SHA-256 before MD5, each in a field of its own, with qop auth and without userhash', () => {
    const { ask } = place();
    const challenges = ask(register()).headers.all(authentication.user.challenge);
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

  test.each(['user', 'proxy'] as const)('lets in who knows the password, on the %s side', (side) => {
    const { ask, judge } = place();
    const request = answered(client().answer(register(), ask(register(), side)));
    expect([judge(request, 'secret', side), request.cseq.sequence]).toEqual(['right', 2]);
  });

  test('tells a wrong password, also with a nonce that is stale', () => {
    const { ask, judge, pass } = place();
    const request = answered(client({ password: 'guess' }).answer(register(), ask(register())));
    expect(judge(request)).toBe('wrong');
    pass(300_001);
    expect(judge(request)).toBe('wrong');
  });

  test('takes no count of a nonce twice, counts in any order', () => {
    const { ask, judge } = place();
    const user = client();
    const requests = [
      answered(user.answer(register(), ask(register()))),
      ...Array.from({ length: 4 }, () => user.authorize(register())),
    ];
    const [first, second, third, fourth, fifth] = requests.map((request) => () => judge(request));
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

  test('finds a nonce stale once its life is over, or where another server or realm issued it', () => {
    const { ask, judge, pass } = place();
    const request = answered(client().answer(register(), ask(register())));
    pass(300_000);
    expect(judge(request)).toBe('stale');
    const elsewhere = place();
    expect(elsewhere.judge(answered(client().answer(register(), ask(register()))))).toBe('stale');
  });

  test('takes a client without qop once for each nonce', () => {
    const { nonces } = place();
    const secret = ha1('MD5', account);
    const nonce = nonces.issue(realm);
    const response = digest('MD5', { ha1: secret, method: 'REGISTER', uri: `sip:${realm}`, nonce, qop: undefined });
    const text = `Digest username="alice", realm="${realm}", nonce="${nonce}", uri="sip:${realm}", response="${response}"`;
    const kind = authentication.user.credentials;
    const parsed = kind.parse(text);
    if (parsed instanceof Fault) throw new Error(parsed.reason);
    const credentials = credentialsOf(register().with(register().headers.append(kind, parsed)), realm);
    if (credentials === undefined || credentials instanceof Fault) throw new Error('not read');
    expect([1, 2].map(() => verify(nonces, credentials, { ha1: secret, method: 'REGISTER' }))).toEqual([
      'right',
      'stale',
    ]);
  });

  test('challenges credentials of another scheme, realm, algorithm or quality of protection, and faults incomplete ones', () => {
    const { judge } = place();
    const given = (text: string) => {
      const kind = authentication.user.credentials;
      const value = kind.parse(text);
      if (value instanceof Fault) throw new Error(value.reason);
      return judge(register().with(register().headers.append(kind, value)));
    };
    const whole = 'username="a", uri="sip:x", nonce="n", response="r"';
    expect([
      given('NoOneKnowsThisScheme opaque-data=here'),
      given(`Digest realm="other", ${whole}`),
      given(`Digest realm="${realm}", ${whole}, algorithm=SHA-512-256`),
      given(`Digest realm="${realm}", ${whole}, qop=auth-int, nc=00000001, cnonce="c"`),
    ]).toEqual([undefined, undefined, undefined, undefined]);
    expect([
      given(`Digest realm="${realm}", username="a"`),
      given(`Digest realm="${realm}", ${whole}, qop=auth, nc=1, cnonce="c"`),
    ]).toEqual([new Fault('Credentials: Incomplete'), new Fault('Credentials: Incomplete')]);
  });

  test('remembers no more nonces than allowed, and what it forgot cannot be used again', () => {
    const { nonces, pass } = place({ most: 3 });
    const issued = Array.from({ length: 5 }, () => {
      pass(1);
      return nonces.issue(realm);
    });
    expect(issued.map((nonce) => nonces.use(nonce, realm, 1))).toEqual([true, true, true, true, true]);
    expect(nonces.remembered).toBe(3);
    expect(issued.map((nonce) => nonces.use(nonce, realm, 1))).toEqual([false, false, false, false, false]);
    expect(issued.map((nonce) => nonces.use(nonce, realm, 2))).toEqual([false, false, true, true, true]);
  });

  test('forgets nonces whose life is over, and takes none from before its start', () => {
    const { nonces, pass } = place({ lifetime: 1_000 });
    nonces.use(nonces.issue(realm), realm, 1);
    pass(1_000);
    nonces.use(nonces.issue(realm), realm, 1);
    expect(nonces.remembered).toBe(1);
    const secret = randomBytes(32);
    const [before, after] = [5_000, 6_000].map(
      (now) => new Nonces({ secret, now: () => now, randomBytes, lifetime: 60_000, most: 9 }),
    );
    expect(after!.use(before!.issue(realm), realm, 1)).toBe(false);
  });

  test('takes no nonce that was changed', () => {
    const { nonces } = place();
    const nonce = nonces.issue(realm);
    const changed = Array.from(
      nonce,
      (letter, at) => `${nonce.slice(0, at)}${letter === 'A' ? 'B' : 'A'}${nonce.slice(at + 1)}`,
    );
    expect([...changed, `${nonce}=`, '', nonce.slice(1)].filter((other) => nonces.use(other, realm, 1))).toEqual([]);
    expect(nonces.use(nonce, 'other.example.com', 1)).toBe(false);
    expect(nonces.use(nonce, realm, 1)).toBe(true);
  });
});

describe('a client', () => {
  const asked = (...fields: readonly string[]): SipResponse => {
    const kind = authentication.user.challenge;
    const values = fields.map((text) => kind.parse(text)).flatMap((value) => (value instanceof Fault ? [] : [value]));
    return newResponse(register(), { status: 401, headers: Headers.none.with(kind, ...values) });
  };
  const chosen = (result: SipRequest | Fault): string | undefined => {
    const credentials = answered(result).headers.one(authentication.user.credentials);
    return credentials instanceof Fault ? undefined : credentials?.parameters.get('algorithm');
  };
  const offer = (algorithm: Algorithm): string =>
    `Digest realm="${realm}", nonce="n", qop="auth", algorithm=${algorithm}`;

  test('takes the strongest algorithm, in whatever order they come', () => {
    expect(chosen(client().answer(register(), asked(offer('MD5'), offer('SHA-256'))))).toBe('SHA-256');
    expect(chosen(client().answer(register(), asked(...algorithms.toReversed().map(offer))))).toBe('SHA-512-256');
    expect(chosen(client().answer(register(), asked(offer('MD5'))))).toBe('MD5');
  });

  test('answers no challenge of another realm, nor one for another host', () => {
    const foreign = 'Digest realm="evil.example.net", nonce="n", qop="auth"';
    expect(client().answer(register(), asked(foreign))).toEqual(new Fault('Challenged for another realm'));
    const elsewhere = newRequest({
      method: 'REGISTER',
      uri: sipUri({ host: 'evil.example.net' }),
      from: alice,
      to: alice,
      callId: 'c',
      sequence: 1,
    });
    expect(client().answer(elsewhere, asked(offer('MD5')))).toEqual(new Fault('Challenged for another host'));
  });

  test('of no configured realm keeps to the first that its host names', () => {
    const user = client({ realm: null });
    answered(user.answer(register(), asked(offer('MD5'))));
    expect(user.answer(register(), asked('Digest realm="other", nonce="n"'))).toEqual(
      new Fault('Challenged for another realm'),
    );
  });

  test('answers no challenge that asks for auth-int alone, or an unknown algorithm', () => {
    const rejected = new Fault('Challenge of unknown algorithm or quality of protection');
    expect(client().answer(register(), asked(`Digest realm="${realm}", nonce="n", qop="auth-int"`))).toEqual(rejected);
    expect(client().answer(register(), asked(`Digest realm="${realm}", nonce="n", algorithm=MD5-sess`))).toEqual(
      rejected,
    );
    expect(
      chosen(
        client().answer(register(), asked(`Digest realm="${realm}", nonce="n", qop="auth-int,auth", algorithm=MD5`)),
      ),
    ).toBe('MD5');
  });

  test('gives up when its credentials are refused', () => {
    const user = client();
    const second = answered(user.answer(register(), asked(offer('MD5'))));
    expect(user.answer(second, asked(offer('MD5')))).toEqual(new Fault('Credentials refused'));
  });

  test('goes on with a new nonce when the one that it used again was stale, but not when a new one is', () => {
    const user = client();
    const stale = asked(`${offer('MD5')}, stale=true`);
    const first = answered(user.answer(register(), asked(offer('MD5'))));
    expect(user.answer(first, stale)).toEqual(new Fault('Credentials refused'));
    expect(answered(user.answer(user.authorize(register()), stale)).cseq.sequence).toBe(2);
  });

  test('uses a nonce again with the next count, and a new cnonce', () => {
    const user = client();
    const requests = [
      answered(user.answer(register(), asked(offer('MD5')))),
      user.authorize(register()),
      user.authorize(register()),
    ];
    const read = requests.map((request) => {
      const value = request.headers.one(authentication.user.credentials);
      return value === undefined || value instanceof Fault ? undefined : value.parameters;
    });
    expect(read.map((parameters) => parameters?.get('nc'))).toEqual(['00000001', '00000002', '00000003']);
    expect(new Set(read.map((parameters) => parameters?.get('cnonce'))).size).toBe(3);
  });

  test('answers an elder challenge without qop and algorithm', () => {
    const request = answered(client().answer(register(), asked(`Digest realm="${realm}", nonce="n", opaque="o"`)));
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

  test('says nothing where it was not challenged', () => {
    expect(client().answer(register(), newResponse(register(), { status: 403 }))).toEqual(new Fault('Not challenged'));
    expect(client().authorize(register()).headers.has(authentication.user.credentials)).toBe(false);
  });
});
