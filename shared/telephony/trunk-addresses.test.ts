import { describe, expect, test } from 'vitest';
import { affectedPlaces, ownersAfter, placesOf, type AddressOwner, type TrunkIp } from './trunk-addresses.ts';

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
const place = { address: '192.0.2.1', port: 5070 };

describe('the places of a trunk', () => {
  test('are its distinct signaling addresses and ports, active where one entry is', () => {
    expect(placesOf([entry({ active: false }), entry({ type: 'both' }), entry({ port: 5080, active: false })])).toEqual(
      [
        { ...place, active: true },
        { address: '192.0.2.1', port: 5080, active: false },
      ],
    );
  });

  test('are trusted where an active entry is', () => {
    expect(placesOf([entry({ trusted: true }), entry()])).toEqual([{ ...place, active: true, trusted: true }]);
    expect(placesOf([entry({ trusted: true, active: false }), entry()])).toEqual([{ ...place, active: true }]);
  });

  test('leave out media addresses', () => {
    expect(placesOf([entry({ type: 'media' })])).toEqual([]);
  });

  test('are affected by a change if they were or become a place of the trunk', () => {
    expect(affectedPlaces([entry()], [entry(), entry({ port: 5080 })])).toEqual([place, { ...place, port: 5080 }]);
    expect(affectedPlaces([entry()], [])).toEqual([place]);
  });
});

describe('the owners of a place', () => {
  const owner = (organization: number, trunk: string, type: AddressOwner['type'], active = true): AddressOwner => ({
    org_id: organization,
    trunk_id: trunk,
    type,
    active,
  });
  const claim = (owners: readonly AddressOwner[], type: AddressOwner['type']): AddressOwner[] =>
    ownersAfter(owners, place, { org_id: 1001, trunk_id: 'trunk_1', type }, [entry()]);

  test('may be carrier trunks of several organizations', () => {
    expect(claim([owner(1002, 'trunk_2', 'carrier')], 'carrier')).toEqual([
      owner(1002, 'trunk_2', 'carrier'),
      owner(1001, 'trunk_1', 'carrier'),
    ]);
  });

  test.each([
    ['a PBX trunk of another organization', owner(1002, 'trunk_2', 'pbx'), 'carrier'],
    ['a carrier trunk of another organization for a peer', owner(1002, 'trunk_2', 'carrier'), 'peer'],
    ['a carrier trunk of the same organization', owner(1001, 'trunk_2', 'carrier'), 'carrier'],
  ] as const)('exclude each other: %s', (_name, other, type) => {
    expect(() => claim([other], type)).toThrow(expect.objectContaining({ code: 'IP_IN_USE' }));
  });

  test('follow a change of the type of a trunk', () => {
    expect(claim([owner(1001, 'trunk_1', 'pbx', false)], 'carrier')).toEqual([owner(1001, 'trunk_1', 'carrier')]);
  });

  test('lose a trunk that no longer has the address', () => {
    expect(
      ownersAfter(
        [owner(1001, 'trunk_1', 'pbx'), owner(1002, 'trunk_2', 'carrier')],
        place,
        { org_id: 1001, trunk_id: 'trunk_1', type: 'pbx' },
        [],
      ),
    ).toEqual([owner(1002, 'trunk_2', 'carrier')]);
  });
});
