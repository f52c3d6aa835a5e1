import { beforeAll, expect, test } from 'vitest';
import { functionsOf, type TestTenant } from '#test/support/functions.fixture.ts';
import { outcome, uniqueName } from '#test/system/tenant.fixture.ts';
import { voicemailDrops } from './contract.ts';
import { voicemailDropsHandler } from './handler.ts';

const functions = functionsOf([voicemailDrops, voicemailDropsHandler]);
let tenant: TestTenant;
beforeAll(async () => {
  tenant = await functions.newTenant();
});
const recording = { content_type: 'audio/wav', size: 500, duration_seconds: 9 };
const bodyOf = (more: object = {}) => ({ name: uniqueName('drop'), ...recording, ...more });
const save = (body: object) => tenant.ask('PUT', '/voicemaildrop/new', body);

test.each([
  [{ size: 10 * 1024 * 1024 + 1 }, '422 VALIDATION_FAILED'],
  [{ duration_seconds: 181 }, '422 VALIDATION_FAILED'],
  [{ content_type: null }, '400 MISSING_FIELD'],
  [{ file_id: 'file_none' }, '422 VALIDATION_FAILED'],
  [{ user_id: 'usr_none' }, '422 UNKNOWN_USER'],
])('a drop with %o is rejected with %s', async (wrong, expected) => {
  expect(outcome(await save(bodyOf(wrong)))).toBe(expected);
});

test('names are unique in any case', async () => {
  const body = bodyOf();
  await save(body);
  expect(outcome(await save({ ...body, name: body.name.toUpperCase() }))).toBe('409 DROP_NAME_EXISTS');
});
