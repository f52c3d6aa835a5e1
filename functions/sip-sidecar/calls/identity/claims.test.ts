import { expect, test } from 'vitest';
import { parseAddress, type Address } from '#sip/address.ts';
import { textHeader } from '#sip/header-kinds.ts';
import { Headers } from '#sip/headers.ts';
import { claimedIdentity } from './claims.ts';

const origid = '5AD1A8D5-3c29-4f61-9d5e-1b1b2f9a4c77';
const claimed = (named: string, lines: Readonly<Record<string, string>> = {}) => {
  const headers = Object.entries(lines).reduce(
    (all, [name, value]) => all.append(textHeader(name), value),
    Headers.none,
  );
  return claimedIdentity(headers, parseAddress(named) as Address);
};

test.each([
  ['a parameter of the number', '<sip:+12125550100;verstat=TN-Validation-Passed@carrier.example;user=phone>'],
  ['a parameter of the URI', '<sip:+12125550100@carrier.example;verstat=tn-validation-passed>'],
  ['a parameter of a tel URI', '<tel:+12125550100;verstat=TN-Validation-Passed>'],
])('`verstat` is %s', (_, named) => {
  expect(claimed(named)).toEqual({ verstat: 'TN-Validation-Passed' });
});

test('the attestation is in a header, or behind the value', () => {
  const named = '<sip:+12125550100;verstat=TN-Validation-Passed-B@carrier.example>';
  expect(claimed(named)).toEqual({ verstat: 'TN-Validation-Passed', attestation: 'B' });
  expect(claimed(named, { 'P-Attestation-Indicator': 'A', 'P-Origination-ID': origid })).toEqual({
    ...{ verstat: 'TN-Validation-Passed', attestation: 'A', origid: origid.toLowerCase() },
  });
  const alone = claimed('<sip:+12125550100@carrier.example>', { 'Attestation-Info': 'c', 'Origination-Id': 'none' });
  expect(alone).toEqual({ verstat: 'No-TN-Validation', attestation: 'C' });
});

test('what cannot be read is no claim', () => {
  expect(claimed('<sip:+12125550100;verstat=Passed@carrier.example>', { 'P-Attestation-Indicator': 'AA' })).toBe(
    undefined,
  );
  expect(claimed('<sip:+12125550100@carrier.example>;verstat=TN-Validation-Passed')).toBe(undefined);
});
