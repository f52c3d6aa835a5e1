import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hostKey, mustProve, sharingAfter, type Consent, type HostClaim, type HostUse } from './shared-host.ts';

const at = (minute: number): string => `2026-11-20T10:${String(minute).padStart(2, '0')}:00.000Z`;

describe('hosts are compared', () => {
  test.each([
    ['SIP.Carrier.Example', 'sip.carrier.example'],
    ['sip.carrier.example.', 'sip.carrier.example'],
    ['XN--BCHER-KVA.example', 'xn--bcher-kva.example'],
    ['198.51.100.7', '198.51.100.7'],
    ['::ffff:198.51.100.7', '198.51.100.7'],
    ['[::FFFF:c633:6407]', '198.51.100.7'],
    ['64:ff9b::198.51.100.7', '198.51.100.7'],
    ['2001:DB8::1', '2001:db8::1'],
    ['[2001:db8:0:0::1]', '2001:db8::1'],
  ])('%s is %s, on every port', (host, key) => {
    expect([hostKey(host, 5_060), hostKey(host, 5_080)]).toEqual([key, key]);
  });

  test.each(['127.0.0.1', '::1', 'localhost', 'a.localhost'])('each port of %s is a host of its own', (host) => {
    expect(hostKey(host, 5_060)).not.toBe(hostKey(host, 5_080));
  });
});

describe('a consent', () => {
  const peer = { host: 'sip.example', port: 5_060, transport: 'udp' } as const;
  const before = { ...peer, created_at: at(0), shared_host: 'reseller' as const, host_since: at(1) };
  const kept = { wanted: undefined, seller: null, now: at(9) };

  test.each([
    ['port', { port: 5_080 }, at(1)],
    ['transport', { transport: 'tcp' as const }, at(1)],
    ['host', { host: 'other.example' }, at(9)],
    ['outbound proxy', { outbound_proxy: 'proxy.example' }, at(9)],
    ['outbound proxy at the same host', { outbound_proxy: 'sip.example:5070' }, at(1)],
  ])('ends with another %s, whoever changes it', (_what, change, since) => {
    const ended = { shared_host: null, host_since: since };
    for (const seller of [null, 'reseller', 'operator'] as const)
      expect(sharingAfter(before, { ...peer, ...change }, { ...kept, seller })).toEqual(ended);
  });

  test('stays with other changes, and with another spelling of the host', () => {
    const same = { shared_host: 'reseller', host_since: at(1) };
    expect(sharingAfter(before, { ...peer, host: 'SIP.example' }, kept)).toEqual(same);
    expect(sharingAfter(before, peer, { ...kept, wanted: true })).toEqual(same);
  });

  test('ends with another host behind the same proxy, which is used as long as before', () => {
    const proxied = { ...peer, outbound_proxy: 'proxy.example' };
    const after = { ...proxied, host: 'other.example' };
    expect(sharingAfter({ ...before, ...proxied }, after, kept)).toEqual({ shared_host: null, host_since: at(1) });
  });

  test('is given and ended by the seller only, also together with another host', () => {
    for (const [wanted, after] of [
      [false, peer],
      [true, { ...peer, host: 'other.example' }],
    ] as const) {
      expect(() => sharingAfter(before, after, { ...kept, wanted })).toThrow('Only the seller');
      expect(sharingAfter(before, after, { ...kept, wanted, seller: 'reseller' }).shared_host).toBe(
        wanted ? 'reseller' : null,
      );
    }
  });

  test('of the operator is not weakened by that of a reseller', () => {
    const request = { wanted: true, now: at(9) };
    const operators = { ...before, shared_host: 'operator' as const };
    expect(sharingAfter(operators, peer, { ...request, seller: 'reseller' }).shared_host).toBe('operator');
    expect(sharingAfter(before, peer, { ...request, seller: 'operator' }).shared_host).toBe('operator');
  });

  test('is missing on gateways of earlier versions, whose host counts from their creation', () => {
    expect(sharingAfter({ ...peer, created_at: at(3) }, peer, kept)).toEqual({ shared_host: null, host_since: at(3) });
  });
});

const host = 'sip.example';
const address = '198.51.100.7';
const use = (org_id: number, minute: number, more: Partial<HostUse> = {}): HostUse => ({
  host,
  org_id,
  reseller: null,
  id: `gw_${org_id}`,
  since: at(minute),
  consent: null,
  ...more,
});
const claimOf = ({ org_id, id, since, consent }: HostUse): HostClaim => ({ org_id, id, since, consent });

/** Whether each of the organizations must prove itself. */
const judge = (named: readonly HostUse[], addressed: readonly HostUse[] = [], claims = named): boolean[] =>
  claims.map((claim) =>
    mustProve(claimOf(claim), claim.reseller, {
      named: { uses: named.filter((each) => each.host === host), isWhole: true },
      addressed: { uses: addressed, isWhole: true },
    }),
  );

