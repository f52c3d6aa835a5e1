import { describe, expect, test } from 'vitest';
import { guessManufacturer, vendorOf } from './vendor.ts';

describe('the manufacturer of a device', () => {
  const known = { mac_address: '00:1A:2B:3C:4D:5E', model: null, manufacturer: null, kind: 'phone' } as const;

  test('is guessed by the MAC address or the model', () => {
    expect(
      [{ ...known, mac_address: '00:15:65:00:00:01' }, { ...known, model: 'VVX 450' }, known].map(guessManufacturer),
    ).toEqual(['Yealink', 'Polycom', null]);
  });

  test('decides its family, together with the model if it has several families', () => {
    expect(
      [
        { ...known, manufacturer: 'Cisco', model: 'SPA504G' },
        { ...known, manufacturer: 'Cisco', model: '8845' },
        { ...known, manufacturer: 'snom' },
        { ...known, kind: 'softphone' as const, manufacturer: 'Snom' },
      ].map(vendorOf),
    ).toEqual(['cisco-spa', 'other', 'snom', 'other']);
  });
});
