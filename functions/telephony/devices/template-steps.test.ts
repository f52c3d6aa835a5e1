import { expect, test } from 'vitest';
import { newTemplate, readTemplate } from './template-steps.ts';

const at = '2026-11-21T12:00:00.000Z';
const file = {
  id: 'file_1',
  name: 'Phones',
  kind: 'provisioning_template',
  description: null,
  content: { number: 2, content_type: 'text/plain', size: 1, sha256: 'ab' },
  upload: null,
  created_by: null,
  created_at: at,
  updated_at: at,
  version: 1,
} as const;
const store = {
  template: async (id: string) => (id === 'file_1' ? { file, text: 'x' } : { file: undefined, text: undefined }),
};
const template = { id: 'file_1', number: 2 };

test('a body names a template, the built-in one, or none', async () => {
  expect(await readTemplate(store, 'file_1')).toEqual(template);
  expect(await readTemplate(store, 'tmpl_standard')).toBeUndefined();
  expect(await readTemplate(store, undefined)).toBeUndefined();
  await expect(readTemplate(store, 'file_2')).rejects.toMatchObject({ code: 'VALIDATION_FAILED' });
});

test('a new device gets the kept template, unless the body names one or it is gone', async () => {
  expect(await newTemplate(store, {}, { template_id: 'file_1' })).toEqual(template);
  expect(await newTemplate(store, { template_id: 'tmpl_standard' }, { template_id: 'file_1' })).toBeUndefined();
  expect(await newTemplate(store, {}, { template_id: 'file_2' })).toBeUndefined();
  await expect(newTemplate(store, { template_id: 'file_2' }, { template_id: 'file_1' })).rejects.toThrow('template');
  const broken = { template: () => Promise.reject(new Error('the table is away')) };
  await expect(newTemplate(broken, {}, { template_id: 'file_1' })).rejects.toThrow('the table is away');
});
