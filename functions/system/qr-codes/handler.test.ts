import { expect, test } from 'vitest';
import { tenantsIn } from '#test/support/people.fixture.ts';
import { noon, manualClock, testDependencies } from '#test/support/dependencies.fixture.ts';
import { eventOf } from '#test/support/requests.fixture.ts';
import { testStore } from '#test/support/store.fixture.ts';
import { qrCodesHandler } from './handler.ts';

const stores = testStore();

test('a QR code is an image that no one caches, and its text is in no log', async () => {
  const token = await (await tenantsIn(stores.store)).join(4001);
  const dependencies = testDependencies(stores.store, { clock: manualClock(noon.toISOString()) });
  const handler = qrCodesHandler(dependencies);
  const ask = (query: Record<string, string>) =>
    handler(
      eventOf('GET /qrcode/{text+}', {
        params: { text: 'hidden text' },
        query,
        headers: { authorization: `Bearer ${token}`, accept: 'application/json' },
      }),
      { functionName: 'test', awsRequestId: 'test-request' } as Parameters<typeof handler>[1],
    );
  const [png, svg, large, wrong] = [
    await ask({}),
    await ask({ format: 'svg', size: '2000', margin: '0', error_correction: 'H' }),
    await ask({ data: 'x'.repeat(2_332) }),
    await ask({ size: '49' }),
  ];
  expect([png, svg, large, wrong].map(({ statusCode }) => statusCode)).toEqual([200, 200, 413, 400]);
  expect([png.headers?.['Content-Type'], png.headers?.['Cache-Control'], svg.headers?.['Content-Type']]).toEqual([
    'image/png',
    'no-store',
    'image/svg+xml',
  ]);
  expect(
    Buffer.from(png.body ?? '', 'base64')
      .subarray(1, 4)
      .toString(),
  ).toBe('PNG');
  expect(JSON.stringify(dependencies.requests)).not.toContain('hidden text');
});
