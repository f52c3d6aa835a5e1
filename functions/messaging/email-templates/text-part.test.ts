import { expect, test } from 'vitest';
import { renderText } from './text-part.ts';

test('the text part alone is a text message: nothing is escaped, and what is required must be given', () => {
  const text = ' Hello {{customer.name}}{{#if order}}, {{order}}{{/if}} ';
  const variables = [{ name: 'customer.name', required: true, default: 'you' }];
  expect(renderText({ text, variables }, { order: '<1>' })).toBe('Hello you, <1>');
  expect(renderText({ text, variables: [] }, { customer: { name: 'Ann' } })).toBe('Hello Ann');
  expect(() => renderText({ text, variables: [] }, {})).toThrow('requires: customer.name');
});
