import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { runs } from '#test/support/property-runs.ts';
import { parseXml } from './xml-document.ts';

test('elements are their text, or their children by name, the first of each', () => {
  const text = '<?xml version="1.0"?>\n<cdr a="b">\n <v><x>1 &amp; 2</x><x>3</x><y/></v>\n <w>&#43;49</w>\n</cdr>\n';
  expect(JSON.parse(JSON.stringify(parseXml(text)))).toEqual({ cdr: { v: { x: '1 & 2', y: '' }, w: '+49' } });
});

test.each([
  ['no XML', 'hello'],
  ['an element that is not closed', '<cdr><v>1</v>'],
  ['an element that is closed by another name', '<cdr><v>1</w></cdr>'],
  ['text beside the root', '<cdr>1</cdr> 2'],
  ['more elements within one another than a CDR has', '<a>'.repeat(100) + '</a>'.repeat(100)],
])('%s is no document', (_what, text) => expect(parseXml(text)).toBeUndefined());

test('entities of the document expand to nothing', () => {
  const bomb = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><cdr>&b;</cdr>';
  expect(JSON.stringify(parseXml(bomb) ?? {})).not.toContain('aaaa');
});

test('any name may come, and any text ends', () => {
  const names = parseXml('<cdr><__proto__>1</__proto__><constructor>2</constructor></cdr>');
  expect(JSON.stringify(names)).toBe('{"cdr":{"__proto__":"1","constructor":"2"}}');
  const part = fc.constantFrom(
    '<a>',
    '</a>',
    '<b x="1">',
    '</b>',
    '<!--',
    '-->',
    '<![CDATA[',
    ']]>',
    '&',
    ';',
    'text',
    '<?',
  );
  const property = fc.property(fc.array(part, { maxLength: 30 }), (parts) => void parseXml(parts.join('')));
  fc.assert(property, { numRuns: runs(300) });
});
