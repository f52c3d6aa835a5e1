import { Webhook as Verifier } from 'standardwebhooks';
import { expect, test } from 'vitest';
import { randomWebhookSecret as newSecret } from '../../credentials/random.ts';
import { hintOf, signatureHeaders } from './signature.ts';

const body = '{"id":"evt_1","data":{"text":"Grüße €"}}';
const timestamp = Math.floor(Date.now() / 1_000);

test('receivers of Standard Webhooks verify a signature by any of the secrets', () => {
  const [current, previous, other] = [newSecret(), newSecret(), newSecret()];
  const headers = signatureHeaders({ id: 'evt_1', timestamp, body }, [current, previous]);
  for (const secret of [current, previous])
    expect(new Verifier(secret).verify(body, { ...headers })).toEqual(JSON.parse(body));
  expect(() => new Verifier(other).verify(body, { ...headers })).toThrow('No matching signature');
});

test.each([
  ['body', { body: `${body} ` }],
  ['id', { id: 'evt_2' }],
  ['time', { timestamp: timestamp + 1 }],
])('a signature does not verify with another %s', (_, forged) => {
  const secret = newSecret();
  const made = signatureHeaders({ id: 'evt_1', timestamp, body }, [secret]);
  const sent = { id: 'evt_1', timestamp, body, ...forged };
  const headers = { ...made, 'webhook-id': sent.id, 'webhook-timestamp': String(sent.timestamp) };
  expect(() => new Verifier(secret).verify(sent.body, headers)).toThrow('No matching signature');
});

// The vector of the reference libraries (standard-webhooks/libraries, "sign function works").
test('the signature of the published example is reproduced', () => {
  const headers = signatureHeaders(
    { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', timestamp: 1_614_265_330, body: '{"test": 2432232314}' },
    ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'],
  );
  expect(headers['webhook-signature']).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=');
});

test('secrets have 32 random bytes, and the hint is their end', () => {
  const secret = newSecret();
  expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
  expect(newSecret()).not.toBe(secret);
  expect(hintOf(secret)).toBe(`…${secret.slice(-5, -1)}`);
});
