import { expect, test } from 'vitest';
import { Budget } from '#schema/template-interpreter.ts';
import { parseTemplate } from '#schema/template-syntax.ts';
import { escapeHtml } from '#schema/markup.ts';
import type { TemplateParts } from '#schema/email-template.ts';
import { renderNodes } from './text-part.ts';
import { assertTemplate, previewVariables, renderEmail, textFromHtml } from './render.ts';
import { readHtml } from './html-contexts.ts';

const template = (parts: Partial<TemplateParts>): TemplateParts => ({
  subject: 'Hello',
  html: '',
  text: null,
  variables: [],
  ...parts,
});

const htmlOf = (html: string, values: Record<string, unknown>) => renderEmail(template({ html }), values).html;

test('values are escaped in HTML, unescaped in the text, and one line in the subject', () => {
  const name = 'A & <b>"B"</b>\r\nBcc: x@example.com';
  const parts = { subject: 'To {{name}}', html: '<p title="{{name}}">{{name}}</p>', text: 'Hi {{name}}' };
  const escaped = 'A &amp; &lt;b&gt;&quot;B&quot;&lt;/b&gt;\r\nBcc: x@example.com';
  expect(renderEmail(template(parts), { name })).toEqual({
    subject: 'To A & <b>"B"</b> Bcc: x@example.com',
    html: `<p title="${escaped}">${escaped}</p>`,
    text: `Hi ${name}`,
  });
});

test('a text part is made of the HTML if the template has none', () => {
  const html = '<h1>Hi {{name}}</h1><p>See <a href="{{url}}">this</a>.</p><style>a{}</style>';
  expect(renderEmail(template({ html }), { name: 'Ann & Bob', url: 'https://example.com/' }).text).toBe(
    'Hi Ann & Bob\n\nSee this (https://example.com/).\n',
  );
});

test('a fault is reported with the part, its line and its column', () => {
  expect(() => assertTemplate({ subject: 'x', html: '<p>\n {{{a}}}', text: null })).toThrow(
    expect.objectContaining({
      code: 'INVALID_TEMPLATE',
      details: [{ path: 'html', message: 'line 2, column 2: values without escaping ({{{…}}}) are not allowed' }],
    }),
  );
  expect(() => assertTemplate({ subject: '{{', html: '', text: null })).toThrow('subject, line 1, column 1');
  expect(() => assertTemplate({ subject: 'x', html: '', text: 'a {{> b}}' })).toThrow('text, line 1, column 3');
});

test('a path outside of blocks is required, unless it has a default', () => {
  const parts = template({
    subject: '{{a}}',
    html: '{{b.c}}{{#if d}}{{d}}{{/if}}{{#unless e}}{{f}}{{/unless}}{{#each g}}{{h}}{{/each}}{{i.j}}',
    variables: [
      { name: 'i.j', required: false, default: 'x' },
      { name: 'k', required: true },
      { name: 'l', required: false },
    ],
  });
  expect(() => renderEmail(parts, { b: { d: 1 }, a: null })).toThrow(
    expect.objectContaining({
      code: 'MISSING_REQUIRED_VARIABLE',
      details: ['k', 'a', 'b.c'].map((name) => ({ path: `variables.${name}`, message: 'is required by the template' })),
    }),
  );
  expect(renderEmail(parts, { a: 1, b: { c: 2 }, k: 0 })).toMatchObject({ subject: '1', html: '2x' });
});

test('a given value precedes a default, and a default does not replace what is in its way', () => {
  const variables = [{ name: 'a.b', required: false, default: 'x' }];
  const parts = template({ html: '{{#if a}}{{a.b}}{{/if}}', variables });
  expect(renderEmail(parts, { a: { b: '' } }).html).toBe('');
  expect(renderEmail(parts, { a: { c: 1 } }).html).toBe('x');
  expect(renderEmail(parts, {}).html).toBe('x');
  expect(renderEmail(parts, { a: 'text' }).html).toBe('');
});

test.each([
  ['javascript:alert(1)', '#'],
  [' JavaScript:alert(1)', '#'],
  ['java\nscript:alert(1)', '#'],
  ['data:text/html,x', '#'],
  ['vbscript:x', '#'],
  ['//evil.example', '#'],
  ['', '#'],
  ['&#106;avascript:x', '#'],
  ['https://example.com/?a=1&b="', 'https://example.com/?a=1&amp;b=&quot;'],
  ['HTTP://example.com', 'HTTP://example.com'],
  ['mailto:a@example.com', 'mailto:a@example.com'],
  ['tel:+15550100', 'tel:+15550100'],
  ['cid:logo', 'cid:logo'],
])('the address %j becomes %j', (address, written) => {
  expect(htmlOf('<a href="{{a}}">x</a>', { a: address })).toBe(`<a href="${written}">x</a>`);
});

