import { describe } from 'vitest';
import { proveIsolation } from '#test/proofs/tenants.ts';
import { sample } from '#test/proofs/sample.ts';
import { connect } from '../cloud.ts';
import { sharedApi } from '../http-api.ts';

/** One endpoint of each kind in each area, over HTTP. `test/proofs` asks every endpoint. */
describe.skipIf(connect().outputs['AwsEndpointUrl'] === undefined)('over HTTP', () => {
  proveIsolation(sharedApi, sample);
});
