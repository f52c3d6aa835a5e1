import { expect, test } from 'vitest';
import { functionsOf } from '#test/support/functions.fixture.ts';
import { outcome, texts } from '#test/system/tenant.fixture.ts';
import { files } from './contract.ts';
import { filesHandler } from './handler.ts';

const functions = functionsOf([files, filesHandler]);

test('names are unique among the files of a kind, ignoring case, and free again after deletion', async () => {
  const { ask } = await functions.newTenant();
  const body = { name: 'Welcome', kind: 'greeting', content_type: 'audio/wav', size: 100 };
  const put = (more: object = {}) => ask('PUT', '/files/new', { ...body, ...more });
  const made = await put();
  expect([outcome(made), outcome(await put({ name: 'WELCOME' })), outcome(await put({ kind: 'sound' }))]).toEqual([
    ...['201', '409 FILE_NAME_EXISTS', '201'],
  ]);
  const path = `/files/${texts(made)['id']}`;
  expect([outcome(await ask('DELETE', path)), outcome(await ask('GET', path))]).toEqual(['200', '404 NOT_FOUND']);
  expect(outcome(await put({ name: 'WELCOME' }))).toBe('201');
});
