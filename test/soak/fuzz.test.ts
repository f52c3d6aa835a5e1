import { afterAll, beforeAll, describe } from 'vitest';
import { endpoints } from '../authorization/matrix.ts';
import { proveMalformedInput } from '../proofs/malformed-input.ts';
import { adminPassword, logIn, startCloud, type OwnCloud } from '../system/cloud.ts';
import { httpApi } from '../system/http-api.ts';
import type { Api } from '../support/api.ts';

/** Over HTTP. `npm test` sends 5 cases per endpoint, in one process. */
describe('malformed input, 200 cases for each endpoint', () => {
  let cloud: OwnCloud;
  let api: Api;
  beforeAll(async () => {
    cloud = await startCloud({ RATE_LIMIT_SCALE: '1000' });
    api = httpApi(cloud, await logIn(cloud, 'admin', adminPassword));
  });
  afterAll(() => cloud.stop());

  proveMalformedInput(() => api, endpoints, 200);
});
