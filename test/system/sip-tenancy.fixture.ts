import * as fc from 'fast-check';
import { expect } from 'vitest';
import { trunkAddressRow, trunkIpsRow } from '#functions/telephony/rows/trunk-ip.ts';
import { commit } from '#dynamodb/commit.ts';
import { overwrite } from '#dynamodb/write.ts';
import { isSipUri, userOf } from '#sip/uri.ts';
import type { AddressOwner, SourceAddress } from '#telephony/trunk-addresses.ts';
import { eventually } from '../support/eventually.ts';
import { newCaller, proof, statusOf, type Caller } from '../support/sip-caller.fixture.ts';
import { newPhone } from '../support/sip-phone.fixture.ts';
import { Softphone } from '../support/softphone.fixture.ts';
import { useExtensions } from './calls.fixture.ts';
import { connect } from './cloud.ts';
import { newPeerTenant } from './peers/accounts.ts';
import { ownAddress, sipServer } from './peers/sip-server.ts';
import { storeOf } from './people.ts';
import { converse, newSoftphones, type Conversation, type RegisteredSoftphone } from './softphones.fixture.ts';
import { outcome, texts, uniqueName, type AdministeredTenant } from './tenant.fixture.ts';

/**
 * Organizations that send requests from one another's addresses, with one another's names and credentials. Each has a
 * carrier of its own, to which its numbers go: what comes to the carrier is what the organization pays for.
 */

export type Office = {
  readonly tenant: AdministeredTenant;
  /** The first one calls honestly; the others talk to each other all the time. */
  readonly phones: readonly [RegisteredSoftphone, RegisteredSoftphone, RegisteredSoftphone];
  readonly conversation: Conversation;
  readonly logs: () => readonly (readonly string[])[];
  readonly pbx: Softphone;
  readonly carrier: Softphone;
};

/** Whose address a request comes from. */
const places = ['phone', 'pbx', 'carrier', 'nowhere'] as const;
/** What proves an account: its own password, with a challenge of another source, or for another URI. */
const credentials = ['none', 'own', "another's challenge", 'another URI', 'wrong'] as const;
const offices = fc.nat({ max: 2 });

/** An INVITE: from where, in whose name, and to what. Offices are numbered. */
const anyAttempt = fc.record({
  from: fc.record({
    place: fc.constantFrom(...places),
    of: offices,
    transport: fc.constantFrom('udp', 'tcp'),
  }),
  claim: fc.record({
    of: offices,
    credentials: fc.constantFrom(...credentials),
    /** Whose domain the Request-URI has. */
    domain: offices,
    user: fc.constantFrom('account', 'number', 'anonymous'),
  }),
  called: fc.constantFrom('number', 'emergency', 'extension'),
});
export type Attempt = typeof anyAttempt extends fc.Arbitrary<infer Value> ? Value : never;

const methods = [
  ...['INVITE', 'ACK', 'BYE', 'CANCEL', 'UPDATE', 'INFO', 'PRACK', 'REFER', 'NOTIFY'],
  ...['REGISTER', 'SUBSCRIBE', 'OPTIONS', 'MESSAGE', 'PUBLISH'],
] as const;

/** Any request: `within` names the office in whose dialog it is, from its caller or its callee; null: in none. */
const anyMessage = fc.record({
  method: fc.constantFrom(...methods),
  from: anyAttempt.map(({ from }) => from),
  as: offices,
  to: offices,
  domain: offices,
  within: fc.option(fc.record({ of: offices, side: fc.constantFrom('caller', 'callee') })),
  replaces: fc.boolean(),
});
type Message = typeof anyMessage extends fc.Arbitrary<infer Value> ? Value : never;

/** What no stranger may get. */
const accepted = /^SIP\/2\.0 2\d\d [\s\S]*?^CSeq: \d+ (?!OPTIONS|CANCEL)/m;

