import { expect, test } from 'vitest';
import { contracts } from '#functions/contracts.ts';

/**
 * Names that are unique on the whole platform: a 409 tells that another tenant may have one (functions/accounts and
 * functions/telephony, README.md, "Unique on the platform").
 */
const revealing: readonly string[] = [
  'USERNAME_TAKEN',
  'CLIENT_ID_TAKEN',
  'ALIAS_TAKEN',
  'MAC_EXISTS',
  'ICCID_EXISTS',
  'IMSI_EXISTS',
  'MSISDN_EXISTS',
  'NUMBER_TAKEN',
  'NUMBER_QUARANTINED',
  'IP_IN_USE',
];

test('only callers that may create a resource learn that its name is taken on the platform', () => {
  const endpoints = contracts.flatMap((contract) => (contract.kind === 'resource' ? contract.endpoints : []));
  const telling = endpoints.filter(({ errors }) => errors.some((code) => revealing.includes(code)));
  expect(telling.length).toBeGreaterThan(8);
  expect(telling.filter(({ scope }) => !scope.endsWith(':write')).map(({ route }) => route)).toEqual([]);
  expect(telling.filter(({ method }) => method === 'GET').map(({ route }) => route)).toEqual([]);
  const missing = revealing.filter((code) => !telling.some(({ errors }) => errors.includes(code)));
  expect(missing).toEqual([]);
});
