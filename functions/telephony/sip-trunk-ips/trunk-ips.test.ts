import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ownersAfter, placesOf, type AddressOwner, type TrunkIp } from '../../../shared/telephony/trunk-addresses.ts';
import { ipPosted, ipRemoved, ipsPut, removalWarnings, WantedIps } from './trunk-ips.ts';

const now = '2026-11-20T12:00:00.000Z';
let made = 0;
const stamp = { trunk: { port: 5070 }, nextId: () => `ip_${(made += 1)}`, now };
const wantedIps = (ips: readonly object[]) => WantedIps.parse({ ips }).ips;
const put = (before: readonly TrunkIp[], ips: readonly object[], replace = false) =>
  ipsPut(before, wantedIps(ips), replace, stamp);

const address = fc.integer({ min: 1, max: 6 }).map((last) => `192.0.2.${last}`);
const anyIp = fc.record({
  address,
  type: fc.constantFrom('signaling', 'media', 'both'),
  port: fc.option(fc.constantFrom(5060, 5080), { nil: undefined }),
});
const anyList = fc.uniqueArray(anyIp, { selector: ({ address: of, type }) => `${of} ${type}`, maxLength: 8 });

describe('the list of a trunk', () => {
  test('is, after whatever was put, each address and type once under its first id, and just those given when replaced', () => {
    fc.assert(
      fc.property(anyList, anyList, fc.boolean(), (first, second, replace) => {
        const before = put([], first).ips;
        const { ips, shown, added, updated, removed } = put(before, second, replace);
        const keys = ips.map(({ address: of, type }) => `${of} ${type}`);
        expect(new Set(keys).size).toBe(keys.length);
        expect(shown.map(({ address: of, type }) => ({ address: of, type }))).toEqual(
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

  test('keeps what an update does not name, and takes its ports from trunk and type', () => {
    const before = put(
      [],
      [
        { address: '192.0.2.1', type: 'signaling', priority: 9, active: false },
        { address: '192.0.2.1', type: 'media' },
      ],
    ).ips;
    expect(before.map(({ port }) => port)).toEqual([5070, 10_000]);
    expect(put(before, [{ address: '192.0.2.1', type: 'signaling', port: 5099 }]).shown).toMatchObject([
      { id: before[0]?.id, port: 5099, priority: 9, active: false },
    ]);
  });

  test('has 32 entries at most', () => {
    const many = Array.from({ length: 32 }, (_, at) => ({ address: `192.0.2.${at}`, type: 'media' }));
    expect(() => put(put([], many).ips, [{ address: '198.51.100.1', type: 'media' }])).toThrow(
      expect.objectContaining({ code: 'LIMIT_EXCEEDED' }),
    );
  });

  test('does not come to have one entry twice by a change', () => {
    const before = put(
      [],
      [
        { address: '192.0.2.1', type: 'media' },
        { address: '192.0.2.2', type: 'media' },
      ],
    ).ips;
    expect(() => ipPosted(before, { ip_id: before[0]?.id ?? '', address: '192.0.2.2' }, now)).toThrow(
      expect.objectContaining({ code: 'VALIDATION_FAILED' }),
    );
    expect(() => ipRemoved(before, 'ip_none')).toThrow(expect.objectContaining({ code: 'NOT_FOUND' }));
  });

  test('warns when nobody calls by it any more, unless the trunk registers', () => {
    const before = put(
      [],
      [
        { address: '192.0.2.1', type: 'both' },
        { address: '192.0.2.2', type: 'media' },
      ],
    ).ips;
    const change = ipRemoved(before, before[0]?.id ?? '');
    expect([
      removalWarnings({ register: false }, change).length,
      removalWarnings({ register: true }, change).length,
    ]).toEqual([1, 0]);
    expect(removalWarnings({ register: false }, ipRemoved(before, before[1]?.id ?? ''))).toEqual([]);
  });
});

describe('a place', () => {
  const owner = (organization: number, trunk: string, type: AddressOwner['type'], active = true): AddressOwner => ({
    org_id: organization,
    trunk_id: trunk,
    type,
    active,
  });
  const ips = put(
    [],
    [
      { address: '192.0.2.1', type: 'signaling', active: false },
      { address: '192.0.2.1', type: 'both' },
    ],
  ).ips;
  const [place] = placesOf(ips);
  const after = (owners: readonly AddressOwner[], type: AddressOwner['type']) =>
    ownersAfter(owners, place!, { org_id: 1001, trunk_id: 'trunk_1', type }, ips);

  test('is named once, and active where one of its entries is', () => {
    expect(placesOf(ips)).toEqual([{ address: '192.0.2.1', port: 5070, active: true }]);
  });

  test("belongs to carriers' trunks of several organizations, and otherwise to one", () => {
    expect(after([owner(1002, 'trunk_2', 'carrier')], 'carrier')).toHaveLength(2);
    for (const [others, type] of [
      [owner(1002, 'trunk_2', 'pbx'), 'carrier'],
      [owner(1002, 'trunk_2', 'carrier'), 'peer'],
      [owner(1001, 'trunk_2', 'carrier'), 'carrier'],
    ] as const)
      expect(() => after([others], type)).toThrow(expect.objectContaining({ code: 'IP_IN_USE' }));
  });

  test('is kept by whose it is, under the present type, and left by who has it no more', () => {
    expect(after([owner(1001, 'trunk_1', 'pbx', false)], 'carrier')).toEqual([owner(1001, 'trunk_1', 'carrier')]);
    expect(
      ownersAfter(
        [owner(1001, 'trunk_1', 'pbx'), owner(1002, 'trunk_2', 'carrier')],
        place!,
        { org_id: 1001, trunk_id: 'trunk_1', type: 'pbx' },
        [],
      ),
    ).toEqual([owner(1002, 'trunk_2', 'carrier')]);
  });
});
