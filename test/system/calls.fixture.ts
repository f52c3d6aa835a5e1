import { randomInt } from 'node:crypto';
import { eventually } from '../support/eventually.ts';
import { operatorToken } from './cloud.ts';
import { policyIn } from './dialplan.fixture.ts';
import { newMac } from './hardware.fixture.ts';
import { outcome, texts, uniqueName, type AdministeredTenant, type Body } from './tenant.fixture.ts';
import type { Account } from './peers/accounts.ts';

/** Phones and dial plans of calls. */

/** The accounts of a new device with a line for each extension, at most 16. */
export async function newLines(
  { ask }: AdministeredTenant,
  extensions: readonly string[],
  more: Body = {},
): Promise<Account[]> {
  const lines = extensions.map((extension) => ({ extension }));
  const made = await ask('PUT', '/devices/phone', { mac_address: newMac(), lines, ...more });
  if (made.status !== 201) throw new Error(`the device is answered ${outcome(made)}`);
  const { id: device = '' } = texts(made);
  const { body } = await ask('GET', `/devices/${device}/config?secrets=true`);
  return (body as { accounts: (Omit<Account, 'device' | 'line'> & { line_number: number })[] }).accounts.map(
    ({ line_number: line, ...account }) => ({ ...account, device, line }),
  );
}

/** The account of a new device with one line. */
export async function newLine(tenant: AdministeredTenant, extension: string, more: Body = {}): Promise<Account> {
  const [account] = await newLines(tenant, [extension], more);
  if (account === undefined) throw new Error('the device has no account');
  return account;
}

/** Extensions of three digits ring at their phones. */
export async function useExtensions({ ask }: AdministeredTenant, ...rules: readonly Body[]): Promise<void> {
  const saved = await ask('PUT', '/dialplan/template', {
    name: 'Office',
    rules: [{ priority: 1, pattern: '^([2-8][0-9]{2})$', action: 'bridge', destination: 'user/$1@office' }, ...rules],
    variables: {},
  });
  if (saved.status >= 300) throw new Error(`the dial plan is answered ${outcome(saved)}`);
}

/** A number of a tenant with a route. @param operator token that puts it into the inventory */
export async function newNumber({ ask }: AdministeredTenant, route: Body, operator = operatorToken()): Promise<string> {
  const number = `+4690${String(randomInt(1e8)).padStart(8, '0')}`;
  const inventory = { state: 'available', country: 'SE', type: 'geographic', capabilities: ['voice'] };
  const made = [
    await ask('PUT', `/numbers/${number}`, inventory, { token: operator }),
    await ask('PUT', `/numbers/${number}`, { route }),
  ].map(outcome);
  if (made.join() !== '201,201') throw new Error(`the number is answered ${made.join(', ')}`);
  return number;
}

/** A new call flow, which begins with its first step. @param more such as another start @returns its id */
export async function newFlow(
  { ask }: AdministeredTenant,
  steps: Readonly<Record<string, object>>,
  more: Body = {},
): Promise<string> {
  const made = await ask('PUT', '/callflows/new', {
    ...{ name: uniqueName('flow'), start: Object.keys(steps)[0], steps },
    ...more,
  });
  if (made.status !== 201) throw new Error(`the flow is answered ${outcome(made)}: ${JSON.stringify(steps)}`);
  return texts(made)['id'] ?? '';
}

/** A new gateway to a place, which is not pinged. @returns its id and its name */
export async function newGatewayTo(
  { ask }: AdministeredTenant,
  { address: host, port }: { readonly address: string; readonly port: number },
  more: Body = {},
): Promise<{ readonly id: string; readonly name: string }> {
  const gateway = { name: uniqueName('pstn'), host, port, ping: { enabled: false }, ...more };
  const made = await ask('PUT', '/sipgateways/new', gateway);
  if (made.status !== 201) throw new Error(`the gateway is answered ${outcome(made)}`);
  return { id: texts(made)['id'] ?? '', name: gateway.name };
}

/** The users of a tenant call numbers over a gateway by a new policy. @returns its id */
export async function newPolicyFor(
  { ask }: AdministeredTenant,
  pattern: string,
  gateway: string,
  priority = 10,
): Promise<string> {
  const made = await ask('PUT', '/dialplan/policy', {
    ...{ name: uniqueName('calls'), status: 'active', priority },
    ...{ conditions: { pattern }, actions: { allow: true, gateway } },
  });
  if (made.status !== 201) throw new Error(`the policy is answered ${outcome(made)}`);
  return policyIn(made).id;
}

/**
 * A tenant pays in advance, by a tariff with one price without fee, by the second. Reservations are of a minute.
 * @param credit amount @param operator token that sells
 */
export async function usePrepaid(
  { id, ask }: AdministeredTenant,
  { credit, price, ...of }: { prefix: string; price: string; credit: string; direction?: 'inbound' },
  operator = operatorToken(),
): Promise<void> {
  const sell = (method: string, path: string, body: Body) => ask(method, path, body, { token: operator });
  const name = uniqueName('prepaid');
  const rate = {
    ...{ ...of, description: 'Anywhere', price_per_minute: price, connect_fee: '0.0000' },
    ...{ initial_increment: 1, increment: 1 },
  };
  const tariff = await sell('PUT', '/tariffs/new', { name, currency: 'USD', rates: [rate] });
  const profile = { accountType: 'prepaid', tariffPlan: texts(tariff)['id'], reservationMinutes: 1 };
  const made = [
    tariff,
    await sell('PUT', `/billingprofile/${id}`, profile),
    await sell('POST', `/billingprofile/${id}/credit`, { amount: credit, reference: name }),
  ].map(outcome);
  if (made.join() !== '201,200,201') throw new Error(`the account is answered ${made.join(', ')}`);
}

/** The CDRs of a tenant, when there are as many as expected. */
export async function cdrsOf({ ask }: AdministeredTenant, count: number): Promise<readonly Body[]> {
  let found: readonly Body[] = [];
  await eventually(async () => {
    found = ((await ask('GET', '/cdr')).body as { data: Body[] | { cdrs: Body[] } }).data as readonly Body[];
    return found.length >= count;
  }, 30_000);
  return found;
}
