import { issue } from '#stir/certificates.fixture.ts';
import { plain, textAt, type Example, type ExampleTenant } from '#test/support/example-request.ts';
import { examples } from './examples.ts';

const certificateBody = ({ mark, unique }: ExampleTenant) => ({
  ...examples.saveStirCertificate,
  name: `${mark} ${unique()}`,
});

/** Generates a key. @returns the id of its certificate */
const newCertificate = async (tenant: ExampleTenant): Promise<string> =>
  textAt(await tenant.call('PUT', '/stir/certificates/new', certificateBody(tenant)), 'data', 'id');

/** Saves a certificate with its key. @returns the name of its public chain */
async function newChain(tenant: ExampleTenant): Promise<string> {
  const { pem, key } = issue({ from: new Date('2020-01-01'), to: new Date('2100-01-01') });
  const saved = await tenant.call('PUT', '/stir/certificates/new', {
    ...{ name: `${tenant.mark} ${tenant.unique()}`, chain: pem },
    key: key.export({ type: 'pkcs8', format: 'pem' }),
  });
  return textAt(saved, 'data', 'public_path').replace('/stir/', '');
}

/** One valid request for each endpoint, by route. */
export const exampleRequests: Readonly<Record<string, Example>> = {
  'GET /stir/certificates': {
    prepare: async (tenant) => {
      await newCertificate(tenant);
      await newCertificate(tenant);
      return { query: { limit: '1' } };
    },
  },
  'GET /stir/certificates/{id}': { prepare: async (tenant) => ({ params: { id: await newCertificate(tenant) } }) },
  'PUT /stir/certificates/{id}': { prepare: (tenant) => ({ params: { id: 'new' }, body: certificateBody(tenant) }) },
  'DELETE /stir/certificates/{id}': { prepare: async (tenant) => ({ params: { id: await newCertificate(tenant) } }) },
  'GET /stir/authorities': plain(),
  'PUT /stir/authorities': { prepare: () => ({ body: examples.saveStirAuthorities }), cells: { reseller: 'rule' } },
  'GET /stir/{file}': { prepare: async (tenant) => ({ params: { file: await newChain(tenant) } }) },
};
