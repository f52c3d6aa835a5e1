import { expect, test } from 'vitest';
import { errorOf } from '#test/support/errors.fixture.ts';
import { assertUnused, trunksOfRealm } from './usage.ts';

const trunk = (id: string, realm: string | null) => ({ id, name: `name of ${id}`, realm });
const device = (id: string, username: string | null) => ({
  id,
  mac_address: '00:1A:2B:3C:4D:5E',
  lines: [{ line_number: 1, extension: '200', label: null, type: 'primary' as const, sip_username: username }],
});

test('trunks use a domain by their realm, in any case', () => {
  const trunks = [trunk('trunk_1', 'A.Example'), trunk('trunk_2', 'b.example'), trunk('trunk_3', null)];
  expect(trunksOfRealm(trunks, 'a.example').map(({ id }) => id)).toEqual(['trunk_1']);
});

test('a domain that trunks or devices with accounts use is not deleted, and the error names twenty of them', () => {
  const trunks = Array.from({ length: 15 }, (_, at) => trunk(`trunk_${at}`, 'a.example'));
  const devices = Array.from({ length: 15 }, (_, at) => device(`dev_${at}`, `u${at}`));
  const named = [...trunks, ...devices].slice(0, 20).map(({ id }) => id);
  const error = errorOf(() => {
    assertUnused('a.example', { trunks, devices, lines: [] });
  });
  expect(error).toMatchObject({ code: 'DOMAIN_IN_USE', details: named.map((path) => ({ path })) });
  assertUnused('a.example', {
    trunks: [trunk('trunk_1', 'b.example')],
    devices: [device('dev_1', null)],
    lines: [{ username: 'line', domain: 'b.example' }],
  });
});

test('a domain that a phone line registers with is used', () => {
  const lines = [{ username: 'line', domain: 'A.example' }];
  const error = errorOf(() => assertUnused('a.example', { trunks: [], devices: [], lines }));
  expect(error).toMatchObject({ code: 'DOMAIN_IN_USE', details: [{ path: 'line' }] });
});
