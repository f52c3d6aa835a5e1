import { randomBytes } from 'node:crypto';
import { logIn, adminPassword, type OwnCloud } from '../system/cloud.ts';
import { calleeAddress, callerAddress, phonePort, registerPhones, type Phone, type Server } from './call-load.ts';
import type { CallingPhone } from './called-tenant.ts';

/** Phones, at most 16 on each device. */
const extensions = Array.from({ length: 64 }, (_, at) => String(200 + at));

const rate = { prefix: '1', connect_fee: 0.05, price_per_minute: 0.6 };
const rule = { priority: 1, pattern: '^1[0-9]{10}$', action: 'bridge', destination: 'sofia/gateway/carrier/$0' };
const macAddress = (): string => ['02', ...(randomBytes(5).toString('hex').match(/../g) ?? [])].join(':');

type Accounts = { readonly accounts: readonly Phone[] };

/** The phones of a prepaid organization that call numbers over a carrier, each its own one. */
export async function startPayingTenant(cloud: OwnCloud, server: Server): Promise<readonly CallingPhone[]> {
  const token = await logIn(cloud, 'admin', adminPassword);
  const ask = async (method: string, path: string, json?: unknown): Promise<unknown> => {
    const answer = await cloud.api(path, {
      method,
      token,
      headers: { accept: 'application/json' },
      ...(json !== undefined && { json }),
    });
    if (answer.status >= 300)
      throw new Error(`${method} ${path} is answered ${answer.status}: ${JSON.stringify(answer.body)}`);
    return answer.body;
  };
  const made = async (path: string, json: unknown) =>
    ((await ask('PUT', path, json)) as { data: { id: string; org_id: number } }).data;
  const { id, org_id } = await made('/orgs', { name: 'Prepaid', country: 'US', timezone: 'UTC' });
  const { id: tariffPlan } = await made('/tariffs/new', { name: 'Prepaid', currency: 'USD', rates: [rate] });
  await ask('PUT', `/billingprofile/${id}`, { accountType: 'prepaid', tariffPlan, reservationMinutes: 1 });
  await ask('POST', `/billingprofile/${id}/credit`, { amount: '100000', reference: 'bench' });
  const own = `org_id=${org_id}`;
  const carrier = { name: 'carrier', host: calleeAddress, port: phonePort, ping: { enabled: false } };
  await ask('PUT', `/sipgateways/new?${own}`, carrier);
  await ask('PUT', `/dialplan/template?${own}`, { name: 'Prepaid', rules: [rule], variables: {} });
  const phones: Phone[] = [];
  for (let at = 0; at < extensions.length; at += 16) {
    const lines = extensions.slice(at, at + 16).map((extension) => ({ extension }));
    const device = await made(`/devices/phone?${own}`, { mac_address: macAddress(), lines });
    phones.push(...((await ask('GET', `/devices/${device.id}/config?secrets=true&${own}`)) as Accounts).accounts);
  }
  await registerPhones(server, phones, callerAddress);
  return phones.map((phone, at) => ({ ...phone, calls: `1212555${1_000 + at}` }));
}
