import { describe } from 'vitest';
import { proveAuthorization } from '../proofs/authorization.ts';
import { sample } from '../proofs/sample.ts';
import { connect } from '../system/cloud.ts';
import { sharedApi } from '../system/http-api.ts';

/** One endpoint of each kind in each area, over HTTP. `test/proofs` asks every endpoint. */
describe.skipIf(connect().outputs['AwsEndpointUrl'] === undefined)('over HTTP', () => {
  proveAuthorization(sharedApi, sample);
});
