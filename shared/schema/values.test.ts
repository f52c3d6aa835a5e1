import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type * as z from 'zod';
import { anyText } from '#test/support/any-text.ts';
import {
  Country,
  Currency,
  E164,
  Email,
  Id,
  IdInUrl,
  Instant,
  isHost,
  Name,
  newOrId,
  OrganizationId,
  organizationText,
  Port,
  text,
  TimeZone,
} from './values.ts';

const accepts = (schema: z.ZodType, value: unknown): boolean => schema.safeParse(value).success;

describe('text', () => {
  test('is trimmed and normalized before its length is checked', () => {
    expect(Name.parse('  Cafe\u0301  ')).toBe('Caf\u00e9');
    expect(text(4).parse('  Cafe\u0301  ')).toBe('Caf\u00e9');
    expect(accepts(Name, '   ')).toBe(false);
    expect(accepts(Name, 'x'.repeat(129))).toBe(false);
  });

  test.each(['a\u0000b', 'a\tb', 'a\nb', 'a\u007fb', 'a\u0085b'])('has no control character: %j', (value) => {
    expect(accepts(Name, value)).toBe(false);
  });

  test('that is accepted is accepted again unchanged', () => {
    fc.assert(
      fc.property(anyText(), (value) => {
        const parsed = Name.safeParse(value);
        if (!parsed.success) return;
        expect(parsed.data).toBe(parsed.data.trim().normalize('NFC'));
        expect(Name.parse(parsed.data)).toBe(parsed.data);
      }),
    );
  });
});

describe('organizations', () => {
  test.each([1001, '1001', 'org_1001'])('%j is organization 1001', (value) => {
    expect(OrganizationId.parse(value)).toBe(1001);
  });

  test.each([
    999,
    1001.5,
    Number.MAX_SAFE_INTEGER,
    1e21,
    -1001,
    '',
    '0',
    '01001',
    '1001 ',
    'org_',
    'org_999',
    'ORG_1001',
    '1e3',
    'org_9999999999999',
    null,
    true,
    {},
  ])('%j is not an organization', (value) => {
    expect(accepts(OrganizationId, value)).toBe(false);
  });

  test('every form is parsed from its text form', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1000, max: 999_999_999_999 }), (organization) => {
        expect(OrganizationId.parse(organizationText(organization))).toBe(organization);
        expect(OrganizationId.parse(organization)).toBe(organization);
      }),
    );
  });
});

describe('ids', () => {
  test.each(['trunk_01J9ZK3W5M8Q2R4T6V8X0Y2Z4A', 'user_67890', 'gw_intl_01', 'usr_x-y'])('%s is well-formed', (id) => {
    expect(accepts(IdInUrl, id)).toBe(true);
  });

  test.each([
    'mac',
    'new',
    'x_1',
    'Trunk_1',
    'trunk_',
    '_1',
    'trunk_a/b',
    'trunk_a b',
    `trunk_${'a'.repeat(65)}`,
    'trunk_é',
  ])('%j is not well-formed', (id) => {
    expect(accepts(IdInUrl, id)).toBe(false);
  });

  test('new is accepted where a path may create', () => {
    expect(accepts(newOrId, 'new')).toBe(true);
    expect(accepts(newOrId, 'old')).toBe(false);
  });

  test('an answer has ids of its own type only', () => {
    expect(accepts(Id('trunk'), 'trunk_1')).toBe(true);
    expect(accepts(Id('trunk'), 'user_1')).toBe(false);
  });
});

test('an instant is converted to UTC, and one without an offset is rejected', () => {
  expect(Instant.parse('2026-11-20T08:00:00+01:00')).toBe('2026-11-20T07:00:00.000Z');
  expect(accepts(Instant, '2026-11-20T08:00:00')).toBe(false);
  expect(accepts(Instant, '9999-12-31T23:59:59Z')).toBe(true);
  expect(accepts(Instant, '9999-12-31T23:59:59-02:00')).toBe(false);
});

test.each([
  'sip.example.com',
  'localhost',
  'a',
  '192.0.2.1',
  '2001:db8::1',
  '[2001:db8::1]',
  `${'a'.repeat(63)}.example`,
  'x--y.example',
  '1st.example',
])('%s is a host name or an IP address', (host) => {
  expect(isHost(host)).toBe(true);
});

test.each([
  '',
  '-a.example',
  'a-.example',
  'a..b',
  'a.example.',
  'a_b',
  '300.1.1.1',
  '1.2.3',
  '[192.0.2',
  'a b',
  `${'a'.repeat(64)}.example`,
  `${'a.'.repeat(127)}ab`,
  'sip:example.com',
  '2001:db8::g',
])('%j is neither a host name nor an IP address', (host) => {
  expect(isHost(host)).toBe(false);
});

test('time zones are those of IANA, including aliases and UTC, without offsets', () => {
  for (const zone of ['UTC', 'Europe/Berlin', 'Asia/Calcutta', 'US/Pacific'])
    expect(accepts(TimeZone, zone)).toBe(true);
  for (const zone of ['', 'Mars/Base', '+02:00', '-0500', 'x'.repeat(65)]) expect(accepts(TimeZone, zone)).toBe(false);
});

test('codes are accepted in either case and converted to upper case', () => {
  expect([
    Country.parse(' de'),
    Currency.parse('eur '),
    Email.parse(' Ann@Example.COM '),
    E164.parse(' +14155550100'),
  ]).toEqual(['DE', 'EUR', 'ann@example.com', '+14155550100']);
  for (const country of ['DEU', '', 'UK', 'EU', 'ZZ', 'QQ', '12']) expect(accepts(Country, country)).toBe(false);
  for (const currency of ['EU', 'ABC', 'XYZ', '']) expect(accepts(Currency, currency)).toBe(false);
  for (const address of ['ann', 'ann@example.com\n', '\tann@example.com', `${'a'.repeat(250)}@example.com`])
    expect(Email.safeParse(address).error?.issues).toHaveLength(1);
});

test('a phone number is E.164, and a port has sixteen bits', () => {
  expect([
    accepts(E164, '+14155550100'),
    accepts(E164, '14155550100'),
    accepts(E164, '+0415'),
    accepts(E164, `+1${'5'.repeat(15)}`),
  ]).toEqual([true, false, false, false]);
  expect([
    accepts(Port, 1),
    accepts(Port, 65_535),
    accepts(Port, 0),
    accepts(Port, 65_536),
    accepts(Port, '5060'),
  ]).toEqual([true, true, false, false, false]);
});