/** The attempts of a seed. */
export const attemptsOf = (seed: number, count: number): readonly Attempt[] =>
  fc.sample(anyAttempt, { seed, numRuns: count });

/**
 * The office that may pay for an attempt, if any does: that of an account with its password at an address where it is
 * registered, or of the PBX whose address the operator has confirmed.
 */
export function payerOf({ from, claim }: Attempt): number | null {
  const isProven = claim.credentials !== 'none' && claim.credentials !== 'wrong';
  if (from.place === 'phone') return isProven && claim.of === from.of ? from.of : null;
  return from.place === 'pbx' ? from.of : null;
}

async function openOffice(open: DisposableStack): Promise<Office> {
  const tenant = await newPeerTenant();
  const [carrier, pbx] = [
    open.use(await Softphone.open(sipServer, { from: ownAddress() })),
    open.use(await Softphone.open(sipServer, { from: ownAddress() })),
  ];
  carrier.answers = 486;
  const { address: host, port } = carrier.place;
  const name = await eventually(async () => {
    const tried = uniqueName('pstn');
    const gateway = { name: tried, host, port, ping: { enabled: false } };
    expect(outcome(await tenant.ask('PUT', '/sipgateways/new', gateway))).toBe('201');
    return tried;
  });
  const destination = `sofia/gateway/${name}/$0`;
  await useExtensions(
    tenant,
    { priority: 2, pattern: '^9[0-9]{9}$', action: 'bridge', destination },
    { priority: 3, pattern: '^112$', action: 'bridge', destination },
  );
  const phones = await newSoftphones(tenant, ['201', '202', '203']);
  for (const { phone } of phones) open.use(phone);
  const conversation = await converse(phones[1].phone, phones[2].phone, '203');
  const { caller, callee } = conversation;
  phones[0].phone.answers = 486;
  return { tenant, phones, conversation, logs: () => [[...caller.log], [...callee.log]], pbx, carrier };
}

/** A trunk of an office. */
async function newTrunk({ tenant }: Pick<Office, 'tenant'>, type: 'pbx' | 'carrier'): Promise<string> {
  const host = `${uniqueName('trunk')}.example`;
  const made = await tenant.ask('PUT', `/siptrunk/${type}`, { name: uniqueName('trunk'), host, port: 5_060 });
  expect(outcome(made)).toBe('201');
  return texts(made)['id'] ?? '';
}

type Entry = {
  readonly place: SourceAddress;
  readonly of: Pick<Office, 'tenant'>;
  readonly type: 'pbx' | 'carrier';
  /** Who has confirmed it besides its organization; default: no one. */
  readonly proof?: 'trusted' | 'proven';
};

/** Stores entries of trunks as they are named by their organizations: the API accepts no loopback address. */
export async function storeEntries(entries: readonly Entry[]): Promise<void> {
  const store = storeOf(connect().outputs);
  const owners = new Map<string, { readonly place: SourceAddress; readonly owners: AddressOwner[] }>();
  for (const {
    place: { address, port },
    of,
    type,
    proof: by,
  } of entries) {
    const [trunk_id, org_id] = [await newTrunk(of, type), of.tenant.organization];
    const place = { address, port };
    const flags = by === undefined ? {} : { [by]: true as const };
    const at = { created_at: '', updated_at: '' };
    const ips = [
      { id: `ip_${trunk_id}`, ...place, type: 'signaling' as const, priority: 1, active: true, ...flags, ...at },
    ];
    await commit(store, org_id, [overwrite(trunkIpsRow, { trunk_id, ips, version: 1 })]);
    const key = `${place.address} ${place.port}`;
    const known = owners.get(key) ?? { place, owners: [] };
    owners.set(key, known);
    known.owners.push({ org_id, trunk_id, type, active: true, ...flags });
  }
  const writes = [...owners.values()].map(({ place, owners: of }) =>
    overwrite(trunkAddressRow, { ...place, owners: of, version: 1 }),
  );
  for (const write of writes) await commit(store, 0, [write]);
}

