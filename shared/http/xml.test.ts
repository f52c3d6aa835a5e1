import fc from 'fast-check';
import { XMLParser } from 'fast-xml-parser';
import { expect, test } from 'vitest';
import { xmlDocument } from './xml.ts';

const parser = new XMLParser({ trimValues: false, parseTagValue: false, ignoreAttributes: false, attributeNamePrefix: '@', parseAttributeValue: false, processEntities: true });

// XML 1.0 §2.2: any other code point makes a document ill-formed, however it is escaped.
const character = /^[\u0009\u000a\u000d\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]*$/u;
const anyText = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: fc.constantFrom('<', '>', '&', '"', '\'', ']]>', '&#0;', '\u0000', '\ud800', '\ufffe', '\r', '\n', 'é', '😀', '<!--', '<?', '%') }));

const name = '[A-Za-z_][A-Za-z0-9_.-]*';
const reference = '&(?:lt|gt|amp|quot|apos);';
// XML 1.0: start tag [40] with attributes [41], end tag [42], empty element [44], character data [14] with references [68].
const token = new RegExp(`<(${name})((?: ${name}="(?:[^<&"]|${reference})*")*)(/?)>|</(${name})>|(?:[^<&]|${reference})+`, 'y');

/** A strict reading of the few productions that documents of data need. */
function isWellFormed(document: string): boolean {
  const declaration = '<?xml version="1.0" encoding="UTF-8"?>\n';
  if (!document.startsWith(declaration) || !character.test(document)) return false;
  const open: string[] = [];
  let roots = 0;
  for (token.lastIndex = declaration.length; token.lastIndex < document.length;) {
    const [text = '', start, , empty, end] = token.exec(document) ?? [];
    if (text === '' || text.includes(']]>')) return false;
    if (end !== undefined && open.pop() !== end) return false;
    if (open.length === 0 && end === undefined) roots += start === undefined ? 2 : 1;
    if (start !== undefined && empty === '') open.push(start);
  }
  return open.length === 0 && roots === 1;
}

test('a document is well-formed for whatever it says', () => {
  fc.assert(fc.property(anyText, anyText, fc.array(anyText), (one, other, many) => {
    const document = xmlDocument({ error: { '@about': one, message: other, details: { detail: many.map((message) => ({ path: message, message })) } } });
    expect(isWellFormed(document)).toBe(true);
  }));
});

test('what is said is read back, what XML cannot say as a replacement character', () => {
  fc.assert(fc.property(anyText.filter((text) => text !== '' && !text.includes('\r')), (text) => {
    const said = text.replaceAll(/[^\u0009\u000a\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '\ufffd');
    const read = parser.parse(xmlDocument({ error: { message: text } })) as { error: { message: string } };
    expect(read.error.message).toBe(said);
  }));
});

test('values have their usual spelling, and a list is its element again and again', () => {
  expect(xmlDocument({ trunk: { '@id': 'a"b', '@active': 'true', port: 5060, register: false, realm: null, codec: ['G.711', 'OPUS'] } }))
    .toBe('<?xml version="1.0" encoding="UTF-8"?>\n<trunk id="a&quot;b" active="true"><port>5060</port><register>false</register><realm/><codec>G.711</codec><codec>OPUS</codec></trunk>');
});