describe('a server must ask for credentials', () => {
  test('of all but the first organization of a host', () => {
    expect(judge([use(1, 5), use(2, 3), use(3, 9)])).toEqual([true, false, true]);
    expect(judge([use(1, 5)])).toEqual([false]);
  });

  test('of all but the first organization, however each spells the host and whatever its port', () => {
    const spellings = {
      'sip.example': ['sip.example', 'SIP.Example', 'sip.example.', ' sip.example', 'Sip.EXAMPLE.'],
      '198.51.100.7': ['198.51.100.7', '::ffff:198.51.100.7', '[::FFFF:c633:6407]', '64:ff9b::198.51.100.7'],
    };
    const claim = fc.constantFrom(...Object.entries(spellings)).chain(([target, forms]) =>
      fc.record({
        target: fc.constant(target),
        spelled: fc.constantFrom(...forms),
        port: fc.constantFrom(5_060, 5_061, 5_080),
        org: fc.integer({ min: 1, max: 4 }),
        minute: fc.integer({ min: 0, max: 59 }),
      }),
    );
    fc.assert(
      fc.property(fc.uniqueArray(claim, { selector: ({ minute }) => minute, maxLength: 8 }), (claims) => {
        const uses = claims.map(({ org, minute, spelled, port }, at_) =>
          use(org, minute, { id: `gw_${at_}`, host: hostKey(spelled, port) }),
        );
        for (const [at_, { target, org }] of claims.entries()) {
          const own = uses[at_] ?? use(0, 0);
          const first = claims
            .filter((each) => each.target === target)
            .sort((one, next) => one.minute - next.minute)[0];
          const named = { uses: uses.filter((each) => each.host === own.host), isWhole: true };
          const seen = mustProve(claimOf(own), null, { named, addressed: { uses: [], isWhole: true } });
          expect(seen, JSON.stringify(claims)).toBe(first?.org !== org);
        }
      }),
    );
  });

  test('of all but those with a consent of the operator, as soon as there is one', () => {
    expect(judge([use(1, 1), use(2, 5, { consent: 'operator' }), use(3, 9)])).toEqual([true, false, true]);
  });

  test('of no customer with a consent of its reseller, towards others of the same reseller', () => {
    const ofReseller = { reseller: 10 };
    const sold = use(1, 5, { ...ofReseller, consent: 'reseller' });
    expect(judge([sold, use(2, 1, ofReseller), use(10, 2)])).toEqual([false, true, true]);
    const stranger = use(3, 1);
    expect(judge([sold, stranger])).toEqual([true, false]);
    expect(judge([sold, { ...stranger, since: at(9) }])).toEqual([false, true]);
  });

  test('of who reaches the address of another organization by a name of its own, however old the name is', () => {
    const seen = { host: address };
    const [own, other] = [use(1, 50), use(2, 10, { host: 'other.example' })];
    const addressed = [use(1, 51, seen), use(2, 55, seen)];
    expect(judge([own], addressed)).toEqual([false]);
    expect(
      mustProve(claimOf(other), null, {
        named: { uses: [other], isWhole: true },
        addressed: { uses: addressed, isWhole: true },
      }),
    ).toBe(true);
  });

  test('not of the first organization of a name, although another was seen at its address first', () => {
    const seen = { host: address };
    expect(judge([use(1, 1), use(2, 5)], [use(2, 6, seen)])).toEqual([false, true]);
  });

  test('of a SIP URI to a host that another organization configured', () => {
    const claim = { org_id: 1, id: null, since: null, consent: null };
    const uses = (...all: HostUse[]) => ({
      named: { uses: all, isWhole: true },
      addressed: { uses: [], isWhole: true },
    });
    expect([mustProve(claim, null, uses(use(2, 1))), mustProve(claim, null, uses())]).toEqual([true, false]);
    expect(mustProve(claim, null, uses(use(1, 1), use(2, 5)))).toBe(false);
  });

  test('of organizations beyond those that are read', () => {
    const uses = { named: { uses: [use(1, 1)], isWhole: false }, addressed: { uses: [], isWhole: true } };
    expect([mustProve(claimOf(use(2, 9)), null, uses), mustProve(claimOf(use(1, 1)), null, uses)]).toEqual([
      true,
      false,
    ]);
  });

  test('of all but one organization without a consent, and of no other one when a claim is added', () => {
    const consents = fc.constantFrom<Consent | null>(null, 'reseller', 'operator');
    const uses = fc.uniqueArray(
      fc.record({ org: fc.integer({ min: 1, max: 6 }), minute: fc.integer({ min: 0, max: 59 }), consent: consents }),
      { selector: ({ minute }) => minute, maxLength: 8 },
    );
    fc.assert(
      fc.property(uses, (all) => {
        const named = all.map(({ org, minute, consent }, at_) =>
          use(org, minute, { consent, id: `gw_${at_}`, reseller: org % 2 === 0 ? 10 : 11 }),
        );
        const judged = judge(named);
        const free = new Set(
          named.filter(({ consent }, n) => consent === null && !judged[n]).map(({ org_id }) => org_id),
        );
        expect(free.size).toBeLessThanOrEqual(1);
        expect(judge([...named, { ...use(9, 0), since: at(60) }], [], named)).toEqual(judge(named));
      }),
    );
  });
});
