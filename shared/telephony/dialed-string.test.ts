import { expect, test } from 'vitest';
import { dialable, isBrokenNumber } from './dialed-string.ts';

test.each(['1', '*97', '+46701234567', '00#12', 'ann', 'ann+sales@example.com', 'x'.repeat(64)])(
  '%s can be dialed',
  (dialed) => expect(dialable.test(dialed)).toBe(true),
);

test.each(['', ' ', '1 2', 'ann;x', 'x'.repeat(65), '+46701234567+46762723477', '46+701', '++46701', '*+1#+2', '1\n2'])(
  '%j cannot',
  (dialed) => expect(dialable.test(dialed)).toBe(false),
);

test.each(['+4670123456#', '+4670x', '0701 234567', '+46701+46702', '*31#+1+2', '1'.repeat(65)])(
  '%j is no number, and no part of it is one',
  (dialed) => expect(isBrokenNumber(dialed)).toBe(true),
);

test.each(['+46701234567', '0701234567', '*97', '00#12', '1234#0044', 'ann', 'ann x', '+', ''])(
  '%j is a number, or does not begin as one',
  (dialed) => expect(isBrokenNumber(dialed)).toBe(false),
);
