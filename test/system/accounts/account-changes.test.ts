import { describe } from 'vitest';
import { proveAccounts } from '#test/proofs/accounts.ts';
import { connect } from '../cloud.ts';
import { sharedApi } from '../http-api.ts';

/** One endpoint of each kind, over HTTP. `test/proofs` asks all that change accounts. */
const routes = ['DELETE /accesskeys/{id}', 'POST /users/{id}', 'PUT /permissions/{entity}'];

describe.skipIf(connect().outputs['AwsEndpointUrl'] === undefined)('over HTTP', () => {
  proveAccounts(sharedApi, routes);
});
