import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isWellFormedXml } from './well-formed-xml.ts';

test.each([
  '<a/>',
  '<?xml version="1.0" encoding="UTF-8"?>\n<!-- phones --><a><phone idx="1">{{line.1.name}}</phone></a>\n',
  `<a b='"' c="'">&lt;&#38;&#x1F600;<![CDATA[ <no> & tag ]]></a><!-- end -->`,
  '<a\n  b = "1"\n></a >',
  '<ns:a xmlns:ns="urn:x"><?php echo ?></ns:a>',
  '\ufeff<ä>ö</ä>',
])('well-formed: %s', (document) => {
  expect(isWellFormedXml(document)).toBe(true);
});

test.each([
  '',
  'text',
  '<a>',
  '</a>',
  '<a></b>',
  '<a/><b/>',
  '<a/>text',
  '<a b="1" b="2"/>',
  '<a b=1/>',
  '<a b="<"/>',
  '<a>&nbsp;</a>',
  '<a>&</a>',
  '<a>&#0;</a>',
  '<a>&#x110000;</a>',
  '<a>]]></a>',
  '<a><!-- -- --></a>',
  ' <?xml version="1.0"?><a/>',
  '<!DOCTYPE a><a/>',
  '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
  '<a>\u0001</a>',
  '<1a/>',
  `${'<a>'.repeat(300)}${'</a>'.repeat(300)}`,
])('not well-formed: %s', (document) => {
  expect(isWellFormedXml(document)).toBe(false);
});

const names = fc.constantFrom('a', 'b', 'phone-settings');
const element: fc.Memo<string> = fc.memo((depth) =>
  fc
    .tuple(names, fc.constantFrom('', ' x="1"', " y='&amp;'"), depth <= 1 ? text : fc.oneof(text, element(depth - 1)))
    .map(([name, attributes, inner]) => `<${name}${attributes}>${inner}</${name}>`),
);
const text = fc.constantFrom('', 'text', '&lt;', '{{x}}');

test('a document is accepted, and rejected without one of its brackets', () => {
  fc.assert(
    fc.property(element(4), fc.nat(), (document, nth) => {
      expect(isWellFormedXml(document)).toBe(true);
      const brackets = [...document.matchAll(/[<>]/g)].map(({ index }) => index);
      const at = brackets[nth % brackets.length] ?? 0;
      expect(isWellFormedXml(document.slice(0, at) + document.slice(at + 1))).toBe(false);
    }),
    { numRuns: 500 },
  );
});

test.each([
  ['one tag', `<a ${'b="1" '.repeat(40_000)}`],
  ['comments', '<!--'.repeat(60_000)],
  ['tags', '<a '.repeat(80_000)],
  ['quotes', `<a b="${'x'.repeat(250_000)}`],
  ['references', `<a>${'&amp'.repeat(60_000)}`],
  ['blanks', `<a${' '.repeat(250_000)}`],
  ['text', `<a>${'x'.repeat(250_000)}&`],
])('hostile documents of 256 KB are rejected in bounded time: %s', (_case, document) => {
  const start = performance.now();
  expect(isWellFormedXml(document)).toBe(false);
  expect(performance.now() - start).toBeLessThan(20_000);
});
