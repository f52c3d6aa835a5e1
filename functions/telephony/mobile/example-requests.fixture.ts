import { randomInt } from 'node:crypto';
import { textAt, type Example, type ExampleTenant } from '#test/support/example-request.ts';
import { examples } from './examples.ts';

const randomDigits = (count: number): string => Array.from({ length: count }, () => randomInt(10)).join('');

/** 19 digits, the last of which is the check digit (ISO/IEC 7812-1, Annex B). */
function newIccid(): string {
  const digits = `8946${randomDigits(14)}`;
  const sum = Array.from(digits, Number)
    .reverse()
    .map((digit, at) => digit * (at % 2 === 0 ? 2 : 1))
    .reduce((total, value) => total + (value > 9 ? value - 9 : value), 0);
  return `${digits}${(10 - (sum % 10)) % 10}`;
}

/** ICCID and IMSI are unique on the platform; without an MSISDN no number is needed. */
const simBody = ({ mark }: ExampleTenant) => ({
  ...examples.saveSim,
  iccid: newIccid(),
  imsi: `24001${randomDigits(10)}`,
  msisdn: null,
  label: mark,
  network: 'Any',
});

/** Registers a SIM. @returns its id */
const newSim = async (tenant: ExampleTenant): Promise<string> =>
  textAt(await tenant.call('PUT', '/mobile/new', simBody(tenant)), 'data', 'id');

/** One valid request for each endpoint, by route. */
export const exampleRequests: Readonly<Record<string, Example>> = {
  'GET /mobile': {
    prepare: async (tenant) => ({
      query: { limit: '1', status: 'registered', network: (await newSim(tenant), 'Any') },
    }),
  },
  'GET /mobile/{id}': { prepare: async (tenant) => ({ params: { id: await newSim(tenant) } }) },
  'PUT /mobile/{id}': { prepare: (tenant) => ({ params: { id: 'new' }, body: simBody(tenant) }) },
  // A registered SIM cannot be suspended, but it can be terminated.
  'POST /mobile/{id}': {
    prepare: async (tenant) => ({
      params: { id: await newSim(tenant) },
      body: { ...examples.updateSim, action: 'terminate' },
    }),
  },
  'DELETE /mobile/{id}': {
    prepare: async (tenant) => {
      const id = await newSim(tenant);
      await tenant.call('POST', `/mobile/${id}`, { action: 'terminate' });
      return { params: { id } };
    },
  },
};