/** The types of trunks by which others name a place. */
const claims = [['pbx'], ['carrier', 'pbx'], ['carrier', 'carrier']] as const;

type Stolen = { readonly place: SourceAddress; readonly of: number };

/** Each office has its PBX confirmed. The two others name the places from which attempts are made as their own. */
const entriesOf = (all: readonly Office[], stolen: readonly Stolen[]): Entry[] => [
  ...all.map((of) => ({ place: of.pbx.place, of, type: 'pbx' as const, proof: 'trusted' as const })),
  ...stolen.flatMap(({ place, of }, at) => {
    const thieves = all.filter((_, other) => other !== of);
    const types = claims[Math.floor(at / 2) % claims.length] ?? [];
    return types.flatMap((type, which) => {
      const thief = thieves[(which + Math.floor(at / 6)) % thieves.length];
      return thief === undefined ? [] : [{ place, of: thief, type }];
    });
  }),
];

let numbers = 0;
/** A number that is called once. */
export const nextNumber = (): string => `9${String((numbers += 1)).padStart(9, '0')}`;

/** Whom the calls to a carrier call, without what a number format adds. */
export const calledAt = ({ carrier }: Office): readonly string[] =>
  carrier.calls.flatMap(({ invite }) => {
    const user = invite !== undefined && isSipUri(invite.uri) ? (userOf(invite.uri) ?? '') : '';
    return [/9[0-9]{9}$/.exec(user)?.[0] ?? user];
  });

/** The numbers that an office has paid for. */
const paidBy = (of: Office): ReadonlySet<string> => new Set(calledAt(of));

/** INVITEs that have come to the phones of an office which do not call. */
const rungAt = ({ phones: [phone] }: Office): number => phone.phone.calls.length;

export class Offices implements Disposable {
  readonly #open: DisposableStack;
  readonly #callers = new Map<string, Caller>();
  readonly all: readonly [Office, Office, Office];

  private constructor(open: DisposableStack, all: readonly [Office, Office, Office]) {
    this.#open = open;
    this.all = all;
  }

