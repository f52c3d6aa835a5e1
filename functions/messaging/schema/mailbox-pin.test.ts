import { expect, test } from 'vitest';
import { isStrongPin, pinForm } from './mailbox-pin.ts';

test.each([
  ['4711', true],
  ['1111', false],
  ['1234', false],
  ['4321', false],
  ['2040', false],
])('the PIN %s of the mailbox 2040 is strong: %s', (pin, isStrong) => {
  expect([isStrongPin(pin, '2040'), pinForm.test(pin)]).toEqual([isStrong, true]);
});

test('a PIN has 4 to 10 digits', () => {
  expect(['123', '12345678901', '12a4', ''].filter((pin) => pinForm.test(pin))).toEqual([]);
});