test('an address is judged as a whole, whatever it is made of', () => {
  expect(htmlOf('<a href="{{a}}{{b}}">', { a: 'java', b: 'script:x' })).toBe('<a href="#">');
  expect(htmlOf('<a href=" java{{a}}">', { a: 'script:x' })).toBe('<a href="#">');
  expect(htmlOf('<a href="{{#if a}}{{a}}{{else}}javascript:{{/if}}x">', {})).toBe('<a href="#">');
  expect(htmlOf('<a href="{{#each a}}{{this}}{{/each}}">', { a: ['https:', '//x'] })).toBe('<a href="https://x">');
  expect(htmlOf('<a href=javascript:x><img src="&#106;avascript:x">', {})).toBe('<a href=#><img src="#">');
});

test('a subject has at most 500 characters', () => {
  expect(() => renderEmail(template({ subject: '{{a}}' }), { a: 'x'.repeat(501) })).toThrow('more than 500 characters');
});

/** Objects inside one another, so many times. */
const nested = (times: number): unknown =>
  Array.from({ length: times }).reduce<unknown>((inner) => ({ a: inner }), 'end');

test('hostile values are written, escaped or rejected in bounded time', () => {
  const started = performance.now();
  const own = JSON.parse('{"__proto__":{"admin":true},"constructor":{"name":"x"},"a":{"__proto__":1}}') as object;
  expect(htmlOf('{{#if admin}}yes{{/if}}{{a}}', { ...own, a: 'A' })).toBe('A');
  expect('admin' in {}).toBe(false);
  expect(htmlOf('{{#if a}}{{a.a.a.b}}{{/if}}', { a: nested(10_000) })).toBe('');
  expect(() => htmlOf('{{a}}', { a: 'x'.repeat(10_000_000) })).toThrow('more than 524288 bytes');
  expect(() => htmlOf('{{a}}', { a: '<'.repeat(200_000) })).toThrow('more than 524288 bytes');
  expect(() => htmlOf('{{#if a}}'.repeat(10_000) + '{{/if}}'.repeat(10_000), {})).toThrow('at most 8 deep');
  expect(() => htmlOf('<div>'.repeat(10_000), {})).toThrow('more than 100 elements inside one another');
  expect(() => htmlOf('{{#each a}}<div>{{/each}}', { a: Array.from({ length: 1_000 }, () => 1) })).toThrow(
    'more than 100 elements inside one another',
  );
  expect(performance.now() - started).toBeLessThan(20_000);
});

test('the parts of an e-mail share the 100,000 steps', () => {
  const list = Array.from({ length: 1_000 }, () => 1);
  const part = '{{#each list}}{{#if this}}{{#each ../few}}x{{/each}}{{/if}}{{/each}}';
  const values = { list, few: list.slice(0, 30) };
  expect(htmlOf(part, values)).toHaveLength(30_000);
  expect(() => renderEmail(template({ html: part, text: part }), values)).toThrow('more than 100000 steps');
});

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

test('variables are a JSON object, nested at most 5 deep', () => {
  expect(previewVariables('{"a":{"b":{"c":{"d":1}}}}')).toEqual({ a: { b: { c: { d: 1 } } } });
  expect(previewVariables('{"a":[[[[1]]]]}')).toEqual({ a: [[[[1]]]] });
});

test.each(['', 'x', '1', 'null', '"a"', '[]', '{"a":1', '{"a":{"b":{"c":{"d":[{}]}}}}', '['.repeat(3_000)])(
  '%s is rejected',
  (json) => {
    expect(() => previewVariables(json)).toThrow(expect.objectContaining({ code: 'INVALID_PARAMETER' }));
  },
);

test('block elements become lines', () => {
  expect(textFromHtml('<h1>Title</h1><p>One<br>two</p><div>three</div><div>four</div>')).toBe(
    'Title\n\nOne\ntwo\n\nthree\nfour\n',
  );
  expect(textFromHtml('<ul><li>a</li><li>b</li></ul>')).toBe('* a\n * b\n');
});

test('links become text with their address', () => {
  expect(textFromHtml('<a href="https://x.example/">x</a>, <a href="mailto:a@b.example">write</a>')).toBe(
    'x (https://x.example/), write (a@b.example)\n',
  );
  expect(textFromHtml('<a href="https://x.example/">https://x.example/</a>')).toBe('https://x.example/\n');
});

test('scripts, styles, titles and images are dropped, and references decoded', () => {
  expect(
    textFromHtml(
      '<head><title>t</title><style>a{}</style></head><body><script>s()</script><img src=x alt=y>a &lt; b</body>',
    ),
  ).toBe('a < b\n');
});

test('hostile HTML of 512 KB is converted in bounded time, or rejected', () => {
  const fill = (part: string) => part.repeat(Math.floor(524_288 / part.length));
  const parts = [
    '<p>x</p>',
    '<br>',
    '<',
    '&amp;',
    '<!--',
    '<h1>x</h1>',
    'a ',
    '<a href="https://x">y</a>',
    '\n',
    '</p>',
  ];
  const deep = ['<div>', '<b>', '<ul><li>', '<table><tr><td>', '<blockquote>', '<a href="x">'];
  const started = performance.now();
  for (const part of parts) textFromHtml(fill(part));
  for (const part of deep.slice(0, 5))
    expect(() => textFromHtml(fill(part))).toThrow('more than 100 elements inside one another');
  expect(performance.now() - started).toBeLessThan(40_000);
});