  static async open(): Promise<Offices> {
    const open = new DisposableStack();
    const all = [await openOffice(open), await openOffice(open), await openOffice(open)] as const;
    const offices = new Offices(open, all);
    await storeEntries(entriesOf(all, await offices.#stolenPlaces()));
    // Until the entries are known: the sidecar reads those of an address every 5 s.
    for (const at of [0, 1, 2]) await eventually(() => offices.expectHonest(at), 30_000);
    return offices;
  }

  [Symbol.dispose](): void {
    for (const caller of this.#callers.values()) caller.close();
    this.#open.dispose();
  }

  /** The places from which attempts are made in the addresses of phones, PBXs and carriers. */
  async #stolenPlaces(): Promise<Stolen[]> {
    const from = places
      .filter((place) => place !== 'nowhere')
      .flatMap((place) =>
        [0, 1, 2].flatMap((of) => (['udp', 'tcp'] as const).map((transport) => ({ place, of, transport }))),
      );
    const callers = await Promise.all(from.map((each) => this.#callerAt(each)));
    return callers.map(({ address, port }, at) => ({ place: { address, port }, of: from[at]?.of ?? 0 }));
  }

  office(at: number): Office {
    return this.all[at % 3] ?? this.all[0];
  }

  /** The phone and the PBX of an office reach its carrier. */
  async expectHonest(at: number): Promise<void> {
    const of = this.office(at);
    for (const from of [of.phones[0].phone, of.pbx]) {
      const number = nextNumber();
      const call = from.call(number, { host: of.phones[0].account.domain });
      await eventually(() => expect(call.isOver).toBe(true), 20_000);
      expect(call.log.at(-1)).toBe('failed 486');
      expect(calledAt(of)).toContain(number);
    }
  }

  /** A socket at the address of a place. */
  async #callerAt({ place, of, transport }: Attempt['from']): Promise<Caller> {
    const office = this.office(of);
    const addresses = {
      phone: office.phones[0].phone.place.address,
      pbx: office.pbx.place.address,
      carrier: office.carrier.place.address,
      nowhere: ownAddress(),
    };
    const key = place === 'nowhere' ? addresses.nowhere : `${place} ${of} ${transport}`;
    const caller = this.#callers.get(key) ?? (await newCaller(sipServer, addresses[place], transport));
    this.#callers.set(key, caller);
    return caller;
  }

  /** Makes an attempt. @returns its final status, and the number that it has called, if nothing else calls it */
  async attempt(attempt: Attempt): Promise<{ readonly status: number; readonly number: string | null }> {
    const { from, claim, called } = attempt;
    const caller = await this.#callerAt(from);
    const [domain, { account }] = [this.office(claim.domain).phones[0].account.domain, this.office(claim.of).phones[0]];
    const number = called === 'number' ? nextNumber() : null;
    const target = number ?? (called === 'emergency' ? '112' : '201');
    const uri = `sip:${target}@${domain}`;
    const user = { account: account.username, number: '+4930123456', anonymous: 'anonymous' }[claim.user];
    const first = await caller.invite({ uri, user });
    if (statusOf(first) !== 407 || claim.credentials === 'none') return { status: statusOf(first), number };
    const isOthers = claim.credentials === "another's challenge";
    const other = isOthers ? await this.#callerAt({ place: 'nowhere', of: 0, transport: 'udp' }) : caller;
    const challenge = isOthers ? await other.invite({ uri, user }) : first;
    const password = claim.credentials === 'wrong' ? 'guess' : account.password;
    const proven = claim.credentials === 'another URI' ? `sip:${account.username}@${from.place}.example` : uri;
    const final = await caller.invite({ uri, user, lines: [proof(challenge, { ...account, password }, proven)] });
    return { status: statusOf(final), number };
  }

  /** Sends a request, and waits for nothing. Its sequence and branch are new. */
  async send(message: Message, sequence: number): Promise<Caller> {
    const caller = await this.#callerAt(message.from);
    caller.send(this.#textOf(message, caller, sequence));
    return caller;
  }

  #textOf({ method, from, as, to, domain, within, replaces }: Message, { address, port }: Caller, sequence: number) {
    const [own, other, at] = [as, to, domain].map((each) => this.office(each).phones[1].account);
    const dialog = within === null ? undefined : this.office(within.of).conversation[within.side].session.stored();
    const [one = '', peer = ''] = [dialog?.local, dialog?.remote];
    const contact = `<sip:${address}:${port};transport=${from.transport}>`;
    const stored = this.office(to).conversation.caller.session.stored();
    const tags = [stored?.local, stored?.remote].map((party) => /;tag=([^;>]+)/.exec(party ?? '')?.[1] ?? '');
    return [
      `${method} ${dialog?.target ?? `sip:${method === 'REGISTER' ? '' : '9000000000@'}${at?.domain}`} SIP/2.0`,
      `Via: SIP/2.0/${from.transport.toUpperCase()} ${address}:${port};branch=z9hG4bKflood${sequence};rport`,
      'Max-Forwards: 70',
      `From: ${dialog === undefined ? `<sip:${own?.username}@${own?.domain}>;tag=f${sequence}` : one}`,
      `To: ${dialog === undefined ? `<sip:${other?.username}@${other?.domain}>` : peer}`,
      `Call-ID: ${dialog?.callId ?? `flood${sequence}`}`,
      `CSeq: ${100_000 + sequence} ${method}`,
      `Contact: ${contact}`,
      ...(method === 'REFER' ? [`Refer-To: <sip:9000000000@${at?.domain}>`] : []),
      ...(method === 'SUBSCRIBE' || method === 'NOTIFY' ? ['Event: dialog'] : []),
      ...(replaces ? [`Replaces: ${stored?.callId};from-tag=${tags[0]};to-tag=${tags[1]}`] : []),
      'Content-Length: 0',
      '',
      '',
    ].join('\r\n');
  }

  /** What attempts have cost others: one line for each crossing. */
  crossings(made: readonly { readonly attempt: Attempt; readonly number: string | null }[]): string[] {
    const paid = this.all.map(paidBy);
    return made.flatMap(({ attempt, number }) =>
      number === null
        ? []
        : paid.flatMap((by, at) =>
            by.has(number) && payerOf(attempt) !== at ? [`office ${at} pays for ${JSON.stringify(attempt)}`] : [],
          ),
    );
  }

  /** Emergency calls that have come to the carriers, and calls to the phones that do not call. */
  counts(): readonly number[] {
    return this.all.flatMap((of) => [calledAt(of).filter((called) => called.endsWith('112')).length, rungAt(of)]);
  }

  /** The phones that talk still do, and have heard of nothing. */
  expectUntouched(before: readonly (readonly (readonly string[])[])[]): void {
    expect(this.all.map(({ logs }) => logs())).toEqual(before);
    for (const { conversation } of this.all)
      expect([conversation.caller.isUp, conversation.callee.isUp]).toEqual([true, true]);
  }
}

/** Makes the attempts of a seed in their order. Those that no office may pay for must neither ring nor call 112. */
export async function attack(offices: Offices, seed: number, count: number): Promise<readonly number[]> {
  const before = offices.all.map(({ logs }) => logs());
  const made: { readonly attempt: Attempt; readonly number: string | null; readonly status: number }[] = [];
  for (const attempt of attemptsOf(seed, count)) {
    const counts = offices.counts();
    made.push({ attempt, ...(await offices.attempt(attempt)) });
    if (payerOf(attempt) === null)
      expect(offices.counts(), `seed ${seed}: ${JSON.stringify(attempt)} reaches phones or carriers`).toEqual(counts);
  }
  expect(offices.crossings(made), `seed ${seed}`).toEqual([]);
  offices.expectUntouched(before);
  return made.map(({ status }) => status);
}

/** Requests that are sent before it is waited until they were taken. More would keep the sidecar from other tests. */
const burst = 20;

/**
 * Sends requests of any method from anywhere, in the name and in the dialog of anyone, without a password. Nothing
 * comes of them. @returns the number of answers
 */
export async function flood(offices: Offices, seed: number, count: number): Promise<number> {
  const before = {
    logs: offices.all.map(({ logs }) => logs()),
    paid: offices.all.map(({ carrier }) => carrier.calls.length),
  };
  const rung = offices.counts();
  const callers = new Set<Caller>();
  const probe = await newPhone(sipServer, offices.office(0).phones[0].account, { from: ownAddress() });
  let answers = 0;
  const collect = (): void => {
    for (const { received } of callers)
      // A segment of a connection may have several answers.
      for (const answer of received.splice(0).flatMap((text) => text.split(/(?=^SIP\/2\.0 )/m))) {
        answers += 1;
        expect(answer, `seed ${seed}`).not.toMatch(accepted);
      }
  };
  for (const [at, message] of fc.sample(anyMessage, { seed, numRuns: count }).entries()) {
    // The PBXs may call: they are no strangers.
    if (message.from.place === 'pbx') continue;
    callers.add(await offices.send(message, at));
    if (at % burst !== burst - 1) continue;
    await probe.settle();
    collect();
  }
  probe.close();
  collect();
  for (const at of [0, 1, 2]) await offices.expectHonest(at);
  offices.expectUntouched(before.logs);
  expect(offices.counts()).toEqual(rung);
  // The honest calls of the PBX and the phone.
  expect(offices.all.map(({ carrier }) => carrier.calls.length)).toEqual(before.paid.map((paid) => paid + 2));
  return answers;
}
