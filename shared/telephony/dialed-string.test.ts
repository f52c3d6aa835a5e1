import { expect, test } from 'vitest';
import { dialable } from './dialed-string.ts';

test.each(['1', '*97', '+46701234567', '00#12', 'ann', 'ann+sales@example.com', 'x'.repeat(64)])(
  '%s can be dialed',
  (dialed) => expect(dialable.test(dialed)).toBe(true),
);

test.each(['', ' ', '1 2', 'ann;x', 'x'.repeat(65), '+46701234567+46762723477', '46+701', '++46701', '*+1#+2', '1\n2'])(
  '%j cannot',
  (dialed) => expect(dialable.test(dialed)).toBe(false),
);
