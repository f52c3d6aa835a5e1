import { expect, test } from 'vitest';
import { escapeHtml, escapeXml } from './markup.ts';

const tag = `<b title="a" class='c' id=\`d\`>&amp;`;

test('text has no markup, and ends no attribute', () => {
  expect(escapeHtml(tag)).toBe('&lt;b title=&quot;a&quot; class=&#39;c&#39; id=&#96;d&#96;&gt;&amp;amp;');
  expect(escapeXml(tag)).toBe('&lt;b title=&quot;a&quot; class=&apos;c&apos; id=`d`&gt;&amp;amp;');
});

test('other text stays', () => {
  expect([escapeHtml('Grüße, 100 %'), escapeXml('Grüße, 100 %')]).toEqual(['Grüße, 100 %', 'Grüße, 100 %']);
});
