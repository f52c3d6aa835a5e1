import { afterAll, beforeAll, test } from 'vitest';
import { needs } from '../../support/tools.ts';
import { newBaresip, newSipp } from './code-phones.ts';
import { expectLastWins, startCodes, type Codes } from './dialed-codes.fixture.ts';

needs('baresip', 'rtpengine', 'sipp');

const everything = new AsyncDisposableStack();
let codes: Codes;
beforeAll(async () => {
  codes = await startCodes(everything);
});
afterAll(() => everything.disposeAsync());

test('baresip and SIPp dial codes at once that contradict each other', async () => {
  await expectLastWins(codes, [await newBaresip(codes, everything), await newSipp(codes, everything)]);
});
