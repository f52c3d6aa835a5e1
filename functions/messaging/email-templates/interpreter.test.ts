import { expect, test } from 'vitest';
import { Budget } from '#schema/template-interpreter.ts';
import { parseTemplate } from '#schema/template-syntax.ts';
import { readHtml } from './html-contexts.ts';
import { escapeHtml } from '#schema/markup.ts';
import { renderNodes } from './interpreter.ts';

const render = (source: string, values: Record<string, unknown>): string =>
  renderNodes(readHtml(parseTemplate(source), source), values, escapeHtml, new Budget());

test('values are escaped for HTML', () => {
  expect(render('<p title="{{a}}">{{a}}</p>', { a: `<b>"&'\`` })).toBe(
    '<p title="&lt;b&gt;&quot;&amp;&#39;&#96;">&lt;b&gt;&quot;&amp;&#39;&#96;</p>',
  );
});

test('an address is judged as a whole', () => {
  expect(render('<a href="{{a}}{{b}}">x</a>', { a: 'java', b: 'script:alert(1)' })).toBe('<a href="#">x</a>');
  expect(render('<a href="{{a}}{{b}}">x</a>', { a: 'https:', b: '//example.com' })).toBe(
    '<a href="https://example.com">x</a>',
  );
});
