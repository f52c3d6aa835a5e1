import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePort } from '#infra/local/machine/free-port.ts';
import { day } from '#schema/time.ts';
import { textHeader } from '#sip/header-kinds.ts';
import { Headers } from '#sip/headers.ts';
import { readChain, trustChain } from '#stir/certificate.ts';
import { issue, issueList, issueRoot, type Issued } from '#stir/certificates.fixture.ts';
import { privatePem } from '#stir/passport-key.ts';
import { readPassport, type Passport } from '#stir/passport.ts';
import { verifyIdentity } from '#stir/verification.ts';
import { eventually } from '../../support/eventually.ts';
import { Softphone } from '../../support/softphone.fixture.ts';
import { needs } from '../../support/tools.ts';
import { newCalledUserAt, type CalledUser } from '../called-users.fixture.ts';
import { newGatewayTo, newNumber, useExtensions } from '../calls.fixture.ts';
import { allCdrs, sharedTaskCloud, type SharedTaskCloud } from '../sidecar-tasks.fixture.ts';
import { untilTrusted } from '../softphones.fixture.ts';
import { outcome, texts, trustAddresses, uniqueName } from '../tenant.fixture.ts';
import { called, rejected, signedBy, startProvider, verified } from './kamailio.ts';
import { machineAddress, needsMachineAddress } from './machine-address.ts';
import type { Program } from './program.ts';
import { ownAddress } from './sip-server.ts';

/**
 * Kamailio with `secsipid` as a provider: it verifies what a gateway signs, and signs what a trunk verifies. A user
 * forwards its calls to it. The list of authorities is that of the whole cloud: no other file of tests changes it.
 */

needs('kamailio', 'secsipid.so');
needsMachineAddress();

const [caller, mobile, other] = ['+14155550123', '+14155550199', '+14165550100'];
const times = { from: new Date(Date.now() - day), to: new Date(Date.now() + day) };
const authority = issue({ name: 'Authority', isAuthority: true, usage: 0x06, ...times });
const stranger = issueRoot('Stranger');
const issued = {
  provider: issue({ by: authority, ...times }),
  revoked: issue({ by: authority, ...times }),
  stranger: issue({ by: stranger, ...times }),
};
const ofTenant = issue({ by: authority, ...times });

const everything = new AsyncDisposableStack();
const open = new DisposableStack();
let cloud: SharedTaskCloud;
let kamailio: Program;
/** Whose calls Kamailio signs. */
let customer: Softphone;
/** A carrier whose calls are answered. */
let carrier: Softphone;
/** Id of the certificate of the tenant. */
let certificate: string;
let user: CalledUser;
let number: string;

/** Serves the certificates of the provider, and the list of revoked ones. @returns its URL */
async function serveCertificates(): Promise<string> {
  const revoked = issueList(authority, { revoked: [issued.revoked], thisUpdate: times.from, nextUpdate: times.to });
  const files: Readonly<Record<string, string | Buffer>> = {
    ...Object.fromEntries(Object.entries(issued).map(([name, { pem }]) => [`/${name}.pem`, pem])),
    '/revoked.crl': revoked,
  };
  const server: Server = createServer(({ url = '' }, answer) => void answer.end(files[url]));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  everything.defer(() => void server.close());
  const place = server.address();
  return `http://127.0.0.1:${typeof place === 'object' ? place?.port : ''}`;
}

const keyOf = ({ key }: Issued): string => privatePem(key);

/** The operator trusts the authority, and saves a certificate of the tenant. */
async function useCertificates(certificates: string): Promise<void> {
  const { tenant, operator } = cloud;
  const lists = [{ url: `${certificates}/revoked.crl` }];
  const anchors = { certificates: authority.pem, revocation_lists: lists };
  const own = { name: 'Calls', chain: ofTenant.pem, key: keyOf(ofTenant) };
  const saved = [
    await tenant.ask('PUT', '/stir/authorities', anchors, { token: operator }),
    await tenant.ask('PUT', `/stir/certificates/new?org_id=${tenant.id}`, own, { token: operator }),
  ];
  expect(saved.map(outcome)).toEqual(['200', '201']);
  const none = { certificates: '', revocation_lists: [] };
  everything.defer(async () => void (await tenant.ask('PUT', '/stir/authorities', none, { token: operator })));
  certificate = texts(saved[1] ?? expect.fail())['id'] ?? '';
}

