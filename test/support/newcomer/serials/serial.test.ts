import { expect, test } from 'vitest';
import { advanceSerial } from './serial.ts';

test('the next value of a serial number is a step further', () => {
  expect(advanceSerial({ name: 'invoices', next: 10, step: 5 })).toEqual({ name: 'invoices', next: 15, step: 5 });
});
