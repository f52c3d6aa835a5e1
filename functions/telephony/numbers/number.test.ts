import { describe, expect, test } from 'vitest';
import { AppError } from '../../../shared/errors.ts';
import { money } from '../../../shared/schema/money.ts';
import { endQuarantine } from '../number-releases/quarantine.ts';
import type { PhoneNumber } from '../../../shared/telephony/phone-number.ts';
import {
  changeNumber,
  assertTakable,
  NumberInUrl,
  quarantineNumber,
  newInventoryNumber,
  assignNumber,
  WantedNumber,
  setChannels,
} from './number.ts';
import { commonPrefix, matchesSearch, NumberSearch } from './search.ts';

const now = '2026-11-20T10:00:00.000Z';
const later = '2026-12-20T10:00:00.000Z';
const stamp = { id: 'num_1', number: '+46890510', now };
const taking = { organization: 1_001, now };
const stocked = (): PhoneNumber =>
  newInventoryNumber({ country: 'SE', type: 'geographic', capabilities: ['voice', 'sms'] }, stamp);
const active = (): PhoneNumber => assignNumber(stocked(), {}, taking);
const codeOf = (work: () => unknown): string => {
  try {
    work();
    return 'done';
  } catch (error) {
    return error instanceof AppError ? error.code : String(error);
  }
};

describe('the stock', () => {
  test('gets numbers with country and type, of the country that they begin with', () => {
    expect([
      codeOf(() => newInventoryNumber({ country: 'SE' }, stamp)),
      codeOf(() => newInventoryNumber({ country: 'DK', type: 'mobile' }, stamp)),
      codeOf(stocked),
    ]).toEqual(['MISSING_FIELD', 'VALIDATION_FAILED', 'done']);
  });

  test('says what a number costs each month', () => {
    expect(
      [{}, { monthly_fee: money(1n) }].map(
        (fee) => newInventoryNumber({ country: 'SE', type: 'mobile', ...fee }, stamp).monthly_fee,
      ),
    ).toEqual([0n, 1n]);
  });
});

describe('a number', () => {
  test('is taken by one: another finds it taken, or in quarantine until that is over', () => {
    const foreign = { organization: 1_002, now };
    const released = quarantineNumber(active(), now);
    expect([
      codeOf(() => assertTakable(active(), foreign)),
      codeOf(() => assertTakable(released, foreign)),
      codeOf(() => assertTakable(released, taking)),
    ]).toEqual(['NUMBER_TAKEN', 'NUMBER_QUARANTINED', 'done']);
    expect(released.quarantine_until).toBe(later);
  });

  test('comes back into the stock after its quarantine, without a past', () => {
    const released = quarantineNumber({ ...active(), label: 'Sales', route: { type: 'user', id: 'usr_1' } }, now);
    expect([endQuarantine(released, now), endQuarantine(active(), later)]).toEqual([undefined, undefined]);
    expect(endQuarantine(released, later)).toMatchObject({
      state: 'available',
      org_id: null,
      label: null,
      route: null,
      activated_at: null,
      released_at: null,
      quarantine_until: null,
    });
    expect(assignNumber(released, {}, taking)).toMatchObject({ state: 'active', released_at: null });
  });

  test('uses what it offers, and nothing else', () => {
    expect([
      codeOf(() => assignNumber(stocked(), { capabilities: ['fax'] }, taking)),
      codeOf(() => changeNumber(active(), { capabilities: ['sms'] }, now)),
    ]).toEqual(['VALIDATION_FAILED', 'done']);
  });

  test('is taken by what a GET showed of it', () => {
    expect(['available', 'active', 'released'].map((state) => WantedNumber.safeParse({ state }).success)).toEqual([
      true,
      true,
      false,
    ]);
  });

  test('leads to no mailbox yet', () => {
    expect(codeOf(() => changeNumber(active(), { route: { type: 'voicemail', id: 'box' } }, now))).toBe(
      'NOT_YET_SUPPORTED',
    );
  });

  test('is changed, limited and released while it is active', () => {
    const released = quarantineNumber(active(), now);
    expect([
      codeOf(() => changeNumber(released, {}, now)),
      codeOf(() => setChannels(released, {}, now)),
      codeOf(() => quarantineNumber(released, now)),
    ]).toEqual(Array(3).fill('INVALID_STATE'));
  });

  test('has at most as many channels one way as in all', () => {
    expect([
      codeOf(() => setChannels(active(), { max_channels: 5, max_inbound: 6 }, now)),
      codeOf(() => setChannels(active(), { max_channels: 5, max_outbound: 5 }, now)),
      codeOf(() => setChannels(active(), { max_inbound: 6 }, now)),
    ]).toEqual(['VALIDATION_FAILED', 'done', 'done']);
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
])('a path names a number as %s', (path, named) => {
  expect(NumberInUrl.safeParse(path).data).toBe(named);
});

describe('a search', () => {
  const search = (wanted: object) => NumberSearch.parse(wanted);

  test('reads what begins with the prefix, else with the country', () => {
    expect(
      [{}, { country: 'SE' }, { country: 'SE', prefix: '468' }, { country: 'SE', prefix: '4' }].map((each) =>
        commonPrefix(search(each)),
      ),
    ).toEqual(['+', '+46', '+468', '+46']);
  });

  test.each([
    [{}, true],
    [{ country: 'SE' }, true],
    [{ country: 'NO' }, false],
    [{ type: 'mobile' }, false],
    [{ contains: '905' }, true],
    [{ contains: '111' }, false],
    [{ capabilities: ['sms'] }, true],
    [{ capabilities: ['fax'] }, false],
    [{ state: 'released' }, false],
    [{ route_type: 'user' }, true],
    [{ route_type: 'trunk' }, false],
    [{ label: 'SALE' }, true],
    [{ label: 'x' }, false],
    [{ prefix: '47' }, false],
  ])('for %o finds it: %s', (wanted, expected) => {
    expect(matchesSearch(search(wanted))({ ...active(), label: 'Sales', route: { type: 'user', id: 'usr_1' } })).toBe(
      expected,
    );
  });
});
