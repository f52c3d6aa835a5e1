import { expect, test } from 'vitest';
import { exportKey, fileOf, headOf, lineOf } from './export-file.ts';
import { filedCdr } from './filed-cdr.fixture.ts';

const sight = { wholesale: true, cost: true };
const csv = (columns: Parameters<typeof lineOf>[1]['columns']) => ({ format: 'csv' as const, columns, sight });

test('the key of a file begins with its organization', () => {
  expect(exportKey({ org_id: 1001, id: 'job_1' })).toBe('org_1001/exports/job_1/1');
});

test.each([
  ['csv', true, 'cdr-job_1.csv.gz', 'application/gzip'],
  ['csv', false, 'cdr-job_1.csv', 'text/csv; charset=utf-8'],
  ['jsonl', true, 'cdr-job_1.jsonl.gz', 'application/gzip'],
  ['jsonl', false, 'cdr-job_1.jsonl', 'application/jsonl'],
] as const)('a file of %s, compressed: %s, is %s', (format, gzip, name, type) => {
  expect(fileOf({ id: 'job_1', format, gzip })).toEqual({ name, type });
});

test('a CSV file begins with the names of its columns, JSON lines do not', () => {
  expect(headOf({ format: 'csv', columns: ['id', 'rating.charge'] })).toBe('id,rating.charge\r\n');
  expect(headOf({ format: 'jsonl', columns: ['id'] })).toBe('');
  expect(headOf({ format: 'jsonl', columns: null })).toBe('');
});

test('a column is the value at its path; null is empty, an object is JSON', () => {
  expect(lineOf(filedCdr, csv(['id', 'rating.tariff.name', 'cause.q850', 'trunk_id', 'custom', 'rating.late']))).toBe(
    'cdr_1,Plan,16,,"{""note"":""a \\""b\\""""}",false\r\n',
  );
});

test('the columns of the verification of a caller are empty where nothing is known', () => {
  const columns = csv(['stir.verstat', 'stir.attestation', 'stir.origid', 'stir.reason']);
  const origid = '5ad1a8d5-3c29-4f61-9d5e-1b1b2f9a4c77';
  const passed = { verstat: 'TN-Validation-Passed', attestation: 'A', origid } as const;
  expect(lineOf({ ...filedCdr, stir: passed }, columns)).toBe(`TN-Validation-Passed,A,${origid},\r\n`);
  const failed = { verstat: 'TN-Validation-Failed', reason: 438 } as const;
  expect(lineOf({ ...filedCdr, stir: failed }, columns)).toBe('TN-Validation-Failed,,,438\r\n');
  expect(lineOf(filedCdr, columns)).toBe(',,,\r\n');
});

test('a cell that a spreadsheet would run as a formula is quoted', () => {
  expect(lineOf(filedCdr, csv(['call_id']))).toBe("'=call\r\n");
});

test('JSON lines have the columns of the request, or whole CDRs', () => {
  const line = lineOf(filedCdr, { format: 'jsonl', columns: ['id', 'rating.charge'], sight });
  expect(line).toBe('{"id":"cdr_1","rating.charge":"0.0955"}\n');
  expect(JSON.parse(lineOf(filedCdr, { format: 'jsonl', columns: null, sight }))).toMatchObject({
    org_id: 'org_1001',
    rating: { cost: '0.0400' },
  });
});
