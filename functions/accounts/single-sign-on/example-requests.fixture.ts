import { randomInt } from 'node:crypto';
import type { Certificate } from '#infra/local/certificate.ts';
import { textAt, type Example, type Place } from '#test/support/example-request.ts';
import { startSigner } from '#test/system/openid-attacker.fixture.ts';
import { newMember } from '../users/example-requests.fixture.ts';
import { examples } from './examples.ts';

const clientId = 'client of the examples';
const orgId = ({ organization }: Place): string => `org_${organization}`;

/** A set-up, which calls no one. */
const setUp = ({ mark }: Place) => ({ ...examples.setSalesforce, client_id: mark, auto_link: false });

let started: ReturnType<typeof startSigner> | undefined;
/** The provider of this process, which the cloud of the tests trusts. */
const provider = () =>
  (started ??= startSigner(JSON.parse(process.env['TEST_CERTIFICATE'] ?? '{}') as Certificate, clientId));

/** Lets people of an organization log in by the provider. */
async function configure(place: Place): Promise<void> {
  const { issuer } = await provider();
  const body = { ...setUp(place), client_id: clientId, login_url: issuer };
  await place.call('PUT', `/auth/salesforce/${orgId(place)}`, body);
}

/** A log-in that has come back from the provider. */
async function arrived(place: Place) {
  await configure(place);
  const value = `005${String(randomInt(1e12)).padStart(12, '0')}AAA`;
  const { user } = await newMember(place);
  const foreignIds = [{ foreignIdType: 'salesforce', foreignId: value }];
  await place.call('PUT', `/userforeignid/${orgId(place)}/${user.id}`, { foreignIds });
  const begun = await place.call('GET', '/auth/salesforce');
  const nonce = new URL(textAt(begun, 'data', 'authorization_url')).searchParams.get('nonce');
  const [redirect_uri = ''] = examples.setSalesforce.redirect_uris;
  const code = JSON.stringify({ sub: value, nonce });
  return { body: { org_id: orgId(place), code, redirect_uri, state: textAt(begun, 'data', 'state') } };
}

export const exampleRequests: Readonly<Record<string, Example>> = {
  'PUT /auth/salesforce/{orgId}': {
    ask: (place) => ({ params: { orgId: orgId(place) }, body: setUp(place) }),
    // Users log in by it, of which those of a reseller may do more than its role `admin`.
    cells: { admin: 'rule' },
  },
  'GET /auth/salesforce/{orgId}': {
    ask: async (place) => {
      await place.call('PUT', `/auth/salesforce/${orgId(place)}`, setUp(place));
      return { params: { orgId: orgId(place) } };
    },
  },
  'GET /auth/salesforce': {
    ask: async (place) => {
      await configure(place);
      return { query: { org_id: orgId(place) } };
    },
  },
  'POST /auth/salesforce': { ask: arrived },
};
