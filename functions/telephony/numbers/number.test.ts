import { describe, expect, test } from 'vitest';
import { money } from '#schema/money.ts';
import type { PhoneNumber } from '#telephony/phone-number.ts';
import { codeOf } from '#test/support/errors.fixture.ts';
import { examples } from './examples.ts';
import {
  assertNotCallerId,
  changeNumber,
  assertTakable,
  NumberChange,
  NumberInUrl,
  quarantineNumber,
  newInventoryNumber,
  assignNumber,
  WantedChannels,
  WantedNumber,
  setChannels,
} from './number.ts';

const now = '2026-11-20T10:00:00.000Z';
const later = '2026-12-20T10:00:00.000Z';
const stamp = { id: 'num_1', number: '+46890510', now };
const assignment = { organization: 1_001, now };
const available = (): PhoneNumber =>
  newInventoryNumber({ country: 'SE', type: 'geographic', capabilities: ['voice', 'sms'] }, stamp);
const active = (): PhoneNumber => assignNumber(available(), {}, assignment);

describe('the inventory', () => {
  test('has numbers with a type and the country of their calling code', () => {
    expect([
      codeOf(() => newInventoryNumber({ country: 'SE' }, stamp)),
      codeOf(() => newInventoryNumber({ country: 'DK', type: 'mobile' }, stamp)),
      codeOf(available),
    ]).toEqual(['MISSING_FIELD', 'VALIDATION_FAILED', null]);
  });

  test.each([
    ['GB', '+4407400123456', 'VALIDATION_FAILED'],
    ['GB', '+447400123456', null],
    ['US', '+114155550100', 'VALIDATION_FAILED'],
    ['US', '+12015550100', null],
    ['IT', '+390612345678', null],
  ] as const)('has no number with a trunk prefix: %s %s', (country, number, code) => {
    const add = () => newInventoryNumber({ country, type: 'mobile' }, { ...stamp, number });
    expect(codeOf(add)).toBe(code);
  });

  test('has numbers with a monthly fee, 0 by default', () => {
    expect(
      [{}, { monthly_fee: money(1n) }].map(
        (fee) => newInventoryNumber({ country: 'SE', type: 'mobile', ...fee }, stamp).monthly_fee,
      ),
    ).toEqual([0n, 1n]);
  });
});

describe('a number', () => {
  test('has one holder: others find it taken, or in quarantine', () => {
    const foreign = { organization: 1_002, now };
    const released = quarantineNumber(active(), now);
    expect([
      codeOf(() => assertTakable(active(), foreign)),
      codeOf(() => assertTakable(released, foreign)),
      codeOf(() => assertTakable(released, assignment)),
    ]).toEqual(['NUMBER_TAKEN', 'NUMBER_QUARANTINED', null]);
    expect(released.quarantine_until).toBe(later);
  });

  test('is used for capabilities that it has only', () => {
    expect([
      codeOf(() => assignNumber(available(), { capabilities: ['fax'] }, assignment)),
      codeOf(() => changeNumber(active(), { capabilities: ['sms'] }, now)),
    ]).toEqual(['VALIDATION_FAILED', null]);
  });

  test('is recorded if its holder wants it, until it is released or assigned again without', () => {
    const recorded = assignNumber(available(), { record: true }, assignment);
    const changed = (change: NumberChange): PhoneNumber => changeNumber(recorded, change, now);
    expect(
      [recorded, changed({}), changed({ record: false }), quarantineNumber(recorded, now), active()].map(
        ({ record }) => record,
      ),
    ).toEqual([true, true, false, false, false]);
  });

  test('is activated by what a GET answered', () => {
    expect(['available', 'active', 'released'].map((state) => WantedNumber.safeParse({ state }).success)).toEqual([
      true,
      true,
      false,
    ]);
  });

  test('is changed, limited and released only while active', () => {
    const released = quarantineNumber(active(), now);
    expect([
      codeOf(() => changeNumber(released, {}, now)),
      codeOf(() => setChannels(released, {}, now)),
      codeOf(() => quarantineNumber(released, now)),
    ]).toEqual(Array(3).fill('INVALID_STATE'));
  });

  test('has at most as many channels in one direction as in total', () => {
    expect([
      codeOf(() => setChannels(active(), { max_channels: 5, max_inbound: 6 }, now)),
      codeOf(() => setChannels(active(), { max_channels: 5, max_outbound: 5 }, now)),
      codeOf(() => setChannels(active(), { max_inbound: 6 }, now)),
    ]).toEqual(['VALIDATION_FAILED', null, null]);
  });
});

test.each([
  ['num_1', 'num_1'],
  ['46890510', '+46890510'],
  ['+46890510', '+46890510'],
  [' 46890510', '+46890510'],
  ['0890510', undefined],
  ['trunk_1', 'trunk_1'],
  ['trunk', undefined],
])('the path "%s" is the number %s', (path, named) => {
  expect(NumberInUrl.safeParse(path).data).toBe(named);
});

describe('a body', () => {
  test('of the examples is accepted', () => {
    expect(WantedNumber.safeParse(examples.activateNumber).success).toBe(true);
    expect(NumberChange.safeParse(examples.updateNumber).success).toBe(true);
    expect(WantedChannels.safeParse(examples.setNumberChannels).success).toBe(true);
  });

  test.each([
    ['label', 'x'.repeat(64), 'x'.repeat(65)],
    ['max_channels', 10_000, 10_001],
    ['max_channels', null, 0],
    ['capabilities', ['voice', 'sms'], ['voice', 'voice']],
    ['capabilities', [], ['telex']],
    ['country', 'se', 'XX'],
    ['monthly_fee', 0.000001, -1],
    ['route', { type: 'user', id: 'usr_1' }, { type: 'queue', id: 'q' }],
  ])('limits %s: %j is accepted and %j is not', (field, accepted, rejected) => {
    expect([accepted, rejected].map((value) => WantedNumber.safeParse({ [field]: value }).success)).toEqual([
      true,
      false,
    ]);
  });
});

test('activating a number again returns absent settings to their defaults but keeps the time of activation', () => {
  const held = { ...active(), label: 'Sales', max_inbound: 3, activated_at: now };
  expect(assignNumber(held, {}, { organization: 1_001, now: later })).toMatchObject({
    label: null,
    max_inbound: null,
    activated_at: now,
    updated_at: later,
    version: held.version + 1,
  });
});

test('a released number keeps its label and loses its route', () => {
  const held = { ...active(), label: 'Sales', route: { type: 'user' as const, id: 'usr_1' } };
  expect(quarantineNumber(held, now)).toMatchObject({ state: 'released', label: 'Sales', route: null });
});

describe('a caller ID', () => {
  test('prevents the release of its number, and the error names up to 20 trunks and gateways', () => {
    const presenters = Array.from({ length: 21 }, (_value, at) => ({
      kind: 'trunk' as const,
      id: `t${at}`,
      name: 'n',
    }));
    expect(() => assertNotCallerId(presenters)).toThrow(
      expect.objectContaining({
        code: 'NUMBER_IN_USE',
        details: presenters.slice(0, 20).map(({ id }) => ({ path: id, message: 'trunk n presents it' })),
      }),
    );
    expect(() => assertNotCallerId([])).not.toThrow();
  });
});
