import { expect, test } from 'vitest';
import { connect } from './cloud.ts';

test('a running system reports that it is healthy', async () => {
  const answer = await connect().api('/health');
  expect(answer.status).toBe(200);
});
