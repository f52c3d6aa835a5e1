import { randomBytes, randomInt } from 'node:crypto';
import { eventually } from '../support/eventually.ts';
import { operatorToken } from './cloud.ts';
import { outcome, texts, type AdministeredTenant, type Body } from './tenant.fixture.ts';
import type { Account } from './peers/accounts.ts';

/** Phones and dial plans of calls. */

const mac = (): string => ['02', ...(randomBytes(5).toString('hex').match(/../g) ?? [])].join(':');

/** The accounts of a new device with a line for each extension, at most 16. */
export async function newLines(
  { ask }: AdministeredTenant,
  extensions: readonly string[],
  more: Body = {},
): Promise<Account[]> {
  const lines = extensions.map((extension) => ({ extension }));
  const made = await ask('PUT', '/devices/phone', { mac_address: mac(), lines, ...more });
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

/** The CDRs of a tenant, when there are as many as expected. */
export async function cdrsOf({ ask }: AdministeredTenant, count: number): Promise<readonly Body[]> {
  let found: readonly Body[] = [];
  await eventually(async () => {
    found = ((await ask('GET', '/cdr')).body as { data: Body[] | { cdrs: Body[] } }).data as readonly Body[];
    return found.length >= count;
  }, 30_000);
  return found;
}
