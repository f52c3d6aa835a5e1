import { describe } from 'vitest';
import { proveOwnRecords } from '../proofs/own-records.ts';
import { sample } from '../proofs/sample.ts';
import { connect } from '../system/cloud.ts';
import { sharedApi } from '../system/http-api.ts';

/** One endpoint of each kind in each area, over HTTP. `test/proofs` asks every endpoint. */
describe.skipIf(connect().outputs['AwsEndpointUrl'] === undefined)('over HTTP', () => {
  proveOwnRecords(sharedApi, sample);
});
