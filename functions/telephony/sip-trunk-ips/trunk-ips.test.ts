import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { TrunkIp } from '#telephony/trunk-addresses.ts';
import { challengeIp, changeIp, proveIp, removeIp, putIps, removalWarnings, WantedIps } from './trunk-ips.ts';

const now = '2026-11-20T12:00:00.000Z';
let ids = 0;
const stamp = { trunk: { port: 5070 }, nextId: () => `ip_${(ids += 1)}`, now, isSeller: false };
const author = { isSeller: false, now };
const wantedIps = (ips: readonly object[]) => WantedIps.parse({ ips }).ips;
const put = (before: readonly TrunkIp[], ips: readonly object[], replace = false) =>
  putIps(before, wantedIps(ips), replace, stamp);

const address = fc.integer({ min: 1, max: 6 }).map((last) => `192.0.2.${last}`);
const anyIp = fc.record({
  address,
  type: fc.constantFrom('signaling', 'media', 'both'),
  port: fc.option(fc.constantFrom(5060, 5080), { nil: undefined }),
});
const anyList = fc.uniqueArray(anyIp, { selector: ({ address: of, type }) => `${of} ${type}`, maxLength: 8 });

describe('the list of a trunk', () => {
  test('has each address and type once, under its first id, and only the given ones when replaced', () => {
    fc.assert(
      fc.property(anyList, anyList, fc.boolean(), (first, second, replace) => {
        const before = put([], first).ips;
        const { ips, saved, added, updated, removed } = put(before, second, replace);
        const keys = ips.map(({ address: of, type }) => `${of} ${type}`);
        expect(new Set(keys).size).toBe(keys.length);
        expect(saved.map(({ address: of, type }) => ({ address: of, type }))).toEqual(
          second.map(({ address: of, type }) => ({ address: of, type })),
        );
        for (const ip of before)
          expect(ips.find(({ address: of, type }) => of === ip.address && type === ip.type)?.id ?? ip.id).toBe(ip.id);
        expect(added.length + updated.length).toBe(second.length);
        expect(ips.length).toBe(before.length + added.length - removed.length);
        if (replace) expect(ips.length).toBe(second.length);
      }),
    );
  });

  test('keeps absent fields in an update, and has default ports by type', () => {
    const before = put(
      [],
      [
        { address: '192.0.2.1', type: 'signaling', priority: 9, active: false },
        { address: '192.0.2.1', type: 'media' },
      ],
    ).ips;
    expect(before.map(({ port }) => port)).toEqual([5070, 10_000]);
    expect(put(before, [{ address: '192.0.2.1', type: 'signaling', port: 5099 }]).saved).toMatchObject([
      { id: before[0]?.id, port: 5099, priority: 9, active: false },
    ]);
  });

  test('has at most 32 entries', () => {
    const many = Array.from({ length: 32 }, (_, at) => ({ address: `192.0.2.${at}`, type: 'media' }));
    expect(() => put(put([], many).ips, [{ address: '198.51.100.1', type: 'media' }])).toThrow(
      expect.objectContaining({ code: 'LIMIT_EXCEEDED' }),
    );
  });

  test('cannot get a duplicate entry by a change', () => {
    const before = put(
      [],
      [
        { address: '192.0.2.1', type: 'media' },
        { address: '192.0.2.2', type: 'media' },
      ],
    ).ips;
    expect(() => changeIp(before, { ip_id: before[0]?.id ?? '', address: '192.0.2.2' }, author)).toThrow(
      expect.objectContaining({ code: 'VALIDATION_FAILED' }),
    );
    expect(() => removeIp(before, 'ip_none')).toThrow(expect.objectContaining({ code: 'NOT_FOUND' }));
  });

  test('warns when its last signaling address is removed, unless the trunk registers', () => {
    const before = put(
      [],
      [
        { address: '192.0.2.1', type: 'both' },
        { address: '192.0.2.2', type: 'media' },
      ],
    ).ips;
    const change = removeIp(before, before[0]?.id ?? '');
    expect([
      removalWarnings({ register: false }, change).length,
      removalWarnings({ register: true }, change).length,
    ]).toEqual([1, 0]);
    expect(removalWarnings({ register: false }, removeIp(before, before[1]?.id ?? ''))).toEqual([]);
  });
});

