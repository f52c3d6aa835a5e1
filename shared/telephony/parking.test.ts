import { expect, test } from 'vitest';
import {
  defaultParkSettings,
  parkedDialog,
  parkedDialogId,
  parkingLine,
  parkingSlots,
  ParkSettings,
  slotOfDialog,
  slotOfLine,
} from './parking.ts';

test('by default there are 20 slots, from which calls return after two minutes', () => {
  const slots = parkingSlots(defaultParkSettings);
  expect([slots.length, slots[0], slots.at(-1), defaultParkSettings.return_seconds]).toEqual([20, '701', '720', 120]);
});

test.each([
  [{ first: '70', last: '79' }, true],
  [{ first: '700', last: '799' }, true],
  [{ first: '700', last: '800' }, false],
  [{ first: '720', last: '701' }, false],
  [{ first: '7' }, false],
  [{ first: '07' }, false],
  [{ return_seconds: 5 }, false],
])('%j: %s', (settings, isAccepted) => {
  expect(ParkSettings.safeParse({ ...defaultParkSettings, ...settings }).success).toBe(isAccepted);
});

test('each slot is a line', () => {
  expect([slotOfLine(parkingLine('701')), slotOfLine('701'), slotOfLine('park/')]).toEqual([
    '701',
    undefined,
    undefined,
  ]);
});

test('a parked call has a dialog that names its call and slot, as no other dialog does', () => {
  const dialog = parkedDialog(parkedDialogId('call_1'), '701');
  expect(slotOfDialog(dialog)).toEqual({ call: 'call_1', slot: '701' });
  expect(slotOfDialog({ ...dialog, fromTag: 'x' })).toBeUndefined();
  expect(slotOfDialog({ ...dialog, callId: 'call_1' })).toBeUndefined();
});
