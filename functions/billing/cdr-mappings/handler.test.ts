import { beforeAll, expect, test } from 'vitest';
import { noon } from '#test/support/dependencies.fixture.ts';
import { functionsOf, type TestTenant } from '#test/support/functions.fixture.ts';
import { json, outcome, texts, uniqueName } from '#test/system/tenant.fixture.ts';
import { minute } from '#schema/time.ts';
import { cdrs } from '../cdr/contract.ts';
import { cdrHandler } from '../cdr/handler.ts';
import { cdrMappings } from './contract.ts';
import { cdrMappingsHandler } from './handler.ts';

/** Column mappings, from their creation to the records that they make. */

const functions = functionsOf([cdrMappings, cdrMappingsHandler], [cdrs, cdrHandler]);
let tenant: TestTenant;
let other: TestTenant;
beforeAll(async () => {
  [tenant, other] = [await functions.newTenant(), await functions.newTenant()];
});

const office = () => ({
  name: uniqueName('office'),
  fields: { caller: 'from', callee: 'to', start_time: 'start', end_time: 'end', answer_time: 'answer' },
});
const newMapping = async (more: object = {}): Promise<string> =>
  texts(await tenant.ask('PUT', '/cdr/mappings/new', { ...office(), ...more }))['id'] ?? '';

const at = (seconds: number): string => new Date(noon.getTime() - 30 * minute + seconds * 1_000).toISOString();
const head = 'from,to,start,end,answer';
const line = `+12025550101,+12025550102,${at(0)},${at(65)},${at(5)}`;

const post = (query: string, body: string, by = tenant) =>
  functions.api(`/cdr/july?format=csv&dry_run=true${query}`, {
    method: 'POST',
    token: by.token,
    headers: { ...json, 'content-type': 'text/csv' },
    body,
  });

test('a file is read by the mapping that the request names', async () => {
  const id = await newMapping({ constants: { direction: 'inbound' } });
  const answer = await post(`&mapping=${id}`, `${head}\n${line}\n${line},more`);
  expect(answer.body).toMatchObject({
    accepted: 1,
    rejected: 1,
    results: [
      { status: 'accepted', record: { caller: '+12025550101', direction: 'inbound', disposition: 'ANSWERED' } },
      { status: 'rejected', message: 'The record has 6 columns, and 5 are expected' },
    ],
  });
});

test('a mapping is named, and is one of the organization', async () => {
  const id = await newMapping();
  expect(outcome(await post('', `${head}\n${line}`))).toBe('400 MISSING_FIELD');
  expect(outcome(await post(`&mapping=${id}`, `${head}\n${line}`, other))).toBe('400 INVALID_PARAMETER');
  expect(outcome(await other.ask('POST', `/cdr/mappings/${id}/test`, { sample: line }))).toBe('404 NOT_FOUND');
});

test('a sample says what its lines become, and files nothing', async () => {
  const id = await newMapping();
  const answer = await tenant.ask('POST', `/cdr/mappings/${id}/test`, {
    sample: `${head}\n${line}\n${line.replace(at(65), 'never')}\nno line`,
  });
  expect(answer.body).toMatchObject({
    data: {
      lines: [
        { line, record: { callee: '+12025550102', start_time: at(0), end_time: at(65), org_id: tenant.id } },
        { code: 'VALIDATION_FAILED', details: [{ path: 'end_time' }] },
        { line: 'no line', message: 'The record has 1 columns, and 5 are expected' },
      ],
    },
  });
  expect((await tenant.ask('GET', '/cdr')).body).toMatchObject({ total: 0 });
});

test('columns that a mapping lists are those that its fields name', async () => {
  const made = await tenant.ask('PUT', '/cdr/mappings/new', { ...office(), columns: ['from', 'to', 'start', 'end'] });
  expect([outcome(made), made.body]).toMatchObject([
    '422 VALIDATION_FAILED',
    { error: { details: [{ path: 'fields.answer_time', message: 'names answer, which is no column' }] } },
  ]);
});
