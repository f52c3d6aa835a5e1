import { describe, expect, test } from 'vitest';
import {
  admits,
  affectedSourceAddresses,
  ownersAfter,
  sourceAddressesOf,
  type AddressOwner,
  type SourceAddressOwners,
  type TrunkIp,
} from './trunk-addresses.ts';

const entry = (more: Partial<TrunkIp> = {}): TrunkIp => ({
  id: 'ip_1',
  address: '192.0.2.1',
  type: 'signaling',
  port: 5070,
  priority: 1,
  active: true,
  created_at: '',
  updated_at: '',
  ...more,
});
const source = { address: '192.0.2.1', port: 5070 };

describe('the source addresses of a trunk', () => {
  test('are its distinct signaling addresses and ports, active where one entry is', () => {
    expect(
      sourceAddressesOf([entry({ active: false }), entry({ type: 'both' }), entry({ port: 5080, active: false })]),
    ).toEqual([
      { ...source, active: true },
      { address: '192.0.2.1', port: 5080, active: false },
    ]);
  });

  test('are confirmed where an active entry is', () => {
    expect(sourceAddressesOf([entry({ proven: true }), entry()])).toEqual([{ ...source, active: true, proven: true }]);
    expect(sourceAddressesOf([entry({ trusted: true }), entry()])).toEqual([
      { ...source, active: true, trusted: true },
    ]);
    expect(sourceAddressesOf([entry({ trusted: true, active: false }), entry()])).toEqual([
      { ...source, active: true },
    ]);
  });

  test('leave out media addresses', () => {
    expect(sourceAddressesOf([entry({ type: 'media' })])).toEqual([]);
  });

  test('are affected by a change if they were or become a source of the trunk', () => {
    expect(affectedSourceAddresses([entry()], [entry(), entry({ port: 5080 })])).toEqual([
      source,
      { ...source, port: 5080 },
    ]);
    expect(affectedSourceAddresses([entry()], [])).toEqual([source]);
  });
});

describe('the owners of a source address', () => {
  type More = Partial<Pick<AddressOwner, 'active' | 'trusted' | 'proven'>>;
  const owner = (organization: number, trunk: string, type: AddressOwner['type'], more: More = {}): AddressOwner => ({
    org_id: organization,
    trunk_id: trunk,
    type,
    active: true,
    ...more,
  });
  const nobody: SourceAddressOwners = { owners: [], claim: undefined };
  const set = (
    before: Partial<SourceAddressOwners>,
    type: AddressOwner['type'],
    more: Partial<TrunkIp> = {},
  ): SourceAddressOwners =>
    ownersAfter({ ...nobody, ...before }, source, { org_id: 1001, trunk_id: 'trunk_1', type }, [entry(more)]);
  const trusted = { trusted: true } as const;
  const proven = { proven: true } as const;

  test('are those that are confirmed; what only its organization says is its claim', () => {
    expect(set({}, 'pbx')).toEqual({ owners: [], claim: owner(1001, 'trunk_1', 'pbx') });
    expect(set({}, 'pbx', proven)).toEqual({ owners: [owner(1001, 'trunk_1', 'pbx', proven)], claim: undefined });
    const claim = owner(1001, 'trunk_1', 'pbx');
    expect(set({ claim }, 'pbx', trusted)).toEqual({
      owners: [owner(1001, 'trunk_1', 'pbx', trusted)],
      claim: undefined,
    });
  });

  test('may be carrier trunks of several organizations', () => {
    const other = owner(1002, 'trunk_2', 'carrier', trusted);
    expect(set({ owners: [other] }, 'carrier', trusted).owners).toEqual([
      other,
      owner(1001, 'trunk_1', 'carrier', trusted),
    ]);
  });

  test.each([
    ['a trusted PBX trunk of another organization', { owners: [owner(1002, 'trunk_2', 'pbx', trusted)] }, 'carrier'],
    ['a proven PBX trunk of another organization', { owners: [owner(1002, 'trunk_2', 'pbx', proven)] }, 'pbx'],
    [
      'a trusted carrier trunk of another one for a peer',
      { owners: [owner(1002, 'trunk_2', 'carrier', trusted)] },
      'peer',
    ],
    ['a carrier trunk of the same organization', { owners: [owner(1001, 'trunk_2', 'carrier', trusted)] }, 'carrier'],
    ['a claim of the same organization', { claim: owner(1001, 'trunk_2', 'carrier') }, 'carrier'],
  ] as const)('exclude each other: %s', (_name, before, type) => {
    expect(() => set(before, type)).toThrow(expect.objectContaining({ code: 'IP_IN_USE' }));
    expect(() => set(before, type, trusted)).toThrow(expect.objectContaining({ code: 'IP_IN_USE' }));
  });

  test('are not excluded by what another organization only says, and earlier versions stored with them', () => {
    const other = owner(1002, 'trunk_2', 'pbx');
    expect(set({ owners: [other] }, 'pbx', proven).owners).toEqual([other, owner(1001, 'trunk_1', 'pbx', proven)]);
  });

  test('keep what they have, even if another one was confirmed since', () => {
    const confirmed = { owners: [owner(1002, 'trunk_2', 'pbx', proven)], claim: owner(1001, 'trunk_1', 'pbx') };
    expect(set(confirmed, 'pbx', { active: false }).claim?.active).toBe(false);
    expect(() => set(confirmed, 'pbx', trusted)).toThrow(expect.objectContaining({ code: 'IP_IN_USE' }));
  });

  test('follow a change of the type of a trunk', () => {
    expect(set({ claim: owner(1001, 'trunk_1', 'pbx', { active: false }) }, 'carrier').claim).toEqual(
      owner(1001, 'trunk_1', 'carrier'),
    );
  });

  test('lose a trunk that no longer has the address', () => {
    const other = owner(1002, 'trunk_2', 'carrier');
    expect(
      ownersAfter(
        { owners: [owner(1001, 'trunk_1', 'pbx', trusted), other], claim: undefined },
        source,
        { org_id: 1001, trunk_id: 'trunk_1', type: 'pbx' },
        [],
      ),
    ).toEqual({ owners: [other], claim: undefined });
  });
});

test.each<[string, Partial<AddressOwner>, readonly [udp: boolean, other: boolean]]>([
  ['that is only claimed is that of no PBX', {}, [false, false]],
  ['that is proven is that of a PBX over UDP', { proven: true }, [true, false]],
  ['that is trusted is that of a PBX over anything', { trusted: true }, [true, true]],
  ['that is not active is that of no one', { trusted: true, proven: true, active: false }, [false, false]],
  ['may be that of a carrier over UDP', { type: 'carrier' }, [true, false]],
])('an address %s', (_, more, expected) => {
  const owner = { org_id: 1001, trunk_id: 'trunk_1', type: 'pbx' as const, active: true, ...more };
  expect([admits(owner, true), admits(owner, false)]).toEqual(expected);
});
