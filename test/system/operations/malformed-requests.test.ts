import { describe } from 'vitest';
import { proveMalformedInput } from '#test/proofs/malformed-input.ts';
import { sample } from '#test/proofs/sample.ts';
import { connect } from '../cloud.ts';
import { sharedApi } from '../http-api.ts';

/**
 * What only HTTP has: bytes of a request line, of headers and of bodies through the gateway. `test/proofs` asks every
 * endpoint.
 */
describe.skipIf(connect().outputs['AwsEndpointUrl'] === undefined)('over HTTP', () => {
  proveMalformedInput(sharedApi, sample, 5);
});
