import { expect, test } from 'vitest';
import { vendorOf } from '#functions/telephony/devices/vendor.ts';
import { macText, makerOf, models } from './models.ts';

const items = models.flatMap(({ group, items: own }) => own.map((model) => [model, group] as const));

test.each(items)('the platform makes the files of %s for %s', (model, maker) => {
  const vendor = vendorOf({ kind: 'phone', mac_address: '02:00:00:00:00:01', manufacturer: null, model });
  expect(vendor).toBe(maker.toLowerCase().replace(' ', '-'));
  expect(makerOf(model)).toBe(maker);
});

test('a MAC address is read in any of its forms', () => {
  expect(['001565abcdef', '00-15-65-AB-CD-EF', ' 0015.65ab.cdef', 'my phone'].map(macText)).toEqual([
    ...['00:15:65:AB:CD:EF', '00:15:65:AB:CD:EF', '00:15:65:AB:CD:EF'],
    'my phone',
  ]);
});
