import { afterAll, beforeAll, describe } from 'vitest';
import { fuzzEndpoints } from '../fuzz/endpoints.ts';
import { adminPassword, logIn, startCloud, type OwnCloud } from '../system/cloud.ts';

/** `npm test` sends 5 cases per endpoint. */
describe('malformed input, 200 cases for each endpoint', () => {
  let cloud: OwnCloud;
  let token = '';
  beforeAll(async () => {
    cloud = await startCloud({ RATE_LIMIT_SCALE: '1000' });
    token = await logIn(cloud, 'admin', adminPassword);
  });
  afterAll(() => cloud.stop());

  fuzzEndpoints({ cloud: () => cloud, cases: 200, token: () => token });
});
