import { expect, test } from 'vitest';
import { textFromHtml } from './text-from-html.ts';

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