describe('an address', () => {
  const firstIssue = (address: string): unknown =>
    WantedIps.safeParse({ ips: [{ address, type: 'both' }] }).error?.issues[0];
  const path = ['ips', 0, 'address'];

  test('is stored in canonical form', () => {
    expect(wantedIps([{ address: ' 2001:DB8:0:0::1 ', type: 'both' }])[0]?.address).toBe('2001:db8::1');
  });

  test.each(['192.0.2.0/24', '192.0.2', 'sip.example.com', ''])('is not "%s"', (address) => {
    expect(firstIssue(address)).toMatchObject({ path, params: { code: 'INVALID_IP_ADDRESS' } });
  });

  test.each(['127.0.0.1', '::1', '224.0.0.1', '0.0.0.0', '169.254.1.1', 'fe80::1'])('cannot be %s', (address) => {
    expect(firstIssue(address)).toMatchObject({ path, message: expect.stringMatching(/loopback/) as string });
  });

  test('and a type may be given once in a request', () => {
    const twice = ['signaling', 'signaling'].map((type) => ({ address: '192.0.2.1', type }));
    expect(WantedIps.safeParse({ ips: twice }).error?.issues[0]?.path).toEqual(['ips', 1]);
    const types = ['signaling', 'media', 'both'].map((type) => ({ address: '192.0.2.1', type }));
    expect(WantedIps.safeParse({ ips: types }).success).toBe(true);
  });
});

describe('the proof of an address', () => {
  const signaling = { address: '192.0.2.1', type: 'signaling' };
  const seller = { ...stamp, isSeller: true };
  const trustedEntry = { ...signaling, trusted: true };
  const flagsOf = (ips: readonly TrunkIp[]) => ips.map(({ trusted, proven }) => [trusted, proven]);
  const set = (): readonly TrunkIp[] =>
    putIps([], wantedIps([trustedEntry]), false, seller).ips.map((ip) => ({ ...ip, proven: true }));

  test('is given by the seller, who says so', () => {
    expect(flagsOf(putIps([], wantedIps([signaling]), false, seller).ips)).toEqual([[undefined, undefined]]);
    expect(flagsOf(putIps([], wantedIps([trustedEntry]), false, seller).ips)).toEqual([[true, undefined]]);
    expect(flagsOf(putIps(set(), wantedIps([{ ...signaling, trusted: false }]), false, seller).ips)).toEqual([
      [undefined, true],
    ]);
  });

  test('is neither given nor taken by others, who may send it unchanged', () => {
    const denied = expect.objectContaining({ code: 'NOT_THE_SELLER' }) as Error;
    const [ip] = set();
    expect(() => put([], [trustedEntry])).toThrow(denied);
    expect(() => put(set(), [{ ...signaling, trusted: false }])).toThrow(denied);
    expect(() => changeIp(ip === undefined ? [] : [ip], { ip_id: ip?.id ?? '', trusted: false }, author)).toThrow(
      denied,
    );
    expect(flagsOf(put(set(), [trustedEntry]).ips)).toEqual([[true, true]]);
  });

  test('ends with a change of address, port or type, unless the seller makes it', () => {
    const before = set();
    const id = before[0]?.id ?? '';
    const after = (wanted: object, by = author) => flagsOf(changeIp(before, { ip_id: id, ...wanted }, by).ips)[0];
    const [kept, ended] = [
      [true, true],
      [undefined, undefined],
    ];
    expect(
      [{ priority: 9 }, { active: false }, { address: '192.0.2.1', port: 5070 }].map((wanted) => after(wanted)),
    ).toEqual([kept, kept, kept]);
    for (const wanted of [{ address: '192.0.2.9' }, { port: 5099 }, { type: 'both' }])
      expect([after(wanted), after(wanted, { isSeller: true, now })]).toEqual([ended, kept]);
    expect(flagsOf(put(before, [{ ...signaling, port: 5099 }]).ips)).toEqual([ended]);
  });
});

test('the token of an address proves it for 10 minutes, and no other token does', () => {
  const { ips } = put([], [{ address: '192.0.2.1', type: 'signaling' }]);
  const id = ips[0]?.id ?? '';
  const challenged = challengeIp(ips, id, 'hash', new Date(now));
  const prove = (hash: string, at: string) => () => proveIp(challenged, id, hash, at).after.proven;
  expect(prove('hash', '2026-11-20T12:09:59.999Z')()).toBe(true);
  for (const wrong of [prove('hash', '2026-11-20T12:10:00.000Z'), prove('other', now)])
    expect(wrong).toThrow(expect.objectContaining({ code: 'VALIDATION_FAILED' }));
});
