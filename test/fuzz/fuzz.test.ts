import { describe } from 'vitest';
import { proveMalformedInput } from '../proofs/malformed-input.ts';
import { sample } from '../proofs/sample.ts';
import { connect } from '../system/cloud.ts';
import { sharedApi } from '../system/http-api.ts';

/**
 * What only HTTP has: bytes of a request line, of headers and of bodies through the gateway. `test/proofs` asks every
 * endpoint.
 */
describe.skipIf(connect().outputs['AwsEndpointUrl'] === undefined)('over HTTP', () => {
  proveMalformedInput(sharedApi, sample, 5);
});
