import fc from 'fast-check';
import { XMLParser } from 'fast-xml-parser';
import { expect, test } from 'vitest';
import { anyText } from '#test/support/any-text.ts';
import { isWellFormed } from '#test/support/well-formed.ts';
import { xmlDocument } from './xml.ts';

const parser = new XMLParser({
  trimValues: false,
  parseTagValue: false,
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  parseAttributeValue: false,
  processEntities: true,
});

const oddText = fc.oneof(
  anyText(),
  fc.string({
    unit: fc.constantFrom(
      '<',
      '>',
      '&',
      '"',
      "'",
      ']]>',
      '&#0;',
      '\u0000',
      '\ud800',
      '\ufffe',
      '\r',
      '\n',
      'é',
      '😀',
      '<!--',
      '<?',
      '%',
    ),
  }),
);

test('a document of any values is well-formed', () => {
  fc.assert(
    fc.property(oddText, oddText, fc.array(oddText), (one, other, many) => {
      const document = xmlDocument({
        error: {
          '@about': one,
          message: other,
          details: { detail: many.map((message) => ({ path: message, message })) },
        },
      });
      expect(isWellFormed(document)).toBe(true);
    }),
  );
});

test('values are read back unchanged, and forbidden characters as replacement characters', () => {
  fc.assert(
    fc.property(
      oddText.filter((text) => text !== '' && !text.includes('\r')),
      (text) => {
        const said = text.replaceAll(/[^\u0009\u000a\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '\ufffd');
        const read = parser.parse(xmlDocument({ error: { message: text } })) as { error: { message: string } };
        expect(read.error.message).toBe(said);
      },
    ),
  );
});

test('scalars keep their text, and a list repeats its element', () => {
  expect(
    xmlDocument({
      trunk: { '@id': 'a"b', '@active': 'true', port: 5060, register: false, realm: null, codec: ['G.711', 'OPUS'] },
    }),
  ).toBe(
    '<?xml version="1.0" encoding="UTF-8"?>\n<trunk id="a&quot;b" active="true"><port>5060</port>' +
      '<register>false</register><realm/><codec>G.711</codec><codec>OPUS</codec></trunk>',
  );
});
