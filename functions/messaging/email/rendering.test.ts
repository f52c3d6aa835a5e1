import { expect, test } from 'vitest';
import { renderWanted } from './rendering.ts';

const template = { subject: 'Hello {{name}}', html: '<p>{{name}}</p>', text: null, variables: [] };

test('a request may have a subject of its own, with variables', () => {
  const variables = { name: 'Ann' };
  expect(renderWanted(template, { variables }).subject).toBe('Hello Ann');
  expect(renderWanted(template, { variables, subject: 'Dear {{name}}' })).toMatchObject({
    subject: 'Dear Ann',
    html: '<p>Ann</p>',
  });
});

test('a subject that cannot be rendered is an error with its path', () => {
  expect(() => renderWanted(template, { variables: { name: 'Ann' }, subject: '{{{name}}}' })).toThrow(
    expect.objectContaining({ code: 'INVALID_TEMPLATE', details: [expect.objectContaining({ path: 'subject' })] }),
  );
});
