import { afterAll, beforeAll, test } from 'vitest';
import { needs } from '../../support/tools.ts';
import { newBaresip } from './code-phones.ts';
import { expectAllCodes, startCodes, type Codes } from './dialed-codes.fixture.ts';

needs('baresip', 'rtpengine');

const everything = new AsyncDisposableStack();
let codes: Codes;
beforeAll(async () => {
  codes = await startCodes(everything);
});
afterAll(() => everything.disposeAsync());

test('baresip dials each code', async ({ annotate }) => {
  await annotate(await expectAllCodes(codes, await newBaresip(codes, everything)));
});
