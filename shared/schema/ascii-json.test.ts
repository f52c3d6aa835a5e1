import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { anyText } from '#test/support/any-text.ts';
import { asciiJson } from './ascii-json.ts';

test('any value is read back from printable ASCII', () => {
  fc.assert(
    fc.property(fc.jsonValue(), anyText(), (value, text) => {
      const written = asciiJson({ value, [text]: text });
      expect(written).toMatch(/^[ -~]*$/);
      expect(JSON.parse(written)).toEqual(JSON.parse(JSON.stringify({ value, [text]: text })));
    }),
  );
});

test('a lone surrogate stays what it is', () => {
  expect(JSON.parse(asciiJson('a\ud800b'))).toBe('a\ud800b');
});
