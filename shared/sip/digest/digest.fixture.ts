import { randomBytes } from 'node:crypto';
import { address } from '../address.ts';
import { newRequest, newResponse } from '../build.ts';
import { Fault } from '../fault.ts';
import { parseMessage, serialize, type SipRequest, type SipResponse } from '../message.ts';
import { Parameters } from '../parameters.ts';
import { sipUri } from '../uri.ts';
import { newVia } from '../via.ts';
import { ha1 } from './algorithms.ts';
import { authentication, type Side } from './authentication.ts';
import { DigestClient } from './client.ts';
import { Nonces } from './nonces.ts';
import { challenge, credentialsOf, verify } from './server.ts';

export const realm = 'acme.example.com';
export const account = { username: 'alice', password: 'secret', realm, host: realm };
export const alice = address(sipUri({ user: 'alice', host: realm }), new Parameters([['tag', 'a1']]));

export const newRegister = (): SipRequest =>
  newRequest({
    method: 'REGISTER',
    uri: sipUri({ host: realm }),
    via: newVia('UDP', '192.0.2.1', 5060, 'z9hG4bK1'),
    from: alice,
    to: address(alice.uri),
    callId: 'c1',
    sequence: 1,
  });

/** The message after printing and parsing. */
function roundTrip<Message extends SipRequest | SipResponse>(message: Message): Message {
  const parsed = parseMessage(serialize(message));
  if (parsed.kind !== message.kind) throw new Error('the message has another kind');
  return parsed as Message;
}

/** A server whose clock only `pass` moves. */
export function newTestServer({ lifetime = 300_000, max = 1_000 } = {}) {
  let time = 1_000_000;
  const nonces = new Nonces({ secret: randomBytes(32), now: () => time, randomBytes, lifetime, max });
  const challengeOf = (request: SipRequest, side: Side = 'user'): SipResponse =>
    roundTrip(
      newResponse(request, { status: authentication[side].status, headers: challenge(nonces, realm, { side }) }),
    );
  const verdictOn = (request: SipRequest, password = 'secret', side: Side = 'user') => {
    const credentials = credentialsOf(roundTrip(request), realm, side);
    if (credentials === undefined || credentials instanceof Fault) return credentials;
    return verify(nonces, credentials, {
      ha1: ha1(credentials.algorithm, { username: credentials.username, realm, password }),
      method: request.method,
    });
  };
  return { nonces, challengeOf, verdictOn, pass: (milliseconds: number) => void (time += milliseconds) };
}

export const newClient = (options: Partial<ConstructorParameters<typeof DigestClient>[0]> = {}): DigestClient =>
  new DigestClient({ ...account, ...options }, () => randomBytes(8).toString('hex'));
