import { afterAll, beforeAll, expect } from 'vitest';
import type { Api } from '../support/api.ts';
import { startInProcessApi, type InProcessApi } from '../support/in-process-api.ts';

/**
 * Starts the API in this process for all tests of a file. After them, no message may be left over: a consumer failed
 * for each.
 *
 * @param base the base path of the requests that the proofs are about
 */
export function apiOfThisFile(base = ''): () => Api {
  let api: InProcessApi | undefined;
  beforeAll(async () => {
    api = { ...(await startInProcessApi()), base };
  });
  afterAll(async () => {
    await api?.stop();
    expect(api?.queues.dead, api?.faults.map(String).join('\n')).toEqual([]);
  });
  return () => {
    if (api === undefined) throw new Error('the API starts before the first test');
    return api;
  };
}
