import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { attachment } from './attachment.ts';

test('a name is given in ASCII and as it is', () => {
  expect(attachment("Grüße 'Nr. 1'.wav")).toBe(
    "attachment; filename=\"Gr__e 'Nr. 1'.wav\"; filename*=UTF-8''Gr%C3%BC%C3%9Fe%20%27Nr.%201%27.wav",
  );
});

test('no name ends the header, its quotes or its parameter', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (name) => {
      expect(attachment(name)).toMatch(/^attachment; filename="[^"\\\r\n\0]*"; filename\*=UTF-8''[A-Za-z0-9.!~_%-]*$/);
    }),
  );
});