/** Calls of users go to Kamailio, which signs those of a trunk. */
async function useProvider(certificates: string): Promise<void> {
  const { tenant, operator, tasks } = cloud;
  const [platform] = tasks;
  const port = await freePort();
  const keys = { provider: keyOf(issued.provider), revoked: keyOf(issued.revoked), stranger: keyOf(issued.stranger) };
  const made = await tenant.ask('PUT', '/siptrunk/carrier', { name: uniqueName('in'), host: machineAddress, port });
  const ips = [{ address: machineAddress, port, type: 'both' }] as const;
  const trusted = await trustAddresses(tenant, texts(made)['id'] ?? '', ips, operator);
  expect([outcome(made), outcome(trusted)]).toEqual(['201', '201']);
  await untilTrusted(machineAddress, port, platform);
  const gateway = await newGatewayTo(tenant, { address: machineAddress, port }, { stir: 'sign' });
  const accepts = { foreign_caller_id: true };
  const path = `/sipgateways/${gateway.id}?org_id=${tenant.id}`;
  expect(outcome(await tenant.ask('POST', path, accepts, { token: operator }))).toBe('200');
  carrier = open.use(await Softphone.open(platform, { from: ownAddress() }));
  const answering = await newGatewayTo(tenant, carrier.place, { stir: 'sign' });
  const rule = (pattern: string, name: string) => ({
    ...{ priority: 2, pattern, action: 'bridge', destination: `sofia/gateway/${name}/$0` },
  });
  await useExtensions(tenant, rule('^[+]1415[0-9]+$', gateway.name), rule('^[+]1416[0-9]+$', answering.name));
  kamailio = everything.use(await startProvider({ address: machineAddress, port, platform, keys, certificates }));
  customer = open.use(await Softphone.open({ address: machineAddress, port }, { from: machineAddress }));
}

beforeAll(async () => {
  everything.defer(() => open.dispose());
  cloud = await sharedTaskCloud();
  const { tenant, operator, tasks } = cloud;
  const certificates = await serveCertificates();
  await useCertificates(certificates);
  await useProvider(certificates);
  user = await newCalledUserAt(tasks[0], tenant, '230', open);
  number = await newNumber(tenant, { type: 'user', id: user.id }, operator);
  const saved = [
    await tenant.ask('POST', `/users/${user.id}`, { direct_number: number }),
    await tenant.ask('PUT', `/users/${user.id}/callhandling`, { forward: { always: mobile }, voicemail: false }),
    await tenant.ask('POST', `/orgs/${tenant.id}`, { settings: { forward_caller_id: 'original' } }),
  ];
  expect(saved.map(outcome)).toEqual(['200', '201', '200']);
});
afterAll(() => everything.disposeAsync());

/** What Kamailio has printed of a call of the platform: both numbers, and each `Identity` with its outcome. */
type Received = { readonly numbers: string; readonly identities: readonly (readonly [string, string])[] };

function lastReceived(): Received {
  const [, ...calls] = kamailio.printed().split(`${called} `);
  const [numbers = '', ...lines] = (calls.at(-1) ?? '').split('\n');
  const identities = lines.flatMap((line) => {
    const [, result = '', identity = ''] = new RegExp(`(${verified}|${rejected}) (\\S+)`).exec(line) ?? [];
    return identity === '' ? [] : [[result, identity] as const];
  });
  return { numbers, identities };
}

/** What Kamailio gets of a call, when it has answered it. */
async function receivedAfter(call: () => ReturnType<Softphone['call']>): Promise<Received> {
  const before = kamailio.printed().split(called).length;
  const made = call();
  await eventually(() => made.isOver, 20_000);
  expect([made.log.at(-1), kamailio.printed().split(called).length]).toEqual(['failed 486', before + 1]);
  return lastReceived();
}

const claimsIn = ({ identities }: Received) =>
  identities.map(([, identity]) => (readPassport(identity) as Passport).claims);
const digits = (text: string): string => text.replace('+', '');

/** What another provider says of a call, which fetches the certificates. */
const verifiedElsewhere = ({ identities }: Received) =>
  verifyIdentity({
    ...{ identities: identities.map(([, identity]) => identity), orig: caller, dest: mobile, now: Date.now() },
    certificateOf: async (x5u) => {
      const chain = readChain(await (await fetch(x5u)).text()) ?? [];
      return trustChain(chain, readChain(authority.pem) ?? [], Date.now());
    },
  });

/** Calls of the customer so far. */
let calls = 0;

/** A call of the customer to the user, as Kamailio signs it. @param more other headers of the call */
const callIn = (more: Partial<Record<keyof typeof signedBy, string>> = {}) => {
  const wanted = { caller, key: 'provider', certificate: 'provider', ...more };
  const headers = Object.entries(signedBy).reduce(
    (all, [name, field]) => all.append(textHeader(field), digits(wanted[name as keyof typeof signedBy])),
    Headers.none.append(textHeader('P-Asserted-Identity'), `<sip:${caller}@carrier.example.com>`),
  );
  calls += 1;
  return receivedAfter(() => customer.call(number, { headers }));
};

