import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { readRecord, type Cdr } from './cdr.ts';
import { cdrId } from './cdr-identity.ts';

/** A record as a producer sends it. */
const example = {
  call_id: 'abc123-def456',
  caller: '+14155551234',
  callee: '+14155555678',
  start_time: '2024-01-15T10:30:00Z',
  end_time: '2024-01-15T10:35:42Z',
  disposition: 'ANSWERED',
};

function read(fields: Record<string, unknown> = {}): Cdr {
  const result = readRecord({ ...example, ...fields }, 1001);
  if ('rejection' in result) throw new Error(JSON.stringify(result.rejection));
  return result.cdr;
}

test('the id is derived from organization, call id and leg', () => {
  // Computed independently: the first 26 characters of the Crockford base32 of SHA-256("org_1001\nabc123-def456\na").
  expect(read().id).toBe('cdr_BNY72F4JKGQEZQ4HD4DPRFDT2X');
  expect(read({ callee: '+14155550000' }).id).toBe(read().id);
  expect(
    new Set([read(), read({ leg: 'b' }), read({ org_id: 1002 }), read({ call_id: 'other' })].map(({ id }) => id)).size,
  ).toBe(4);
});

test('an id always has 26 characters of Crockford base32', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1000, max: 9_999_999 }), fc.string(), (organization, callId) => {
      expect(cdrId(organization, callId, 'a')).toMatch(/^cdr_[0-9A-HJKMNP-TV-Z]{26}$/);
    }),
  );
});

const released = {
  call_id: 'call-1',
  caller: '+14155551234',
  callee: '+14155555678',
  start_time: '2026-11-15T10:30:00Z',
  end_time: '2026-11-15T10:35:42Z',
  disposition: 'ANSWERED',
};

test.each([
  [released, '4596266ddbecba011324597d5d97cebdf1ac32efcd6ad7ae203187b13626395b'],
  [
    {
      ...released,
      leg: 'b',
      direction: 'inbound',
      answer_time: '2026-11-15T10:30:10Z',
      trunk_id: 'trunk_1',
      org_id: 'org_1002',
      revision: 1,
      void: false,
    },
    'bee8fc9f052075a9e99115f1370b77ee97140ce6bc9fc405c995fd309a00e98b',
  ],
])('the content hash of a record without correction never changes (%#)', (fields, hash) => {
  expect(read(fields).content_hash).toBe(hash);
});

test('revisions and voids have content of their own, and other fields of a void do not count', () => {
  const hashes = [{}, { revision: 2 }, { void: true }, { void: true, revision: 2 }].map(
    (fields) => read(fields).content_hash,
  );
  expect(new Set(hashes).size).toBe(4);
  expect(read({ void: true, callee: 'alice' }).content_hash).toBe(read({ void: true }).content_hash);
});
