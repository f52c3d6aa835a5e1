import { afterAll, beforeAll, test } from 'vitest';
import { needs } from '../../support/tools.ts';
import { dial, phonePages } from '../phone-pages.fixture.ts';
import { expectAllCodes, startCodes, voiceIn, type CodePhone, type Codes } from './dialed-codes.fixture.ts';
import { recorder, samplesOf } from './heard-samples.ts';

needs('chromium', 'rtpengine');

const everything = new AsyncDisposableStack();
let codes: Codes;
beforeAll(async () => {
  codes = await startCodes(everything);
});
afterAll(() => everything.disposeAsync());

const { signedIn } = phonePages(() => codes.cloud.cloud);

async function newPage(): Promise<CodePhone> {
  const { page } = await signedIn(codes.user);
  await page.evaluate(recorder('/opus|telephone-event/i'));
  return { dial: (code) => dial(page, code), heard: async () => voiceIn(await samplesOf(page)) };
}

test('Chromium dials each code by the phone page', async ({ annotate }) => {
  await annotate(await expectAllCodes(codes, await newPage()));
});
