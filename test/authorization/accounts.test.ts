import { describe } from 'vitest';
import { proveAccounts } from '../proofs/accounts.ts';
import { connect } from '../system/cloud.ts';
import { sharedApi } from '../system/http-api.ts';

/** One endpoint of each kind, over HTTP. `test/proofs` asks all that change accounts. */
const routes = ['DELETE /accesskeys/{id}', 'POST /users/{id}', 'PUT /permissions/{entity}'];

describe.skipIf(connect().outputs['AwsEndpointUrl'] === undefined)('over HTTP', () => {
  proveAccounts(sharedApi, routes);
});
