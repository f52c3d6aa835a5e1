import { describe } from 'vitest';
import { connect } from '../system/cloud.ts';
import { fuzzEndpoints } from './endpoints.ts';

/** A few cases per endpoint; `npm run soak` sends forty times as many. */
describe.skipIf(connect().outputs['AwsEndpointUrl'] === undefined)('malformed input', () => {
  fuzzEndpoints({ cloud: connect, cases: 5 });
});