/** What the platform says of the caller of the last call of the customer, when its CDR is there. */
async function lastVerified(): Promise<unknown> {
  const cdrs = await eventually(async () => {
    const all = (await allCdrs(cloud.tenant, '&direction=inbound')).filter(({ leg }) => leg === 'a');
    expect(all).toHaveLength(calls);
    return all.toSorted((one, other) => String(one['start_time']).localeCompare(String(other['start_time'])));
  }, 30_000);
  return cdrs.at(-1)?.['stir'];
}

describe('Kamailio', () => {
  test('verifies a call that a gateway signs', async () => {
    const received = await receivedAfter(() => user.phone.call(mobile));
    expect(received).toMatchObject({ numbers: `${number} ${mobile}`, identities: [[verified, expect.any(String)]] });
    expect(claimsIn(received)).toMatchObject([{ attest: 'A', orig: digits(number), dest: [digits(mobile)] }]);
  });

  test('signs a call that a trunk verifies, and gets it back with a diversion beside it', async () => {
    const received = await callIn();
    expect(await lastVerified()).toMatchObject({ verstat: 'TN-Validation-Passed', attestation: 'A' });
    // `secsipid` knows no `div`: another verifier reads both.
    expect(received.identities.map(([result]) => result)).toEqual([verified, rejected]);
    expect(claimsIn(received)[0]).toMatchObject({ attest: 'A', orig: digits(caller), dest: [digits(number)] });
    expect(await verifiedElsewhere(received)).toMatchObject({
      ...{ verstat: 'TN-Validation-Passed', attestation: 'A', div: [digits(number)] },
    });
  });

  test.each([
    ['with the key of another certificate', 438, { key: 'revoked' }],
    ['for another caller', 438, { caller: '+14155550124' }],
    ['with a certificate of a stranger', 437, { key: 'stranger', certificate: 'stranger' }],
    ['with a revoked certificate', 437, { key: 'revoked', certificate: 'revoked' }],
  ])('signs a call %s that fails, and whose forward says nothing of its caller', async (_name, reason, more) => {
    const received = await callIn(more);
    expect(await lastVerified()).toMatchObject({ verstat: 'TN-Validation-Failed', reason });
    expect(claimsIn(received)).toMatchObject([{ attest: 'C', orig: digits(caller), dest: [digits(mobile)] }]);
  });
});

/** The certificate that signs a call which is answered. @returns the call, and the URL of the certificate, if any */
async function answeredCall() {
  const call = user.phone.call(other);
  const there = await carrier.nextCall();
  await eventually(() => expect([call.isUp, there.isUp]).toEqual([true, true]), 20_000);
  const identity = there.invite?.headers.fields(textHeader('Identity'))[0]?.value;
  const passport = identity === undefined ? undefined : readPassport(identity);
  return { call, x5u: passport !== undefined && 'x5u' in passport ? passport.x5u : undefined };
}

/** Calls, and hangs up, until a certificate has changed: a task uses one for some seconds without another look. */
async function untilSignedBy(isExpected: (x5u: string | undefined) => boolean): Promise<string | undefined> {
  let found: string | undefined;
  await eventually(async () => {
    const { call, x5u } = await answeredCall();
    call.hangUp();
    found = x5u;
    expect(isExpected(x5u)).toBe(true);
  }, 60_000);
  return found;
}

test('a call stays up while its certificate is renewed and deleted; later ones have the next, and none', async () => {
  const { tenant, operator } = cloud;
  const path = `/stir/certificates/${certificate}?org_id=${tenant.id}`;
  const before = await answeredCall();
  expect(before.x5u).toMatch(/\/stir\/[0-9a-f]{40}\.pem$/);
  const renewed = issue({ by: authority, key: ofTenant.key, ...times, to: new Date(Date.now() + 2 * day) });
  const saved = await tenant.ask('PUT', path, { name: 'Calls', chain: renewed.pem }, { token: operator });
  expect(outcome(saved)).toBe('200');
  const after = await untilSignedBy((x5u) => x5u !== before.x5u);
  expect(after).toBe(`${new URL(before.x5u ?? '').origin}${texts(saved)['public_path']}`);
  expect(outcome(await tenant.ask('DELETE', path, undefined, { token: operator }))).toBe('200');
  await untilSignedBy((x5u) => x5u === undefined);
  expect(before.call.isUp).toBe(true);
  // Its signature is still verified.
  expect(await (await fetch(before.x5u ?? '')).text()).toBe(ofTenant.pem);
  before.call.hangUp();
}, 150_000);
